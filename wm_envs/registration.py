"""The table of environment ids: one row each, registered once however often this is imported."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

_CAR_RACING = ("wm_envs.car_racing.env:CarRacingEnv", "wm_envs.car_racing.vector:CarRacingVectorEnv")
_DREAM = ("wm_envs.dream.env:DreamEnv", "wm_envs.dream.vector:DreamVectorEnv")
_DRIVING = ("wm_envs.driving.env:DrivingEnv", "wm_envs.driving.vector:DrivingVectorEnv")
_SCENARIOS = ("Highway", "Merge", "Roundabout", "Intersection", "Racetrack", "Parking", "Town")

_TABLE: dict[str, dict[str, Any]] = {
    "wm/CarRacing-v0": {"entry": _CAR_RACING, "max_episode_steps": 1000, "reward_threshold": 900},
    "wm/Driving-v0": {"entry": _DRIVING, "max_episode_steps": 600},
    **{
        f"wm/{name}-v0": {"entry": _DRIVING, "max_episode_steps": 600, "kwargs": {"scenario": name.lower()}}
        for name in _SCENARIOS
    },
    "wm/Dream-v0": {"entry": _DREAM},
    "wm/Carla-v0": {"entry": ("wm_envs.carla.env:CarlaEnv", None), "max_episode_steps": 600},
}

ENV_IDS: tuple[str, ...] = tuple(_TABLE)
"""Every id that this package registers."""


def register_all() -> None:
    """Register all ids with Gymnasium; ids that are there already are left alone."""
    for env_id, row in _TABLE.items():
        if env_id in gym.registry:
            continue
        options = {k: v for k, v in row.items() if k != "entry"}
        single, vector = row["entry"]
        gym.register(env_id, entry_point=single, vector_entry_point=vector, **options)
