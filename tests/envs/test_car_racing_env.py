"""wm/CarRacing-v0 as a Gymnasium environment."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest

from wm_envs.car_racing import CarRacingEnv

ID = "wm_envs:wm/CarRacing-v0"


def actions(space, seed, steps):
    space.seed(seed)
    return [space.sample() for _ in range(steps)]


def test_spaces():
    env = CarRacingEnv()
    assert env.observation_space == gym.spaces.Box(0, 255, (96, 96, 3), np.uint8)
    assert env.action_space == gym.spaces.Box(np.array([-1, 0, 0], np.float32), np.array([1, 1, 1], np.float32))
    assert CarRacingEnv(continuous=False).action_space == gym.spaces.Discrete(5)
    assert CarRacingEnv(actions="accel").action_space == gym.spaces.Box(-1, 1, (2,), np.float32)
    assert CarRacingEnv(obs_size=64).observation_space.shape == (64, 64, 3)
    assert CarRacingEnv(obs_size=64, grayscale=True).observation_space.shape == (64, 64)


def test_time_limit_counts_decisions():
    env = gym.make(ID, frame_skip=4, max_episode_steps=3)
    env.reset(seed=0)
    flags = [env.step(np.zeros(3, np.float32))[2:4] for _ in range(3)]
    assert flags == [(False, False), (False, False), (False, True)]
    assert gym.make(ID).spec.max_episode_steps == 1000


def test_info_is_flat_and_its_types_are_stable():
    env = CarRacingEnv()
    _, info = env.reset(seed=1)
    for _ in range(5):
        assert {key: type(value) for key, value in info.items()} == {
            "tiles_visited": int,
            "tiles_total": int,
            "speed": float,
        }
        info = env.step(np.array([0, 1, 0], np.float32))[4]
    assert info["tiles_total"] == len(env.track)
    assert info["speed"] == pytest.approx(np.hypot(*env.car.hull.linearVelocity))


def test_lap_finished_is_false_after_leaving_the_field():
    env = CarRacingEnv()
    env.reset(seed=0)
    for _ in range(1000):
        _, reward, terminated, truncated, info = env.step(np.array([0, 0.5, 0], np.float32))
        assert truncated is False
        if terminated:
            break
    assert (reward, info["lap_finished"]) == (-100.0, False)


def test_accel_is_gas_or_brake():
    pedals, accel = CarRacingEnv(), CarRacingEnv(actions="accel")
    pedals.reset(seed=4), accel.reset(seed=4)
    for steer, push in actions(accel.action_space, 0, 60):
        double = float(push)
        a = pedals.step(np.array([float(steer), max(double, 0.0), 0.8 * max(-double, 0.0)]))
        b = accel.step(np.array([steer, push], np.float32))
        np.testing.assert_array_equal(a[0], b[0])
        assert a[1:4] == b[1:4]
    assert pedals.get_state() == accel.get_state()


def test_actions_out_of_range_go_in_raw():
    """As in stock: only gas is clipped."""
    one, other = CarRacingEnv(), CarRacingEnv()
    one.reset(seed=2), other.reset(seed=2)
    for _ in range(30):
        one.step(np.array([0.1, 5.0, 0.0])), other.step(np.array([0.1, 1.0, 0.0]))
    assert one.get_state() == other.get_state()
    one.step(np.array([3.0, 1.0, 0.0])), other.step(np.array([1.0, 1.0, 0.0]))
    assert one.get_state() != other.get_state()


@pytest.mark.parametrize(
    "action",
    [
        np.array([np.nan, 0, 0]),
        np.array([0, np.inf, 0]),
        np.zeros(2, np.float32),
        np.zeros((1, 3), np.float32),
        np.zeros(3, np.int64),
        np.array(["a", "b", "c"]),
        None,
    ],
    ids=str,
)
def test_bad_actions(action):
    env = CarRacingEnv()
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(ValueError, match="action"):
        env.step(action)
    assert env.get_state() == before


@pytest.mark.parametrize("action", [5, -1, 1.0, np.zeros(3)], ids=str)
def test_bad_discrete_actions(action):
    env = CarRacingEnv(continuous=False)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="action"):
        env.step(action)


def test_step_before_reset():
    with pytest.raises(gym.error.ResetNeeded):
        CarRacingEnv().step(np.zeros(3, np.float32))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"frame_skips": 4}, TypeError, "did you mean 'frame_skip'.*domain_randomize"),
        ({"observation_size": 64}, TypeError, "did you mean 'obs_size'"),
        ({"obs_size": 48}, ValueError, "expected 96, 64"),
        ({"frame_skip": 0}, ValueError, "frame_skip=0"),
        ({"frame_skip": 2.0}, ValueError, "whole number"),
        ({"painter": "fst"}, ValueError, "did you mean 'fast'"),
        ({"actions": "pedal"}, ValueError, "did you mean 'pedals'"),
        ({"actions": "accel", "continuous": False}, ValueError, "continuous=False"),
        ({"grayscale": 1}, ValueError, "True or False"),
        ({"render_mode": "ansi"}, ValueError, "rgb_array"),
        ({"lap_complete_percent": float("nan")}, ValueError, "finite"),
    ],
    ids=str,
)
def test_bad_options(options, error, words):
    with pytest.raises(error, match=words):
        CarRacingEnv(**options)


def test_unknown_reset_options_and_seeds():
    env = CarRacingEnv()
    with pytest.raises(ValueError, match="did you mean 'randomize'"):
        env.reset(options={"randomise": True})
    with pytest.raises(gym.error.Error):
        env.reset(seed=-1)


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**64 + 12345, 2**130 + 7])
def test_any_seed_is_numpys(seed):
    """The first draws are visible in the track: numpy's generator makes the same."""
    from wm_envs.arguments import seed_words

    assert sum(word << (32 * i) for i, word in enumerate(seed_words(seed))) == seed
    env, again = CarRacingEnv(), CarRacingEnv()
    env.reset(seed=seed), again.reset(seed=seed)
    assert env.track == again.track
    env.reset(seed=seed + 1)
    assert env.track != again.track


def test_without_a_seed_tracks_differ():
    tracks = []
    for _ in range(2):
        env = CarRacingEnv()
        env.reset()
        tracks.append(env.track)
    assert tracks[0] != tracks[1]


def test_domain_randomisation_obeys_its_option():
    env = CarRacingEnv(domain_randomize=True)
    first, _ = env.reset(seed=3)
    kept, _ = env.reset(options={"randomize": False})
    changed, _ = env.reset(options={"randomize": True})
    corner = (2, 48)  # grass or field, far from the car in the opening view
    assert not np.array_equal(kept[corner], changed[corner]) or not np.array_equal(first, changed)
    again, _ = CarRacingEnv(domain_randomize=True).reset(seed=3)
    np.testing.assert_array_equal(first, again)


def test_snapshot_and_observation():
    env = CarRacingEnv()
    env.reset(seed=8)
    for action in actions(env.action_space, 1, 30):
        obs = env.step(action)[0]
    snapshot, track, visited = env.get_state(), env.track, env.tile_visited_count
    rest = actions(env.action_space, 2, 30)
    expected = [env.step(action) for action in rest]
    other = CarRacingEnv()
    other.set_state(snapshot)
    np.testing.assert_array_equal(other.observe(), obs)
    assert (other.track, other.tile_visited_count) == (track, visited)
    for action, (obs, *numbers) in zip(rest, expected, strict=True):
        got, *others = other.step(action)
        np.testing.assert_array_equal(got, obs)
        assert others == numbers
    with pytest.raises(ValueError, match="altered"):
        other.set_state(snapshot[:-1] + bytes([snapshot[-1] ^ 1]))


def test_views_carry_gymnasiums_names():
    env = CarRacingEnv()
    env.reset(seed=1)
    for _ in range(40):
        env.step(np.array([0.05, 0.3, 0], np.float32))
    hull, wheels = env.car.hull, env.car.wheels
    x, y = hull.position
    assert np.hypot(x - env.track[0][2], y - env.track[0][3]) < 40
    assert hull.angle != 0
    assert isinstance(hull.angularVelocity, float)
    assert len(wheels) == 4
    assert all(wheel.omega > 0 and wheel.phase > 0 for wheel in wheels[2:])
    assert wheels[0].joint.angle < 0  # steer 0.05 is to the right
    assert all(len(wheel.tiles) > 0 for wheel in wheels)
    assert np.hypot(wheels[0].position[0] - x, wheels[0].position[1] - y) < 3
    assert env.t == pytest.approx(0.82)


def test_spec_is_json_and_env_pickles():
    env = gym.make(ID, obs_size=64, frame_skip=2, actions="accel")
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert again.observation_space == env.observation_space
    assert again.action_space == env.action_space
    for twin in (pickle.loads(pickle.dumps(env.unwrapped)), copy.deepcopy(env.unwrapped)):
        assert twin.options == env.unwrapped.options


def test_rendering_before_reset_and_without_a_mode():
    assert CarRacingEnv(render_mode="rgb_array").render() is None
    plain = CarRacingEnv()
    plain.reset(seed=0)
    with pytest.warns(UserWarning, match="render_mode"):
        assert plain.render() is None


def test_making_and_stepping_imports_no_pygame():
    """Rendering does (the score's font is pygame's), as does painter="exact"."""
    code = (
        "import sys, gymnasium as gym, numpy as np, wm_envs\n"
        "env = gym.make('wm/CarRacing-v0', render_mode='rgb_array')\n"
        "env.reset(seed=0); env.step(np.zeros(3, np.float32))\n"
        "assert not {'pygame', 'torch', 'Box2D', 'matplotlib'} & set(sys.modules)\n"
        "assert env.render().shape == (400, 600, 3)\n"
        "assert not {'torch', 'Box2D', 'matplotlib'} & set(sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)
    assert result.stdout == ""


def test_a_planner_can_roll_the_real_environment_forward():
    """Branches from one snapshot differ with their actions only, and leave no trace in the episode."""
    env, twin = CarRacingEnv(obs_size=64), CarRacingEnv(obs_size=64)
    env.reset(seed=12), twin.reset(seed=12)
    for t in range(20):
        action = np.array([0.1 * (t % 3 - 1), 0.5, 0.0])
        root = env.get_state()
        returns = []
        for steer in (-0.5, 0.0, 0.5, 0.0):
            env.set_state(root)
            returns.append(sum(env.step(np.array([steer, 0.3, 0.0]))[1] for _ in range(4)))
        assert returns[1] == returns[3]
        env.set_state(root)
        (one, *numbers), (other, *others) = env.step(action), twin.step(action)
        np.testing.assert_array_equal(one, other)
        assert numbers == others


def test_a_snapshot_brings_no_colours_into_the_next_episode():
    """Between environments with and without domain randomisation."""
    coloured, plain = CarRacingEnv(domain_randomize=True), CarRacingEnv()
    coloured.reset(seed=3), plain.reset(seed=3)
    plain.set_state(coloured.get_state())
    np.testing.assert_array_equal(plain.observe(), coloured.observe())
    expected, _ = CarRacingEnv().reset(seed=4)
    np.testing.assert_array_equal(plain.reset(seed=4)[0], expected)
