"""Imports one plugin module, asks its hooks, and compares the answers with the registry. Only the manager calls it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from wm_zoo import hookspecs, ports
from wm_zoo.api.component import Component, Config, Kind
from wm_zoo.discovery import find_module
from wm_zoo.errors import ContractMismatch, PluginBroken, nearest
from wm_zoo.manifest import Entry

if TYPE_CHECKING:
    from wm_zoo.api.types import Dims, Spaces

_HOOKS = ("wm_components", "wm_agents", "wm_checks")


@dataclass(frozen=True)
class Loaded:
    """One imported module and what its hooks declared.

    Attributes:
        module: the module.
        components, agents: results of `wm_components` and `wm_agents`.
        checks: implementations of `wm_checks`.
    """

    module: ModuleType
    components: tuple[Component, ...]
    agents: tuple[Mapping[str, Any], ...]
    checks: tuple[Callable[[Component], Any], ...]


def load_module(entry: Entry) -> Loaded:
    """Import the module of `entry`, register it alone with pluggy, and call its declaring hooks.

    A fresh `PluginManager` for every module keeps results attributed and failures local.

    Raises:
        PluginBroken: with the original exception as its cause.
    """
    where = str(entry.path) if entry.path else entry.module
    home = str(entry.path) if entry.path else _home(entry.module)
    with containing(f"importing {where}", home):
        module = import_path(entry.path) if entry.path else importlib.import_module(entry.module)
    plugins = pluggy.PluginManager("wm")
    plugins.add_hookspecs(hookspecs)
    with containing(f"hooks of {where}", home):
        plugins.register(module)
    _refuse_unknown_hooks(plugins, where)
    found: dict[str, list[Any]] = {name: [] for name in _HOOKS}
    for name in _HOOKS:
        for implementation in getattr(plugins.hook, name).get_hookimpls():
            found[name].append(implementation.function)
    with containing(f"wm_components of {where}", home):
        components = tuple(one for declare in found["wm_components"] for one in declare())
    with containing(f"wm_agents of {where}", home):
        agents = tuple(one for declare in found["wm_agents"] for one in declare())
    if not found["wm_components"] and not agents:
        raise PluginBroken(f"{where} has no @hookimpl function wm_components{_unmarked(module)}")
    for component in components:
        if not isinstance(component, Component):
            raise PluginBroken(f"wm_components of {where} gave {component!r}, expected wm_zoo.api.Component")
    for agent in agents:
        if not isinstance(agent, Mapping):
            raise PluginBroken(f"wm_agents of {where} gave {agent!r}, expected a mapping with id and parts")
    return Loaded(module, components, agents, tuple(found["wm_checks"]))


def _refuse_unknown_hooks(plugins: pluggy.PluginManager, where: str) -> None:
    try:
        plugins.check_pending()
    except pluggy.PluginValidationError as error:
        unknown = [name for name in vars(plugins.hook) if not name.startswith("_") and name not in _HOOKS]
        hints = "; ".join(f"unknown hook {name!r}, {nearest(name, _HOOKS)}" for name in unknown)
        raise PluginBroken(f"{where}: {hints}") from error


def _unmarked(module: ModuleType) -> str:
    names = [name for name in _HOOKS if callable(getattr(module, name, None))]
    return f" (it has {names[0]}, which lacks the decorator)" if names else ""


@contextmanager
def containing(what: str, home: str = "") -> Iterator[None]:
    """Turn whatever a plugin raises, `SystemExit` too, into PluginBroken of one line; Ctrl-C stays Ctrl-C.

    Args:
        what: what was being done.
        home: file or folder of the plugin; the message names the last line there that led to the error.
    """
    try:
        yield
    except (KeyboardInterrupt, PluginBroken):
        raise
    except BaseException as error:
        text = " ".join(str(error).split())
        detail = f": {text}" if text else ""
        raise PluginBroken(f"{what} raised {type(error).__name__}{detail}{_place(error, home)}") from error


def _place(error: BaseException, home: str) -> str:
    """`` (file:line)`` of the innermost frame inside `home`; empty if there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if home and Path(frame.filename).is_relative_to(home)]
    return f" ({own[-1].filename}:{own[-1].lineno})" if own else ""


def _home(module: str) -> str:
    """File or folder of the top package of `module`."""
    try:
        spec = find_module(module.partition(".")[0])
    except Exception:  # a finder's fault; the import will say so
        return ""
    locations = spec.submodule_search_locations if spec else None
    return next(iter(locations), "") if locations else str(spec.origin if spec else "")


def import_path(path: Path) -> ModuleType:
    """Import a file or a package folder that is on no search path, once, under a name made from where it lies."""
    file = path / "__init__.py" if path.is_dir() else path
    stem = path.name if path.is_dir() else path.stem
    name = f"wm_local_{stem}_{zlib.crc32(str(path).encode()):08x}"
    if name in sys.modules:
        return sys.modules[name]
    folders = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)
    if spec is None or spec.loader is None:
        raise PluginBroken(f"{file} is not a Python file")
    return _execute(spec)


def _execute(spec: ModuleSpec) -> ModuleType:
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        assert spec.loader is not None
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module


def verify(entry: Entry, component: Component) -> None:
    """Refuse a component that says something else than its registry entry: two truths rot.

    Raises:
        PluginBroken: names the field and both values.
    """
    pairs: dict[str, tuple[object, object]] = {
        "kind": (entry.kind, component.kind),
        "capabilities": (sorted(entry.capabilities), sorted(str(word) for word in component.capabilities)),
        "requires": (_plain(entry.requires), _plain(component.requires)),
        "api": (entry.api, component.api),
    }
    for name, (in_registry, in_code) in pairs.items():
        if in_registry != in_code:
            raise PluginBroken(f"{name} differs: registry.toml says {in_registry}, the code says {in_code}")
    if not (isinstance(component.config, type) and issubclass(component.config, Config)):
        raise PluginBroken(f"config = {component.config!r}, expected a subclass of wm_zoo.api.Config")
    try:
        ports.check_contract(component)
    except ContractMismatch as error:
        raise PluginBroken(str(error)) from error


def _plain(requires: Mapping[str, frozenset[Any]]) -> dict[str, list[str]]:
    return {str(kind): sorted(str(word) for word in words) for kind, words in requires.items()}


def import_target(component: Component) -> Any:
    """The class behind ``component.target``; raises PluginBroken."""
    name, _, attribute = component.target.partition(":")
    if not name or not attribute:
        raise PluginBroken(f"{component.id}: target {component.target!r}, expected 'module:Class'")
    with containing(f"{component.id}: importing {name}", _home(name)):
        module = importlib.import_module(name)
    if not hasattr(module, attribute):
        hint = nearest(attribute, [word for word in vars(module) if not word.startswith("_")])
        raise PluginBroken(f"{component.id}: {name} has no {attribute!r}; {hint}")
    return getattr(module, attribute)


def build(component: Component, config: Config, dims: Dims) -> Any:
    """Build the model; errors of its constructor stay what they are, they are the plugin author's words."""
    return import_target(component)(config, dims)


def complete_dims(component: Component, dims: Dims | Spaces | None) -> Dims:
    """Dims that suffice for the kind of `component`.

    Raises:
        ContractMismatch: something is missing; the message says what to pass.
    """
    from wm_zoo.api.types import Dims, Spaces

    example = "dims=Dims(spaces, action=A, latent=Z, features=F)"
    if isinstance(dims, Spaces):
        dims = Dims(dims, action=_action_size(dims))
    if dims is None:
        raise ContractMismatch(
            f"{component.id}: {component.kind} is built for an environment; pass its Spaces or {example}, "
            "or use wm_zoo.compose(parts, spaces)"
        )
    if not isinstance(dims, Dims):
        raise ContractMismatch(f"{component.id}: dims = {dims!r}, expected wm_zoo.api.Spaces or {example}")
    needed = {Kind.DYNAMICS: ("latent", dims.latent), Kind.CONTROLLER: ("features", dims.features)}
    name, size = needed.get(component.kind, ("", 1))
    if size < 1:
        raise ContractMismatch(f"{component.id}: {component.kind} needs the size of {name}; pass {example}")
    return dims


def _action_size(spaces: Spaces) -> int:
    from wm_zoo.ports import action_size

    return action_size(spaces.action)
