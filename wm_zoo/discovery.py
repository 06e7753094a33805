"""Finds registries and modules without importing any plugin, and judges each entry by what can be known so."""

from __future__ import annotations

import fnmatch
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path

from wm_zoo.manifest import Asset, Entry, Registry, Source, Status, broken_registry, read_registry, registry_file
from wm_zoo.vocabulary import API_VERSION

ENTRY_POINT_GROUP = "wm.registry"
"""Third parties: ``[project.entry-points."wm.registry"]``, ``acme = "acme_wm:registry.toml"``."""

OWN_NAMESPACE = "wm"


def registries() -> list[Registry]:
    """Read the zoo's own registry, those of installed distributions, and those named by WM_REGISTRY; once each."""
    seen: set[Path] = set()
    found = []
    for candidate in _candidates():
        source = candidate if isinstance(candidate, Source) else candidate.source
        key = _resolved(source)
        if key is not None and key in seen:
            continue
        if key is not None:
            seen.add(key)
        found.append(read_registry(candidate) if isinstance(candidate, Source) else candidate)
    return found


def _resolved(source: Source) -> Path | None:
    try:
        return source.file.resolve() if source.file else None
    except (OSError, RuntimeError, ValueError):  # reading it will say why
        return None


def _candidates() -> Iterator[Source | Registry]:
    own = registry_file()
    yield Source(label=f"wm-suite ({own.name})", file=own, distribution="wm-suite")
    for point in sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda point: (point.name, point.value)):
        yield _contained(f"{point.name} ({point.value})", partial(_of_entry_point, point))
    for text in filter(None, os.environ.get("WM_REGISTRY", "").split(os.pathsep)):
        yield _contained(text, partial(_of_path, text))


def _contained(label: str, locate: Callable[[], Source | Registry]) -> Source | Registry:
    """What `locate` gives; whatever it raises becomes one broken registry."""
    try:
        return locate()
    except Exception as error:
        return broken_registry(Source(label=label), f"cannot locate {label}: {error or type(error).__name__}")


def _of_path(text: str) -> Source:
    file = Path(text).expanduser()
    if file.is_dir():
        file /= "registry.toml"
    return Source(label=str(file), file=file, local=True)


def _of_entry_point(point: metadata.EntryPoint) -> Source | Registry:
    """Locate the TOML beside the package; the package itself is not imported."""
    package, _, file = point.value.partition(":")
    dist = point.dist
    name = f"{dist.name} {dist.version}" if dist else point.name
    source = Source(label=f"{name} ({package}/{file})", distribution=dist.name if dist else "")
    if not package or not file:
        return broken_registry(source, f"entry point {point.value!r}: expected 'package:registry.toml'")
    spec = find_module(package)
    if spec is None or not spec.submodule_search_locations:
        return broken_registry(source, f"entry point {point.value!r}: there is no package {package!r}")
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    existing = [folder / file for folder in folders if (folder / file).is_file()]
    return replace(source, file=existing[0] if existing else folders[0] / file)


def find_module(name: str) -> ModuleSpec | None:
    """Spec of a module, dotted or not, without importing its parents (`importlib.util.find_spec` would)."""
    spec: ModuleSpec | None = None
    path: list[str] | None = None
    parts = name.split(".")
    for depth in range(len(parts)):
        if depth and path is None:
            return None
        spec = _ask_finders(".".join(parts[: depth + 1]), path)
        if spec is None:
            return None
        locations = spec.submodule_search_locations
        path = list(locations) if locations is not None else None
    return spec


def _ask_finders(name: str, path: list[str] | None) -> ModuleSpec | None:
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__spec__ is not None:
        return loaded.__spec__
    for finder in sys.meta_path:  # every finder, so that editable installs are found too
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find(name, path, None) if find else None
        if spec is not None:
            return spec
    return None


def judge(entries: Iterable[Entry]) -> list[Entry]:
    """Give every entry its static status and reason, in the order of ids.

    Entries that cannot be used anyway, switched off or in a namespace that is not theirs, make no duplicate of others.
    """
    entries = list(entries)
    sides = defaultdict(list)
    for entry in entries:
        if not is_disabled(entry) and not is_intruder(entry):
            sides[entry.id].append(entry)
    judged = []
    for entry in sorted(entries, key=lambda entry: (entry.id, entry.source.label)):
        rivals = sides[entry.id]
        if len(rivals) > 1 and entry in rivals:
            judged.append(replace(entry, status=Status.BROKEN, reason=_duplicated(rivals)))
        else:
            judged.append(_judge_one(entry))
    return judged


def _duplicated(rivals: list[Entry]) -> str:
    labels = sorted(entry.source.label for entry in rivals)
    one = next((entry.source for entry in rivals if entry.source.label == labels[-1]), rivals[-1].source)
    return (
        f"id declared {len(rivals)} times: by {' and by '.join(labels)}; "
        f"switch one off, e.g. WM_DISABLE_PLUGINS={one.distribution or one.label}"
    )


def _judge_one(entry: Entry) -> Entry:
    try:
        status, reason = _verdict(entry)
    except Exception as error:  # a path or module name that no finder can stand
        status, reason = Status.BROKEN, f"{type(error).__name__}: {error}"
    return replace(entry, status=status, reason=reason)


def _verdict(entry: Entry) -> tuple[Status, str]:
    """The first thing that speaks against an entry; what is switched off or foreign is not looked at further."""
    verdict = entry.status, entry.reason
    if is_disabled(entry):
        verdict = Status.DISABLED, "by WM_DISABLE_PLUGINS"
    elif entry.status is Status.BROKEN:
        pass
    elif entry.api != API_VERSION:
        verdict = Status.INCOMPATIBLE, f"written for plugin api {entry.api}, this host has api {API_VERSION}"
    elif is_intruder(entry):
        verdict = Status.BROKEN, f"namespace {OWN_NAMESPACE!r} is reserved for the zoo itself; choose another"
    elif absent := [name for name in entry.needs if find_module(name) is None]:
        verdict = Status.MISSING, f"needs {', '.join(absent)}: {install_line(entry)}"
    elif not _exists(entry):
        verdict = Status.BROKEN, f"no file {entry.path}" if entry.path else f"there is no module {entry.module!r}"
    elif entry.declared == "deprecated":
        verdict = Status.DEPRECATED, f"use {entry.replaced_by}" if entry.replaced_by else "deprecated"
    return verdict


def is_disabled(entry: Entry | Asset) -> bool:
    """Whether WM_DISABLE_PLUGINS matches: globs over full ids, names of distributions, or registry files.

    They are separated by commas or blanks. A distribution or file, which switches off all that it brings, is matched
    as a whole, so that a glob means ids only.
    """
    patterns = os.environ.get("WM_DISABLE_PLUGINS", "").replace(",", " ").split()
    source = entry.source
    wholes = {source.label, str(source.file), str(_resolved(source)), _canonical(source.distribution)} - {""}
    return any(
        fnmatch.fnmatchcase(entry.id, pattern) or pattern in wholes or _canonical(pattern) in wholes
        for pattern in patterns
    )


def _canonical(distribution: str) -> str:
    """The name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def is_intruder(entry: Entry | Asset) -> bool:
    """Whether it claims the zoo's own namespace from elsewhere."""
    return entry.id.startswith(f"{OWN_NAMESPACE}/") and entry.source.file != registry_file()


def ignored_assets(registry: Registry) -> list[Entry]:
    """One broken line for a registry whose worlds, agents or weights claim the zoo's own namespace."""
    if not any(is_intruder(asset) for asset in registry.assets):
        return []
    reason = f"namespace {OWN_NAMESPACE!r} is reserved for the zoo itself; its agents, worlds and weights are ignored"
    return list(broken_registry(registry.source, reason).entries)


def install_line(entry: Entry) -> str:
    """The command that brings what the entry needs."""
    if entry.extra and entry.source.distribution:
        return f'pip install "{entry.source.distribution}[{entry.extra}]"'
    return f"pip install {' '.join(entry.needs)}"


def _exists(entry: Entry) -> bool:
    if entry.path is not None:
        return entry.path.is_file() or (entry.path / "__init__.py").is_file()
    return not entry.module or find_module(entry.module) is not None
