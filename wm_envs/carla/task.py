"""The driving task on CARLA's roads: rewards by term, costs by name, endings, defined as in ``wm/Driving-v0``.

The numbers are those of native/src/driving/judge.cpp: events cost 1 once, rates are integrated over time.
"""

from __future__ import annotations

from typing import Any

from wm_envs.carla.lights import StopLines
from wm_envs.carla.neighbours import Neighbour
from wm_envs.carla.options import CarlaOptions
from wm_envs.carla.route import Route
from wm_envs.carla.scene import Scene
from wm_envs.carla.situation import Situation, look

COSTS = (
    "collision_vehicle", "collision_pedestrian", "collision_static", "off_road", "red_light", "wrong_way", "speeding",
    "headway",
)  # fmt: skip
REWARDS = ("progress", "speed", "comfort", "lane", "collision", "off_road", "success", "rules")
LONGEST = 30.0  # s, greatest headway and time to collision
OFF_ROUTE = 12.0  # m beside the route that end the episode
_WEIGHTS = {
    "progress": 0.1,
    "speed": 0.2,
    "comfort": 0.05,
    "lane": 0.05,
    "collision": 10,
    "off_road": 10,
    "success": 10,
}
_SMOOTH_JERK, _SMOOTH_TURN = 4.13, 4.89  # nuPlan's comfort bounds, m/s^3 and m/s^2
_MOST_PROGRESS = 10.0  # m in one decision: a projection that jumps earns nothing


class Task:
    """One episode: what the last tick was worth.

    Attributes:
        now: the situation after the last tick.
        previous_action: steer, throttle, brake of the last decision.
        goal_s: where the route ends, m along it.
    """

    def __init__(self, options: CarlaOptions, scene: Scene, route: Route, lines: StopLines) -> None:
        self.options, self.scene, self.route = options, scene, route
        self.now = look(scene, route, lines)
        self.previous_action = (0.0, 0.0, 0.0)
        self.costs = dict.fromkeys(COSTS, 0.0)
        self.rewards = dict.fromkeys(REWARDS, 0.0)
        self.ending = "running"
        self._lines = lines
        self._start, self._progress = self.now.route.s, 0.0
        self._length = max(route.length - self._start, 1.0)
        self.goal_s = self._start + self._length
        self._jerk = 0.0
        self._off_road = self._off_route = False
        self._invasions = 0
        scene.rig.collisions.until(scene.session.frame)  # cars that fall onto their wheels are nobody's fault
        scene.rig.invasions.until(scene.session.frame)

    def judge(self, frame: int, action: tuple[float, float, float]) -> tuple[float, bool]:
        """Look at the world after a tick; reward and whether the episode terminated."""
        before = self.now
        self.now = look(self.scene, self.route, self._lines)
        self.previous_action = action
        self.costs, self.rewards = dict.fromkeys(COSTS, 0.0), dict.fromkeys(REWARDS, 0.0)
        self._collisions(frame)
        self._road()
        self._rules(before)
        self._progress_and_comfort(before)
        return sum(self.rewards.values()), self.ending != "running"

    def _end(self, ending: str, when: bool) -> None:
        if when and self.ending == "running":
            self.ending = ending

    def _collisions(self, frame: int) -> None:
        found = self.scene.rig.contacts.count(self.scene.rig.collisions.until(frame))
        for kind, count in found.items():
            self.costs[f"collision_{kind}"] = 1.0 if count else 0.0
        if any(found.values()):
            self.rewards["collision"] = -_WEIGHTS["collision"]
            self._end("collision", self.options.end_on_collision)
        self._invasions = len(self.scene.rig.invasions.until(frame))

    def _road(self) -> None:
        now, step = self.now, self.options.control_step
        left_it = now.off_road and not self._off_road
        self.costs["off_road"] = 1.0 if left_it else (step if now.off_road else 0.0)
        lost = abs(now.route.d) > OFF_ROUTE
        if left_it or (lost and not self._off_route):
            self.rewards["off_road"] = -_WEIGHTS["off_road"]
        self._off_road, self._off_route = now.off_road, lost
        self._end("off_road", self.options.end_off_road and now.off_road)
        self._end("off_route", self.options.end_off_road and lost)

    def _rules(self, before: Situation) -> None:
        now, step, costs = self.now, self.options.control_step, self.costs
        if now.speed > 0.0 and self._lines.crossed_on_red(before.front, now.front):
            costs["red_light"] = 1.0
        costs["wrong_way"] = step if now.wrong_way and now.speed > 0.5 else 0.0
        costs["speeding"] = step * max(0.0, abs(now.speed) / now.speed_limit - 1.05)
        if now.speed > 2.0:
            costs["headway"] = step * max(0.0, 1.0 - self.headway)
        self.rewards["rules"] = -sum(costs[name] for name in ("red_light", "wrong_way", "speeding", "headway"))

    def _progress_and_comfort(self, before: Situation) -> None:
        now, step, rewards = self.now, self.options.control_step, self.rewards
        if not self._off_route:
            driven = now.route.s - self._start - self._progress
            self._progress += driven
            if abs(driven) <= _MOST_PROGRESS:
                rewards["progress"] = _WEIGHTS["progress"] * driven
        self._jerk = (now.acceleration - before.acceleration) / step
        turn = abs(now.speed * now.yaw_rate)
        rough = max(0.0, abs(self._jerk) / _SMOOTH_JERK - 1.0) + max(0.0, turn / _SMOOTH_TURN - 1.0)
        rewards["comfort"] = -_WEIGHTS["comfort"] * step * min(rough, 2.0)
        rewards["speed"] = _WEIGHTS["speed"] * step * min(max(now.speed / now.speed_limit, 0.0), 1.0)
        beside = min(abs(now.lane.offset) / (0.5 * now.lane.width), 1.0) + min(abs(now.lane.heading_error), 1.0)
        rewards["lane"] = -_WEIGHTS["lane"] * step * beside
        self._end("success", self._progress >= self._length)
        if self.ending == "success":
            rewards["success"] = _WEIGHTS["success"]

    @property
    def headway(self) -> float:
        """S to whoever is ahead, at the present speed."""
        return min(self._leader.gap / self.now.speed, LONGEST) if self.now.speed > 0.0 else LONGEST

    @property
    def time_to_collision(self) -> float:
        """S to whoever is ahead, at the present speeds."""
        closing = self.now.speed - self._leader.speed
        return min(self._leader.gap / closing, LONGEST) if closing > 0.0 else LONGEST

    @property
    def _leader(self) -> Neighbour:
        return self.now.around["own", "ahead"]

    @property
    def route_completion(self) -> float:
        """Share of the route that is driven."""
        return min(max(self._progress / self._length, 0.0), 1.0)

    def info(self) -> dict[str, Any]:
        """Flat numbers; units in docs/carla.md."""
        now = self.now
        found: dict[str, Any] = {"cost": sum(self.costs.values())}
        found |= {f"cost_{name}": value for name, value in self.costs.items()}
        found |= {f"reward_{name}": value for name, value in self.rewards.items()}
        found |= {
            "speed": now.speed, "speed_limit": now.speed_limit, "route_completion": self.route_completion,
            "headway": self.headway, "time_to_collision": self.time_to_collision, "jerk": self._jerk,
            "lane_offset": now.lane.offset, "lane_invasions": self._invasions,
        }  # fmt: skip
        if self.ending != "running":
            found["success"] = self.ending == "success"
        return found
