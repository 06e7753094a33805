"""A cheap picture environment for the engine's tests: a dot on a line of eight, pushed left or right.

Imported by Gymnasium through the id ``toy_track:Toy-v0``, also in other processes (this folder is on PYTHONPATH there).
"""

from __future__ import annotations

import gymnasium as gym
import numpy as np


class Toy(gym.Env):
    """Reward for being in the middle; the episode truly ends at either edge."""

    observation_space = gym.spaces.Box(0, 255, (8, 8, 1), np.uint8)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = 3.5 + self.np_random.uniform(-1, 1)
        return self._picture(), {}

    def step(self, action):
        self.x += float(action[0]) + 0.3 * self.np_random.uniform(-1, 1)
        over = not 0.0 <= self.x <= 7.0
        self.x = min(max(self.x, 0.0), 7.0)
        return self._picture(), 1.0 - abs(self.x - 3.5), over, False, {}

    def _picture(self):
        columns = np.exp(-((np.arange(8) - self.x) ** 2))
        picture = np.repeat((200 * columns).astype(np.uint8)[None, :, None], 8, 0)
        picture[0] = self.np_random.integers(0, 20, (8, 1))
        return picture


gym.register("Toy-v0", Toy, max_episode_steps=30)


class ToyDict(Toy):
    """The same line, felt and not seen: where the dot is, and how far the walls are, in a nested Dict."""

    observation_space = gym.spaces.Dict(
        {
            "place": gym.spaces.Box(0.0, 7.0, (1,), np.float32),
            "sense": gym.spaces.Dict({"walls": gym.spaces.Box(0.0, 7.0, (2,), np.float64)}),
        }
    )

    def _picture(self):
        walls = np.array([self.x, 7.0 - self.x])
        return {"place": np.array([self.x], np.float32), "sense": {"walls": walls}}


gym.register("ToyDict-v0", entry_point="toy_track:ToyDict")
