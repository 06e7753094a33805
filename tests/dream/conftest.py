"""The toy zoo for every test here (and in tests/sb3)."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _toy():
    from wm_zoo.loading import import_path

    return import_path(HERE / "toy_world.py")


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path_factory):
    """The module `toy_world`, with its components in the registry."""
    module = _toy()
    file = tmp_path_factory.getbasetemp() / "toy_registry.toml"
    text = module.REGISTRY.replace('path = "toy_world.py"', f'path = "{HERE / "toy_world.py"}"')
    if not file.exists():
        file.write_text(text)
    monkeypatch.setenv("WM_REGISTRY", str(file))
    return module


@pytest.fixture
def world(toy):
    """A continuous toy world."""
    return toy.toy_world()


@pytest.fixture
def saved(world, tmp_path):
    """Folder of a saved toy world, as text: what `gym.make` gets."""
    folder = tmp_path / "toy"
    world.save(folder)
    return str(folder)
