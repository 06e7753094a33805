"""The zoo's own registry says what the code says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from wm_zoo import manager
from wm_zoo.manifest import Status, registry_file

OWN = tomllib.loads(registry_file().read_text(encoding="utf-8"))
IDS = [f"wm/{name}" for name in OWN["component"]]


@pytest.mark.parametrize("full", IDS)
def test_entry_equals_code(full):
    assert manager.component(full).id == full  # raises PluginBroken where they differ
    assert manager.manager().find(full).summary


def test_every_plugin_folder_is_registered():
    folders = {path.parent.name for path in (Path(__file__).parents[2] / "plugins").glob("*/__init__.py")}
    assert folders == {table["module"].rpartition(".")[2] for table in OWN["component"].values()}


def test_every_kind_is_there_and_usable():
    for kind in ("encoder", "dynamics", "controller", "planner"):
        assert manager.list_components(kind, status=Status.OK)
