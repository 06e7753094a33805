"""The single dream: Gymnasium's and SB3's checkers, options, ends of episodes, bad input, snapshots, rendering."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import wm_envs  # noqa: F401  (registers the ids)
from wm_envs.dream.env import DreamEnv

OBS = ("features", "latent", "pixels")


def rollout(env, n, seed=None, action=None):
    """n steps of fixed actions: everything that comes back."""
    obs, info = env.reset(seed=seed)
    out = [obs, info]
    for t in range(n):
        a = np.array([np.sin(t)], np.float32) if action is None else action
        out.extend(env.step(a))
    return out


def same(a, b):
    return all(np.array_equal(x, y) if isinstance(x, np.ndarray) else x == y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("obs", OBS)
@pytest.mark.parametrize("discrete", [False, True])
def test_gymnasium_checker(toy, tmp_path, obs, discrete, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    toy.toy_world(discrete).save(tmp_path / "w")
    env = gym.make("wm/Dream-v0", world=str(tmp_path / "w"), obs=obs)
    json.loads(env.spec.to_json())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)


@pytest.mark.parametrize("obs", OBS)
@pytest.mark.parametrize("discrete", [False, True])
def test_sb3_checker(toy, obs, discrete):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sb3_check_env(DreamEnv(toy.toy_world(discrete), obs=obs, render_mode="rgb_array"), skip_render_check=False)


def test_spaces_are_finite_and_tight(world):
    features = DreamEnv(world).observation_space
    assert features.shape == (19,)
    assert np.isfinite(features.high).all()
    assert DreamEnv(world, obs="latent").observation_space == gym.spaces.Box(-2, 2, (2,))
    assert DreamEnv(world, obs="pixels").observation_space == world.spaces.observation
    assert DreamEnv(world).action_space == world.spaces.action


def test_same_seed_same_bits_and_another_seed_another_dream(world):
    env = DreamEnv(world, horizon=None)
    first, again = rollout(env, 30, seed=3), rollout(env, 30, seed=3)
    assert same(first, again)
    assert not same(first, rollout(env, 30, seed=4))
    later = rollout(env, 30)
    assert not same(later, first)  # an unseeded reset goes on with the lane's noise
    rollout(env, 30, seed=4)
    assert same(later, rollout(env, 30))


def test_global_random_state_is_neither_read_nor_changed(world):
    import torch

    torch.manual_seed(0)
    np.random.seed(0)
    first = rollout(DreamEnv(world), 5, seed=1)
    torch.manual_seed(9)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    assert same(first, rollout(DreamEnv(world), 5, seed=1))
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])


def test_thread_count_changes_nothing(world):
    import torch

    first = rollout(DreamEnv(world, obs="pixels"), 5, seed=1)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert same(first, rollout(DreamEnv(world, obs="pixels"), 5, seed=1))
        assert torch.get_num_threads() == threads + 1
    finally:
        torch.set_num_threads(threads)


def test_horizon_truncates_with_the_final_observation(toy):
    env = DreamEnv(toy.toy_world(edge=100.0), horizon=7)
    env.reset(seed=0)
    flags = [env.step(np.zeros(1, np.float32))[2:4] for _ in range(7)]
    assert flags == [(False, False)] * 6 + [(False, True)]


def test_time_limit_of_gym_make_also_counts(toy):
    env = gym.make("wm/Dream-v0", world=toy.toy_world(edge=100.0), horizon=9, max_episode_steps=4)
    env.reset(seed=0)
    assert [env.step(np.zeros(1, np.float32))[3] for _ in range(4)] == [False, False, False, True]


def test_predicted_termination_ends_the_episode(world):
    env = DreamEnv(world, horizon=None, temperature=0.0)
    env.reset(seed=0)
    for _ in range(200):
        obs, _, terminated, truncated, _ = env.step(np.ones(1, np.float32))
        assert not truncated
        assert terminated == (obs[0] > 1.9)
        if terminated:
            return
    pytest.fail("pushing right for 200 steps never ended the episode")


def test_sampled_termination_follows_the_probability(toy):
    """Positions decide the probability; thresholding at a half would end every one of these dreams, sampling some."""
    env = DreamEnv(toy.toy_world(edge=0.5, noise=0.0), termination="sample", horizon=None)
    probability, ended = [], []
    for seed in range(200):
        env.reset(seed=seed)
        obs, _, terminated, _, _ = env.step(np.zeros(1, np.float32))
        probability.append(1 / (1 + np.exp(-30 * (abs(float(obs[0])) - 0.5))))
        ended.append(terminated)
    p, ended = np.array(probability), np.array(ended)
    assert abs(ended.sum() - p.sum()) < 5 * np.sqrt((p * (1 - p)).sum()) + 1
    unsure = (p > 0.1) & (p < 0.9)
    assert unsure.sum() > 5
    assert (ended[unsure] != (p[unsure] > 0.5)).any()


def test_temperature_spreads_the_future_and_zero_is_the_mode(world):
    def spread(temperature):
        env, ends = DreamEnv(world, temperature=temperature, obs="latent"), []
        for seed in range(40):
            start = env.reset(seed=seed)[0]
            ends.append(env.step(np.zeros(1, np.float32))[0] - _mean(start))
        return np.std(ends)

    def _mean(z):
        v = 0.8 * z[1]
        return np.array([z[0] + 0.3 * v, v])

    assert spread(0.0) < 1e-6
    low, high = spread(0.25), spread(1.0)
    assert 0.04 < high < 0.06  # noise 0.05
    assert 0.4 < low / high < 0.6  # the root of a quarter


def test_start_places(world):
    env, seen = DreamEnv(world, start="episode", obs="latent"), set()
    for seed in range(40):
        seen.add(env.reset(seed=seed)[0].tobytes())
    real = {row.numpy().tobytes() for row in world.starts.episode["z"]}
    assert seen == real


def test_pessimism_lowers_the_reward_by_k_times_the_uncertainty(world):
    plain, shy = DreamEnv(world), DreamEnv(world, pessimism=2.0)
    plain.reset(seed=1)
    shy.reset(seed=1)
    for _ in range(5):
        _, r0, _, _, info = plain.step(np.ones(1, np.float32))
        _, r1, _, _, again = shy.step(np.ones(1, np.float32))
        assert info == again
        assert info["uncertainty"] > 0
        assert r1 == r0 - 2.0 * info["uncertainty"]


def test_max_uncertainty_truncates(world):
    env = DreamEnv(world, max_uncertainty=0.2, horizon=None)
    env.reset(seed=1)
    for _ in range(100):
        _, _, _, truncated, info = env.step(np.ones(1, np.float32))
        assert truncated == (info["uncertainty"] > 0.2)
        if truncated:
            return
    pytest.fail("the uncertainty never passed 0.2")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_actions_change_nothing(world, bad):
    env, twin = DreamEnv(world), DreamEnv(world)
    env.reset(seed=1)
    twin.reset(seed=1)
    with pytest.raises(ValueError, match="not finite"):
        env.step(np.array([bad], np.float32))
    assert np.array_equal(env.step(np.ones(1, np.float32))[0], twin.step(np.ones(1, np.float32))[0])


def test_actions_beyond_the_box_count_as_its_edge(world):
    env, twin = DreamEnv(world), DreamEnv(world)
    env.reset(seed=1)
    twin.reset(seed=1)
    assert same(env.step(np.array([50.0])), twin.step(np.array([1.0])))


def test_nan_of_the_model_truncates_and_stays_out_of_the_observation(toy):
    env = DreamEnv(toy.toy_world(nan_above=0.5, edge=100.0), horizon=None)
    obs, _ = env.reset(seed=1)
    for _ in range(200):
        before = obs
        obs, reward, terminated, truncated, info = env.step(np.ones(1, np.float32))
        assert np.isfinite(obs).all()
        assert np.isfinite(reward)
        if truncated:
            assert info["invalid"] is True
            assert not terminated
            assert reward == 0.0
            assert np.array_equal(obs, before)
            return
        assert "invalid" not in info
    pytest.fail("the model never gave NaN")


def test_step_before_reset(world):
    with pytest.raises(gym.error.ResetNeeded):
        DreamEnv(world).step(np.zeros(1, np.float32))


@pytest.mark.parametrize(
    ("kwargs", "error", "text"),
    [
        ({"horizont": 5}, TypeError, "did you mean 'horizon'"),
        ({"temprature": 5}, TypeError, "did you mean 'temperature'"),
        ({"obs": "pixel"}, ValueError, "did you mean 'pixels'"),
        ({"start": "anywher"}, ValueError, "did you mean 'anywhere'"),
        ({"horizon": 0}, ValueError, "whole number of steps"),
        ({"threshold": 1.5}, ValueError, "probability"),
        ({"temperature": float("nan")}, ValueError, "finite number"),
        ({"pessimism": -1.0}, ValueError, "finite number"),
        ({"render_mode": "ansi"}, ValueError, "rgb_array, human"),
    ],
)
def test_bad_options_name_what_is_right(world, kwargs, error, text):
    with pytest.raises(error, match=text):
        DreamEnv(world, **kwargs)


def test_bad_option_through_gym_make(saved):
    with pytest.raises(TypeError, match="did you mean 'horizon'"):
        gym.make("wm/Dream-v0", world=saved, horizn=5)


def test_a_world_that_is_no_world():
    with pytest.raises(TypeError, match="lacks spaces, feature_dim"):
        DreamEnv(object())


def test_a_world_that_predicts_no_reward_is_refused(world, monkeypatch):
    from dataclasses import replace

    imagine = world.imagine
    monkeypatch.setattr(world, "imagine", lambda *a, **k: replace(imagine(*a, **k), reward=None))
    env = DreamEnv(world)
    env.reset(seed=0)
    with pytest.raises(TypeError, match="no 'reward'"):
        env.step(np.zeros(1, np.float32))


def test_pixels_need_a_decoder(toy):
    blind = toy.toy_world(encoder="glance-v0")
    DreamEnv(blind).reset(seed=0)
    for kwargs in ({"obs": "pixels"}, {"render_mode": "rgb_array"}):
        with pytest.raises(TypeError, match="needs a world with a decoder"):
            DreamEnv(blind, **kwargs)


@pytest.mark.parametrize("obs", OBS)
def test_snapshots_continue_to_the_bit(world, obs):
    env = DreamEnv(world, obs=obs)
    rollout(env, 5, seed=2)
    state = env.get_state()
    expected = [env.step(np.ones(1, np.float32)) for _ in range(5)] + [env.reset()]
    for target in (env, DreamEnv(world, obs=obs)):
        target.set_state(state)
        got = [target.step(np.ones(1, np.float32)) for _ in range(5)] + [target.reset()]
        assert all(same(a, b) for a, b in zip(expected, got, strict=True))


def test_snapshots_of_another_world_and_damaged_ones_are_refused(toy, world):
    env = DreamEnv(world)
    env.reset(seed=0)
    state = env.get_state()
    with pytest.raises(ValueError, match="another world"):
        DreamEnv(toy.toy_world(seed=5)).set_state(state)
    with pytest.raises(ValueError, match="not a dream snapshot"):
        env.set_state(b"junk")
    with pytest.raises(ValueError, match="damaged"):
        env.set_state(state[:-9])
    env.set_state(state)


def test_rendering(world, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = DreamEnv(world, render_mode="rgb_array", obs="pixels")
    with pytest.raises(gym.error.ResetNeeded):
        env.render()
    obs, _ = env.reset(seed=0)
    frame = env.render()
    assert frame.dtype == np.uint8
    assert frame.shape == (288, 288, 3)  # 8 x 36, the first multiple of at least 256
    assert np.array_equal(frame[::8, ::8], obs)
    human = DreamEnv(world, render_mode="human")
    human.reset(seed=0)
    human.step(np.zeros(1, np.float32))
    assert human.render() is None
    human.close()
    human.close()


def test_no_step_pays_more_than_max_reward(world):
    """Below it, rewards are what they were; pessimism comes first."""
    free, capped = (gym.make("wm/Dream-v0", world=world, pessimism=0.1, max_reward=most) for most in (None, 0.05))
    rewards = []
    for env in (free, capped):
        env.reset(seed=3)
        env.action_space.seed(0)
        rewards.append([env.step(env.action_space.sample())[1] for _ in range(20)])
    assert max(rewards[0]) > 0.05 > min(rewards[0])
    assert rewards[1] == [min(reward, 0.05) for reward in rewards[0]]
    with pytest.raises(ValueError, match="max_reward=inf: expected a finite number"):
        gym.make("wm/Dream-v0", world=world, max_reward=float("inf"))


def test_a_world_brings_its_own_defaults_and_the_caller_has_the_last_word(world, tmp_path):
    world.card = replace(world.card, dream={"horizon": 3, "temperature": 0.5})
    world.save(tmp_path / "mine")
    for env in (
        gym.make("wm/Dream-v0", world=str(tmp_path / "mine"), temperature=2.0),
        gym.make_vec("wm/Dream-v0", num_envs=2, world=str(tmp_path / "mine"), temperature=2.0),
    ):
        options = env.unwrapped._core.options
        assert (options.horizon, options.temperature) == (3, 2.0)
    limited = gym.make_vec("wm/Dream-v0", num_envs=2, world=str(tmp_path / "mine"), max_episode_steps=2)
    assert limited.unwrapped._core.options.horizon == 2
