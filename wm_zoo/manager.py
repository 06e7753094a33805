"""The index of the zoo, and the loader that imports a plugin only to use it, and contains what goes wrong there."""

from __future__ import annotations

import fnmatch
import importlib
import os
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wm_zoo import discovery, names
from wm_zoo.errors import (
    MissingDependency,
    PluginBroken,
    PluginDisabled,
    PluginError,
    PluginIncompatible,
    PluginNotFound,
    nearest,
)
from wm_zoo.manifest import Asset, Entry, Status

if TYPE_CHECKING:
    from wm_zoo.api import Component, Dims, Kind, Spaces

_REFUSALS: Mapping[Status, type[PluginError]] = {
    Status.DISABLED: PluginDisabled,
    Status.INCOMPATIBLE: PluginIncompatible,
    Status.MISSING: MissingDependency,
    Status.BROKEN: PluginBroken,
}


class Manager:
    """Index of all registries; loads modules on demand and remembers what broke.

    Building one reads static files only. Most callers use the functions below, which share one manager.
    """

    def __init__(self) -> None:
        found = discovery.registries()
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        entries = [entry for one in found for entry in (*one.entries, *discovery.ignored_assets(one))]
        for entry in discovery.judge(entries):
            self._entries[entry.id].append(entry)
        for group in self._entries.values():
            group.sort(key=_rank)
        assets = [asset for registry in found for asset in registry.assets]
        self._assets = [asset for asset in assets if not discovery.is_intruder(asset)]
        self._modules: dict[str, Any] = {}  # import key -> Loaded, or the PluginBroken that it raised
        if strict():
            self._raise_first_broken()

    def entries(self) -> list[Entry]:
        """Every entry of every registry, in the order of ids; broken ones and both sides of duplicates included."""
        return [entry for group in self._entries.values() for entry in group]

    def find(self, name: str) -> Entry:
        """The entry that a full or short name means, whatever its status.

        Raises:
            AmbiguousName, PluginNotFound: see `wm_zoo.names.resolve`.
        """
        named = [one for one, group in self._entries.items() if one != group[0].source.label]
        return self._entries[self._resolve(name, named, "component")][0]

    def _resolve(self, name: str, known: Iterable[str], what: str) -> str:
        """`wm_zoo.names.resolve`; if nothing is found, the text tells of registries that could not be read."""
        try:
            return names.resolve(name, known, what=what)
        except PluginNotFound as error:
            unread = [str(one.source.file or one.id) for one in self.entries() if one.id == one.source.label]
            if not unread:
                raise
            count = "1 registry" if len(unread) == 1 else f"{len(unread)} registries"
            raise PluginNotFound(f"{error}; {count} could not be read: {', '.join(unread)}") from None

    def load(self, name: str) -> Component:
        """Import what declares `name` and return its `Component`, verified against the registry.

        Raises:
            PluginError: the subclass says why it cannot be used.
        """
        entry = self.find(name)
        refusal = _REFUSALS.get(entry.status)
        if refusal is not None:
            raise refusal(f"{entry.id} ({entry.source.label}): {entry.reason}")
        if entry.status is Status.DEPRECATED:
            warnings.warn(f"{entry.id} is deprecated: {entry.reason}", FutureWarning, stacklevel=3)
            if not entry.module and entry.path is None:  # a mere new name
                return self.load(entry.replaced_by)
        try:
            return self._component(entry)
        except PluginBroken as error:
            self._entries[entry.id][0] = replace(entry, status=Status.BROKEN, reason=str(error))
            if strict() and error.__cause__ is not None:
                raise error.__cause__ from None
            raise PluginBroken(f"{entry.id} ({entry.source.label}) is broken: {error}") from error.__cause__ or error

    def _component(self, entry: Entry) -> Component:
        from wm_zoo.loading import containing, verify

        declared: tuple[Component, ...] = self.loaded(entry).components
        for component in declared:
            if component.id == entry.id:
                with containing("checking its declaration"):
                    verify(entry, component)
                return component
        hint = nearest(entry.id, [component.id for component in declared])
        raise PluginBroken(f"its wm_components declares no {entry.id!r}; {hint}")

    def loaded(self, entry: Entry) -> Any:
        """The `wm_zoo.loading.Loaded` of an entry's module, imported at most once; raises PluginBroken."""
        from wm_zoo.loading import load_module

        key = str(entry.path) if entry.path else entry.module
        if key not in self._modules:
            try:
                self._modules[key] = load_module(entry)
            except PluginBroken as error:
                self._modules[key] = error
        if isinstance(self._modules[key], PluginBroken):
            raise self._modules[key]
        return self._modules[key]

    def assets(self, section: str) -> list[Asset]:
        """All ``[agent.…]``, ``[world.…]`` or ``[weights.…]`` tables."""
        return [asset for asset in self._assets if asset.section == section]

    def asset(self, section: str, name: str) -> Asset:
        """One table by full or short name; raises PluginNotFound, AmbiguousName or, for duplicates, PluginBroken."""
        group = defaultdict(list)
        for one in self.assets(section):
            group[one.id].append(one)
        full = self._resolve(name, group, section)
        rivals = [one for one in group[full] if not discovery.is_disabled(one)] or group[full]
        if len(rivals) > 1:
            sides = " and by ".join(one.source.label for one in rivals)
            raise PluginBroken(f"{section} {full}: id declared {len(rivals)} times: by {sides}")
        return rivals[0]

    def agent(self, name: str) -> Mapping[str, Any]:
        """Parts of a named composition: the table itself, or what its module's `wm_agents` hook says.

        Returns:
            A mapping with ``encoder``, ``dynamics`` and ``controller`` or ``planner``, for `wm_zoo.compose`.
        """
        from wm_zoo.loading import load_module

        asset = self.asset("agent", name)
        module = asset.values.get("module")
        if module is None:
            return asset.values
        declared = load_module(Entry(asset.id, None, asset.source, module=str(module))).agents
        for agent in declared:
            if agent.get("id") == asset.id:
                return {key: value for key, value in agent.items() if key != "id"}
        hint = nearest(asset.id, [str(agent.get("id")) for agent in declared])
        raise PluginBroken(f"{module}: its wm_agents hook declares no {asset.id!r}; {hint}")

    def _raise_first_broken(self) -> None:
        for entry in self.entries():
            if entry.status is Status.BROKEN:
                raise PluginBroken(f"{entry.id} ({entry.source.label}): {entry.reason}")


def _rank(entry: Entry) -> tuple[bool, bool]:
    """Order of entries of one id: what can be used first, what was switched off or has no right to the id last."""
    return entry.status in _REFUSALS, entry.status is Status.DISABLED or discovery.is_intruder(entry)


_shared: list[Manager] = []
_shared_for: list[tuple[str, ...]] = []


def manager() -> Manager:
    """The shared manager; rebuilt when WM_REGISTRY, WM_DISABLE_PLUGINS or WM_STRICT_PLUGINS changed."""
    variables = ("WM_REGISTRY", "WM_DISABLE_PLUGINS", "WM_STRICT_PLUGINS")
    key = tuple(os.environ.get(name, "") for name in variables)
    if not _shared or _shared_for != [key]:
        _shared[:], _shared_for[:] = [Manager()], [key]
    return _shared[0]


def refresh() -> Manager:
    """Read all registries again (after installing a plugin in a running process)."""
    importlib.invalidate_caches()
    _shared.clear()
    return manager()


def strict() -> bool:
    """Whether WM_STRICT_PLUGINS asks for the original errors (CI, plugin authors)."""
    return os.environ.get("WM_STRICT_PLUGINS", "") not in ("", "0")


def list_components(
    kind: Kind | str | None = None, *, status: Status | str | None = None, pattern: str = "*"
) -> list[Entry]:
    """What the zoo holds, from static data: imports no plugin and never raises for a broken one.

    Args:
        kind: "encoder", "dynamics", "controller" or "planner"; all if None.
        status: one of `wm_zoo.manifest.Status`; all if None.
        pattern: glob over full ids or short names, e.g. ``"*vae*"``.

    Returns:
        Entries with `id`, `kind`, `status`, `reason`, `summary`, `capabilities`, `source`.
    """
    from wm_zoo.vocabulary import Kind

    wanted_kind = _member(Kind, kind, "kind")
    wanted_status = _member(Status, status, "status")
    return [
        entry
        for entry in manager().entries()
        if (wanted_kind is None or entry.kind == wanted_kind)
        and (wanted_status is None or entry.status == wanted_status)
        and (fnmatch.fnmatchcase(entry.id, pattern) or fnmatch.fnmatchcase(names.short(entry.id), pattern))
    ]


def component(name: str) -> Component:
    """Import one component's light module and return its `Component`; see `Manager.load`."""
    return manager().load(name)


def make(name: str, dims: Dims | Spaces | None = None, **config: Any) -> Any:
    """Build one component.

    Args:
        name: full or short id.
        dims: sizes to build it with. The `Spaces` of the environment suffice for encoders and planners; dynamics also
            need ``latent``, controllers ``features``. `wm_zoo.compose` works all of it out for a whole agent.
        config: fields of the component's config.

    Returns:
        The model: a `torch.nn.Module`, or a planner.

    Raises:
        PluginError, ConfigError: the message names the fix.
    """
    from wm_zoo.configure import configure
    from wm_zoo.loading import build, complete_dims

    found = component(name)
    values = configure(found, config)
    return build(found, values, complete_dims(found, dims))


def resolve_target(found: Component) -> Any:
    """The class that a component points to, imported now; raises PluginBroken."""
    from wm_zoo.loading import import_target

    return import_target(found)


def _member(words: Any, value: Any, what: str) -> Any:
    """`value` as a member of the enum, None kept; raises PluginNotFound with the nearest word."""
    if value is None:
        return None
    options: Iterable[str] = tuple(words)
    if value not in options:
        raise PluginNotFound(f"no {what} {value!r}; {nearest(str(value), options)}")
    return words(value)
