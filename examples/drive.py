"""Drive the real track, or a dream: `python examples/drive.py [WORLD]` (run folder, world folder or registry name)."""

import sys

import gymnasium as gym

import wm_envs  # noqa: F401  (registers the ids)

env = gym.make("wm/Dream-v0", world=sys.argv[1], horizon=250) if sys.argv[1:] else gym.make("wm/CarRacing-v0")
obs, info = env.reset(seed=0)
total, steps, over = 0.0, 0, False
while not over:
    obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
    total, steps, over = total + float(reward), steps + 1, terminated or truncated
print(f"{env.spec.id}: {total:.1f} in {steps} random steps; last info {info}")
