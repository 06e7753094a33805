"""What the ego's state means on its route, read from the client's copy of the world: no call to the server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from wm_envs.carla import convert
from wm_envs.carla.lights import StopLines
from wm_envs.carla.neighbours import Neighbour, neighbours
from wm_envs.carla.route import Place, Route
from wm_envs.carla.scene import Scene


@dataclass(frozen=True)
class LanePlace:
    """The lane under the car, or the nearest one.

    Attributes:
        offset: m from its centre, positive to the left.
        heading_error: heading minus the lane's, rad, in [-pi, pi].
        width: m.
        left: there is a lane of the same direction to the left.
        right: there is one to the right.
        junction: it belongs to a junction.
    """

    offset: float
    heading_error: float
    width: float
    left: bool
    right: bool
    junction: bool


@dataclass(frozen=True)
class Situation:
    """One moment, in our axes: x forward, y to the left, counter-clockwise.

    Attributes:
        x: m.
        y: m.
        heading: rad.
        speed: along the heading, m/s.
        lateral_speed: to the left, m/s.
        yaw_rate: rad/s.
        acceleration: along the heading, m/s^2.
        steer: angle of the front wheels as a share of the greatest, positive to the left.
        route: place on the route.
        lane: place on the lane.
        speed_limit: m/s, at least 1.
        around: nearest vehicles by (lane, side), lanes "own", "left", "right", sides "ahead", "behind".
        light_distance: from the front bumper to the next stop line on the route, m; inf without.
        light: "Red", "Yellow", "Green" or "Off".
        off_road: no driving lane under the car's centre.
        front: x, y of the front bumper's middle, m.
    """

    x: float
    y: float
    heading: float
    speed: float
    lateral_speed: float
    yaw_rate: float
    acceleration: float
    steer: float
    route: Place
    lane: LanePlace
    speed_limit: float
    around: dict[tuple[str, str], Neighbour]
    light_distance: float
    light: str
    off_road: bool
    front: tuple[float, float]

    @property
    def wrong_way(self) -> bool:
        """In a lane of the opposite direction, outside junctions."""
        return abs(self.lane.heading_error) > math.pi / 2 and not self.lane.junction and not self.off_road


def look(scene: Scene, route: Route, lines: StopLines) -> Situation:
    """The situation after the last tick."""
    ego, carla, world_map = scene.ego, scene.session.carla, scene.session.map
    transform = ego.get_transform()
    (x, y), angle = convert.position(transform.location), convert.heading(transform.rotation)
    speed, lateral = convert.in_frame(ego.get_velocity(), angle)
    place = route.locate(x, y)
    reach = float(ego.bounding_box.extent.x)
    driving = carla.LaneType.Driving
    on_road = world_map.get_waypoint(transform.location, project_to_road=False, lane_type=driving) is not None
    lane = _lane(world_map.get_waypoint(transform.location), (x, y), angle, driving)
    distance, light = lines.ahead(route, place.s + reach)
    return Situation(
        x=x, y=y, heading=angle, speed=speed, lateral_speed=lateral,
        yaw_rate=-math.radians(ego.get_angular_velocity().z),
        acceleration=convert.in_frame(ego.get_acceleration(), angle)[0], steer=scene.steering(), route=place, lane=lane,
        speed_limit=max(float(ego.get_speed_limit()) / 3.6, 1.0),
        around=neighbours(scene, route, place.s, place.d - lane.offset, speed),
        light_distance=distance, light=light, off_road=not on_road,
        front=(x + reach * math.cos(angle), y + reach * math.sin(angle)),
    )  # fmt: skip


def _lane(waypoint: Any, point: tuple[float, float], angle: float, driving: Any) -> LanePlace:
    (x, y), along = convert.position(waypoint.transform.location), convert.heading(waypoint.transform.rotation)
    offset = -math.sin(along) * (point[0] - x) + math.cos(along) * (point[1] - y)
    return LanePlace(
        offset, math.remainder(angle - along, math.tau), float(waypoint.lane_width),
        _same_way(waypoint, waypoint.get_left_lane(), driving), _same_way(waypoint, waypoint.get_right_lane(), driving),
        bool(waypoint.is_junction),
    )  # fmt: skip


def _same_way(waypoint: Any, other: Any, driving: Any) -> bool:
    if other is None or other.lane_type != driving:
        return False
    return (int(other.lane_id) > 0) == (int(waypoint.lane_id) > 0)  # the sign is the direction, in OpenDRIVE
