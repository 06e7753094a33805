"""Traffic lights as stop lines: the next one on the route, and whether one was crossed on red."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wm_envs.carla import convert
from wm_envs.carla.route import Route

_REACH = 100.0  # m: lights further ahead do not matter yet
_SIDE = 1.8  # m: half the width of a stop line


class StopLines:
    """All stop lines of a map, read once per episode; states are asked for only where they matter.

    Args:
        lights: the server's ``traffic.traffic_light*`` actors.
    """

    def __init__(self, lights: Any) -> None:
        rows, self._actors = [], []
        for light in lights:
            for waypoint in light.get_stop_waypoints():
                place = waypoint.transform
                rows.append((*convert.position(place.location), convert.heading(place.rotation)))
                self._actors.append(light)
        self._lines = np.array(rows, np.float64).reshape(-1, 3)  # x, y, heading of the traffic

    def ahead(self, route: Route, s: float) -> tuple[float, str]:
        """Distance (m) to the next stop line on the route, and "Red", "Yellow" or "Green"; (inf, "Off") without."""
        if not len(self._lines):
            return math.inf, "Off"
        line_s, line_d = route.project(self._lines[:, :2])
        turn = np.abs(np.angle(np.exp(1j * (self._lines[:, 2] - np.interp(line_s, route.s, route.headings)))))
        gaps = np.where((np.abs(line_d) < _SIDE) & (turn < 0.6) & (line_s > s), line_s - s, math.inf)
        i = int(np.argmin(gaps))
        if gaps[i] > _REACH:
            return math.inf, "Off"
        return float(gaps[i]), _name(self._actors[i])

    def crossed_on_red(self, before: tuple[float, float], after: tuple[float, float]) -> bool:
        """Whether the way from one point (the car's front, m) to the next leads over a stop line whose light is red."""
        if not len(self._lines):
            return False
        cosine, sine = np.cos(self._lines[:, 2]), np.sin(self._lines[:, 2])
        dx, dy = np.array([before, after]).T[:, :, None] - self._lines[:, :2].T[:, None]  # [2 points, L] each
        along, side = cosine * dx + sine * dy, -sine * dx + cosine * dy
        over = (along[0] < 0.0) & (along[1] >= 0.0) & (np.abs(side[1]) < _SIDE) & (along[1] < 10.0)
        return any(_name(self._actors[i]) == "Red" for i in np.flatnonzero(over))


def _name(light: Any) -> str:
    return str(light.get_state()).rsplit(".", 1)[-1]
