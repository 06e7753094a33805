"""The nearest vehicles ahead and behind, on the car's lane and on the two beside it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from wm_envs.carla import convert
from wm_envs.carla.route import Route
from wm_envs.carla.scene import Scene

REACH = 100.0  # m
LANES = ("own", "left", "right")
SIDES = ("ahead", "behind")


class Neighbour(NamedTuple):
    """Gap bumper to bumper (m) and speed along the route (m/s)."""

    gap: float
    speed: float


NOBODY = Neighbour(math.inf, 0.0)


def neighbours(scene: Scene, route: Route, s: float, centre: float, speed: float) -> dict[tuple[str, str], Neighbour]:
    """Nearest of the others by lane and side; `NOBODY` where there is none within `REACH`.

    Lanes are strips along the route, as wide as its lane: exact where lanes are parallel to it.

    Args:
        scene: whose others are looked at, pedestrians included.
        route: of the ego.
        s: of the ego on the route, m.
        centre: offset of the centre of the ego's lane from the route, m to the left.
        speed: of the ego, m/s; who is ahead at equal distance counts as ahead.
    """
    found = {(lane, side): NOBODY for lane in LANES for side in SIDES}
    if not scene.others:
        return found
    xy = np.array([convert.position(actor.get_transform().location) for actor in scene.others])
    others_s, others_d = route.project(xy)
    width = float(route.widths[route.at])
    strip = np.rint((others_d - centre) / width)  # 0 own, 1 left, -1 right
    own = float(scene.ego.bounding_box.extent.x)
    for lane, number in zip(LANES, (0, 1, -1), strict=True):
        for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
            ahead = sign * (others_s - s)
            ahead[(strip != number) | (ahead <= 0.0) | (ahead > REACH)] = math.inf
            i = int(np.argmin(ahead))
            if math.isfinite(ahead[i]):
                other = scene.others[i]
                along = convert.in_frame(other.get_velocity(), route.ahead(float(others_s[i]))[2])[0]
                gap = float(ahead[i]) - own - float(other.bounding_box.extent.x)
                found[lane, side] = Neighbour(max(gap, 0.0), along)
    return found
