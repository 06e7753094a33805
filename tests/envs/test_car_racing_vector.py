"""The native batch behaves as Gymnasium's SyncVectorEnv of the same environments, to the bit and to the mask."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from wm_envs.car_racing import CarRacingVectorEnv

ID = "wm_envs:wm/CarRacing-v0"
LIMIT = 9


def assert_equal(one, other, where=""):
    """Nested infos, arrays of arrays included."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_equal(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, tuple) or (isinstance(one, np.ndarray) and one.dtype == object):
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b, where)
    else:
        np.testing.assert_array_equal(one, other, err_msg=where)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None), where


def pair(mode, lanes=3, **options):
    native = gym.make_vec(ID, num_envs=lanes, autoreset_mode=mode, max_episode_steps=LIMIT, **options)
    singles = [lambda: gym.make(ID, max_episode_steps=LIMIT, **options) for _ in range(lanes)]
    return native, SyncVectorEnv(singles, autoreset_mode=mode)


@pytest.mark.parametrize("options", [{}, {"continuous": False, "obs_size": 64}, {"actions": "accel", "frame_skip": 3}])
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_equals_sync_vector_env(mode, options):
    native, sync = pair(mode, **options)
    assert native.action_space == sync.action_space
    assert native.observation_space == sync.observation_space
    assert native.metadata["autoreset_mode"] == mode
    assert_equal(native.reset(seed=11), sync.reset(seed=11))
    native.action_space.seed(1)
    for _ in range(3 * LIMIT):
        action = native.action_space.sample()
        assert_equal(native.step(action), sync.step(action))


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_termination_and_its_info(mode):
    """A car that leaves the field: -100, terminated, lap_finished False in the right place."""
    native = gym.make_vec(ID, num_envs=2, autoreset_mode=mode, num_threads=2)
    sync = SyncVectorEnv([lambda: gym.make(ID) for _ in range(2)], autoreset_mode=mode)
    assert_equal(native.reset(seed=[0, 7]), sync.reset(seed=[0, 7]))
    ended = 0
    for _ in range(420):
        action = np.tile(np.array([0, 0.5, 0], np.float32), (2, 1))
        result, expected = native.step(action), sync.step(action)
        assert_equal(result, expected)
        ended += int(result[2].sum())
    assert ended >= 2


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_partial_reset(mode):
    native, sync = pair(mode)
    assert_equal(native.reset(seed=5), sync.reset(seed=5))
    action = np.zeros((3, 3), np.float32)
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
    action = np.zeros((3, 3), np.float32)
    for _ in range(LIMIT):
        _, _, _, truncated, _ = native.step(action)
    assert truncated.all()
    with pytest.raises(gym.error.ResetNeeded, match="reset_mask"):
        native.step(action)


@pytest.mark.parametrize("spelling", ["NextStep", "next_step", "NEXT_STEP", "next-step", AutoresetMode.NEXT_STEP])
def test_mode_spellings(spelling):
    assert CarRacingVectorEnv(1, autoreset_mode=spelling).autoreset_mode is AutoresetMode.NEXT_STEP


def test_observations_are_copies_unless_asked_otherwise():
    action = np.zeros((2, 3), np.float32)
    copying = CarRacingVectorEnv(2)
    first, _ = copying.reset(seed=0)
    kept = first.copy()
    copying.step(action)
    np.testing.assert_array_equal(first, kept)
    sharing = CarRacingVectorEnv(2, copy=False)
    first, _ = sharing.reset(seed=0)
    assert sharing.step(action)[0] is first


def test_observations_are_painted_into_the_callers_array():
    """A rollout buffer [T, N, H, W, 3]: nothing is copied, and nothing else is written."""
    env, reference = CarRacingVectorEnv(2, obs_size=64), CarRacingVectorEnv(2, obs_size=64)
    buffer = np.full((4, 2, 64, 64, 3), 7, np.uint8)
    obs, _ = env.reset(seed=0, out=buffer[0])
    assert obs.base is buffer or obs.base is buffer.base or np.shares_memory(obs, buffer)
    np.testing.assert_array_equal(buffer[0], reference.reset(seed=0)[0])
    action = np.full((2, 3), 0.2, np.float32)
    for t in (1, 2):
        obs = env.step(action, out=buffer[t])[0]
        assert np.shares_memory(obs, buffer[t])
        np.testing.assert_array_equal(buffer[t], reference.step(action)[0])
    assert (buffer[3] == 7).all()
    kept = buffer[2, 0].copy()
    env.reset(options={"reset_mask": np.array([False, True])}, out=buffer[2])
    np.testing.assert_array_equal(buffer[2, 0], kept)
    for wrong in (buffer[0, :1], buffer[0].astype(np.float32), buffer[:, :, ::2][0]):
        with pytest.raises(ValueError, match="obs: expected a writeable C-contiguous uint8"):
            env.step(action, out=wrong)


def test_final_observations_are_copies():
    env = CarRacingVectorEnv(1, max_episode_steps=1, autoreset_mode="SameStep")
    env.reset(seed=0)
    action = np.zeros((1, 3), np.float32)
    final = env.step(action)[4]["final_obs"][0]
    kept = final.copy()
    env.step(action)
    np.testing.assert_array_equal(final, kept)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (np.zeros((2, 3), np.int64), r"floating-point array of shape \(2, 3\), got int64"),
        (np.zeros((3, 3), np.float32), r"got float32 of shape \(3, 3\)"),
        (np.full((2, 3), np.nan), "NaN or infinite in lane 0"),
    ],
)
def test_bad_actions(action, words):
    env = CarRacingVectorEnv(2)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=words):
        env.step(action)


def test_bad_arguments():
    with pytest.raises(TypeError, match="did you mean 'num_threads'"):
        CarRacingVectorEnv(2, num_thread=2)
    with pytest.raises(ValueError, match="max_episode_steps=0"):
        CarRacingVectorEnv(2, max_episode_steps=0)
    with pytest.raises(ValueError, match="NextStep"):
        CarRacingVectorEnv(2, autoreset_mode="later")
    env = CarRacingVectorEnv(2)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="2 seeds"):
        env.reset(seed=[1])
    with pytest.raises(TypeError, match="bool array"):
        env.reset(options={"reset_mask": np.ones(2)})
    with pytest.raises(ValueError, match="at least one True"):
        env.reset(options={"reset_mask": np.zeros(2, np.bool_)})


def test_snapshots_of_a_batch_know_which_lanes_wait():
    env = CarRacingVectorEnv(2, max_episode_steps=3, num_threads=2)
    env.reset(seed=0)
    action = np.full((2, 3), 0.3, np.float32)
    for _ in range(3):
        env.step(action)
    snapshots = env.get_state()
    expected = [env.step(action) for _ in range(6)]
    env.set_state(snapshots)
    for result in expected:
        assert_equal(env.step(action), result)


def test_a_bad_snapshot_changes_no_lane():
    env = CarRacingVectorEnv(3)
    env.reset(seed=0)
    earlier = env.get_state()
    env.step(np.full((3, 3), 0.5, np.float32))
    before = env.get_state()
    with pytest.raises(ValueError, match="snapshot"):
        env.set_state([*earlier[:2], earlier[2][:-1]])
    assert env.get_state() == before
    with pytest.raises(ValueError, match="expected 3, one a lane, got 2"):
        env.set_state(earlier[:2])


def test_an_ended_lane_is_ended_after_set_state():
    env, action = CarRacingVectorEnv(2, autoreset_mode="Disabled", max_episode_steps=2), np.zeros((2, 3), np.float32)
    env.reset(seed=0)
    env.step(action)
    running = env.get_state()
    env.step(action)
    ended = env.get_state()
    env.set_state(running)
    env.step(action)
    env.set_state(ended)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(action)


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_lanes_do_not_know_their_neighbours(mode):
    """Lane i of a batch seeded with [s0, s1, …] is the batch of one seeded with s_i, in any order, any threads."""
    seeds, steps = [5, 2**33, 77, 1234], 2 * LIMIT
    plan = np.random.default_rng(0).uniform(-0.5, 1, (steps, 4, 3)).astype(np.float32)

    def rollout(chosen, threads):
        env = CarRacingVectorEnv(len(chosen), num_threads=threads, max_episode_steps=LIMIT, autoreset_mode=mode)
        frames = [env.reset(seed=[seeds[i] for i in chosen])[0]]
        results = [env.step(plan[t, chosen])[:4] for t in range(steps)]
        return np.stack(frames + [r[0] for r in results], 1), np.stack([np.stack(r[1:], 1) for r in results], 1)

    together = rollout([0, 1, 2, 3], 1)
    for order, threads in (([3, 1, 0, 2], 3), ([2, 0], 2), ([1], 1)):
        for whole, part in zip(together, rollout(order, threads), strict=True):
            np.testing.assert_array_equal(part, whole[order])


def test_domain_randomisation_equals_singles():
    native = CarRacingVectorEnv(3, domain_randomize=True)
    obs, _ = native.reset(seed=20)
    for lane in range(3):
        single, _ = gym.make(ID, domain_randomize=True).reset(seed=20 + lane)
        np.testing.assert_array_equal(obs[lane], single)


def test_render_and_views():
    env = gym.make_vec(ID, num_envs=2, render_mode="rgb_array")
    env.reset(seed=0)
    frames = env.render()
    assert len(frames) == 2
    assert frames[0].shape == (400, 600, 3)
    assert env.unwrapped.car(1).hull.position != env.unwrapped.car(0).hull.position
    assert env.unwrapped.track(0).shape[1] == 4
    env.close()


def test_spec_is_json():
    spec = gym.make_vec(ID, num_envs=2, num_threads=2, autoreset_mode="SameStep", frame_skip=2).spec
    assert "frame_skip" in spec.to_json()
