"""Read-only views of the car under the names that Gymnasium's CarRacing uses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wm_envs import _native

_HULL = 6  # numbers of the hull in car_state, then six a wheel


class Point(NamedTuple):
    """A position (track units) or a velocity (track units/s); `+`, `-` and `*` are b2Vec2's, in float32."""

    x: float
    y: float

    @property
    def length(self) -> float:
        """Euclidean norm, as b2Vec2 has it."""
        return math.hypot(self.x, self.y)

    @property
    def lengthSquared(self) -> float:
        """The square of `length`."""
        return self.x * self.x + self.y * self.y

    def dot(self, other: Sequence[float]) -> float:
        """Inner product."""
        return self.x * other[0] + self.y * other[1]

    def __add__(self, other: Sequence[float]) -> Point:  # type: ignore[override]  # of vectors, not of tuples
        return _point(np.float32(self.x) + np.float32(other[0]), np.float32(self.y) + np.float32(other[1]))

    def __sub__(self, other: Sequence[float]) -> Point:
        return _point(np.float32(self.x) - np.float32(other[0]), np.float32(self.y) - np.float32(other[1]))

    def __mul__(self, factor: float) -> Point:  # type: ignore[override]
        return _point(np.float32(self.x) * np.float32(factor), np.float32(self.y) * np.float32(factor))

    def __rmul__(self, factor: float) -> Point:  # type: ignore[override]
        return self * factor

    def __neg__(self) -> Point:
        return Point(-self.x, -self.y)


def _point(x: np.float32, y: np.float32) -> Point:
    return Point(float(x), float(y))


class BodyView:
    """The hull or a wheel; every property reads the state of the moment."""

    def __init__(self, batch: _native.CarRacingBatch, lane: int, body: int) -> None:
        self._batch, self._lane, self._body = batch, lane, body

    def _numbers(self, first: int, count: int) -> list[float]:
        row: list[float] = self._batch.bodies(self._lane)[self._body, first : first + count].tolist()
        return row

    @property
    def angle(self) -> float:
        """Heading in rad, not wrapped; 0 looks along +y."""
        return self._numbers(0, 1)[0]

    @property
    def worldCenter(self) -> Point:
        """Centre of mass, track units."""
        return Point(*self._numbers(3, 2))

    @property
    def linearVelocity(self) -> Point:
        """Velocity of the centre of mass, track units/s."""
        return Point(*self._numbers(5, 2))

    @property
    def angularVelocity(self) -> float:
        """Yaw rate, rad/s."""
        return self._numbers(7, 1)[0]

    @property
    def mass(self) -> float:
        """Box2D's mass."""
        return self._numbers(8, 1)[0]

    def GetWorldVector(self, vector: Sequence[float]) -> Point:
        """A direction of the body's own frame in the world's, in Box2D's float32."""
        sin, cos = map(np.float32, self._numbers(1, 2))
        x, y = map(np.float32, vector)
        return _point(cos * x - sin * y, sin * x + cos * y)


class HullView(BodyView):
    """The hull of one car."""

    def __init__(self, batch: _native.CarRacingBatch, lane: int) -> None:
        super().__init__(batch, lane, 0)

    @property
    def position(self) -> Point:
        """Origin of the hull, track units."""
        x, y = self._batch.car_state(self._lane)[:2].tolist()
        return Point(x, y)


class JointView:
    """The joint between the hull and one wheel."""

    def __init__(self, wheel: WheelView) -> None:
        self._wheel = wheel

    @property
    def angle(self) -> float:
        """Steering angle of the wheel against the hull, rad."""
        return self._wheel.number(2)


class WheelView(BodyView):
    """One wheel: 0 front-left, 1 front-right, 2 rear-left, 3 rear-right."""

    def __init__(self, batch: _native.CarRacingBatch, lane: int, wheel: int) -> None:
        super().__init__(batch, lane, 1 + wheel)
        self._first = _HULL + 6 * wheel
        self.joint = JointView(self)

    def number(self, index: int) -> float:
        """One number of this wheel's part of the native car state."""
        return float(self._batch.car_state(self._lane)[self._first + index])

    @property
    def position(self) -> Point:
        """Centre of the wheel, track units."""
        return Point(self.number(0), self.number(1))

    @property
    def omega(self) -> float:
        """Spin rate, rad/s."""
        return self.number(3)

    @property
    def phase(self) -> float:
        """Spin angle, rad."""
        return self.number(4)

    @property
    def gas(self) -> float:
        """Engine, 0 to 1; it rises by at most 0.1 a frame."""
        return self._numbers(9, 1)[0]

    @property
    def brake(self) -> float:
        """As the last action had it; from 0.9 on the wheel is blocked."""
        return self._numbers(10, 1)[0]

    @property
    def steer(self) -> float:
        """The joint angle that the wheel turns to, rad; positive is left."""
        return self._numbers(11, 1)[0]

    @property
    def tiles(self) -> tuple[str, ...]:
        """Not empty while the wheel is on the road (which tiles it touches is not kept)."""
        return ("road",) if self.number(5) else ()


class CarView:
    """The car of one lane: `hull` and four `wheels`."""

    def __init__(self, batch: _native.CarRacingBatch, lane: int) -> None:
        self.hull = HullView(batch, lane)
        self.wheels = tuple(WheelView(batch, lane, wheel) for wheel in range(4))
