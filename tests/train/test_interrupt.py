"""Ctrl-C: asked once, everything is saved; asked twice, it leaves at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from wm_zoo.train.interrupt import StopSignal


def test_the_first_asks_and_the_second_insists() -> None:
    before = signal.getsignal(signal.SIGINT)
    told = []
    with StopSignal(lambda: told.append(1)) as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        assert told == [1]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_that_goes_on(tmp_path, toy_file, fingerprint) -> None:
    recipe = toy_file(**{"train.overlap": True, "train.dynamics.first_updates": 400})
    words = [sys.executable, "-P", "-m", "wm_zoo.cli", "train", str(recipe), "--out"]
    subprocess.run([*words, str(tmp_path / "whole")], check=True, capture_output=True)
    process = subprocess.Popen(
        [*words, str(tmp_path / "pieces")], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not (tmp_path / "pieces/rounds/00/dynamics/checkpoint.safetensors").exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process of the group
    _, text = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"wm train --resume --out {tmp_path / 'pieces'}" in text
    assert "Traceback" not in text
    resumed = [sys.executable, "-P", "-m", "wm_zoo.cli", "train", "--resume", "--out", str(tmp_path / "pieces")]
    subprocess.run(resumed, check=True, capture_output=True)
    assert fingerprint(tmp_path / "whole") == fingerprint(tmp_path / "pieces")
