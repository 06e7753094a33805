"""Who may import whom (docs/architecture.md), how much an import costs, and that nothing of ours unpickles."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "pygame", "stable_baselines3", "matplotlib"}
LIGHT_ZOO = {"__init__", "errors", "manifest", "manager", "hookspecs", "recipe"}


def _imports(path: Path, *, module_level: bool) -> set[str]:
    """Dotted names that a file imports; relative ones start with a dot."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _top_level(tree) if module_level else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def _top_level(tree: ast.Module) -> list[ast.AST]:
    """Nodes that run at import: not inside a function, not under `if TYPE_CHECKING`."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        found.append(node)
        stack.extend(ast.iter_child_nodes(node))
    return found


def _files(package: str) -> list[Path]:
    return sorted(p for p in (ROOT / package).rglob("*.py") if "__pycache__" not in p.parts)


def _package(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def test_environments_know_neither_zoo_nor_heavy_libraries_at_import() -> None:
    for path in _files("wm_envs"):
        packages = {_package(name) for name in _imports(path, module_level=True)}
        assert not packages & (HEAVY | {"wm_zoo", "wm_plugins"}), path


def test_zoo_names_plugins_only_as_strings() -> None:
    for path in _files("wm_zoo"):
        packages = {_package(name) for name in _imports(path, module_level=False)}
        assert not packages & {"wm_plugins", "plugins"}, path


def test_light_part_of_the_zoo_imports_nothing_heavy() -> None:
    top = ROOT / "wm_zoo"
    light = [p for p in _files("wm_zoo") if (p.parent == top and p.stem in LIGHT_ZOO) or p.parent.name == "cli"]
    assert len(light) >= len(LIGHT_ZOO)
    for path in light:
        packages = {_package(name) for name in _imports(path, module_level=True)}
        assert not packages & HEAVY, path


def test_plugins_import_only_the_api() -> None:
    for path in _files("plugins"):
        for name in _imports(path, module_level=False):
            if name.startswith("."):
                assert not name.startswith(".."), f"{path}: {name} leaves the plugin's own folder"
            elif _package(name) == "wm_zoo":
                assert name.startswith("wm_zoo.api"), f"{path}: {name}"
            else:
                assert _package(name) not in {"wm_envs", "wm_plugins", "plugins"}, f"{path}: {name}"


def test_light_plugin_modules_do_not_import_torch() -> None:
    for path in (ROOT / "plugins").glob("*/__init__.py"):
        assert "torch" not in {_package(name) for name in _imports(path, module_level=True)}, path


def test_nothing_unpickles() -> None:
    banned = ("pickle.load", "torch.load(", "allow_pickle=True", "joblib")
    for package in ("wm_envs", "wm_zoo", "plugins"):
        for path in _files(package):
            text = path.read_text(encoding="utf-8")
            assert not [word for word in banned if word in text], path


def test_core_knows_nothing_of_python() -> None:
    for path in [*(ROOT / "native/src").rglob("*.cpp"), *(ROOT / "native/include").rglob("*.h")]:
        text = path.read_text(encoding="utf-8")
        assert "pybind11" not in text, path
        assert "Python.h" not in text, path


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_environments_is_light() -> None:
    code = f"import sys, wm_envs; print(sorted({HEAVY!r} & set(sys.modules)))"
    assert _run(code) == "[]"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom wm_zoo.cli import main\nsys.argv = ['wm', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.slow
def test_imports_take_less_than_half_a_second() -> None:
    """A budget rather than a benchmark: the best of five, so that a busy machine does not fail it."""
    for command in (
        [sys.executable, "-P", "-c", "import wm_envs"],
        [sys.executable, "-P", "-m", "wm_zoo.cli", "--help"],
    ):
        best = min(_seconds(command) for _ in range(5))
        assert best < 0.5, command


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def test_pygame_is_pygame_ce() -> None:
    """Both distributions write the folder `pygame`; whichever comes last wins, and the frames differ."""
    names = {dist.metadata["Name"].lower() for dist in importlib.metadata.distributions()}
    assert "pygame-ce" in names
    assert "pygame" not in names
