"""A route along CARLA's lanes as plain arrays in our axes, and where the car is on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs.carla import convert

Array = NDArray[np.float64]
SPACING = 2.0  # m between points
MARGIN = 100.0  # m beyond the goal, for what looks ahead


@dataclass(frozen=True)
class Place:
    """Where a point is with respect to the route.

    Attributes:
        s: m along the route.
        d: m to the left of it.
        heading: of the route there, rad.
        curvature: of the route there, 1/m, positive to the left.
        width: of the lane, m.
    """

    s: float
    d: float
    heading: float
    curvature: float
    width: float


class Route:
    """Centre points of the lanes to drive, one every `SPACING` m.

    Attributes:
        points: float64 ``[N, 2]``, m, y to the left of x.
        headings: float64 ``[N]``, rad, unwrapped.
        s: float64 ``[N]``, m from the start.
        length: m to the goal, at most `s[-1]`.
    """

    def __init__(self, points: Array, headings: Array, widths: Array, length: float) -> None:
        self.points, self.headings, self.widths = points, np.unwrap(headings), widths
        gaps = np.hypot(*np.diff(points, axis=0).T)
        self.s: Array = np.concatenate([[0.0], np.cumsum(gaps)])
        self.curvatures: Array = np.gradient(self.headings, np.maximum(self.s, np.arange(len(points)) * 1e-6))
        self.length = min(length, float(self.s[-1]))
        self.at = 0

    def locate(self, x: float, y: float) -> Place:
        """The nearest place near the last one; remembers it."""
        low, high = max(self.at - 5, 0), min(self.at + 30, len(self.points))
        near = self.points[low:high] - (x, y)
        self.at = low + int(np.argmin((near**2).sum(1)))
        return self._place(self.at, x, y)

    def _place(self, i: int, x: float, y: float) -> Place:
        angle = float(self.headings[i])
        dx, dy = x - self.points[i, 0], y - self.points[i, 1]
        along = math.cos(angle) * dx + math.sin(angle) * dy
        left = -math.sin(angle) * dx + math.cos(angle) * dy
        return Place(float(self.s[i] + along), float(left), angle, float(self.curvatures[i]), float(self.widths[i]))

    def ahead(self, s: float) -> tuple[float, float, float, float]:
        """x, y, heading, curvature of the route at s, m; its end beyond it."""
        columns = (self.points[:, 0], self.points[:, 1], self.headings, self.curvatures)
        x, y, angle, curvature = (float(np.interp(s, self.s, column)) for column in columns)
        return x, y, angle, curvature

    def project(self, xy: Array) -> tuple[Array, Array]:
        """S and d (m) of points ``[M, 2]`` with respect to the part of the route around the car."""
        low, high = max(self.at - 10, 0), min(self.at + 50, len(self.points))
        offsets = xy[:, None] - self.points[None, low:high]  # [M, K, 2]
        best = low + np.argmin((offsets**2).sum(2), 1)
        delta, angle = xy - self.points[best], self.headings[best]
        s = self.s[best] + np.cos(angle) * delta[:, 0] + np.sin(angle) * delta[:, 1]
        return s, -np.sin(angle) * delta[:, 0] + np.cos(angle) * delta[:, 1]


def plan(start: Any, length: float, rng: np.random.Generator) -> Route:
    """A route from a ``carla.Waypoint``; at forks the generator chooses among the ways, sorted by road and lane."""
    waypoint, chain, count = start, [start], int((length + MARGIN) / SPACING)
    while len(chain) <= count:
        ways = sorted(waypoint.next(SPACING), key=lambda w: (w.road_id, w.lane_id, w.s))
        if not ways:
            break  # a dead end
        waypoint = ways[int(rng.integers(len(ways)))] if len(ways) > 1 else ways[0]
        chain.append(waypoint)
    if len(chain) < 2:
        raise ValueError(f"a lane that ends where the car starts: {start.transform.location}")
    points = np.array([convert.position(w.transform.location) for w in chain])
    headings = np.array([convert.heading(w.transform.rotation) for w in chain])
    return Route(points, headings, np.array([float(w.lane_width) for w in chain]), length)
