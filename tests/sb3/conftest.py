"""The toy zoo of tests/dream, here too, and the environment that its world is a model of."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from wm_zoo.world_features import WorldFeatures

_spec = importlib.util.spec_from_file_location("dream_conftest", Path(__file__).parents[1] / "dream" / "conftest.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
saved, toy, world = _module.saved, _module.toy, _module.world


class Real(gym.Env):
    """What the toy world is a model of: pictures of position and speed, 40 steps."""

    def __init__(self, toy, decay=0.0):
        where = toy.spaces()
        self.observation_space, self.action_space = where.observation, where.action
        self.decay, self.episodes = decay, 0  # every episode pays this much less a step than the one before

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.z, self.t, self.episodes = self.np_random.uniform(-1, 1, 2), 0, self.episodes + 1
        return self._picture(), {}

    def step(self, action):
        v = 0.8 * self.z[1] + 0.3 * float(np.clip(action[0], -1, 1))
        self.z, self.t = np.array([self.z[0] + 0.3 * v, v]), self.t + 1
        x = abs(self.z[0])
        return self._picture(), 1 - x - self.decay * self.episodes, bool(x > 1.9), self.t >= 40, {}

    def _picture(self):
        frame = np.zeros((36, 36, 3), np.uint8)
        frame[..., :2] = np.round((self.z + 2) / 4 * 255).clip(0, 255)
        return frame


@pytest.fixture
def make_real(toy, world):
    """Makes an SB3 environment of one lane: `Real` seen through the toy world."""

    def make(obs="features", decay=0.0):
        return DummyVecEnv([lambda: Monitor(WorldFeatures(Real(toy, decay), world, obs))])

    return make


@pytest.fixture
def real_class():
    """The toy environment itself."""
    return Real
