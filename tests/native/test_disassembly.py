"""The compiler must not fuse multiplications and additions: one fused pair breaks equality from the first step."""

import re
import shutil
import subprocess

import pytest

from wm_envs import _native


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


def test_physics_is_not_fused(listing):
    physics = {name: body for name, body in functions(listing) if "wm::racing::" in name and "aint" not in name}
    if not any("step_world" in name or "RacingEnv" in name for name in physics):
        physics = {"the whole extension (stripped)": listing}
    fused = {name for name, body in physics.items() if re.search(r"\tvf(n?m(add|sub))", body)}
    assert not fused
