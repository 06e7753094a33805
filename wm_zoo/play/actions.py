"""From the driver's wishes to an action of the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

from wm_zoo.play.controls import Controls
from wm_zoo.play.errors import PlayError

ActionMap = Callable[[Controls], Any]

_LEFT_IS_POSITIVE = ("wm_envs.driving", "wm_envs.carla")  # as on a map; CarRacing has positive to the right
_HALF = 0.5  # of a deflection, from which on a discrete action is meant


def action_map(space: gym.Space[Any], env_id: str) -> ActionMap:
    """How the driver's wishes become actions of `space`.

    - Box of 3 (pedals): steer, gas, brake. Box of 2 (accel): steer, gas minus brake. Box of 1: steer.
    - Discrete(5) (CarRacing): 0 nothing, 1 right, 2 left, 3 gas, 4 brake; steering goes before the pedals, brake
      before gas. Discrete(3): left, nothing, right. Number keys choose an action of any Discrete space, counted from 0.

    Args:
        space: action space of one environment.
        env_id: of the real environment; says on which side positive steering is.

    Raises:
        PlayError: the space has no such form.
    """
    if isinstance(space, gym.spaces.Discrete):
        return lambda controls: int(space.start) + _choice(controls, int(space.n))
    if isinstance(space, gym.spaces.Box) and space.shape in ((1,), (2,), (3,)) and space.dtype.kind == "f":
        sign = -1.0 if steers_left(env_id) else 1.0
        return lambda controls: _box(controls, space, sign)
    raise PlayError(
        f"{env_id} cannot be driven by hand: its action space is {space}; expected a Box of 3 (steer, gas, brake), "
        "of 2 (steer, gas minus brake) or of 1 (steer), or Discrete"
    )


def steers_left(env_id: str) -> bool:
    """Whether positive steering is to the left in this environment."""
    spec = gym.registry.get(env_id)
    entry = spec.entry_point if spec is not None else None
    module = entry if isinstance(entry, str) else getattr(entry, "__module__", "")
    return str(module).startswith(_LEFT_IS_POSITIVE)


def _box(controls: Controls, space: gym.spaces.Box, sign: float) -> Any:
    steer, gas, brake = sign * controls.steer, controls.gas, controls.brake
    values = {1: (steer,), 2: (steer, gas - brake), 3: (steer, gas, brake)}[space.shape[0]]
    return np.clip(np.array(values, space.dtype), space.low, space.high)


def _choice(controls: Controls, n: int) -> int:
    if controls.digit is not None and controls.digit < n:
        return controls.digit
    turn = 0 if abs(controls.steer) < _HALF else int(np.sign(controls.steer))
    if n == 3:
        return 1 + turn
    if n != 5:
        return 0
    if turn:
        return 1 if turn > 0 else 2
    if controls.brake > _HALF:
        return 4
    return 3 if controls.gas > _HALF else 0
