"""Builds a component's config from TOML values; pydantic's errors become one line that names the fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from wm_zoo.api.component import Component, Config
from wm_zoo.errors import ConfigError, nearest

_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "max_length": "length ≤"}


def configure(component: Component, values: Mapping[str, Any] | None = None) -> Config:
    """Return the validated config of `component`.

    Raises:
        ConfigError: unknown key or bad value; the text names component, key, nearest key and allowed range.
    """
    try:
        return component.configure(values)
    except ValidationError as error:
        raise ConfigError(explain(component.id, component.config, error)) from error


def explain(name: str, model: type[BaseModel], error: ValidationError) -> str:
    """One line for a `ValidationError` of `model`: ``name: key = value: what is wrong; the fix``."""
    items: list[Mapping[str, Any]] = [dict(item) for item in error.errors(include_url=False)]
    tables: dict[tuple[Any, ...], list[str]] = {}  # of unknown keys, by the table that they stand in
    for item in items:
        if item["type"] == "extra_forbidden":
            tables.setdefault(item["loc"][:-1], []).append(str(item["loc"][-1]))
    clauses: dict[str, None] = {}  # in order, each once
    for item in items:
        unknown = tables.get(item["loc"][:-1], []) if item["type"] == "extra_forbidden" else []
        clauses[_explain_many(model, item["loc"], unknown) if len(unknown) > 1 else _explain_one(model, item)] = None
    return f"{name}: " + "; ".join(clauses)


def _explain_many(model: type[BaseModel], location: tuple[int | str, ...], unknown: list[str]) -> str:
    """One clause for several unknown keys of one table: their near misses, and once what the table knows."""
    prefix = "".join(f"{part}." for part in location[:-1])
    known, said = _fields(_owner(model, location)[0]), []
    for key in unknown:
        hint = nearest(key, known)
        said.append(f"{prefix + key!r}" + (f" ({hint})" if hint.startswith("did you mean") else ""))
    return f"unknown keys {', '.join(said)}; known: {', '.join(sorted(known)) or 'none'}"


def _explain_one(model: type[BaseModel], item: Mapping[str, Any]) -> str:
    location = item["loc"]
    key = ".".join(str(part) for part in location) or "config"
    owner, field = _owner(model, location)
    if item["type"] == "extra_forbidden":
        return f"unknown key {key!r}; {nearest(str(location[-1]), _fields(owner))}"
    if item["type"] == "missing":
        return f"key {key!r} is missing"
    if not location:  # a rule about several keys: its text says it all, and the input is the whole table
        return str(item["msg"]).removeprefix("Value error, ")
    limits = f" (allowed: {allowed(field)})" if field is not None and allowed(field) else ""
    message = str(item["msg"])
    return f"{key} = {item['input']!r}: {message[:1].lower()}{message[1:]}{limits}"


def _owner(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The (nested) model that the last named part of `location` belongs to, and its field if there is one."""
    field: FieldInfo | None = None
    for part in location:
        nested = _nested(field) if field is not None else None
        if isinstance(part, str):
            model = nested or model
            field = _fields(model).get(part)
            if field is None:
                break
    return model, field


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields by the name that a user writes: the alias where there is one."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _nested(field: FieldInfo) -> type[BaseModel] | None:
    """The model inside an annotation such as ``tuple[View, ...] | None``."""
    pending = [field.annotation]
    while pending:
        annotation = pending.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        pending.extend(get_args(annotation))
    return None


def allowed(field: FieldInfo) -> str:
    """The range of a field in words, e.g. ``≥ 1, ≤ 512``; empty if anything of its type goes."""
    found = [
        f"{sign} {getattr(rule, name)}"
        for rule in field.metadata
        for name, sign in _BOUNDS.items()
        if getattr(rule, name, None) is not None
    ]
    return ", ".join(found)


@dataclass(frozen=True)
class FieldHelp:
    """One config field, for `wm plugins show`."""

    name: str
    type: str
    default: str
    allowed: str
    description: str


def describe(model: type[BaseModel]) -> list[FieldHelp]:
    """Name, type, default, range and help text of every field."""
    rows = []
    for name, field in model.model_fields.items():
        annotation = field.annotation
        text = annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
        default = "required" if field.is_required() else repr(field.get_default(call_default_factory=True))
        help_text = field.description or ""
        rows.append(FieldHelp(name, text.replace("typing.", ""), default, allowed(field), help_text))
    return rows
