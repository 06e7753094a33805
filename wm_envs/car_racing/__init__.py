"""Gymnasium's CarRacing-v3 in C++: same seed, same track, states, rewards and flags."""

from wm_envs.car_racing.env import CarRacingEnv
from wm_envs.car_racing.vector import CarRacingVectorEnv

__all__ = ["CarRacingEnv", "CarRacingVectorEnv"]
