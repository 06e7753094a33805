"""Read-only views of the car under the names that Gymnasium's CarRacing uses."""

from __future__ import annotations

import math
from typing import NamedTuple

from wm_envs import _native

_HULL = 6  # numbers of the hull in car_state, then six a wheel


class Point(NamedTuple):
    """A position (track units) or a velocity (track units/s)."""

    x: float
    y: float

    @property
    def length(self) -> float:
        """Euclidean norm, as b2Vec2 has it."""
        return math.hypot(self.x, self.y)


class HullView:
    """The hull of one car; every property reads the state of the moment."""

    def __init__(self, batch: _native.CarRacingBatch, lane: int) -> None:
        self._batch, self._lane = batch, lane

    def _number(self, index: int) -> float:
        return float(self._batch.car_state(self._lane)[index])

    @property
    def position(self) -> Point:
        """Origin of the hull, track units."""
        state = self._batch.car_state(self._lane)
        return Point(float(state[0]), float(state[1]))

    @property
    def angle(self) -> float:
        """Heading in rad, not wrapped; 0 looks along +y."""
        return self._number(2)

    @property
    def linearVelocity(self) -> Point:
        """Velocity of the centre of mass, track units/s."""
        state = self._batch.car_state(self._lane)
        return Point(float(state[3]), float(state[4]))

    @property
    def angularVelocity(self) -> float:
        """Yaw rate, rad/s."""
        return self._number(5)


class JointView:
    """The joint between the hull and one wheel."""

    def __init__(self, wheel: WheelView) -> None:
        self._wheel = wheel

    @property
    def angle(self) -> float:
        """Steering angle of the wheel against the hull, rad."""
        return self._wheel.number(2)


class WheelView:
    """One wheel: 0 front-left, 1 front-right, 2 rear-left, 3 rear-right."""

    def __init__(self, batch: _native.CarRacingBatch, lane: int, wheel: int) -> None:
        self._batch, self._lane, self._first = batch, lane, _HULL + 6 * wheel
        self.joint = JointView(self)

    def number(self, index: int) -> float:
        """One number of this wheel's part of the native car state."""
        return float(self._batch.car_state(self._lane)[self._first + index])

    @property
    def position(self) -> Point:
        """Centre of the wheel, track units."""
        state = self._batch.car_state(self._lane)
        return Point(float(state[self._first]), float(state[self._first + 1]))

    @property
    def omega(self) -> float:
        """Spin rate, rad/s."""
        return self.number(3)

    @property
    def phase(self) -> float:
        """Spin angle, rad."""
        return self.number(4)

    @property
    def tiles(self) -> tuple[str, ...]:
        """Not empty while the wheel is on the road (which tiles it touches is not kept)."""
        return ("road",) if self.number(5) else ()


class CarView:
    """The car of one lane: `hull` and four `wheels`."""

    def __init__(self, batch: _native.CarRacingBatch, lane: int) -> None:
        self.hull = HullView(batch, lane)
        self.wheels = tuple(WheelView(batch, lane, wheel) for wheel in range(4))
