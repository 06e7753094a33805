"""What one can ask of a driving environment: checked once, with the nearest valid word in every error."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from wm_envs import _native, arguments

SCENARIOS = ("highway", "merge", "roundabout", "intersection", "racetrack", "parking", "town", "map")
SENSORS = ("camera", "birdseye", "lidar", "state")
REWARD_TERMS = ("progress", "speed", "comfort", "lane", "collision", "off_road", "success", "rules")
COST_TERMS = (
    "collision_vehicle",
    "collision_pedestrian",
    "collision_static",
    "off_road",
    "red_light",
    "wrong_way",
    "speeding",
    "headway",
)
WEATHER = {"dry": 1.0, "wet": 0.7, "ice": 0.2}
"""Friction of the road relative to dry asphalt."""

_CHOICES: dict[str, tuple[Any, ...]] = {
    "scenario": SCENARIOS,
    "model": ("st", "ks"),
    "actions": ("pedals", "accel"),
    "weather": tuple(WEATHER),
}
_FLAGS = ("signals", "reverse", "end_on_collision", "end_off_road", "end_on_red_light", "end_on_wrong_way")
_WHOLE: dict[str, tuple[int, int]] = {
    "lanes": (0, 6),
    "vehicles": (-1, 500),
    "pedestrians": (-1, 500),
    "broken_down": (-1, 100),
    "vehicle": (1, 3),
    "substeps": (1, 100),
    "camera_height": (8, 1024),
    "camera_width": (8, 1024),
    "birdseye_size": (8, 1024),
    "lidar_beams": (1, 2048),
}
_REAL: dict[str, tuple[float, float]] = {
    "density": (0, 3),
    "aggressiveness": (0, 1),
    "parked": (0, 1),
    "control_step": (0.01, 1),
    "camera_fov": (20, 150),
    "birdseye_range": (5, 300),
    "lidar_range": (1, 300),
    "lidar_noise": (0, 255),
    "lidar_dropout": (0, 1),
    "camera_noise": (0, 255),
    "camera_dropout": (0, 1),
    "state_noise": (0, 255),
    "state_dropout": (0, 1),
    "route_length": (20, 100_000),
}
_WEIGHT = 1e6
_MOST_STEP = 0.1  # s


@dataclass(frozen=True)
class DrivingOptions:
    """Options of driving; every one is a keyword of ``gym.make("wm/Driving-v0", …)``, and all of them are JSON-able.

    Attributes:
        scenario: "highway", "merge", "roundabout", "intersection", "racetrack", "parking", "town" (procedural, new at
            every reset) or "map" (a file, see `map`).
        map: path of an OpenDRIVE file, for ``scenario="map"``.
        signals: traffic lights, in "intersection" and "town".
        lanes: lanes per direction, 0 for the scenario's own number.
        vehicles: traffic vehicles, -1 for as many as `density` gives.
        density: of traffic: 0 none, 1 usual, 2 dense.
        aggressiveness: of drivers, from 0 (timid) to 1; 0.5 has the published parameters of IDM and MOBIL.
        pedestrians: -1 for as many as `density` gives.
        parked: share of the roadside places (town) or bays (parking) that are taken.
        broken_down: vehicles that stand on a lane, -1 for the scenario's own number.
        model: "st", the dynamic single track with tyre slip, or "ks", the kinematic one.
        vehicle: CommonRoad parameter set: 1 Ford Escort, 2 BMW 320i, 3 VW Vanagon.
        weather: "dry", "wet" or "ice": friction 1, 0.7 or 0.2 of dry asphalt.
        friction: that share itself, overriding `weather`.
        reverse: the brake drives backwards from standstill.
        control_step: s between decisions.
        substeps: steps of the world in each, of at most 0.1 s.
        actions: "pedals" (steer [-1, 1], throttle [0, 1], brake [0, 1]) or "accel" (steer, accel in [-1, 1]).
            Positive steering is to the left.
        sensors: any of "camera", "birdseye", "lidar", "state".
        camera_height: pixels.
        camera_width: pixels.
        camera_fov: horizontal field of view, degrees.
        birdseye_size: pixels, square.
        birdseye_range: m shown ahead of and behind the car.
        lidar_beams: over 360 degrees, counter-clockwise from straight ahead.
        lidar_range: m.
        lidar_noise: standard deviation, m.
        lidar_dropout: probability that a beam returns nothing.
        camera_noise: standard deviation, levels of 255.
        camera_dropout: probability that a frame is black.
        state_noise: standard deviation in units of the scaled features.
        state_dropout: probability that all features are zero.
        route_length: m to drive until success, where the scenario has no goal of its own.
        end_on_collision: a collision terminates; otherwise things stop the car.
        end_off_road: leaving the road (or the route by more than 12 m) terminates.
        end_on_red_light: crossing a stop line at red terminates.
        end_on_wrong_way: two seconds against the traffic terminate.
        reward_weights: of the terms progress 1, speed 0.2, comfort 0.05, lane 0.05, collision 10, off_road 10,
            success 10, rules 1; those that are left out keep these.
    """

    scenario: str = "town"
    map: str | None = None
    signals: bool = True
    lanes: int = 0
    vehicles: int = -1
    density: float = 1.0
    aggressiveness: float = 0.5
    pedestrians: int = -1
    parked: float = 0.5
    broken_down: int = -1
    model: str = "st"
    vehicle: int = 2
    weather: str = "dry"
    friction: float | None = None
    reverse: bool = False
    control_step: float = 0.1
    substeps: int = 2
    actions: str = "pedals"
    sensors: Sequence[str] = ("camera", "lidar", "state")
    camera_height: int = 64
    camera_width: int = 64
    camera_fov: float = 90.0
    birdseye_size: int = 64
    birdseye_range: float = 40.0
    lidar_beams: int = 72
    lidar_range: float = 60.0
    lidar_noise: float = 0.0
    lidar_dropout: float = 0.0
    camera_noise: float = 0.0
    camera_dropout: float = 0.0
    state_noise: float = 0.0
    state_dropout: float = 0.0
    route_length: float = 400.0
    end_on_collision: bool = True
    end_off_road: bool = True
    end_on_red_light: bool = False
    end_on_wrong_way: bool = False
    reward_weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        arguments.fields_within(self, choices=_CHOICES, flags=_FLAGS, whole=_WHOLE, real=_REAL)
        if self.friction is not None:
            arguments.number("friction", self.friction, 0.05, 2)
        if self.control_step > _MOST_STEP * self.substeps * (1 + 1e-6):
            raise ValueError(
                f"substeps={self.substeps}: control_step={self.control_step} needs at least "
                f"{-(-self.control_step // _MOST_STEP):.0f}, so that a step of the world takes at most {_MOST_STEP} s"
            )
        self._check_sensors()
        self._check_weights()
        self._check_map()

    def _check_sensors(self) -> None:
        arguments.some_of("sensors", self.sensors, SENSORS)
        for name in self.sensors:
            arguments.one_of("sensors", name, SENSORS)

    def _check_weights(self) -> None:
        if not isinstance(self.reward_weights, Mapping):
            raise ValueError(f"reward_weights={self.reward_weights!r}: expected a dict of {', '.join(REWARD_TERMS)}")
        for name, weight in self.reward_weights.items():
            arguments.one_of("reward_weights", name, REWARD_TERMS)
            arguments.number(f"reward_weights[{name!r}]", weight, -_WEIGHT, _WEIGHT)

    def _check_map(self) -> None:
        if (self.scenario == "map") != (self.map is not None):
            raise ValueError("map: give a file's path together with scenario='map', and only then")

    @property
    def road_friction(self) -> float:
        """Friction of the road relative to dry asphalt."""
        return WEATHER[self.weather] if self.friction is None else float(self.friction)

    def native(
        self, *, num_envs: int, num_threads: int, max_episode_steps: int, autoreset: str, num_agents: int = 1
    ) -> _native.DrivingBatch:
        """A batch with these options, seeded from the system's entropy until it is seeded explicitly.

        Args:
            num_envs: lanes.
            num_threads: threads that share them, 0 for one a core.
            max_episode_steps: decisions until truncation, 0 for no limit.
            autoreset: "next_step", "same_step" or "disabled".
            num_agents: agents in every lane.

        Raises:
            ValueError: the scenario has no room for so many agents.
        """
        left_out = {"map", "weather", "friction", "sensors", "reward_weights"}
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in left_out}
        plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in given.items()}
        return _native.DrivingBatch(
            entropy=[secrets.randbits(32) for _ in range(4)],
            num_envs=num_envs,
            num_threads=num_threads,
            num_agents=num_agents,
            max_episode_steps=max_episode_steps,
            autoreset=autoreset,
            friction=self.road_friction,
            **self._map(),
            **{name: name in self.sensors for name in SENSORS},
            **{f"w_{name}": float(weight) for name, weight in self.reward_weights.items()},
            **plain,
        )

    def _map(self) -> dict[str, Any]:
        if self.map is None:
            return {}
        from wm_envs.driving.opendrive import native_network

        return {"map": native_network(self.map)}


def parse_options(owner: str, options: Mapping[str, Any], others: Sequence[str]) -> DrivingOptions:
    """Options from keywords; a TypeError names the nearest option for one that does not exist.

    Args:
        owner: class to name in the error.
        options: keywords as the user gave them.
        others: keywords that `owner` takes itself, for the list of known ones.
    """
    known = [f.name for f in fields(DrivingOptions)]
    arguments.reject_unknown(owner, (name for name in options if name not in known), [*others, *known])
    return DrivingOptions(**options)
