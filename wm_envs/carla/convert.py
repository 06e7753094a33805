"""CARLA's units and axes to ours: pixels, the left-handed world, lidar points, pedals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import arguments

Array = NDArray[np.float64]
LIDAR_HEIGHT = 2.0  # m above the ground: just over the roof
LIDAR_BAND = (0.3, 2.5)  # m above the ground: neither the road nor what one drives under


def rgb(image: Any) -> NDArray[np.uint8]:
    """uint8 ``[H, W, 3]`` from a ``carla.Image``, whose bytes are BGRA; a copy, for the wheel's memory goes with it."""
    pixels = np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)
    return np.ascontiguousarray(pixels[:, :, 2::-1])


def lidar_beams(points: Any, beams: int, reach: float, half_size: tuple[float, float]) -> NDArray[np.float32]:
    """A cloud binned into beams: float32 ``[beams]``, distances in units of `reach`, 1 where nothing is hit.

    Args:
        points: bytes of float32 ``[P, 4]``: x forward, y to the **right**, z up from the sensor (m), intensity.
        beams: beam k looks 2 pi k / beams to the **left** of the heading; the nearest point within half a beam counts.
        reach: m.
        half_size: half length and half width of the own car (m); points on it are left out.
    """
    cloud = np.frombuffer(points, np.float32).reshape(-1, 4)
    x, y = cloud[:, 0].astype(np.float64), -cloud[:, 1].astype(np.float64)
    height = cloud[:, 2] + LIDAR_HEIGHT
    own = (np.abs(x) < half_size[0] + 0.1) & (np.abs(y) < half_size[1] + 0.1)
    keep = (height > LIDAR_BAND[0]) & (height < LIDAR_BAND[1]) & ~own
    x, y = x[keep], y[keep]
    index = np.rint(np.arctan2(y, x) * (beams / math.tau)).astype(np.int64) % beams
    distances = np.full(beams, reach)
    np.minimum.at(distances, index, np.hypot(x, y))
    return np.minimum(distances / reach, 1.0).astype(np.float32)


def pedals(action: Any, mode: str) -> tuple[float, float, float]:
    """Steer (positive to the left), throttle, brake, clipped to their ranges.

    Args:
        action: ``[3]`` for "pedals", ``[2]`` for "accel".
        mode: which of them.

    Raises:
        ValueError: another shape or dtype; NaN or infinite.
    """
    given = arguments.float_actions(action, (3,) if mode == "pedals" else (2,))[0]
    if not np.isfinite(given).all():
        raise ValueError(f"action: expected finite numbers, got {given}")
    steer = float(np.clip(given[0], -1.0, 1.0))
    if mode == "accel":
        accel = float(np.clip(given[1], -1.0, 1.0))
        return steer, max(accel, 0.0), max(-accel, 0.0)
    return steer, float(np.clip(given[1], 0.0, 1.0)), float(np.clip(given[2], 0.0, 1.0))


def vehicle_control(carla: Any, steer: float, throttle: float, brake: float) -> Any:
    """A ``carla.VehicleControl``; CARLA steers to the right for positive numbers."""
    return carla.VehicleControl(throttle=throttle, steer=-steer, brake=brake)


def position(location: Any) -> tuple[float, float]:
    """x, y in m with y to the left of x, from a left-handed location."""
    return float(location.x), -float(location.y)


def heading(rotation: Any) -> float:
    """Counter-clockwise rad from a clockwise yaw in degrees."""
    return -math.radians(rotation.yaw)


def in_frame(vector: Any, angle: float) -> tuple[float, float]:
    """A left-handed world vector in a frame turned by `angle`: forward, to the left."""
    x, y = float(vector.x), -float(vector.y)
    cosine, sine = math.cos(angle), math.sin(angle)
    return cosine * x + sine * y, -sine * x + cosine * y
