"""What a wheel and an sdist hold, and that an editable install sees edits at once (it builds, so it is slow)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, so that nothing left over in the checkout matters."""
    folder = tmp_path_factory.mktemp("source") / "wm-suite"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, names)):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def built(source: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that was built from the sdist."""
    subprocess.run([sys.executable, "-P", "-m", "build", str(source)], check=True)
    (sdist,), (wheel,) = source.glob("dist/*.tar.gz"), source.glob("dist/*.whl")
    return sdist, wheel


def test_wheel_holds_every_room(built: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(built[1]).namelist())
    expected = {"wm_envs/py.typed", "wm_envs/_native.pyi", "wm_zoo/registry.toml", "wm_zoo/recipes/quickstart.toml"}
    expected |= {
        "wm_zoo/worlds/carracing/world.toml",
        "wm_zoo/worlds/driving/README.md",
        "wm_zoo/agents/driving/agent.toml",
    }
    expected |= {f"wm_plugins/{path.parent.name}/__init__.py" for path in (ROOT / "plugins").glob("*/__init__.py")}
    assert expected <= names
    assert [name for name in names if name.startswith("wm_envs/_native.") and name.endswith((".so", ".pyd"))]
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"wm_envs", "wm_zoo", "wm_plugins"}
    assert not [name for name in names if "__pycache__" in name]


def test_sdist_can_be_built_again_and_holds_no_runs(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        names = archive.getnames()
    inside = {name.split("/", 1)[1] for name in names if "/" in name}
    assert {"native/CMakeLists.txt", "plugins/pca/model.py", "registry.toml", "wm_zoo/data/dataset.py"} <= inside
    assert not [name for name in inside if name.startswith("runs/")]


def test_editable_install_sees_edits(source: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True, system_site_packages=False)
    python = environment / "bin" / "python"
    needed = ["scikit-build-core>=1.0,<2", "pybind11>=3,<4", "numpy", "gymnasium", "pydantic", "pluggy", "ninja"]
    subprocess.run([python, "-m", "pip", "install", "-q", *needed], check=True)
    options = ["--no-build-isolation", "--no-deps", "-Ceditable.rebuild=true"]
    subprocess.run([python, "-m", "pip", "install", "-q", *options, "-e", str(source)], check=True)
    plugin = source / "plugins" / "pca" / "__init__.py"
    plugin.write_text(plugin.read_text() + "\nEDITED = 42\n")
    module = source / "native" / "bindings" / "module.cpp"
    text = module.read_text()
    place = text.index("{", text.index("PYBIND11_MODULE")) + 1
    name = text[text.index("PYBIND11_MODULE") :].split(",")[1].strip(" )\n")
    module.write_text(text[:place] + f'\n    {name}.attr("EDITED") = 42;' + text[place:])
    code = "import wm_plugins.pca, wm_envs._native; print(wm_plugins.pca.EDITED, wm_envs._native.EDITED)"
    done = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["42", "42"]  # what cmake says comes before
