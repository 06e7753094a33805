"""`wm plugins new` writes plugins that pass their checks as they are."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from wm_zoo import scaffold
from wm_zoo.errors import ConfigError
from wm_zoo.manager import component
from wm_zoo.manifest import registry_file
from wm_zoo.scaffold import new_plugin
from wm_zoo.testing import check_component
from wm_zoo.vocabulary import Kind


@pytest.mark.parametrize("kind", list(Kind))
def test_folder_passes_its_checks(zoo, kind, monkeypatch):
    done = new_plugin("my-model", kind, folder=zoo.root)
    assert done.id == "local/my-model-v0"
    monkeypatch.setenv("WM_REGISTRY", str(zoo.root / "my_model"))  # the folder is enough
    assert all(result.good for result in check_component(done.id))


@pytest.mark.parametrize("kind", list(Kind))
def test_package_is_found_by_its_entry_point(zoo, kind):
    root = zoo.root / "dist"
    done = new_plugin("acme/my-model", kind, package=root)
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    (value,) = project["entry-points"]["wm.registry"].values()
    assert value == "acme_my_model:registry.toml"
    files = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    zoo.distribution(project["name"], project["version"], value, files)
    assert component("acme/my-model").id == done.id
    assert (root / "tests" / "test_my_model.py").is_file()


def test_a_package_needs_a_namespace(tmp_path):
    with pytest.raises(ConfigError, match=r"needs a namespace .* 'acme/rssm'"):
        new_plugin("rssm", "dynamics", package=tmp_path / "dist")
    assert not list(tmp_path.iterdir())


def test_a_version_in_the_name_is_kept(zoo, monkeypatch):
    done = new_plugin("acme/my_rssm-v1", "dynamics", folder=zoo.root)
    assert done.id == "acme/my-rssm-v1"
    monkeypatch.setenv("WM_REGISTRY", str(zoo.root / "my_rssm"))
    assert component("my-rssm").id == done.id


def test_in_tree_adds_to_the_registry(tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "__init__.py").touch()
    registry = tmp_path / "registry.toml"
    registry.write_text(registry_file().read_text())
    monkeypatch.setattr(scaffold, "registry_file", lambda: registry)
    done = new_plugin("my-model", "planner", in_tree=True)
    table = tomllib.loads(registry.read_text())["component"]["my-model-v0"]
    assert table["module"] == "wm_plugins.my_model"
    assert done.id == "wm/my-model-v0"
    assert (tmp_path / "tests" / "plugins" / "test_my_model.py").is_file()
    with pytest.raises(ConfigError, match="already has"):
        new_plugin("my-model", "planner", in_tree=True)


def test_written_test_file_runs_the_kit(zoo):
    new_plugin("my-model", "controller", folder=zoo.root)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--collect-only",
        str(zoo.root / "my_model"),
    ]
    out = subprocess.run(command, capture_output=True, text=True, cwd=zoo.root, check=False).stdout
    assert "test_conformance[act_population_equals_loop]" in out


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("My Model", "planner", "lower case"),
        ("wm/mine", "planner", "reserved"),
        ("mine", "planer", "did you mean 'planner'"),
    ],
)
def test_bad_names_write_nothing(tmp_path, name, kind, text):
    with pytest.raises(ConfigError, match=text):
        new_plugin(name, kind, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "my_model").mkdir()
    (tmp_path / "my_model" / "model.py").write_text("precious")
    with pytest.raises(ConfigError, match="already exists"):
        new_plugin("my-model", "encoder", folder=tmp_path)
    assert [path.name for path in (tmp_path / "my_model").iterdir()] == ["model.py"]
