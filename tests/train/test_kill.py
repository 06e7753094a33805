"""`kill -9` at random moments of a real ``wm train``, then ``--resume``: the same bits as a run left alone."""

from __future__ import annotations

import random
import signal
import subprocess
import sys

import pytest


def wm(*words):
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "wm_zoo.cli", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed_again_and_again(recipe, folder, moments):
    """Returns how often it was killed before it could finish."""
    kills = 0
    for moment in [*moments, None]:
        resume = ["--resume"] if (folder / "recipe.toml").exists() else []
        process = wm("train", recipe, "--out", folder, *resume)
        try:
            text, _ = process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            continue
        assert process.returncode == 0, text
        break
    return kills


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_kill_at_random_moments(tmp_path, toy_file, fingerprint, seed, overlap) -> None:
    changes = {"train.overlap": overlap, "train.rounds": 3, "train.dynamics.updates": 100}
    recipe = toy_file(**changes)
    assert killed_again_and_again(recipe, tmp_path / "whole", []) == 0
    draw = random.Random(seed)
    moments = [draw.uniform(2.0, 12.0) for _ in range(8)]
    assert killed_again_and_again(recipe, tmp_path / "pieces", moments) > 0
    assert fingerprint(tmp_path / "whole") == fingerprint(tmp_path / "pieces")
