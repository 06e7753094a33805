"""The environment that the toy world was learned from, as its card says."""

from __future__ import annotations

import gymnasium as gym
import numpy as np

REAL_ID = "toy/Real-v0"


class ToyReal(gym.Env):
    """What the toy world's dynamics say, without noise: brightness is position and speed. Ends at the edge."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 (as the base)

    def __init__(self, render_mode=None, discrete=False):
        self.render_mode = render_mode
        self.observation_space = gym.spaces.Box(0, 255, (36, 36, 3), np.uint8)
        self.action_space = gym.spaces.Discrete(3) if discrete else gym.spaces.Box(-1, 1, (1,), np.float32)
        self.seeds = []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.seeds.append(seed)
        self.x, self.v = float(self.np_random.uniform(-0.5, 0.5)), 0.0
        return self._obs(), {}

    def step(self, action):
        push = (int(action) - 1) if isinstance(self.action_space, gym.spaces.Discrete) else float(action[0])
        self.v = 0.8 * self.v + 0.3 * push
        self.x += 0.3 * self.v
        return self._obs(), 1 - abs(self.x), abs(self.x) > 1.9, False, {"speed": abs(self.v), "x": self.x}

    def _obs(self):
        picture = np.zeros((36, 36, 3), np.uint8)
        picture[..., :2] = np.clip(np.round((np.array([self.x, self.v]) + 2) / 4 * 255), 0, 255)
        return picture

    def render(self):
        return np.repeat(np.repeat(self._obs(), 2, 0), 3, 1)


def register():
    """Make the id known to Gymnasium."""
    gym.register(REAL_ID, entry_point=ToyReal, max_episode_steps=500)
