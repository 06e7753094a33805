"""The table of environment ids: one row each, registered once however often this is imported."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

_CAR_RACING = ("wm_envs.car_racing.env:CarRacingEnv", "wm_envs.car_racing.vector:CarRacingVectorEnv")
_DREAM = ("wm_envs.dream.env:DreamEnv", "wm_envs.dream.vector:DreamVectorEnv")
_DRIVING = ("wm_envs.driving.env:DrivingEnv", "wm_envs.driving.vector:DrivingVectorEnv")
_SCENARIOS = {  # and decisions of 0.1 s: where there are lights, a route of 400 m may take 100 s
    "Highway": 600,
    "Merge": 600,
    "Roundabout": 600,
    "Intersection": 1000,
    "Racetrack": 600,
    "Parking": 1000,
    "Town": 1000,
}

_TABLE: dict[str, dict[str, Any]] = {
    "wm/CarRacing-v0": {"entry": _CAR_RACING, "max_episode_steps": 1000, "reward_threshold": 900},
    "wm/Driving-v0": {"entry": _DRIVING, "max_episode_steps": 1000},
    **{
        f"wm/{name}-v0": {"entry": _DRIVING, "max_episode_steps": limit, "kwargs": {"scenario": name.lower()}}
        for name, limit in _SCENARIOS.items()
    },
    "wm/Dream-v0": {"entry": _DREAM},
    "wm/DreamCarRacing-v0": {"entry": _DREAM, "kwargs": {"world": "carracing"}},
    "wm/DreamDriving-v0": {"entry": _DREAM, "kwargs": {"world": "driving"}},
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
