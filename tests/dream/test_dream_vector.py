"""Many dreams at once: each lane is the single dream to the bit, and autoreset is Gymnasium's."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import wm_envs  # noqa: F401
from wm_envs.dream.env import DreamEnv
from wm_envs.dream.vector import DreamVectorEnv

MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP]
OPTIONS = {"horizon": 6, "termination": "sample"}


def pushes(n, t):
    """Actions ``[n, 1]`` that differ from lane to lane."""
    return np.sin(np.arange(n) + 0.3 * t).astype(np.float32)[:, None]


@pytest.mark.parametrize("n", [1, 2, 7, 64])
@pytest.mark.parametrize("obs", ["features", "latent", "pixels"])
def test_every_lane_is_the_single_dream_to_the_bit_in_any_order(world, n, obs):
    order = np.random.default_rng(n).permutation(n)
    vector = DreamVectorEnv(world, n, obs=obs, horizon=None, termination="sample")
    batch = [vector.reset(seed=[100 + int(i) for i in order])[0]]
    steps = [vector.step(pushes(n, t)[order]) for t in range(4)]
    for lane in {0, n // 2, n - 1}:
        seed = int(order[lane])
        single = DreamEnv(world, obs=obs, horizon=None, termination="sample")
        assert np.array_equal(batch[0][lane], single.reset(seed=100 + seed)[0])
        for t, (seen, reward, terminated, _, infos) in enumerate(steps):
            one = single.step(pushes(n, t)[seed])
            assert np.array_equal(seen[lane], one[0])
            assert (reward[lane], terminated[lane]) == one[1:3]
            assert infos["uncertainty"][lane] == one[4]["uncertainty"]
            if one[2]:
                break


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("broken", [False, True])
def test_autoreset_equals_sync_vector_env(toy, mode, broken):
    """Observations, rewards, flags and infos (masks, finals) of 60 steps, also where the model gives NaN."""
    world = toy.toy_world(edge=1.2, nan_above=0.9 if broken else 1e9)
    ours = DreamVectorEnv(world, 5, autoreset_mode=mode, **OPTIONS)
    theirs = SyncVectorEnv([lambda: DreamEnv(world, **OPTIONS)] * 5, autoreset_mode=mode)
    assert ours.metadata["autoreset_mode"] is mode
    assert data_equivalence(ours.reset(seed=11), theirs.reset(seed=11), exact=True)
    keys: set[str] = set()
    for t in range(60):
        a, b = ours.step(pushes(5, t)), theirs.step(pushes(5, t))
        assert data_equivalence(a, b, exact=True), (t, a, b)
        keys |= set(a[4]) | set(a[4].get("final_info", ()))
    assert ("invalid" in keys) == broken
    assert ("final_obs" in keys) == (mode is AutoresetMode.SAME_STEP)
    assert data_equivalence(ours.reset(), theirs.reset(), exact=True)


def test_next_step_ignores_the_action_of_a_lane_that_begins_anew(world):
    vector = DreamVectorEnv(world, 2, horizon=1)
    vector.reset(seed=0)
    _, _, _, truncated, _ = vector.step(pushes(2, 0))
    assert truncated.all()
    _, reward, _, truncated, _ = vector.step(np.full((2, 1), np.nan))
    assert not truncated.any()
    assert (reward == 0).all()


def test_nan_actions_name_the_lane(world):
    vector = DreamVectorEnv(world, 3)
    vector.reset(seed=0)
    actions = pushes(3, 0)
    actions[1] = np.nan
    with pytest.raises(ValueError, match="lane 1 is not finite"):
        vector.step(actions)


def test_disabled_autoreset_waits_for_a_reset_mask(world):
    vector = DreamVectorEnv(world, 3, horizon=2, autoreset_mode="Disabled")
    vector.reset(seed=0)
    vector.step(pushes(3, 0))
    vector.reset(seed=[7, None, None], options={"reset_mask": np.array([True, False, False])})
    _, _, terminated, truncated, _ = vector.step(pushes(3, 1))
    assert (terminated | truncated).tolist() == [False, True, True]
    with pytest.raises(gym.error.ResetNeeded, match=r"\[1, 2\]"):
        vector.step(pushes(3, 2))
    _, infos = vector.reset(options={"reset_mask": np.array([False, True, True])})
    assert infos["_uncertainty"].tolist() == [False, True, True]
    assert not (vector.step(pushes(3, 3))[3]).tolist()[1]


def test_a_reset_mask_leaves_the_other_lanes_alone(world):
    vector, twin = DreamVectorEnv(world, 3), DreamVectorEnv(world, 3)
    for one in (vector, twin):
        one.reset(seed=0)
        one.step(pushes(3, 0))
    single = DreamEnv(world).reset(seed=42)[0]
    obs, _ = vector.reset(seed=[42, 1, 2], options={"reset_mask": np.array([True, False, False])})
    assert np.array_equal(obs[0], single)
    a, b = vector.step(pushes(3, 1)), twin.step(pushes(3, 1))
    assert np.array_equal(a[0][1:], b[0][1:])
    for bad in ([True], np.array([1, 0, 0]), np.zeros(3, np.bool_)):
        with pytest.raises(ValueError, match="reset_mask"):
            vector.reset(options={"reset_mask": bad})


def test_make_vec_and_the_smaller_limit_counts(saved):
    vector = gym.make_vec("wm/Dream-v0", num_envs=2, world=saved, horizon=9, max_episode_steps=3)
    assert isinstance(vector, DreamVectorEnv)
    vector.reset(seed=0)
    flags = [vector.step(np.zeros((2, 1), np.float32))[3].all() for _ in range(3)]
    assert flags == [False, False, True]


def test_same_step_keeps_the_observation_of_the_end(toy):
    world = toy.toy_world(edge=100.0)
    vector = DreamVectorEnv(world, 2, horizon=3, autoreset_mode="SameStep")
    single = DreamEnv(world, horizon=3)
    vector.reset(seed=5)
    single.reset(seed=5)
    for t in range(3):
        last = single.step(pushes(2, t)[0])
        obs, _, _, truncated, infos = vector.step(pushes(2, t))
    assert truncated.all()
    assert np.array_equal(infos["final_obs"][0], last[0])
    assert infos["final_info"]["uncertainty"][0] == last[4]["uncertainty"]
    assert np.array_equal(obs[0], single.reset()[0])


def test_returned_arrays_are_not_reused(world):
    vector = DreamVectorEnv(world, 2)
    first, _ = vector.reset(seed=0)
    kept = first.copy()
    vector.step(pushes(2, 0))
    assert np.array_equal(first, kept)


def test_snapshot_of_a_batch(world):
    vector = DreamVectorEnv(world, 40, **OPTIONS)
    vector.reset(seed=0)
    for t in range(8):
        vector.step(pushes(40, t))
    state = vector.get_state()
    expected = [vector.step(pushes(40, t)) for t in range(9)]
    other = DreamVectorEnv(world, 40, **OPTIONS)
    other.set_state(state)
    for t in range(9):
        assert data_equivalence(expected[t], other.step(pushes(40, t)), exact=True)
    with pytest.raises(ValueError, match="40 lanes, the dream has 2"):
        DreamVectorEnv(world, 2).set_state(state)


def test_unseeded_lanes_differ(world):
    obs, _ = DreamVectorEnv(world, 8).reset()
    assert len({row.tobytes() for row in obs}) > 1


def test_render_and_bad_input(world):
    vector = DreamVectorEnv(world, 2, render_mode="rgb_array")
    vector.reset(seed=0)
    assert [frame.shape for frame in vector.render()] == [(288, 288, 3)] * 2
    assert DreamVectorEnv(world, 2).render() is None
    with pytest.raises(ValueError, match="got 3 actions for 2 lanes"):
        vector.step(pushes(3, 0))
    with pytest.raises(ValueError, match="got 3 seeds for 2 lanes"):
        vector.reset(seed=[1, 2, 3])
    with pytest.raises(TypeError, match="did you mean 'num_envs'"):
        DreamVectorEnv(world, nun_envs=2)
    with pytest.raises(ValueError, match="no window"):
        DreamVectorEnv(world, 2, render_mode="human")
    vector.close()


def test_vector_wrappers_of_gymnasium(world):
    vector = gym.wrappers.vector.RecordEpisodeStatistics(DreamVectorEnv(world, 3, horizon=4))
    vector.reset(seed=0)
    for t in range(5):
        infos = vector.step(pushes(3, t))[4]
        if "episode" in infos:
            assert infos["episode"]["l"].max() == 4
            return
    pytest.fail("no episode was recorded")
