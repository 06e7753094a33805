"""Actions: their spaces, and from whatever NumPy holds to the float64 that the native batch takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from wm_envs.arguments import float_actions
from wm_envs.car_racing.options import CarRacingOptions

CHOICES = 5


def action_space(options: CarRacingOptions) -> spaces.Space[Any]:
    """The action space of one environment."""
    if not options.continuous:
        return spaces.Discrete(CHOICES)
    if options.actions == "accel":
        return spaces.Box(-1.0, 1.0, (2,), np.float32)
    return spaces.Box(np.array([-1, 0, 0], np.float32), np.array([1, 1, 1], np.float32))


def observation_space(options: CarRacingOptions) -> spaces.Space[Any]:
    """The observation space of one environment: uint8 ``[H, W, 3]``, or ``[H, W]`` in grey."""
    return spaces.Box(0, 255, options.obs_shape, np.uint8)


def as_native(actions: Any, options: CarRacingOptions, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Actions as float64, C-contiguous, checked for shape and dtype (the values are checked by the native batch).

    Args:
        actions: floating-point ``[*shape, 3]`` ("pedals") or ``[*shape, 2]`` ("accel"); integers ``[*shape]`` when
            ``continuous=False``.
        options: decides which of these.
        shape: ``()`` for one environment, ``(N,)`` for a batch.

    Returns:
        float64 ``[N, A]`` with N = 1 for one environment.

    Raises:
        ValueError: for another shape or dtype.
    """
    if options.continuous:
        return float_actions(actions, (*shape, 2 if options.actions == "accel" else 3))
    given = np.asarray(actions)
    if given.shape != shape or given.dtype.kind not in "iu":
        raise ValueError(
            f"action: expected an integer array of shape {shape}, got {given.dtype} of shape {given.shape}"
        )
    return np.ascontiguousarray(given, np.float64).reshape(-1, 1)
