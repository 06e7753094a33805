"""An environment whose observations say which episode and step they belong to, and what was done before."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

ID = "wm-tests/Counting-v0"
DICT_ID = "wm-tests/CountingDict-v0"
DISCRETE_ID = "wm-tests/CountingDiscrete-v0"


class Counting(gym.Env):
    """obs = [seed, steps so far, last action]; ends after `seed % 7 + 3` steps; reward = step number."""

    def __init__(self, kind: str = "box") -> None:
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (3,), np.float64)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.kind = kind
        if kind == "discrete":
            self.action_space = gym.spaces.Discrete(3, start=1)
        if kind == "dict":
            self.observation_space = gym.spaces.Dict(
                {"count": gym.spaces.Box(0, 2**31, (3,), np.float64), "pixel": gym.spaces.Box(0, 255, (2, 2), np.uint8)}
            )

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.seed = -1 if seed is None else seed
        self.count, self.last = 0, 0.0
        return self._obs(), {}

    def step(self, action):
        self.count += 1
        self.last = float(np.ravel(action)[0])
        return self._obs(), float(self.count), self.count == length(self.seed), False, {}

    def _obs(self):
        count = np.array([self.seed, self.count, self.last])
        if self.kind == "dict":
            return {"count": count, "pixel": np.full((2, 2), self.count % 256, np.uint8)}
        return count


def length(seed: int) -> int:
    return seed % 7 + 3


def register() -> None:
    for env_id, kind in ((ID, "box"), (DICT_ID, "dict"), (DISCRETE_ID, "discrete")):
        if env_id not in gym.registry:
            gym.register(env_id, entry_point="counting:Counting", kwargs={"kind": kind}, max_episode_steps=100)
