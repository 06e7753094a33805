"""What the tests of driving environments share."""

from __future__ import annotations

from typing import Any

import numpy as np

IDS = ("Driving", "Highway", "Merge", "Roundabout", "Intersection", "Racetrack", "Parking", "Town")
SCENARIOS = ("highway", "merge", "roundabout", "intersection", "racetrack", "parking", "town")
SMALL: dict[str, Any] = {"camera_height": 24, "camera_width": 24}
"""Options for tests that look at pictures only to compare them."""


def assert_equal(one: Any, other: Any, where: str = "") -> None:
    """Nested observations and infos, arrays of objects included: equal to the bit and the dtype."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_equal(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, tuple) or (isinstance(one, np.ndarray) and one.dtype == object):
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b, where)
    else:
        np.testing.assert_array_equal(one, other, err_msg=where)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None), where


def drive_somehow(rng: np.random.Generator, lanes: int) -> np.ndarray:
    """Pedals float32 ``[lanes, 3]`` of a policy in training."""
    return np.stack([rng.uniform(-0.3, 0.3, lanes), rng.uniform(0, 0.8, lanes), rng.uniform(0, 0.2, lanes)], 1).astype(
        np.float32
    )
