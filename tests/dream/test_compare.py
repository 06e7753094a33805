"""compare=True: a dream that begins in a real episode, and that episode beside it under the same actions."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from wm_envs.dream.compare import BURN_IN
from wm_envs.dream.env import DreamEnv
from wm_envs.dream.filter import Filter
from wm_envs.dream.vector import DreamVectorEnv

PUSH = np.array([0.7], np.float32)
SIDE, BAND, GAP = 288, 22, 4
IDLE = np.zeros(1, np.float32)


@pytest.fixture(autouse=True)
def real(toy):
    """The toy's real environment, registered."""
    from wm_zoo.loading import import_path

    module = import_path(Path(__file__).parent / "toy_real.py")
    module.register()
    yield module
    del gym.registry[module.REAL_ID]


@pytest.fixture
def make(world):
    """Comparing dreams of the toy world, without noise unless told otherwise."""
    made = []

    def one(**options):
        made.append(DreamEnv(world, **{"render_mode": "rgb_array", "compare": True, "temperature": 0.0, **options}))
        return made[-1]

    yield one
    for env in made:
        env.close()


def halves(picture):
    """Real and dreamt frame of a rendered picture, at their own size."""
    frames = picture[BAND:, :SIDE], picture[BAND:, SIDE + GAP :]
    return [frame[::8, ::8] for frame in frames]


def test_real_left_and_dream_right_under_the_same_actions(make, real):
    env = make(obs="pixels")
    obs, info = env.reset(seed=4)
    assert info == {"uncertainty": 0.0}
    beside = gym.make(real.REAL_ID)
    seen, _ = beside.reset(seed=4)
    for _ in range(BURN_IN):
        seen = beside.step(IDLE)[0]
    left, right = halves(env.render())
    np.testing.assert_array_equal(left, seen)
    np.testing.assert_array_equal(right, obs)
    np.testing.assert_array_equal(left, right)  # the toy's encoder loses nothing: the dream begins where reality is
    for action in [PUSH, -PUSH, 5 * PUSH]:
        obs, _, _, _, info = env.step(action)
        seen, reward, *_ = beside.step(np.clip(action, -1, 1))
        left, right = halves(env.render())
        np.testing.assert_array_equal(left, seen)
        np.testing.assert_array_equal(right, obs)
        assert info["real_reward"] == reward
        assert np.abs(left.astype(int) - right).max() <= 4  # pictures are rounded, the rest of the toy is exact
    beside.close()


def test_the_picture_names_both(make):
    env = make()
    env.reset(seed=0)
    picture = env.render()
    assert (picture.dtype, picture.shape) == (np.uint8, (BAND + SIDE, 2 * SIDE + GAP, 3))
    assert picture[:BAND, :SIDE].max(0).max(0).tolist() == [86, 166, 232]
    assert picture[:BAND, SIDE:].max(0).max(0).tolist() == [240, 140, 62]


@pytest.mark.parametrize(("start", "frames"), [("anywhere", BURN_IN), ("episode", 0)])
def test_the_dream_begins_at_the_filtered_state(make, world, real, start, frames):
    env = make(start=start)
    env.reset(seed=9)
    beside, state = gym.make(real.REAL_ID), Filter(world)
    state.begin(beside.reset(seed=9)[0])
    for _ in range(frames):
        state.advance(IDLE, beside.step(IDLE)[0])
    assert all(torch.equal(state.state[name], tensor) for name, tensor in env._core.state.items())
    beside.close()


def test_seeds(make):
    env = make(temperature=1.0, obs="pixels")
    first = [env.reset(seed=1)[0], env.step(PUSH)[0], env.render()]
    other = env.reset()[0]  # the lane's own noise chooses the next episode
    again = [env.reset(seed=1)[0], env.step(PUSH)[0], env.render()]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    np.testing.assert_array_equal(env.reset()[0], other)
    assert not np.array_equal(other, first[0])


def test_the_end_of_reality_does_not_end_the_dream(make):
    env = make(horizon=None, temperature=0.0)
    env.reset(seed=3)
    env._beside._env.unwrapped.x = 1.85  # the next push goes over the edge
    before = env.render()
    *_, terminated, truncated, info = env.step(PUSH)
    assert (terminated, truncated, info["real_terminated"], info["real_truncated"]) == (False, False, True, False)
    dark, _ = halves(env.render())
    assert dark.max() < halves(before)[0].max()
    info = env.step(PUSH)[-1]
    assert (info["real_reward"], info["real_terminated"]) == (0.0, True)
    env.reset(seed=3)
    np.testing.assert_array_equal(env.render(), before)


def test_an_end_within_the_burn_in_begins_anew(make, monkeypatch, real):
    monkeypatch.setattr(real.ToyReal, "step", lambda env, action: (env._obs(), 0.0, True, False, {}))
    env = make(obs="pixels")
    obs, _ = env.reset(seed=2)
    beside = gym.make(real.REAL_ID)
    np.testing.assert_array_equal(obs, beside.reset(seed=2)[0])
    beside.close()


def test_gymnasium_checker_and_json(saved, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = gym.make("wm/Dream-v0", world=saved, render_mode="rgb_array", compare=True)
    json.loads(env.spec.to_json())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)
    env.close()
    human = gym.make("wm/Dream-v0", world=saved, render_mode="human", compare=True)
    human.reset(seed=0)
    human.step(PUSH)
    human.close()


def test_what_cannot_be_compared_says_so(world, make, monkeypatch, real):
    with pytest.raises(ValueError, match="pass render_mode='rgb_array' or 'human'"):
        DreamEnv(world, compare=True)
    with pytest.raises(ValueError, match="compare='yes': expected True or False"):
        DreamEnv(world, compare="yes", render_mode="rgb_array")
    with pytest.raises(TypeError, match=r"made by gym\.make"):
        DreamVectorEnv(world, 2, compare=True)
    for call in (lambda: make().get_state(), lambda: make().set_state(b"")):
        with pytest.raises(TypeError, match="without compare"):
            call()
    card = world.card.env
    card.update(id="toy/Nowhere-v0")
    with pytest.raises(ValueError, match="cannot make toy/Nowhere-v0"):
        make()
    card.update(id=real.REAL_ID, kwargs={"discrete": True})
    with pytest.raises(ValueError, match=r"has the action space Discrete\(3\), this world was learned from"):
        make()
    card.clear()
    with pytest.raises(ValueError, match="does not say which environment"):
        make()

    class Blind:
        spaces = world.spaces

    with pytest.raises(TypeError, match="it lacks blank, observe"):
        Filter(Blind())


def test_discrete_actions(toy, real):
    world = toy.toy_world(discrete=True)
    world.card.env["kwargs"] = {"discrete": True}
    env = DreamEnv(world, render_mode="rgb_array", compare=True)
    env.reset(seed=0)
    assert env.step(2)[-1]["real_reward"] > 0
    env.close()
