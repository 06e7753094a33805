"""The compiler must not fuse multiplications and additions: one fused pair breaks equality from the first step."""

import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wm_envs import _native

NATIVE = Path(__file__).parents[2] / "native"


@pytest.fixture(scope="module")
def listing():
    objdump = shutil.which("objdump")
    if objdump is None:
        pytest.skip("objdump is not installed")
    command = [objdump, "--disassemble", "--demangle", "--no-show-raw-insn", _native.__file__]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def functions(listing):
    """Instructions of every named function."""
    for block in re.split(r"\n\n(?=[0-9a-f]{16} <)", listing):
        head, _, body = block.partition("\n")
        if name := re.match(r"[0-9a-f]{16} <(.*)>:", head):
            yield name[1], body


FUSED = re.compile(r"\tvf(n?m(add|sub))")
PHYSICS = ["car", "contacts", "env", "gjk", "polygon", "solver", "track", "track_pen"]
PHYSICS += ["velocity_solver", "velocity_start"]


def test_the_listing_is_one(listing):
    """Multiplications and additions are there to be found, and the pattern knows the fused kind."""
    assert len(re.findall(r"\t(v?mulss|v?addss|v?mulsd|v?addsd)\b", listing)) > 1000
    for fused in ("vfmadd231ss", "vfnmadd132sd", "vfmsub213ps", "vfmaddsub132ps"):
        assert FUSED.search(f"    1234:\t{fused} %xmm0,%xmm1,%xmm2")


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["g++", "clang++", "clang++-16"])
def test_physics_is_not_fused_where_the_machine_could(tmp_path, compiler):
    """Somebody's CXXFLAGS may say -march=native: with the project's own flags behind it, nothing fuses either."""
    if shutil.which(compiler) is None or platform.machine() != "x86_64" or not NATIVE.is_dir():
        pytest.skip("needs the sources and the compiler")
    cmake = (NATIVE / "CMakeLists.txt").read_text()
    flags = re.search(r"target_compile_options\(wm_core PRIVATE (-f[^)]*)\)", cmake)[1].split()
    common = [compiler, "-std=c++20", "-O3", "-mavx2", "-mfma", *flags, f"-I{NATIVE / 'include'}", "-c"]
    for name in PHYSICS:
        target = tmp_path / f"{name}.o"
        subprocess.run([*common, str(NATIVE / "src" / "racing" / f"{name}.cpp"), "-o", str(target)], check=True)
        text = subprocess.run(["objdump", "-d", str(target)], check=True, capture_output=True, text=True).stdout
        assert re.search(r"\tv(mul|add)s[sd]", text) or name == "contacts", name
        assert not FUSED.search(text), name


def test_physics_is_not_fused(listing):
    physics = {name: body for name, body in functions(listing) if "wm::racing::" in name and "aint" not in name}
    if not any("step_world" in name or "RacingEnv" in name for name in physics):
        physics = {"the whole extension (stripped)": listing}
    fused = {name for name, body in physics.items() if FUSED.search(body)}
    assert not fused
