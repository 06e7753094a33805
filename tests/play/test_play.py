"""`wm play` from the command line, with posted events and a display in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest

import wm_envs

STEP = "step"
DRIVEN = [env_id for env_id in wm_envs.ENV_IDS if "Dream" not in env_id and "Carla" not in env_id]


def _steps(lines):
    return [line for line in lines if line["event"] == STEP]


def _events(lines, *names):
    return [line for line in lines if line["event"] in names]


@pytest.mark.parametrize("env_id", DRIVEN)
def test_every_environment_can_be_driven(wm, posted, hold, env_id):
    posted({0: [hold("w")]})
    code, out, err, lines = wm(env_id, "--seed", 0, "--frames", 12)
    assert (code, err) == (0, "")
    assert out == "12 frames\n"
    assert len(_steps(lines)) == 12
    gas = [line["action"][1] for line in _steps(lines)]
    assert gas[-1] > gas[0] >= 0


@pytest.mark.parametrize(
    "settings", [("actions=accel", "frame_skip=4"), ("continuous=false",), ("obs_size=64", "grayscale=true")]
)
def test_forms_of_car_racing(wm, posted, hold, settings):
    posted({0: [hold("up")]})
    words = [word for setting in settings for word in ("--set", setting)]
    code, _, err, lines = wm("wm/CarRacing-v0", "--seed", 0, "--frames", 60, *words, "--record", "mine")
    assert (code, err) == (0, "")
    assert _steps(lines)[-1]["info"]["speed"] > 5
    assert not _events(lines, "error")


@pytest.mark.filterwarnings("ignore:.*SwigPy.*:DeprecationWarning")
def test_other_environments_too(wm, posted, hold):
    posted({0: [hold("right")]})
    code, _, err, lines = wm("CartPole-v1", "--frames", 5)
    assert (code, err) == (0, "")
    assert [line["action"] for line in _steps(lines)] == [0] * 5  # two actions: number keys
    posted({0: [hold("1")]})
    _, _, _, lines = wm("CartPole-v1", "--frames", 5)
    assert [line["action"] for line in _steps(lines)] == [1] * 5


def test_a_dream_and_everything_around_it(wm, posted, saved, tap, hold):
    script = {0: [hold("right")], 5: tap("c"), 10: tap("t"), 12: tap("="), 13: tap("]"), 14: tap("["), 15: tap("v")}
    posted({**script, 16: tap("x"), 17: tap("c"), 20: tap("t"), 24: tap("q")})
    code, _, err, lines = wm("wm/Dream-v0", "--world", saved, "--seed", 3)
    assert (code, err) == (0, "")
    modes = [(line["mode"], line["comparing"]) for line in _steps(lines)]
    assert modes[:5] == [("dream", False)] * 5
    assert modes[5:10] == [("dream", True)] * 5
    assert modes[10:17] == [("real", True)] * 7
    assert modes[17:20] == [("real", False)] * 3
    assert modes[20:25] == [("dream", False)] * 5
    assert len(modes) == 25  # the frame in which one leaves is still shown
    assert [line["temperature"] for line in _events(lines, "temperature")] == [1.25, 1.5, 1.25]
    assert all(line["uncertainty"] > 0 for line in _steps(lines))
    shot = Path(_events(lines, "screenshot")[0]["path"])
    assert shot.read_bytes().startswith(b"\x89PNG")


def test_an_id_with_a_world_of_its_own(wm, saved):
    gym.register("toy/DreamReal-v0", entry_point="wm_envs.dream.env:DreamEnv", kwargs={"world": saved, "horizon": 5})
    try:
        code, _, err, lines = wm("toy/DreamReal-v0", "--seed", 0, "--frames", 8)
    finally:
        del gym.registry["toy/DreamReal-v0"]
    assert (code, err) == (0, "")
    assert [line["truncated"] for line in _steps(lines)] == [False] * 4 + [True]
    assert {line["mode"] for line in _steps(lines)} == {"dream"}


def test_pause_single_steps_and_help(wm, posted, tap):
    posted({3: tap("p"), 6: tap("n"), 8: tap("n"), 10: tap("p"), 12: tap("h"), 15: tap("h")})
    _, _, _, lines = wm("toy/Real-v0", "--frames", 20)
    assert [line["frame"] for line in _steps(lines)] == [0, 1, 2, 6, 8, 10, 11, 15, 16, 17, 18, 19]


def test_a_gamepad_drives(wm, posted):
    axis = ("JOYAXISMOTION", {"instance_id": 0, "axis": 0, "value": -1.0})
    gas = ("JOYAXISMOTION", {"instance_id": 0, "axis": 5, "value": 1.0})
    buttons = {4: 2, 7: 1, 9: 2, 12: 7}  # record, reset, stop recording, pause
    pressed = {at: [("JOYBUTTONDOWN", {"instance_id": 0, "button": button})] for at, button in buttons.items()}
    posted({1: [axis, gas], **pressed})
    _, out, _, lines = wm("wm/CarRacing-v0", "--seed", 4, "--frames", 16)
    actions = [line["action"] for line in _steps(lines)]
    assert actions[0] == [0, 0, 0]
    assert actions[1] == [-1, 1, 0]
    assert len(actions) == 12
    assert [line["seed"] for line in _events(lines, "reset")] == [4, 5]
    assert [line["steps"] for line in _events(lines, "episode")] == [3, 2]
    assert "saved recordings/drive-0001.mp4" in out


def test_pads_toggle_too(wm, posted, saved):
    posted({3: [("JOYBUTTONDOWN", {"instance_id": 0, "button": 0})], 5: [("JOYBUTTONDOWN", {"button": 5})]})
    _, _, _, lines = wm("toy/Real-v0", "--world", saved, "--frames", 8)
    assert [line["mode"] for line in _steps(lines)] == ["real"] * 3 + ["dream"] * 5
    assert _events(lines, "temperature")[0]["temperature"] == 1.25


def test_the_next_episode_begins_by_itself(wm, monkeypatch):
    from wm_zoo.play import loop

    monkeypatch.setattr(loop, "END_SECONDS", 2 / 500)
    _, _, _, lines = wm("toy/Real-v0", "--seed", 0, "--max-episode-steps", 4, "--frames", 13)
    assert [(line["episode"], line["frame"]) for line in _steps(lines)] == [
        *((0, frame) for frame in range(4)),
        *((1, frame) for frame in range(7, 11)),
    ]


def test_closing_the_window_ends_it(wm, posted):
    posted({2: [("QUIT", {})]})
    code, out, _, _ = wm("toy/Real-v0")
    assert (code, out) == (0, "3 frames\n")


def test_scale(wm, posted, tap):
    import struct

    posted({2: tap("x")})
    wm("toy/Real-v0", "--frames", 4, "--scale", 0.5)
    header = Path("recordings/shot-0001.png").read_bytes()[16:24]
    assert struct.unpack(">II", header) == (360, 296)


def test_the_same_keys_drive_the_same(wm, posted, saved, tap, hold):
    logs = []
    for _ in range(2):
        posted({0: [hold("d")], 6: tap("c"), 9: [("KEYUP", {"key": "d"})]})
        lines = wm("wm/Dream-v0", "--world", saved, "--seed", 8, "--frames", 15)[3]
        logs.append([(line["action"], line["reward"], line["uncertainty"]) for line in _steps(lines)])
    assert logs[0] == logs[1]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["wm/CarRacing-v1"], "did you mean 'wm/CarRacing-v0'?"),
        (["wm/Dream-v0"], "say which, e.g. wm play wm/Dream-v0 --world runs/quickstart-seed0"),
        (["wm/Dream-v0", "--world", "nowhere"], "no world 'nowhere'"),
        (["wm/CarRacing-v0", "--set", "frame_skp=2"], "did you mean 'frame_skip'?"),
        (["wm/CarRacing-v0", "--world", "{saved}"], "was learned from toy/Real-v0"),
        (["wm/Dream-v0", "--world", "{saved}", "--set", "horizn=3"], "did you mean 'horizon'?"),
        (["wm/Dream-v0", "--world", "{blind}"], "has no decoder"),
        (["Pendulum-v1", "--log", "/dev/null/x"], "cannot write"),
        (["toy/Real-v0", "--set", "frame_skip"], "expected KEY=VALUE"),
    ],
)
def test_errors_are_one_line_with_the_fix(capsys, toy, saved, tmp_path, words, text):
    from wm_zoo.cli import main

    toy.toy_world(encoder="glance-v0").save(tmp_path / "blind")
    with pytest.raises(SystemExit) as caught:
        main(["play", *(word.format(saved=saved, blind=tmp_path / "blind") for word in words), "--frames", "2"])
    out = capsys.readouterr()
    assert (caught.value.code, out.out) == (2, "")
    assert text in out.err
    assert out.err.startswith("error: ")
    assert out.err.count("\n") == 1


def test_carla_without_its_client_says_so(wm, monkeypatch):
    monkeypatch.setitem(sys.modules, "carla", None)
    code, _, err, _ = wm("wm/Carla-v0", "--frames", 2)
    assert code == 2
    assert err.startswith("error: wm/Carla-v0 needs CARLA's Python client")
    assert err.count("\n") == 1


def test_no_display_says_what_to_do(wm, monkeypatch):
    for name in ("SDL_VIDEODRIVER", "SDL_VIDEO_DRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if sys.platform != "linux":
        pytest.skip("only here is a display named by the environment")
    code, _, err, _ = wm("toy/Real-v0", "--frames", 2)
    assert code == 2
    assert "there is no display" in err
    assert "xvfb-run" in err
    assert "SDL_VIDEODRIVER=dummy" in err
    monkeypatch.setenv("DISPLAY", ":4321")
    code, _, err, _ = wm("toy/Real-v0", "--frames", 2)
    assert code == 2
    assert "display" in err
    assert err.count("\n") == 1


def test_driving_really_costs_no_torch():
    code = (
        "import sys\nfrom wm_zoo.cli import main\n"
        "try:\n    main(['play', 'wm/CarRacing-v0', '--frames', '2', '--record', 'mine'])\n"
        "except SystemExit:\n    pass\n"
        "print('torch' in sys.modules, 'pygame' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False True"
