"""The native batch behaves as Gymnasium's SyncVectorEnv of the same environments, to the bit and to the mask."""

from __future__ import annotations

import copy

import gymnasium as gym
import numpy as np
import pytest
from driving_helpers import SCENARIOS, SMALL, assert_equal, drive_somehow
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from wm_envs.driving import DrivingVectorEnv, infos

LIMIT = 9
BRAKE = np.array([0.0, 0.0, 1.0], np.float32)


def pair(mode, scenario="town", lanes=3, limit=LIMIT, **options):
    env_id = f"wm_envs:wm/{scenario.capitalize()}-v0"
    options = {**SMALL, **options}
    native = gym.make_vec(env_id, num_envs=lanes, autoreset_mode=mode, max_episode_steps=limit, **options)
    singles = [lambda: gym.make(env_id, max_episode_steps=limit, **options) for _ in range(lanes)]
    return native, SyncVectorEnv(singles, autoreset_mode=mode)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_equals_sync_vector_env(mode, scenario, rng):
    native, sync = pair(mode, scenario)
    assert native.action_space == sync.action_space
    assert native.observation_space == sync.observation_space
    assert native.metadata["autoreset_mode"] == mode
    assert_equal(native.reset(seed=11), sync.reset(seed=11))
    for _ in range(3 * LIMIT):
        action = drive_somehow(rng, 3)
        assert_equal(native.step(action), sync.step(action))


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_noise_and_accidents_too(mode):
    """Cars that leave the road: terminated, with the final numbers in the right place."""
    noise = {"lidar_noise": 0.3, "lidar_dropout": 0.1, "camera_noise": 9.0, "state_noise": 0.1, "camera_dropout": 0.1}
    native, sync = pair(mode, "highway", 2, 300, actions="accel", sensors=["state", "lidar", "camera"], **noise)
    assert_equal(native.reset(seed=[0, 7]), sync.reset(seed=[0, 7]))
    ended = 0
    for t in range(120):
        action = np.tile(np.array([0.5 if t % 60 > 20 else 0, 0.6], np.float32), (2, 1))
        result, expected = native.step(action), sync.step(action)
        assert_equal(result, expected)
        ended += int(result[2].sum())
    assert ended >= 2


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_partial_reset(mode):
    native, sync = pair(mode)
    assert_equal(native.reset(seed=5), sync.reset(seed=5))
    action = np.tile(BRAKE, (3, 1))
    for _ in range(4):
        assert_equal(native.step(action), sync.step(action))
    mask = np.array([False, True, False])
    results = [env.reset(seed=[None, 99, None], options={"reset_mask": mask.copy()}) for env in (native, sync)]
    assert_equal(*results)
    for _ in range(5 if mode is AutoresetMode.DISABLED else 12):
        assert_equal(native.step(action), sync.step(action))


def test_disabled_refuses_to_step_ended_lanes():
    native, _ = pair(AutoresetMode.DISABLED)
    native.reset(seed=0)
    action = np.tile(BRAKE, (3, 1))
    for _ in range(LIMIT):
        _, _, _, truncated, _ = native.step(action)
    assert truncated.all()
    with pytest.raises(gym.error.ResetNeeded, match="reset_mask"):
        native.step(action)


def test_observations_are_copies_unless_asked_otherwise():
    action = np.tile(BRAKE, (2, 1))
    copying = DrivingVectorEnv(2, sensors=["state", "lidar"])
    first, _ = copying.reset(seed=0)
    kept = {name: values.copy() for name, values in first.items()}
    copying.step(action)
    assert_equal(first, kept)
    sharing = DrivingVectorEnv(2, sensors=["state"], copy=False)
    first, _ = sharing.reset(seed=0)
    assert sharing.step(action)[0]["state"] is first["state"]


def test_observations_are_written_into_the_callers_arrays():
    env, reference = (DrivingVectorEnv(2, sensors=["state", "lidar"]) for _ in range(2))
    start, _ = reference.reset(seed=0)
    buffer = {name: np.full((3, *values.shape), 7, values.dtype) for name, values in start.items()}
    env.reset(seed=0, out={name: values[0] for name, values in buffer.items()})
    action = np.tile(BRAKE, (2, 1))
    returned = env.step(action, out={name: values[1] for name, values in buffer.items()})[0]
    expected = reference.step(action)[0]
    for name, values in buffer.items():
        assert np.shares_memory(returned[name], values)
        np.testing.assert_array_equal(values[0], start[name])
        np.testing.assert_array_equal(values[1], expected[name])
        assert (values[2] == 7).all()
    with pytest.raises(ValueError, match=r"obs\['lidar'\]: expected a writeable C-contiguous float32"):
        env.step(action, out={"lidar": buffer["lidar"][0].astype(np.float64)})
    with pytest.raises(ValueError, match="no such sensor"):
        env.step(action, out={"camera": buffer["lidar"][0]})


def test_final_observations_are_copies():
    env = DrivingVectorEnv(1, max_episode_steps=1, autoreset_mode="SameStep", sensors=["state"])
    env.reset(seed=0)
    final = env.step(BRAKE[None])[4]["final_obs"][0]["state"]
    kept = final.copy()
    env.step(BRAKE[None])
    np.testing.assert_array_equal(final, kept)


@pytest.mark.parametrize("threads", [1, 2])
def test_results_are_the_callers_to_keep(threads, rng):
    """Nothing but the observations of ``copy=False`` is overwritten by later steps."""
    env = DrivingVectorEnv(9, num_threads=threads, copy=False, max_episode_steps=4, sensors=["state"])
    env.reset(seed=0)
    for _ in range(6):
        kept = env.step(drive_somehow(rng, 9))[1:]
        before = copy.deepcopy(kept)
        env.step(drive_somehow(rng, 9))
        assert_equal(kept, before)


@pytest.mark.parametrize("threads", [1, 3])
def test_infos_are_the_rows_of_the_batch(threads, rng):
    env = DrivingVectorEnv(10, num_threads=threads, max_episode_steps=5, sensors=["state"])
    env.reset(seed=0)
    for _ in range(8):
        info = env.step(drive_somehow(rng, 10))[-1]
        assert_equal(info, infos.gather(env._batch.infos, np.ones(10, np.bool_)))
        assert all(info[name].dtype == (np.bool_ if name in infos.FLAGS else np.float64) for name in infos.NAMES)
        assert all(info[name].flags.c_contiguous and info[name].flags.writeable for name in infos.NAMES)


@pytest.mark.parametrize(
    "table",
    [
        np.zeros((len(infos.NAMES), 1)),
        np.zeros((len(infos.NAMES) - 1, 2)),
        np.zeros((len(infos.NAMES), 2), np.float32),
        np.zeros((2, len(infos.NAMES))).T,
        np.zeros(2),
    ],
)
def test_the_native_step_refuses_other_tables(table):
    env = DrivingVectorEnv(2, sensors=["state"])
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(ValueError, match="infos: expected a writeable C-contiguous float64 array"):
        env._batch.step(np.zeros((2, 3)), {}, None, table)
    assert env.get_state() == before


def test_bad_actions_name_the_lane():
    env = DrivingVectorEnv(2, sensors=["state"])
    env.reset(seed=0)
    bad = np.zeros((2, 3), np.float32)
    bad[1, 2] = np.nan
    with pytest.raises(ValueError, match="NaN or infinite in lane 1"):
        env.step(bad)
    with pytest.raises(ValueError, match=r"shape \(2, 3\), got float32 of shape \(3, 3\)"):
        env.step(np.zeros((3, 3), np.float32))


def test_bad_arguments():
    with pytest.raises(TypeError, match="did you mean 'num_threads'"):
        DrivingVectorEnv(2, num_thread=2)
    with pytest.raises(ValueError, match="max_episode_steps=0"):
        DrivingVectorEnv(2, max_episode_steps=0)
    with pytest.raises(ValueError, match="NextStep"):
        DrivingVectorEnv(2, autoreset_mode="later")
    env = DrivingVectorEnv(2, sensors=["state"])
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="2 seeds"):
        env.reset(seed=[1])
    with pytest.raises(TypeError, match="bool array"):
        env.reset(options={"reset_mask": np.ones(2)})
    with pytest.raises(ValueError, match="did you mean 'reset_mask'"):
        env.reset(options={"reset_masks": np.ones(2, np.bool_)})


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_lanes_do_not_know_their_neighbours(mode, rng):
    """Lane i of a batch seeded with [s0, s1, …] is the batch of one seeded with s_i, in any order, any threads."""
    seeds, steps = [5, 2**33, 77, 1234], 40
    plan = np.stack([drive_somehow(rng, 4) for _ in range(steps)])
    options = {**SMALL, "lidar_noise": 0.1, "camera_noise": 3.0, "max_episode_steps": 15, "autoreset_mode": mode}

    def rollout(chosen, threads):
        env = DrivingVectorEnv(len(chosen), num_threads=threads, **options)
        frames = [env.reset(seed=[seeds[i] for i in chosen])[0]]
        results = [env.step(plan[t, chosen])[:4] for t in range(steps)]
        frames += [r[0] for r in results]
        together = {name: np.stack([f[name] for f in frames], 1) for name in frames[0]}
        return together, np.stack([np.stack(r[1:], 1) for r in results], 1)

    observed, outcome = rollout([0, 1, 2, 3], 1)
    for order, threads in (([3, 1, 0, 2], 3), ([2, 0], 2), ([1], 1)):
        others, results = rollout(order, threads)
        np.testing.assert_array_equal(results, outcome[order])
        for name, values in others.items():
            np.testing.assert_array_equal(values, observed[name][order])


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same_bits_over_ten_thousand_steps(scenario, rng):
    options = {"sensors": ["state", "lidar"], "max_episode_steps": 400, "autoreset_mode": "SameStep"}
    envs = [DrivingVectorEnv(4, scenario=scenario, num_threads=n, **options) for n in (1, 4)]
    for env in envs:
        env.reset(seed=1)
    for _ in range(10_000):
        action = drive_somehow(rng, 4)
        one, other = (env.step(action)[:4] for env in envs)
        assert_equal(one, other)


def test_render():
    env = gym.make_vec("wm_envs:wm/Roundabout-v0", num_envs=2, render_mode="rgb_array", sensors=["state"])
    env.reset(seed=0)
    frames = env.render()
    assert len(frames) == 2
    assert frames[0].shape == (480, 640, 3)
    env.close()


def test_spec_is_json():
    env = gym.make_vec("wm_envs:wm/Town-v0", num_envs=2, num_threads=2, autoreset_mode="SameStep", density=0.5)
    assert "density" in env.spec.to_json()


@pytest.mark.parametrize("name", ["Driving", "CarRacing", "DreamCarRacing"])
@pytest.mark.parametrize(
    ("argument", "value"),
    [("num_envs", -1), ("num_envs", 0), ("num_envs", 1.5), ("num_envs", "3"), ("num_threads", -1)],
)
def test_lanes_and_threads_that_are_none(name, argument, value):
    with pytest.raises(ValueError, match=rf"{argument}={value!r}: expected a whole number from"):
        gym.make_vec(f"wm_envs:wm/{name}-v0", **{"num_envs": 2, argument: value})


def test_numbers_of_numpy_are_numbers():
    env = gym.make_vec(
        "wm_envs:wm/Highway-v0",
        num_envs=np.int64(2),
        sensors=("lidar",),
        lidar_beams=np.int64(10),
        density=np.float32(0.5),
    )
    assert env.reset(seed=0)[0]["lidar"].shape == (2, 10)
