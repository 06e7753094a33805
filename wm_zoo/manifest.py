"""`registry.toml`: what exists, as static data. Reading it imports nothing of a plugin and never raises.

A file that cannot be read, or an entry that makes no sense, becomes an entry of status `broken` with the reason, so
that one bad third-party registry costs one line of `wm plugins list`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from wm_zoo.errors import PluginBroken, nearest
from wm_zoo.vocabulary import API_VERSION, Capability, Kind

SCHEMA_VERSION = 1
"""Format of registry.toml that this host reads."""

_TOP_KEYS = {"schema", "api", "namespace", "component", "agent", "world", "weights"}
_COMPONENT_KEYS = {
    *("kind", "module", "path", "summary", "capabilities", "requires", "status", "since", "extra", "needs"),
    *("replaced-by", "api"),
}
_DECLARED = ("stable", "experimental", "deprecated")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*-v\d+")


class Status(StrEnum):
    """Whether a component can be used, as far as static data tells."""

    OK = "ok"
    DISABLED = "disabled"
    DEPRECATED = "deprecated"  # usable, with a warning
    INCOMPATIBLE = "incompatible"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True)
class Source:
    """Where a registry came from.

    Attributes:
        label: for messages, e.g. ``acme-wm 1.2 (acme_wm/registry.toml)``.
        file: the registry; None if it could not be located.
        distribution: name to `pip install`, empty for local files.
        local: given by WM_REGISTRY, so `path` entries are allowed.
    """

    label: str
    file: Path | None = None
    distribution: str = ""
    local: bool = False


@dataclass(frozen=True)
class Entry:
    """One ``[component.NAME-vN]`` table.

    Attributes:
        id: ``namespace/name-vN``.
        kind: None where the entry is too broken to tell.
        source: the registry that it stands in.
        module: import name of the light module that declares it.
        path: a file or package folder instead of a module (local registries).
        status, reason: what is known without importing it.
        declared: ``stable``, ``experimental`` or ``deprecated``, as the author says.
        extra: pip extra that it needs; `needs` are the import names that come with it.
        replaced_by: full id of its successor.
    """

    id: str
    kind: Kind | None
    source: Source
    module: str = ""
    path: Path | None = None
    summary: str = ""
    capabilities: frozenset[str] = frozenset()
    requires: Mapping[str, frozenset[str]] = field(default_factory=dict)
    declared: str = "stable"
    status: Status = Status.OK
    reason: str = ""
    extra: str = ""
    needs: tuple[str, ...] = ()
    replaced_by: str = ""
    since: str = ""
    api: int = API_VERSION

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Asset:
    """One ``[agent.NAME]``, ``[world.NAME]`` or ``[weights.NAME]`` table, as it stands.

    Attributes:
        id: ``namespace/name``.
        section: ``agent``, ``world`` or ``weights``.
        values: the table; paths in it are relative to `source.file`.
    """

    id: str
    section: str
    values: Mapping[str, Any]
    source: Source


@dataclass(frozen=True)
class Registry:
    """One registry.toml, parsed."""

    source: Source
    entries: tuple[Entry, ...] = ()
    assets: tuple[Asset, ...] = ()


def registry_file() -> Path:
    """Path of the zoo's own registry: package data in a wheel, the repository root in a source tree."""
    installed = Path(__file__).parent / "registry.toml"
    return installed if installed.is_file() else Path(__file__).parents[1] / "registry.toml"


def broken_registry(source: Source, reason: str) -> Registry:
    """Stand-in for a registry that cannot be read: one broken entry that carries the reason."""
    return Registry(source, (Entry(id=source.label, kind=None, source=source, status=Status.BROKEN, reason=reason),))


def read_registry(source: Source) -> Registry:
    """Parse ``source.file``; whatever is wrong with it becomes broken entries."""
    try:
        if source.file is None:
            raise PluginBroken("no registry file")
        data = tomllib.loads(source.file.read_text(encoding="utf-8"))
        namespace, api = _header(data)
    except OSError as error:
        return broken_registry(source, f"cannot read {source.file}: {error.strerror or error}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return broken_registry(source, f"{source.file} is not valid TOML: {error}")
    except PluginBroken as error:
        return broken_registry(source, f"{source.file}: {error}")
    except Exception as error:  # whatever else a stranger's file provokes costs that file only
        return broken_registry(source, f"{source.file}: {type(error).__name__}: {error}")
    entries = [_entry(f"{namespace}/{name}", api, table, source) for name, table in data.get("component", {}).items()]
    assets = [
        Asset(f"{namespace}/{name}", section, table, source)
        for section in ("agent", "world", "weights")
        for name, table in data.get(section, {}).items()
    ]
    return Registry(source, tuple(entries), tuple(assets))


def _header(data: Mapping[str, Any]) -> tuple[str, int]:
    """Namespace and api number; raises PluginBroken."""
    for key in data:
        if key not in _TOP_KEYS:
            raise PluginBroken(f"unknown key {key!r}; {nearest(key, _TOP_KEYS)}")
    if type(data.get("schema")) is not int or data["schema"] != SCHEMA_VERSION:
        raise PluginBroken(f"schema = {data.get('schema')!r}, this host reads schema = {SCHEMA_VERSION}")
    namespace, api = data.get("namespace"), data.get("api")
    if not isinstance(namespace, str) or not _NAMESPACE.fullmatch(namespace):
        raise PluginBroken(f"namespace = {namespace!r}, expected lower case letters, digits, - or _")
    for section in ("component", "agent", "world", "weights"):
        tables = data.get(section, {})
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise PluginBroken(f"[{section}.NAME] must be tables")
    return namespace, _api(api)


def _api(value: Any) -> int:
    """A plugin api number: an integer, not 1.5, "1" or true."""
    if type(value) is not int:
        raise PluginBroken(f"api = {value!r}, expected an integer (this host has api = {API_VERSION})")
    return value


def _entry(full_id: str, api: int, table: Mapping[str, Any], source: Source) -> Entry:
    """One component; a malformed table gives a broken entry."""
    try:
        return _checked_entry(full_id, api, table, source)
    except Exception as error:  # PluginBroken says what is wrong; anything else must cost this entry only
        reason = str(error) if isinstance(error, PluginBroken) else f"{type(error).__name__}: {error}"
        kind = table.get("kind")
        known = Kind(kind) if kind in tuple(Kind) else None
        summary = str(table.get("summary", ""))
        return Entry(full_id, known, source, summary=summary, status=Status.BROKEN, reason=reason)


def _checked_entry(full_id: str, api: int, table: Mapping[str, Any], source: Source) -> Entry:
    namespace, name = full_id.split("/", 1)
    if not _NAME.fullmatch(name):
        raise PluginBroken(f"name {name!r} must look like 'my-model-v0' (lower case, a version at the end)")
    for key in table:
        if key not in _COMPONENT_KEYS:
            raise PluginBroken(f"unknown key {key!r}; {nearest(key, _COMPONENT_KEYS)}")
    declared = _choice(table, "status", _DECLARED, "stable")
    replaced_by = _string(table, "replaced-by")
    if replaced_by and "/" not in replaced_by:
        replaced_by = f"{namespace}/{replaced_by}"
    module, path = _string(table, "module"), _path(table, source)
    if bool(module) == bool(path) and not (replaced_by and not path):
        raise PluginBroken("needs exactly one of 'module' (import name) and 'path' (local registries only)")
    extra = _string(table, "extra")
    return Entry(
        id=full_id,
        kind=Kind(_choice(table, "kind", tuple(Kind))),
        source=source,
        module=module,
        path=path,
        summary=_string(table, "summary"),
        capabilities=_capabilities(table.get("capabilities", []), "capabilities"),
        requires=_requires(table.get("requires", {})),
        declared=declared,
        extra=extra,
        needs=tuple(_strings(table.get("needs", [extra] if extra else []), "needs")),
        replaced_by=replaced_by,
        since=_string(table, "since"),
        api=_api(table.get("api", api)),
    )


def _path(table: Mapping[str, Any], source: Source) -> Path | None:
    value = _string(table, "path")
    if not value:
        return None
    if not source.local or source.file is None:
        raise PluginBroken("'path' is for registries given by WM_REGISTRY; an installed plugin says 'module'")
    try:
        return (source.file.parent / value).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL character, a loop of links
        raise PluginBroken(f"path = {value!r} is no path: {error}") from error


def _requires(value: Any) -> Mapping[str, frozenset[str]]:
    if not isinstance(value, dict):
        raise PluginBroken(f"requires = {value!r}, expected a table such as requires.dynamics = ['reward']")
    for kind in value:
        if kind not in tuple(Kind):
            raise PluginBroken(f"requires.{kind}: no such kind; {nearest(kind, tuple(Kind))}")
    return {kind: _capabilities(words, f"requires.{kind}") for kind, words in value.items()}


def _capabilities(value: Any, key: str) -> frozenset[str]:
    words = _strings(value, key)
    for word in words:
        if word not in tuple(Capability):
            raise PluginBroken(f"{key}: no capability {word!r}; {nearest(word, tuple(Capability))}")
    return frozenset(words)


def _strings(value: Any, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PluginBroken(f"{key} = {value!r}, expected a list of strings")
    return value


def _string(table: Mapping[str, Any], key: str, default: str = "") -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise PluginBroken(f"{key} = {value!r}, expected a string")
    return value


def _choice(table: Mapping[str, Any], key: str, choices: tuple[str, ...], default: str = "") -> str:
    value = _string(table, key, default)
    if value not in choices:
        raise PluginBroken(f"{key} = {value!r}; {nearest(value, choices)}")
    return value
