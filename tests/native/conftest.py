"""Golden data of stock CarRacing-v3, and batches to compare with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wm_envs import _native

GOLDEN = Path(__file__).parents[1] / "golden" / "carracing_dev.npz"


@pytest.fixture(scope="session")
def golden() -> dict[str, np.ndarray]:
    """Every array of the development set, decompressed once."""
    with np.load(GOLDEN) as file:
        return dict(file.items())


class Lanes:
    """A native batch with its arrays, and its states under the golden set's names."""

    def __init__(self, seeds: list[int], **options: Any) -> None:
        settings: dict[str, Any] = {
            "num_envs": len(seeds),
            "num_threads": 1,
            "entropy": [0],
            "actions": "pedals",
            "lap_complete_percent": 0.95,
            "domain_randomize": False,
            "frame_skip": 1,
            "obs_size": 96,
            "grayscale": False,
            "max_episode_steps": 0,
            "autoreset": "disabled",
        }
        self.batch = _native.CarRacingBatch(**(settings | options))
        self.obs = np.zeros(self.batch.obs_shape, np.uint8)
        for lane, seed in enumerate(seeds):
            self.batch.seed(lane, [seed])
        self.reset()

    def reset(self) -> None:
        self.batch.reset(np.ones(self.batch.num_envs, np.bool_), True, self.obs)

    def step(self, actions: np.ndarray) -> None:
        self.batch.step(np.ascontiguousarray(actions, np.float64).reshape(self.batch.num_envs, -1), self.obs)

    def states(self) -> dict[str, np.ndarray]:
        """Arrays ``[N, ...]`` of every state array that the golden set records."""
        car = np.array([self.batch.car_state(lane) for lane in range(self.batch.num_envs)])
        wheels = car[:, 6:].reshape(-1, 4, 6)
        return {
            "hull_pos": car[:, :2],
            "hull_angle": car[:, 2],
            "hull_vel": car[:, 3:5],
            "hull_angvel": car[:, 5],
            "wheel_angle": wheels[:, :, 2],
            "wheel_omega": wheels[:, :, 3],
            "wheel_phase": wheels[:, :, 4],
            "wheel_pos": wheels[:, :, :2].reshape(-1, 8),
            "wheel_on_road": wheels[:, :, 5] > 0,
            "tiles_visited": self.batch.tiles_visited.copy(),
        }


@pytest.fixture(scope="session")
def make_lanes() -> Callable[..., Lanes]:
    """Builds `Lanes`."""
    return Lanes
