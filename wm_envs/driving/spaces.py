"""Spaces of driving, and arrays that hold what the native batch senses."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.driving.options import DrivingOptions

Obs = dict[str, NDArray[Any]]


def action_space(options: DrivingOptions) -> spaces.Box:
    """One agent's actions: "pedals" ``[steer, throttle, brake]`` or "accel" ``[steer, accel]``, float32."""
    if options.actions == "accel":
        return spaces.Box(-1.0, 1.0, (2,), np.float32)
    return spaces.Box(np.array([-1, 0, 0], np.float32), np.array([1, 1, 1], np.float32))


def observation_space(options: DrivingOptions) -> spaces.Dict:
    """One agent's observations, by sensor.

    - ``camera``: uint8 ``[H, W, 3]``, forward perspective.
    - ``birdseye``: uint8 ``[S, S, 3]``, from above, heading up.
    - ``lidar``: float32 ``[beams]``, distances in units of the range; 1 where nothing is hit.
    - ``state``: float32 ``[state_size]`` in [-1, 1]; see docs/driving.md.
    """
    size = options.birdseye_size
    every: dict[str, spaces.Space[Any]] = {
        "camera": spaces.Box(0, 255, (options.camera_height, options.camera_width, 3), np.uint8),
        "birdseye": spaces.Box(0, 255, (size, size, 3), np.uint8),
        "lidar": spaces.Box(0.0, 1.0, (options.lidar_beams,), np.float32),
        "state": spaces.Box(-1.0, 1.0, (_native.DrivingBatch.state_size(),), np.float32),
    }
    return spaces.Dict({name: space for name, space in every.items() if name in options.sensors})


def arrays(space: spaces.Dict, rows: int) -> Obs:
    """Zeros ``[rows, …]`` for every sensor of one agent's space."""
    found: Obs = {}
    for name, box in space.spaces.items():
        assert box.shape is not None  # Boxes have one
        found[name] = np.zeros((rows, *box.shape), box.dtype)
    return found
