"""examples/sb3_*.py: they run, what they save loads, and docs/sb3.md shows their code."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
NAMES = ["sb3_ppo", "sb3_sac", "sb3_recurrent_ppo"]
STEPS = {"sb3_ppo": 8192, "sb3_sac": 10_496, "sb3_recurrent_ppo": 8192}  # one update, or a few


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def racing_world(tmp_path_factory):
    """A world of CarRacing with its first weights: `agent_folder` of tests/evaluate."""
    make = load(ROOT / "tests" / "evaluate" / "conftest.py").agent_folder.__wrapped__
    return str(make(tmp_path_factory) / "world")


@pytest.mark.parametrize("name", NAMES)
def test_learns_and_saves(name, racing_world, tmp_path, capsys):
    if name == "sb3_recurrent_ppo":
        pytest.importorskip("sb3_contrib", reason="pip install .[contrib]")
    model, check = load(ROOT / "examples" / f"{name}.py").learn(racing_world, 1, STEPS[name], tmp_path, temperature=0.5)
    assert check.history
    assert f"real/return {check.best_real_return:.0f}" in capsys.readouterr().out
    again = type(model).load(tmp_path / "best_model.zip", device="cpu")
    obs = np.zeros((2, *model.observation_space.shape), np.float32)
    assert np.array_equal(model.predict(obs, deterministic=True)[0], again.predict(obs, deterministic=True)[0])


@pytest.mark.parametrize("name", NAMES)
def test_help_and_a_missing_library(name):
    hide = "import sys; sys.modules['sb3_contrib'] = None; "
    file = str(ROOT / "examples" / f"{name}.py")
    run = f"import runpy; sys.argv = ['x', '--help']; runpy.run_path({file!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", hide + run], cwd=ROOT, capture_output=True, text=True, check=False)
    if name == "sb3_recurrent_ppo":
        assert done.returncode == 1
        assert "RecurrentPPO comes with sb3-contrib: pip install" in done.stderr.splitlines()[-1]
    else:
        assert "--world" in done.stdout


def test_the_docs_show_the_code_of_the_examples():
    text = (ROOT / "docs" / "sb3.md").read_text()
    blocks = re.findall(r"<!-- (examples/\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
    assert [file for file, _ in blocks] == [f"examples/{name}.py" for name in NAMES]
    for file, block in blocks:
        code = {line.strip() for line in (ROOT / file).read_text().splitlines()}
        assert not [line for line in block.splitlines() if line.strip() not in code]
