"""Writes a new plugin that passes its checks as it is, from the text files in `wm_zoo/templates`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from wm_zoo.atomic import write_text
from wm_zoo.errors import ConfigError, nearest
from wm_zoo.manifest import registry_file
from wm_zoo.names import base
from wm_zoo.vocabulary import API_VERSION, Kind

_TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"(?:(?P<namespace>[a-z0-9][a-z0-9_-]*)/)?(?P<name>[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)(?:-v\d+)?")

CAPABILITIES = {
    Kind.ENCODER: ("decode", "gradient"),
    Kind.DYNAMICS: ("gradient", "recurrent", "reward", "stochastic", "termination"),
    Kind.CONTROLLER: ("continuous", "discrete", "flat-parameters"),
    Kind.PLANNER: ("continuous", "discrete"),
}
"""What the templates declare in registry.toml."""


@dataclass(frozen=True)
class Scaffold:
    """What was written, and how to try it.

    Attributes:
        id: full id of the new component.
        files: everything written or changed.
        commands: what to type next.
    """

    id: str
    files: tuple[Path, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True)
class _Names:
    """All spellings of one new plugin."""

    namespace: str
    name: str  # kebab-case, without version
    version: str = "v0"

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}-{self.version}"

    @property
    def folder(self) -> str:
        return self.name.replace("-", "_")

    @property
    def package(self) -> str:
        return f"{self.namespace}_{self.folder}".replace("-", "_")

    @property
    def class_name(self) -> str:
        return "".join(word.capitalize() for word in self.name.split("-"))


def new_plugin(
    name: str, kind: Kind | str, *, package: Path | None = None, in_tree: bool = False, folder: Path | None = None
) -> Scaffold:
    """Write a new plugin.

    Args:
        name: ``my-model`` or ``namespace/my-model``, which a package needs; ``-v1`` at the end is kept, else ``-v0``.
        kind: one of the four kinds.
        package: write a full distribution (pyproject, entry point, tests) into this new folder.
        in_tree: write into `plugins/` of this repository and its registry.toml.
        folder: parent of the plugin folder; the current one by default.

    Returns:
        What was written. By default that is a folder with its own registry.toml for WM_REGISTRY.

    Raises:
        ConfigError: bad name or kind, or something is in the way; nothing was written then.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ConfigError(f"name {name!r}: expected lower case words such as 'my-model' or 'acme/my-model'")
    if kind not in tuple(Kind):
        raise ConfigError(f"no kind {kind!r}; {nearest(str(kind), tuple(Kind))}")
    if package is not None and in_tree:
        raise ConfigError("--package and --in-tree exclude each other")
    if package is not None and not match.group("namespace"):
        raise ConfigError(f"--package needs a namespace of your own before the name, e.g. 'acme/{name}'")
    namespace = "wm" if in_tree else match.group("namespace") or "local"
    if namespace == "wm" and not in_tree:
        raise ConfigError(f"namespace 'wm' is reserved for the zoo itself; choose your own, e.g. 'acme/{name[3:]}'")
    plain = base(match.group("name"))
    version = name.partition("/")[2] if "/" in name else name
    names = _Names(namespace, plain.replace("_", "-"), version[len(plain) + 1 :] or "v0")
    if in_tree:
        return _in_tree(names, Kind(kind))
    if package is not None:
        return _package(names, Kind(kind), package)
    return _folder(names, Kind(kind), (folder or Path.cwd()) / names.folder)


def _folder(names: _Names, kind: Kind, root: Path) -> Scaffold:
    files = {
        root / "registry.toml": _fill("registry.toml", names, kind, where='path = "."'),
        root / f"test_{names.folder}.py": _fill("test_folder.py", names, kind),
        **_sources(root, names, kind),
    }
    check = f"WM_REGISTRY={root / 'registry.toml'} wm plugins check {names.id}"
    return _write(names, files, (check, f"pytest {root}"))


def _package(names: _Names, kind: Kind, root: Path) -> Scaffold:
    inner = root / names.package
    files = {
        root / "pyproject.toml": _fill("pyproject.toml", names, kind),
        root / "README.md": _fill("README.md", names, kind),
        root / "tests" / f"test_{names.folder}.py": _fill("test.py", names, kind),
        inner / "registry.toml": _fill("registry.toml", names, kind, where=f'module = "{names.package}"'),
        **{path: text for path, text in _sources(inner, names, kind).items() if path.name != "README.md"},
    }
    return _write(names, files, (f"pip install -e {root}", f"wm plugins check {names.id}", f"pytest {root}"))


def _in_tree(names: _Names, kind: Kind) -> Scaffold:
    registry = registry_file()
    root = registry.parent
    if not (root / "plugins" / "__init__.py").is_file():
        raise ConfigError("--in-tree works in a source tree of the zoo only; leave it out, or use --package DIR")
    text = registry.read_text(encoding="utf-8")
    if f"[component.{names.name}-{names.version}]" in text:
        raise ConfigError(f"{registry} already has [component.{names.name}-{names.version}]")
    entry = _fill("registry.toml", names, kind, where=f'module = "wm_plugins.{names.folder}"')
    files = {
        root / "tests" / "plugins" / f"test_{names.folder}.py": _fill("test.py", names, kind),
        **_sources(root / "plugins" / names.folder, names, kind),
    }
    done = _write(names, files, (f"wm plugins check {names.id}",))
    write_text(registry, text.rstrip() + "\n\n" + entry[entry.index("[component.") :])
    return Scaffold(done.id, (*done.files, registry), done.commands)


def _sources(root: Path, names: _Names, kind: Kind) -> dict[Path, str]:
    return {
        root / "__init__.py": _fill(f"{kind}/__init__.py", names, kind),
        root / "model.py": _fill(f"{kind}/model.py", names, kind),
        root / "README.md": _fill("README.md", names, kind),
    }


def _fill(template: str, names: _Names, kind: Kind, where: str = "") -> str:
    text = (_TEMPLATES / f"{template}.tmpl").read_text(encoding="utf-8")
    requires = 'requires.dynamics = ["reward", "termination"]\n' if kind is Kind.PLANNER else ""
    return Template(text).substitute(
        id=names.id,
        namespace=names.namespace,
        name=names.name,
        version=names.version,
        folder=names.folder,
        package=names.package,
        distribution=names.package.replace("_", "-"),
        class_name=names.class_name,
        kind=str(kind),
        where=where,
        api=API_VERSION,
        requires=requires,
        capabilities=", ".join(f'"{word}"' for word in CAPABILITIES[kind]),
    )


def _write(names: _Names, files: dict[Path, str], commands: tuple[str, ...]) -> Scaffold:
    for path in files:
        if path.exists():
            raise ConfigError(f"{path} already exists; choose another name, or remove it")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return Scaffold(names.id, tuple(files), commands)
