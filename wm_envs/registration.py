"""The table of environment ids: one row each, registered once however often this is imported."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

_CAR_RACING = ("wm_envs.car_racing.env:CarRacingEnv", "wm_envs.car_racing.vector:CarRacingVectorEnv")
_DREAM = ("wm_envs.dream.env:DreamEnv", "wm_envs.dream.vector:DreamVectorEnv")

_TABLE: dict[str, dict[str, Any]] = {
    "wm/CarRacing-v0": {"entry": _CAR_RACING, "max_episode_steps": 1000, "reward_threshold": 900},
    "wm/Dream-v0": {"entry": _DREAM},
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
