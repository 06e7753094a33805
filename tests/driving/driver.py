"""A scripted driver: shows that every scenario can be solved, and gives tests realistic driving.

Steers by pure pursuit on the route preview of the state vector; keeps the speed of an IDM driver behind whoever is
ahead in its lane, before red lights and in bends; gives way to everybody who will be where it is going (from
`actors()`); changes lanes into gaps.
Parks nose in: along the aisle, an arc, straight.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native

_NAMES = {name: index for index, name in enumerate(_native.DrivingBatch.state_names())}
_PREVIEW = [
    (_NAMES[f"route_{metres}m_x"], _NAMES[f"route_{metres}m_y"]) for metres in range(5, 55, 5)
]  # as state_layout.h has them
_SPEED, _PREVIEW_SCALE, _GAP, _CURVATURE = 40.0, 50.0, 100.0, 0.1
_LATERAL = 2.2  # m/s^2 in bends
_ACCELERATION, _BRAKING, _HEADWAY, _STANDING = 1.8, 2.5, 1.5, 3.0
_HARDEST = 8.0
_WHEELBASE = 2.578913  # m, vehicle 2
_PARKED, _PEDESTRIAN = 3, 5  # kinds of actors


class Driver:
    """Drives one `DrivingEnv` whose sensors include "state".

    Args:
        env: the environment (wrapped or not).
        cautious: look at other traffic's paths; False follows the lane's leader only.
    """

    def __init__(self, env: Any, *, cautious: bool = True) -> None:
        self.env, self.cautious = env.unwrapped, cautious
        self._waited = 0.0
        self._bay_path: NDArray[np.float64] | None = None

    def act(self, obs: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Action for an observation, in the form that the environment asks for."""
        if self.env.options.scenario == "parking":
            steer, accel = self._park(obs["state"])
        else:
            steer, accel = self._follow_route(obs["state"])
        if self.env.options.actions == "accel":
            return np.array([steer, accel], np.float32)
        return np.array([steer, max(accel, 0.0), max(-accel, 0.0)], np.float32)

    # --- on the road ---
    def _follow_route(self, state: NDArray[np.float32]) -> tuple[float, float]:
        speed = float(state[_NAMES["speed"]]) * _SPEED
        limit = float(state[_NAMES["speed_limit"]]) * _SPEED
        points = np.array([[state[x], state[y]] for x, y in _PREVIEW]) * _PREVIEW_SCALE
        fine = self._route_ahead()  # every metre, from beside the car on
        beside = fine[0]
        if abs(beside[1]) > 2.0 and not self._may_change(state, speed, left=beside[1] > 0):
            across = beside * [0.0, 1.0]
            points, fine, beside = points - across, fine - across, beside - across  # wait in this lane
        wanted = min(limit, self._bend_speed(state, beside, points))
        acceleration = self._free(speed, wanted)
        gap = float(state[_NAMES["own_ahead_gap"]]) * _GAP
        if gap < _GAP * 0.999:
            leader = speed + float(state[_NAMES["own_ahead_speed"]]) * _SPEED / 2
            acceleration = min(acceleration, self._behind(speed, wanted, gap, leader))
        if state[_NAMES["light_red"]] > 0 or state[_NAMES["light_yellow"]] > 0:
            to_line = float(state[_NAMES["light_distance"]]) * _GAP
            if to_line > 0 and (state[_NAMES["light_red"]] > 0 or to_line > speed * speed / (2 * 3.5)):
                acceleration = min(acceleration, self._behind(speed, wanted, to_line + 1.5, 0.0))
        if self.cautious:
            acceleration = min(acceleration, self._give_way(speed, wanted))
        return self._pursue(fine, speed), self._pedal(acceleration, speed)

    def _route_ahead(self) -> NDArray[np.float64]:
        """The route from beside the car on, in the car's frame, a point a metre."""
        car = self.env.car_state
        offset = self.env.route(1.0, 46) - car[:2]
        sin, cos = math.sin(car[4]), math.cos(car[4])
        return np.stack([cos * offset[:, 0] + sin * offset[:, 1], cos * offset[:, 1] - sin * offset[:, 0]], 1)

    @staticmethod
    def _may_change(state: NDArray[np.float32], speed: float, *, left: bool) -> bool:
        """Is there a gap in the lane beside, with time for those behind?"""
        side = "left" if left else "right"
        ahead, behind = (float(state[_NAMES[f"{side}_{way}_gap"]]) * _GAP for way in ("ahead", "behind"))
        closing = float(state[_NAMES[f"{side}_behind_speed"]]) * _SPEED / 2
        slower = -float(state[_NAMES[f"{side}_ahead_speed"]]) * _SPEED / 2
        return ahead > 3.0 + 0.2 * speed + 1.5 * max(slower, 0.0) and behind > 3.0 + 2.5 * max(closing, 0.0)

    @staticmethod
    def _bend_speed(state: NDArray[np.float32], beside: NDArray[np.float64], points: NDArray[np.float64]) -> float:
        """The speed at which no bend of the preview asks for more than a comfortable lateral acceleration."""
        path = np.vstack([beside, points])
        steps = np.diff(path, axis=0)
        headings = np.arctan2(steps[:, 1], steps[:, 0])
        turns = np.abs(np.diff(np.unwrap(headings))) / 5.0
        here = abs(float(state[_NAMES["curvature"]])) * _CURVATURE
        curvatures = np.concatenate([[here], turns])
        ahead = 5.0 * np.arange(len(curvatures))
        speeds = np.sqrt(_LATERAL / np.maximum(curvatures, 1e-4) + 2 * 1.5 * np.maximum(ahead - 5.0, 0.0))
        return float(speeds.min())

    @staticmethod
    def _free(speed: float, wanted: float) -> float:
        ratio = speed / max(wanted, 0.5)
        return _ACCELERATION * (1 - ratio**4) if ratio < 1 else -min(1.5 * (speed - wanted), 4.0)

    @staticmethod
    def _behind(speed: float, wanted: float, gap: float, leader: float) -> float:
        """IDM."""
        closing = speed * (speed - leader) / (2 * math.sqrt(_ACCELERATION * _BRAKING))
        desired = _STANDING + max(0.0, speed * _HEADWAY + closing)
        free = (speed / max(wanted, 0.5)) ** 4
        return max(-_HARDEST, _ACCELERATION * (1 - free - (desired / max(gap, 0.1)) ** 2))

    def _give_way(self, speed: float, wanted: float, way: NDArray[np.float64] | None = None) -> float:
        """Stop before the first point of the way that somebody will cross about when the car is there.

        `way`: points every 2 m; None is the route, along which those ahead are followed and not given way to.
        """
        actors = self.env.actors()
        own, others = actors[0], actors[1:]
        if len(others) == 0:
            return math.inf
        path = self.env.route(2.0, 31).astype(np.float64)[1:] if way is None else way  # [P, 2]
        if len(path) < 2:
            return math.inf
        distance = 2.0 * np.arange(1, len(path) + 1)
        arrival = distance / max(speed, 2.5)
        best = math.inf
        along = np.diff(path, axis=0, append=2 * path[-1:] - path[-2:-1])
        along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
        for other in others:
            planned_round = way is not None and int(other[6]) == _PARKED
            if planned_round or np.hypot(*(other[:2] - own[:2])) > 90.0:
                continue
            gap = self._meets(other, path, along if way is None else 0.0 * along, arrival, own)
            if gap is not None:
                best = min(best, self._behind(speed, wanted, max(gap - own[4] - 2.0, 0.1), 0.0))
        if best < -0.2 and speed < 0.3:
            self._waited += self.env.options.control_step
        elif speed > 2.0:
            self._waited = 0.0
        patient = self.env.options.scenario == "parking" or best < -5.0
        return best if patient or self._waited < 12.0 else math.inf

    @staticmethod
    def _meets(
        other: NDArray[np.float32],
        path: NDArray[np.float64],
        along: NDArray[np.float64],
        arrival: NDArray[np.float64],
        own: NDArray[np.float32],
    ) -> float | None:
        """Metres along the route to where the other will be in the way, None if it will not."""
        heading, pace = float(other[2]), float(other[3])
        forward = np.array([math.cos(heading), math.sin(heading)])
        person = int(other[6]) == _PEDESTRIAN
        reach = float(own[5] + other[5]) + (1.0 if person else 0.5)
        margin = 2.5 if person else 1.8  # s
        for shift in (-margin, -0.5 * margin, 0.0, 0.5 * margin, margin):
            times = np.clip(arrival + shift, 0.0, 6.0)
            ahead = other[:2] + times[:, None] * pace * forward  # [P, 2]
            offset = path - ahead
            lengthwise, sideways = offset @ forward, offset @ np.array([-forward[1], forward[0]])
            same_way = along @ forward > 0.85  # a leader, whom the IDM follows
            if pace < 0.3 and not person:
                same_way = np.zeros_like(same_way)
            near = (np.abs(lengthwise) < other[4] + 1.5) & (np.abs(sideways) < reach) & ~same_way
            if near.any():
                return 2.0 * (int(np.argmax(near)) + 1) - 2.0
        return None

    def _pursue(self, route: NDArray[np.float64], speed: float) -> float:
        reach = float(np.clip(2.5 + 0.75 * speed + 4.0 * max(abs(route[0][1]) - 1.5, 0.0), 3.0, 44.0))
        target = route[int(reach)] + (reach % 1.0) * (route[int(reach) + 1] - route[int(reach)])
        return self._steer(2.0 * target[1] / max(float(target @ target), 1.0))

    def _steer(self, curvature: float) -> float:
        """The share of the steering range that gives this curvature."""
        wanted = math.atan(_WHEELBASE * curvature)
        return float(np.clip(wanted / self._steering_range(float(self.env.car_state[3])), -1.0, 1.0))

    @staticmethod
    def _steering_range(speed: float) -> float:
        """As CarModel::steering_range: all of it when slow, 1.5 times what dry grip allows when fast (vehicle 2)."""
        grip = 1.5 * 1.0489 * 9.81 * _WHEELBASE
        return min(1.066, grip / max(speed * speed, 1e-3))

    @staticmethod
    def _pedal(acceleration: float, speed: float) -> float:
        """The pedals as one number in [-1, 1]."""
        resisting = 0.12 + 0.0006 * speed * speed
        if acceleration + resisting >= 0:
            return min((acceleration + resisting) / 6.1, 1.0)
        return max((acceleration + resisting) / 10.3, -1.0)

    # --- parking ---
    def _park(self, state: NDArray[np.float32]) -> tuple[float, float]:
        if self._bay_path is None:
            self._bay_path = plan_into_bay(self.env)
        if self._bay_path is None:  # not there yet, or somebody drives about where the car would swing
            steer, pedal = self._follow_route(state)
            speed = float(self.env.car_state[3])
            waiting = (
                self._behind(speed, 5.0, max(-bay_frame(self.env)[0] - 9.0, 0.1), 0.0) if before_bay(self.env) else 9.0
            )
            return steer, min(pedal, self._pedal(waiting, speed))
        speed = float(self.env.car_state[3])
        rear, heading = rear_axle(self.env)
        path = self._bay_path
        nearest = int(np.argmin(((path - rear) ** 2).sum(1)))
        left = _STEP * (len(path) - 1 - nearest)
        if left < 0.1:
            return 0.0, -1.0
        target = path[min(nearest + max(int(_AIM / _STEP), 1), len(path) - 1)]
        if left < _AIM:  # go on straight into the bay
            target = path[-1] + (_AIM - left) * (path[-1] - path[-2]) / _STEP
        offset = target - rear
        side = -math.sin(heading) * offset[0] + math.cos(heading) * offset[1]
        curvature = 2.0 * side / max(float(offset @ offset), 0.2)
        turning = abs(math.atan(_WHEELBASE * curvature) - float(self.env.car_state[2]))  # the wheels turn 0.4 rad/s
        wanted = min(1.0 - 1.5 * min(turning, 0.6), math.sqrt(2.0 * 0.3 * left))
        acceleration = 2.0 * (wanted - speed)
        if self.cautious:
            centre = path[nearest + int(_REAR / _STEP) :: int(2.0 / _STEP)]
            acceleration = min(acceleration, self._give_way(speed, wanted, centre))
        return self._steer(curvature), self._pedal(max(acceleration, -4.0), speed)


_AIM = 1.2  # m ahead of the rear axle
_STEP = 0.1  # m between the points of a parking path
_REAR = 1.422717  # m from the rear axle to the centre of gravity, vehicle 2
_AISLE = 5.6  # m from the middle of an aisle to the middle of a bay


def rear_axle(env: Any) -> tuple[NDArray[np.float64], float]:
    """Where the rear axle is, and the heading."""
    car = env.car_state
    heading = float(car[4])
    return car[:2] - _REAR * np.array([math.cos(heading), math.sin(heading)]), heading


def bay_frame(env: Any) -> tuple[float, float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The rear axle's place along the aisle and into the bay, the frame's origin (middle of the aisle) and its axes."""
    goal = env.goal.astype(np.float64)
    into = np.array([math.cos(goal[2]), math.sin(goal[2])])
    rear, heading = rear_axle(env)
    along = np.array([into[1], -into[0]])
    along *= np.sign(np.array([math.cos(heading), math.sin(heading)]) @ along) or 1.0
    origin = goal[:2] - _AISLE * into
    return float((rear - origin) @ along), float((rear - origin) @ into), origin, along, into


def before_bay(env: Any) -> bool:
    """Is the car in the bay's aisle, a little before the bay?"""
    e, n, _, along, _ = bay_frame(env)
    heading = rear_axle(env)[1]
    straight = np.array([math.cos(heading), math.sin(heading)]) @ along > 0.95
    return bool(straight and -15.0 < e < -3.0 and abs(n) < 3.0)


def _somebody_moves_near(env: Any) -> bool:
    return any(abs(a[3]) > 0.3 and np.hypot(*(a[:2] - env.goal[:2])) < 22.0 for a in env.actors()[1:])


def plan_into_bay(env: Any) -> NDArray[np.float64] | None:
    """A path of the rear axle into the bay, points `_STEP` apart: along the aisle, an arc, straight in.

    None while the bay is still too far away, or when no such path is free.
    """
    if not before_bay(env) or _somebody_moves_near(env):
        return None
    e, n, origin, along, into = bay_frame(env)
    goal = env.goal[:2]
    boxes = [a for a in env.actors()[1:] if np.hypot(*(a[:2] - goal)) < 25.0]
    best, best_room = None, 0.06
    for radius in (1.9, 2.1, 2.4, 2.8, 3.3, 4.0):
        for lane in (-2.2, -1.9, -1.4, -0.9, -0.3, 0.4, 1.0, 1.5):
            local = _swing(e, n, lane, radius)
            if local is None:
                continue
            path = origin + local[:, :1] * along + local[:, 1:] * into
            room = _room(path, boxes)
            if room > best_room:
                best, best_room = path, room
    return best


def _swing(e: float, n: float, lane: float, radius: float) -> NDArray[np.float64] | None:
    """The path in the bay's coordinates: e along the aisle, n into the bay; None when there is no room for it."""
    end, turn = _AISLE - _REAR, -radius
    run = turn - e
    if run < max(0.5, 3.2 * math.sqrt(abs(lane - n))) or lane + radius > end:
        return None
    t = np.linspace(0.0, 1.0, 60)
    ease = t * t * (3 - 2 * t)
    first = np.stack([e + run * t, n + (lane - n) * ease], 1)
    angle = np.linspace(0.0, 0.5 * math.pi, 60)
    arc = np.stack([turn + radius * np.sin(angle), lane + radius * (1 - np.cos(angle))], 1)
    straight = np.array([[0.0, lane + radius], [0.0, end]])
    return _even(np.vstack([first, arc[1:], straight[1:]]))


def _even(line: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    s = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(0.0, s[-1], _STEP)
    return np.stack([np.interp(at, s, line[:, 0]), np.interp(at, s, line[:, 1])], 1)


def _room(path: NDArray[np.float64], boxes: list[NDArray[np.float32]]) -> float:
    """The least distance (m) between the outline of the car, driven along the path, and any box."""
    direction = np.gradient(path, axis=0)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    left = np.stack([-direction[:, 1], direction[:, 0]], 1)
    corners = [
        path + (_REAR + x) * direction + y * left
        for x in (-2.254, -1.1, 0.0, 1.1, 2.254)
        for y in (-0.805, 0.0, 0.805)
        if abs(x) > 2 or y != 0.0
    ]
    points = np.concatenate(corners)
    least = 9.0
    for box in boxes:
        forward = np.array([math.cos(box[2]), math.sin(box[2])])
        offset = points - box[:2]
        x = np.abs(offset @ forward) - box[4]
        y = np.abs(offset @ np.array([-forward[1], forward[0]])) - box[5]
        least = min(least, float(np.maximum(x, y).min()))
    return least
