"""A zoo of one's own: registries and modules written into a temporary folder."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

import pytest

from wm_zoo import manager

PLUGIN = """
from wm_zoo.api import Component, Config, Contract, Kind, Option, hookimpl

class MyConfig(Config):
    size: int = Option(3, ge=1, le=9, description="a size")

@hookimpl
def wm_components():
    yield Component(id="{id}", kind=Kind.CONTROLLER, target=__name__ + ":Model", config=MyConfig, summary="x")

class Model:
    def __init__(self, config, dims):
        self.config, self.dims = config, dims
"""


class Zoo:
    """Writes files; every registry is seen at once."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self._monkeypatch, self.registries = root, monkeypatch, []

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def registry(self, text: str, name: str = "registry.toml") -> Path:
        """A local registry, added to WM_REGISTRY."""
        path = self.write(name, text)
        self.registries.append(str(path))
        self._monkeypatch.setenv("WM_REGISTRY", os.pathsep.join(self.registries))
        manager.refresh()
        return path

    def local(
        self,
        source: str | None = None,
        *,
        name: str = "toy-v0",
        extra: str = "",
        head: str = "",
        namespace: str = "acme",
    ) -> str:
        """A registry with one controller in one file; returns its full id."""
        full = f"{namespace}/{name}"
        file = f"{namespace}_{name.replace('-', '_').replace('.', '_')}.py"
        self.write(file, (PLUGIN if source is None else source).replace("{id}", full))
        text = f'schema = 1\n{head or "api = 1"}\nnamespace = "{namespace}"\n[component.{name}]\nkind = "controller"\n'
        self.registry(text + f'summary = "x"\npath = "{file}"\n{extra}\n', name=f"{namespace}_{name}.toml")
        return full

    def distribution(self, name: str, version: str, entry: str, files: dict[str, str]) -> Path:
        """An installed distribution, on sys.path."""
        site = self.root / f"site_{name}"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[wm.registry]\n{name} = {entry}\n")
        for path, text in files.items():
            self.write(f"{site.name}/{path}", text)
        self._monkeypatch.syspath_prepend(str(site))
        manager.refresh()
        return site

    def entry(self, full: str):
        (found,) = [one for one in manager.list_components() if one.id == full]
        return found


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A `Zoo`; afterwards everything is as it was."""
    for name in ("WM_REGISTRY", "WM_DISABLE_PLUGINS", "WM_STRICT_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    before = set(sys.modules)
    yield Zoo(tmp_path, monkeypatch)
    for name in set(sys.modules) - before:
        if name.startswith(("wm_local_", "acme", "other")):
            del sys.modules[name]
    monkeypatch.undo()
    manager.refresh()
