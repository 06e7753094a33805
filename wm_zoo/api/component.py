"""How a plugin declares what it provides: data only, so that listing the zoo imports no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pluggy
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Option  # re-exported: help text, ranges and default of one config field

from wm_zoo.vocabulary import API_VERSION, Capability, Kind

__all__ = ["API_VERSION", "Capability", "Component", "Config", "Contract", "Kind", "Option", "hookimpl"]

hookimpl = pluggy.HookimplMarker("wm")
"""Marks a function of a plugin's module as an implementation of one of the hooks in `wm_zoo.hookspecs`."""


class Config(BaseModel):
    """Base of every component's configuration: frozen, unknown keys refused, ranges checked.

    Use plain annotated fields with `Option(default, ge=…, description=…)`. Tuples rather than lists, so that a config
    stays hashable and frozen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


@dataclass(frozen=True)
class Contract:
    """Symbolic shapes of a component's ports.

    `inputs` and `outputs` map a port name to ``dtype[letters]``, e.g. ``{"obs": "uint8[B,H,W,C]"}`` or
    ``{"latent": "float32[B,Z]"}``. The same letter must have the same size wherever components meet. `bind` maps a
    letter to the config field (or property, or dotted path) that decides it (``{"Z": "latent_dim"}``), which is what an
    error message tells the user to change. Letters known to the host: B batch, T time, A action size, H W C of the
    observation, Z latent, F features; any other letter is the component's own. See `wm_zoo.ports` for the grammar.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    bind: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no mapping of strings; raises TypeError."""
        for name in ("inputs", "outputs", "bind"):
            value = getattr(self, name)
            words = [*value, *value.values()] if isinstance(value, Mapping) else [value]
            if not all(isinstance(word, str) for word in words):
                raise TypeError(f"Contract: {name} = {value!r}, expected a mapping of strings")


@dataclass(frozen=True)
class Component:
    """One entry of the zoo, declared by a plugin's `wm_components` hook.

    Attributes:
        id: ``namespace/name-vN``, e.g. ``wm/mdn-rnn-v0``.
        kind: what it is.
        target: ``module:Class``, imported only when the component is built; called as ``Class(config, dims)``.
        config: the `Config` subclass of the component.
        contract: its ports.
        capabilities: what it can do.
        requires: capabilities that it needs of others, e.g. ``{"dynamics": {"reward"}}``.
        summary: one line for `wm plugins list`.
        api: the `API_VERSION` it was written for.
    """

    id: str
    kind: Kind
    target: str
    config: type[Config]
    contract: Contract = field(default_factory=Contract)
    capabilities: frozenset[Capability] = frozenset()
    requires: Mapping[str, frozenset[Capability]] = field(default_factory=dict)
    summary: str = ""
    api: int = API_VERSION

    def __post_init__(self) -> None:
        """Refuse values of wrong types where they are written, not where they are used; raises TypeError."""
        types = {"id": str, "kind": str, "target": str, "contract": Contract, "requires": Mapping, "summary": str}
        for name, wanted in {**types, "api": int}.items():
            if not isinstance(getattr(self, name), wanted):
                raise TypeError(f"{self.id}: {name} = {getattr(self, name)!r}, expected {wanted.__name__}")
        for name, words in {"capabilities": self.capabilities, **self.requires}.items():
            if not isinstance(words, frozenset | set) or not all(isinstance(word, str) for word in words):
                raise TypeError(f"{self.id}: {name} = {words!r}, expected a frozenset of Capability")

    def configure(self, values: Mapping[str, Any] | None = None) -> Config:
        """Return the validated config; raises pydantic's `ValidationError` on unknown keys or bad values."""
        return self.config.model_validate(dict(values or {}))
