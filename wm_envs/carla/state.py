"""The ``state`` vector of ``wm/Driving-v0``, feature by feature, from what CARLA says.

Order, scales and meaning are those of native/src/driving/state_table.cpp (docs/driving.md); a test compares them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wm_envs.carla.neighbours import LANES, SIDES
from wm_envs.carla.task import Task

PREVIEW = tuple(5.0 * k for k in range(1, 11))  # m
NAMES: tuple[str, ...] = (
    "speed", "steering_angle", "yaw_rate", "slip_angle", "acceleration", "lateral_acceleration", "last_steer",
    "last_throttle", "last_brake", "lane_offset", "heading_error", "curvature", "lane_width", "lane_left", "lane_right",
    "speed_limit",
    "over_limit", *(f"route_{int(m)}m_{axis}" for m in PREVIEW for axis in "xy"), "route_completion", "route_remaining",
    "goal_x", "goal_y", "goal_cos", "goal_sin", "light_distance", "light_green", "light_yellow", "light_red", "headway",
    "time_to_collision", *(f"{lane}_{side}_{what}" for lane in LANES for side in SIDES for what in ("gap", "speed")),
)  # fmt: skip
SIZE = len(NAMES)
_SPEED, _DISTANCE, _GAP = 40.0, 50.0, 100.0  # m/s, m, m


def features(task: Task) -> NDArray[np.float32]:
    """float32 ``[SIZE]``, every entry scaled and clipped to [-1, 1]."""
    values = [*_motion(task), *_lane(task), *_route(task), *_traffic(task)]
    return np.clip(np.array(values, np.float32), -1.0, 1.0)


def _motion(task: Task) -> list[float]:
    now = task.now
    slip = math.atan2(now.lateral_speed, now.speed) if now.speed > 0.5 else 0.0  # noise when standing
    lateral = now.speed * now.yaw_rate
    return [now.speed / _SPEED, now.steer, now.yaw_rate, slip / 0.5, now.acceleration / 10.0, lateral / 10.0,
            *task.previous_action]  # fmt: skip


def _lane(task: Task) -> list[float]:
    now, lane = task.now, task.now.lane
    return [
        lane.offset / 5.0, lane.heading_error / (math.pi / 2), now.route.curvature / 0.1, lane.width / 5.0,
        float(lane.left), float(lane.right), now.speed_limit / _SPEED, (now.speed - now.speed_limit) / (_SPEED / 2),
    ]  # fmt: skip


def _route(task: Task) -> list[float]:
    now, values = task.now, []
    for metres in PREVIEW:
        values += _seen(task, *task.route.ahead(now.route.s + metres)[:2])
    goal_x, goal_y, goal_heading, _ = task.route.ahead(task.goal_s)
    turned = goal_heading - now.heading
    values += [task.route_completion, (task.goal_s - now.route.s) / 400.0, *_seen(task, goal_x, goal_y)]
    return [*values, math.cos(turned), math.sin(turned)]


def _seen(task: Task, x: float, y: float) -> list[float]:
    """A point ahead of the car and to its left, scaled."""
    dx, dy = x - task.now.x, y - task.now.y
    cosine, sine = math.cos(task.now.heading), math.sin(task.now.heading)
    return [(cosine * dx + sine * dy) / _DISTANCE, (-sine * dx + cosine * dy) / _DISTANCE]


def _traffic(task: Task) -> list[float]:
    now = task.now
    near = now.light_distance < _GAP
    lights = [float(near and now.light == name) for name in ("Green", "Yellow", "Red")]
    values = [min(now.light_distance / _GAP, 1.0), *lights]
    values += [task.headway / 30.0, task.time_to_collision / 30.0]
    for lane in LANES:
        for side in SIDES:
            other = now.around[lane, side]
            there = math.isfinite(other.gap)
            values += [other.gap / _GAP if there else 1.0, (other.speed - now.speed) / (_SPEED / 2) if there else 0.0]
    return values
