"""A real window, real keys: `wm play` under Xvfb, driven by xdotool."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)}: apt-get install xvfb xdotool"),
]


_spec = importlib.util.spec_from_file_location("evaluate", Path(__file__).parents[1] / "evaluate" / "conftest.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
agent_folder = _module.agent_folder  # a world of CarRacing, with its first weights


@pytest.fixture
def display():
    """A display of our own, at the first number that is free."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


class Game:
    """A running `wm play`, its log, and the keyboard before it."""

    def __init__(self, display, *words):
        self._environment = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
        command = [sys.executable, "-m", "wm_zoo.cli", "play", *map(str, words), "--log", "play.jsonl"]
        self.process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)

    def lines(self, *events):
        """What the log holds so far (of these events)."""
        log = Path("play.jsonl")
        whole = log.read_text().split("\n")[:-1] if log.exists() else []
        lines = [json.loads(line) for line in whole]
        return [line for line in lines if line["event"] in events] if events else lines

    def wait(self, done, seconds=60):
        """Until `done` of all lines is true; fails with the last lines."""
        until = time.monotonic() + seconds
        while not done(self.lines()):
            assert self.process.poll() is None, f"it left with {self.process.returncode}"
            assert time.monotonic() < until, self.lines()[-3:]
            time.sleep(0.05)

    def wait_for(self, event, count=1):
        """Until `event` has happened `count` times; returns its last line."""
        self.wait(lambda lines: sum(line["event"] == event for line in lines) >= count)
        return self.lines(event)[-1]

    def xdotool(self, *words):
        subprocess.run(["xdotool", *words], env=self._environment, check=True, capture_output=True)

    def drive(self, steps):
        """Let the game go on for so many steps."""
        goal = len(self.lines("step")) + steps
        self.wait(lambda lines: sum(line["event"] == "step" for line in lines) >= goal)


@pytest.fixture
def game(display):
    """Start `wm play` with these words; killed at the end if it still runs."""
    games = []

    def start(*words):
        games.append(Game(display, *words))
        games[-1].wait_for("step")
        return games[-1]

    yield start
    for one in games:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def test_keys_move_the_car(game):
    played = game("wm/CarRacing-v0", "--seed", 1, "--set", "frame_skip=4", "--max-episode-steps", 0)
    played.drive(15)
    assert max(line["info"]["speed"] for line in played.lines("step")) < 5  # it stands until someone drives
    played.xdotool("keydown", "Up")
    played.drive(20)
    assert played.lines("step")[-1]["action"][1] == 1
    assert played.lines("step")[-1]["info"]["speed"] > 20
    played.xdotool("keydown", "a")
    played.drive(4)
    assert played.lines("step")[-1]["action"][0] < 0
    played.xdotool("keyup", "a", "keyup", "Up", "keydown", "space")
    played.drive(15)
    assert played.lines("step")[-1]["info"]["speed"] < 10
    played.xdotool("keyup", "space", "key", "x")
    shot = Path(played.wait_for("screenshot")["path"])
    played.xdotool("key", "Escape")
    assert played.process.wait(timeout=30) == 0
    _assert_full(shot)


def test_dreaming_and_recording(game, agent_folder):
    played = game("wm/Dream-v0", "--world", agent_folder / "world", "--seed", 2)
    played.xdotool("key", "f")
    played.wait_for("record")
    played.xdotool("keydown", "Right")
    played.drive(8)
    played.xdotool("key", "t")
    assert played.wait_for("toggle")["mode"] == "real"
    played.drive(5)
    played.xdotool("keyup", "Right", "key", "c")
    assert played.wait_for("compare")["comparing"]
    played.xdotool("key", "plus", "key", "bracketright")
    played.wait_for("temperature", 2)
    assert played.lines("temperature")[-1]["temperature"] == 1.5
    played.xdotool("key", "x")
    shot = Path(played.wait_for("screenshot")["path"])
    played.xdotool("key", "F9")
    saved_line = played.wait_for("saved")
    played.xdotool("key", "q")
    assert played.process.wait(timeout=30) == 0
    assert {line["mode"] for line in played.lines("step")} == {"real", "dream"}
    assert Path(saved_line["video"]).stat().st_size > 1000
    _assert_full(shot)
    from wm_zoo.data import Dataset

    real, dream = (Dataset.open(folder, verify=True) for folder in sorted(saved_line["datasets"], reverse=True))
    assert (real.meta.env_id, dream.meta.env_id) == ("wm/CarRacing-v0", "wm/Dream-v0")
    assert dream.episode(0).action.max() > 0


def test_the_window_can_be_closed(game):
    played = game("wm/Highway-v0", "--seed", 0, "--record", "mine")
    played.drive(3)
    played.process.terminate()  # SDL turns it into the closing of the window
    assert played.process.wait(timeout=30) == 0
    assert played.lines("saved")


def _assert_full(shot):
    """A picture above, and the numbers below."""
    import imageio.v2 as imageio

    picture = np.asarray(imageio.imread(shot))
    above, below = picture[:480], picture[480:]
    assert len(picture) == 592
    assert above.std() > 10
    assert len(np.unique(below.reshape(-1, 3), axis=0)) > 20
