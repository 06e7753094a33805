"""The vehicle models of the driving world, to be called and checked by anyone.

``"ks"`` is the kinematic, ``"st"`` the dynamic single-track model with tyre slip, both with the CommonRoad parameter
sets 1 (Ford Escort), 2 (BMW 320i) and 3 (VW Vanagon). States and inputs are in CommonRoad's order and units:

* ks, 5 numbers: x and y of the rear axle (m), steering angle (rad), speed (m/s), heading (rad);
* st, 7 numbers: x and y of the centre of gravity (m), steering angle (rad), speed (m/s), heading (rad), yaw rate
  (rad/s), slip angle (rad);
* inputs, 2 numbers: steering rate (rad/s), acceleration (m/s^2), limited by the vehicle as the package limits them.

Source: Althoff, Koschi, Manzinger, "CommonRoad: Composable benchmarks for motion planning on roads" (2017) and
"CommonRoad: Vehicle models" v2019b; agreement with ``commonroad-vehicle-models`` 3.0.2 is measured in
docs/driving_dynamics.md.
"""

from __future__ import annotations

import difflib
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from wm_envs import _native

Floats = npt.NDArray[np.float64]

_STATE_SIZES = {"ks": 5, "st": 7}
_VEHICLES = (1, 2, 3)
_LONGEST_STEP = 1.0  # s


def derivatives(model: str, x: npt.ArrayLike, u: npt.ArrayLike, vehicle: int = 2, friction: float = 1.0) -> Floats:
    """Time derivatives of the state, as the CommonRoad package computes them.

    Args:
        model: "ks" or "st".
        x: states, float [N, 5] for ks and [N, 7] for st, or one state [5] or [7].
        u: inputs, float [N, 2], or [2] for one state.
        vehicle: parameter set, 1, 2 or 3.
        friction: of the road relative to dry asphalt, > 0 (wet about 0.7, ice about 0.2); ks ignores it.

    Returns:
        dx/dt, float64 of the shape of ``x``.

    Raises:
        ValueError: unknown model or vehicle, a wrong shape, a number that is not finite.
        TypeError: values that are not real numbers.
    """
    size = _state_size(model)
    states = _numbers("x", x)
    single = states.ndim == 1
    _check_shape("x", states, ("N", size) if not single else (size,))
    inputs = _numbers("u", u)
    _check_shape("u", inputs, (*states.shape[:-1], 2))
    rates = _native.driving_derivatives(
        model, states.reshape(-1, size), inputs.reshape(-1, 2), _vehicle(vehicle), _positive("friction", friction)
    )
    return rates.reshape(states.shape)


def rollout(
    model: str, x0: npt.ArrayLike, u: npt.ArrayLike, dt: float, vehicle: int = 2, friction: float = 1.0
) -> Floats:
    """Trajectories under inputs that are constant over each step.

    Fourth order in ``dt``; speed and steering angle are exact. The single track takes as many sub-steps as its
    stiffness needs, so that every ``dt`` is stable; below 0.1 m/s and in reverse it is replaced by the kinematic model.

    Args:
        model: "ks" or "st".
        x0: initial states, float [N, 5] for ks and [N, 7] for st, or one state [5] or [7].
        u: inputs, float [T, N, 2], or [T, 2] for one state.
        dt: length of a step, s, in (0, 1].
        vehicle: parameter set, 1, 2 or 3.
        friction: of the road relative to dry asphalt, > 0; ks ignores it.

    Returns:
        States, float64 [T+1, N, 5 or 7], or [T+1, 5 or 7] for one state; the first is ``x0``.

    Raises:
        ValueError: unknown model or vehicle, a wrong shape, a number that is not finite or out of range.
        TypeError: values that are not real numbers.
    """
    size = _state_size(model)
    states, inputs, single = _trajectory("x0", x0, size, "u", u, 2)
    path = _native.driving_rollout(model, states, inputs, _step(dt), _vehicle(vehicle), _positive("friction", friction))
    return path[:, 0] if single else path


def drive(
    x0: npt.ArrayLike,
    pedals: npt.ArrayLike,
    dt: float = 0.05,
    *,
    model: str = "st",
    vehicle: int = 2,
    friction: float = 1.0,
    reverse: bool = False,
) -> Floats:
    """Trajectories of the world's car under steering wheel and pedals: servo, powertrain, brakes, grip limit.

    This is what moves an agent of ``wm/Driving-v0``, with ``dt`` its world step (0.05 s); docs/driving_dynamics.md has
    the formulas.

    Args:
        x0: initial states of seven numbers at the centre of gravity, whatever the model: float [N, 7] or [7].
        pedals: steer [-1, 1] (positive: left), throttle [0, 1], brake [0, 1]; float [T, N, 3] or [T, 3]; clipped.
        dt: length of a world step, s, in (0, 1].
        model: "st", or "ks" to roll without slip.
        vehicle: parameter set, 1, 2 or 3.
        friction: of the road relative to dry asphalt, > 0.
        reverse: brake held at standstill drives backwards.

    Returns:
        States, float64 [T+1, N, 7] or [T+1, 7]; the first is ``x0``.

    Raises:
        ValueError: unknown model or vehicle, a wrong shape, a number that is not finite or out of range.
        TypeError: values that are not real numbers.
    """
    _state_size(model)
    states, actions, single = _trajectory("x0", x0, 7, "pedals", pedals, 3)
    path = _native.driving_drive(
        model, states, actions, _step(dt), _vehicle(vehicle), _positive("friction", friction), bool(reverse)
    )
    return path[:, 0] if single else path


def _trajectory(
    start_name: str, start: npt.ArrayLike, size: int, name: str, inputs: npt.ArrayLike, input_size: int
) -> tuple[Floats, Floats, bool]:
    """Checked initial states [N, size], inputs [T, N, input_size], and whether one state was given alone."""
    states = _numbers(start_name, start)
    single = states.ndim == 1
    _check_shape(start_name, states, (size,) if single else ("N", size))
    values = _numbers(name, inputs)
    _check_shape(name, values, ("T", input_size) if single else ("T", len(states), input_size))
    count = 1 if single else len(states)
    return states.reshape(count, size), values.reshape(len(values), count, input_size), single


def _state_size(model: str) -> int:
    if model in _STATE_SIZES:
        return _STATE_SIZES[model]
    names = {"ks": "ks", "kinematic": "ks", "st": "st", "single_track": "st", "dynamic": "st"}
    close = difflib.get_close_matches(str(model).lower(), names, n=1, cutoff=0.4)
    hint = f"; did you mean {names[close[0]]!r}?" if close else ""
    raise ValueError(f"model={model!r}: expected 'ks' (kinematic) or 'st' (single track with tyre slip){hint}")


def _vehicle(vehicle: int) -> int:
    if isinstance(vehicle, bool) or vehicle not in _VEHICLES:
        raise ValueError(f"vehicle={vehicle!r}: expected 1 (Ford Escort), 2 (BMW 320i) or 3 (VW Vanagon)")
    return int(vehicle)


def _positive(name: str, value: float) -> float:
    if not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name}={value!r}: expected a finite number > 0")
    return float(value)


def _step(dt: float) -> float:
    if _positive("dt", dt) > _LONGEST_STEP:
        raise ValueError(f"dt={dt!r}: expected seconds in (0, {_LONGEST_STEP:g}]")
    return float(dt)


def _numbers(name: str, values: npt.ArrayLike) -> Floats:
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name}: expected real numbers, got dtype {array.dtype}")
    floats = np.ascontiguousarray(array, dtype=np.float64)
    if not np.isfinite(floats).all():
        place = np.argwhere(~np.isfinite(floats))[0].tolist()
        raise ValueError(f"{name}{place} is {floats[tuple(place)]}: expected finite numbers")
    return floats


def _check_shape(name: str, array: Floats, expected: tuple[Any, ...]) -> None:
    fits = array.ndim == len(expected) and all(
        isinstance(want, str) or have == want for have, want in zip(array.shape, expected, strict=True)
    )
    if not fits:
        shape = "[" + ", ".join(map(str, expected)) + "]"
        raise ValueError(f"{name}: expected shape {shape}, got {list(array.shape)}")
