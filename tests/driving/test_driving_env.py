"""Single environments: Gymnasium's and SB3's checks, seeding, actions, endings."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from driving_helpers import IDS, SMALL, assert_equal, drive_somehow
from gymnasium.utils.env_checker import check_env

from wm_envs.driving import DrivingEnv
from wm_envs.driving.infos import FLAGS, NAMES

HERE = Path(__file__).parent
COAST = np.array([0.0, 0.3, 0.0], np.float32)


@pytest.mark.parametrize("name", IDS)
def test_gymnasium_checks(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gym.make(f"wm_envs:wm/{name}-v0", **SMALL, disable_env_checker=True, render_mode="rgb_array")
        check_env(env.unwrapped, skip_render_check=False)
        env.close()


@pytest.mark.parametrize("name", IDS)
def test_sb3_checks(name):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gym.make(f"wm_envs:wm/{name}-v0", actions="accel", camera_height=64, camera_width=64)
        checker.check_env(env)
        env.close()


@pytest.mark.parametrize("name", IDS)
def test_seeds(name, rng):
    envs = [gym.make(f"wm_envs:wm/{name}-v0", **SMALL) for _ in range(2)]
    first, other = (env.reset(seed=7) for env in envs)
    assert_equal(first, other)
    for _ in range(30):
        action = drive_somehow(rng, 1)[0]
        results = [env.step(action) for env in envs]
        assert_equal(*results)
        if results[0][2]:
            break
    assert_equal(envs[0].reset(seed=7), first)
    assert_equal(envs[0].reset(), (envs[1].reset(seed=7), envs[1].reset())[1])
    different = envs[1].reset(seed=8)
    assert any((different[0][key] != first[0][key]).any() for key in different[0])


def test_seeds_beyond_32_bits():
    env = DrivingEnv(scenario="town", sensors=["state"])
    small, large = env.reset(seed=1)[1], env.reset(seed=1 + 2**32)[1]
    assert small != large


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (np.zeros(3, np.int64), r"floating-point array of shape \(3,\), got int64"),
        (np.zeros(2, np.float32), r"shape \(3,\), got float32 of shape \(2,\)"),
        (np.zeros((1, 3), np.float32), r"of shape \(1, 3\)"),
        (np.array([0, np.nan, 0]), "NaN or infinite"),
        (np.array([np.inf, 0, 0]), "NaN or infinite"),
    ],
)
def test_bad_actions_move_nothing(action, words):
    env = DrivingEnv(scenario="highway", sensors=["state"])
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(ValueError, match=words):
        env.step(action)
    assert env.get_state() == before


def test_actions_are_clipped():
    results = []
    for action in ([0.0, 1.0, 0.0], [0.0, 7.0, -3.0]):
        env = DrivingEnv(scenario="highway", sensors=["state"])
        env.reset(seed=0)
        results.append([env.step(np.array(action))[1] for _ in range(5)])
    assert results[0] == results[1]


def test_accel_equals_pedals():
    pedals, accel = (DrivingEnv(scenario="highway", sensors=["state"], actions=a) for a in ("pedals", "accel"))
    for env in (pedals, accel):
        env.reset(seed=3)
    for a in (0.5, 1.0, -0.4, 0.0):
        one = pedals.step(np.array([0.02, max(a, 0), max(-a, 0)]))
        other = accel.step(np.array([0.02, a]))
        assert_equal(one, other)


def test_steering_left_goes_left():
    env = DrivingEnv(scenario="racetrack", sensors=["state"], vehicles=0)
    _, before = env.reset(seed=0)
    for _ in range(6):
        *_, info = env.step(np.array([0.2, 0.6, 0.0]))
    turned = (info["heading"] - before["heading"] + np.pi) % (2 * np.pi) - np.pi
    assert turned > 0.005


def test_step_before_reset_and_after_the_end():
    env = DrivingEnv(scenario="highway", sensors=["state"])
    with pytest.raises(gym.error.ResetNeeded):
        env.step(COAST)
    env.reset(seed=0)
    for _ in range(400):
        if env.step(np.array([0.6, 1.0, 0.0]))[2]:
            break
    assert env.ending in {"collision", "off_road", "off_route"}
    with pytest.raises(gym.error.ResetNeeded, match="has ended"):
        env.step(COAST)
    env.reset()
    env.step(COAST)


def test_time_limit_truncates_only():
    env = gym.make("wm_envs:wm/Intersection-v0", sensors=["state"], max_episode_steps=12)
    env.reset(seed=0)
    for t in range(12):
        _, _, terminated, truncated, info = env.step(np.array([0, 0, 1], np.float32))
        assert not terminated
        assert truncated == (t == 11)
    assert not info["success"]
    assert env.unwrapped.ending == "running"


def test_info_has_all_names_with_plain_types():
    env = DrivingEnv(scenario="town", sensors=["state"])
    _, first = env.reset(seed=0)
    *_, info = env.step(COAST)
    for each in (first, info):
        assert set(each) == set(NAMES)
        assert all(type(each[name]) is (bool if name in FLAGS else float) for name in NAMES)
        json.dumps(each)


def test_spec_is_json_and_restores():
    env = gym.make("wm_envs:wm/Town-v0", sensors=["state", "lidar"], weather="wet", reward_weights={"progress": 2.0})
    text = env.spec.to_json()
    again = gym.make(gym.envs.registration.EnvSpec.from_json(text))
    assert again.unwrapped.options == env.unwrapped.options


def test_human_window():
    pytest.importorskip("pygame")
    env = gym.make("wm_envs:wm/Merge-v0", sensors=["state"], render_mode="human", control_step=0.01, substeps=1)
    env.reset(seed=0)
    env.step(COAST)
    env.close()
    env.close()


def test_pictures_for_people():
    env = gym.make("wm_envs:wm/Town-v0", sensors=["lidar"], render_mode="rgb_array")
    env.reset(seed=0)
    first = env.render()
    assert first.shape == (480, 640, 3)
    assert first.dtype == np.uint8
    assert first.std() > 5
    for _ in range(10):
        env.step(COAST)
    assert (env.render() != first).any()


def test_rendering_changes_nothing():
    plain, shown = (DrivingEnv(scenario="town", sensors=["state"], render_mode="rgb_array") for _ in range(2))
    assert_equal(plain.reset(seed=4), shown.reset(seed=4))
    for _ in range(20):
        shown.render()
        assert_equal(plain.step(COAST), shown.step(COAST))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_worker_processes(method):
    """The id carries its module, so that a fresh process finds it."""
    code = (
        "import gymnasium as gym, numpy as np\n"
        "if __name__ == '__main__':\n"
        "    from workers import make_highway\n"
        f"    env = gym.vector.AsyncVectorEnv([make_highway] * 2, context='{method}')\n"
        "    env.reset(seed=0)\n"
        "    obs = env.step(np.zeros((2, 3), np.float32))[0]\n"
        "    env.close()\n"
        "    print(obs['state'].shape[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, cwd=HERE, check=False
    )
    assert done.stdout.strip() == "2", done.stderr


def test_importing_stays_light():
    code = (
        "import sys, wm_envs; print(sorted({'torch', 'pygame', 'stable_baselines3', 'matplotlib', 'wm_envs.driving'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
