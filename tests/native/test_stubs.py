"""The committed stubs are what pybind11-stubgen says of the extension that is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

import wm_envs

COMMITTED = Path(wm_envs.__file__).with_name("_native.pyi")


def test_stubs_are_up_to_date(tmp_path):
    pytest.importorskip("pybind11_stubgen")
    command = [sys.executable, "-P", "-m", "pybind11_stubgen", "wm_envs._native", "-o", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    fresh = (tmp_path / "wm_envs" / "_native.pyi").read_text()
    assert COMMITTED.read_text() == fresh, f"run: {' '.join(command[:-1])} . (from the repository's root)"
