"""Clang reads every source without a warning: the fuzz targets are built by it, with warnings as errors."""

import shutil
import subprocess
from pathlib import Path

import pytest

NATIVE = Path(__file__).parents[2] / "native"
SOURCES = sorted([*(NATIVE / "src").rglob("*.cpp"), *(NATIVE / "fuzz").glob("*.cpp")])
INCLUDES = [f"-I{NATIVE / folder}" for folder in ("include", "src", "tests")]
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]


@pytest.mark.slow
def test_clang_finds_nothing():
    compiler = shutil.which("clang++-16") or shutil.which("clang++")
    if compiler is None or not SOURCES:
        pytest.skip("needs the sources and clang")
    command = [compiler, "-std=c++20", "-fsyntax-only", *WARNINGS, *INCLUDES]
    said = {}
    for source in SOURCES:
        done = subprocess.run([*command, str(source)], check=False, capture_output=True, text=True)
        if done.returncode:
            said[source.name] = done.stderr
    assert not said, "\n".join(said.values())
