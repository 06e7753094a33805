"""What one can ask of ``wm/Carla-v0``: names of ``wm/Driving-v0`` where the meaning is the same, and the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from wm_envs import arguments

SENSORS = ("camera", "lidar", "state")
WEATHERS = (
    "ClearNoon", "CloudyNoon", "WetNoon", "WetCloudyNoon", "SoftRainNoon", "MidRainyNoon", "HardRainNoon",
    "ClearSunset", "CloudySunset", "WetSunset", "WetCloudySunset", "SoftRainSunset", "MidRainSunset", "HardRainSunset",
)  # fmt: skip
_CHOICES = {"actions": ("pedals", "accel"), "weather": ("random", *WEATHERS)}
_FLAGS = ("end_on_collision", "end_off_road", "reconnect")
_WHOLE: dict[str, tuple[int, int]] = {
    "camera_height": (8, 1024),
    "camera_width": (8, 1024),
    "lidar_beams": (1, 2048),
    "vehicles": (0, 500),
    "pedestrians": (0, 500),
    "queue_size": (1, 1024),
    "debounce_steps": (0, 1000),
    "max_restarts": (0, 1000),
    "port": (1, 65534),  # the next port streams the sensors
    "tm_port": (1, 65535),
    "warm_up": (1, 1000),
}
_REAL: dict[str, tuple[float, float]] = {
    "camera_fov": (20, 150),
    "lidar_range": (1, 300),
    "route_length": (20, 100_000),
    "control_step": (0.01, 1),
    "timeout": (0.1, 600),
    "sensor_timeout": (0.01, 600),
    "connect_timeout": (0.01, 3600),
}


@dataclass(frozen=True)
class CarlaOptions:
    """Options of ``wm/Carla-v0``; every one is a keyword of ``gym.make`` and plain data.

    Attributes:
        sensors: any subset of camera, lidar, state; they are what the observation holds.
        actions: "pedals" is steer [-1, 1] (positive to the left), throttle, brake [0, 1]; "accel" is steer and accel.
        camera_height: pixels.
        camera_width: pixels.
        camera_fov: horizontal, degrees.
        lidar_beams: around the car, counter-clockwise, the first straight ahead.
        lidar_range: m.
        vehicles: cars that the TrafficManager drives.
        pedestrians: walkers with CARLA's own controllers.
        route_length: m to drive until success.
        end_on_collision: a collision ends the episode.
        end_off_road: leaving the lanes ends the episode.
        weather: "random" draws one of `WEATHERS` from the seed; or the name of a preset.
        town: map to load, e.g. "Town03"; None keeps what the server shows.
        vehicle_blueprint: the ego's blueprint.
        control_step: s a decision, CARLA's `fixed_delta_seconds`.
        host: of the server.
        port: of the server; with several servers on a machine prefer ports above 10000.
        tm_port: of the TrafficManager; one for each server.
        timeout: s for any answer of the server.
        sensor_timeout: s for a sensor's frame after the tick that made it.
        connect_timeout: s for a server that is starting.
        queue_size: readings that a sensor's queue holds; the oldest goes when it is full.
        debounce_steps: steps without contact after which touching the same actor costs again.
        server_command: what starts a server; it is then restarted when it dies, and stopped by close().
        reconnect: True truncates an episode whose server was lost and reconnects (restarts) at the next reset.
        max_restarts: losses in a row, without a finished reset in between, after which `CarlaServerLost` is raised.
        warm_up: ticks after spawning, before the first observation: cars fall onto their wheels.
        needs_rendering: computed: whether the server must draw.
    """

    sensors: tuple[str, ...] = SENSORS
    actions: str = "pedals"
    camera_height: int = 64
    camera_width: int = 64
    camera_fov: float = 90.0
    lidar_beams: int = 72
    lidar_range: float = 60.0
    vehicles: int = 30
    pedestrians: int = 0
    route_length: float = 400.0
    end_on_collision: bool = True
    end_off_road: bool = True
    weather: str = "random"
    town: str | None = None
    vehicle_blueprint: str = "vehicle.tesla.model3"
    control_step: float = 0.1
    host: str = "127.0.0.1"
    port: int = 2000
    tm_port: int = 8000
    timeout: float = 20.0
    sensor_timeout: float = 2.0
    connect_timeout: float = 60.0
    queue_size: int = 16
    debounce_steps: int = 10
    server_command: str | tuple[str, ...] | None = None
    reconnect: bool = True
    max_restarts: int = 3
    warm_up: int = 10
    needs_rendering: bool = False

    def __post_init__(self) -> None:
        arguments.fields_within(self, choices=_CHOICES, flags=_FLAGS, whole=_WHOLE, real=_REAL)


def parse_options(options: Mapping[str, Any], render_mode: str | None) -> CarlaOptions:
    """Options from keywords; a TypeError names the nearest for one that does not exist."""
    known = [field.name for field in fields(CarlaOptions) if field.name != "needs_rendering"]
    arguments.reject_unknown("CarlaEnv", options, ["render_mode", *known])
    given = dict(options)
    chosen = given.get("sensors", SENSORS)
    _check_sensors(chosen)
    given["sensors"] = tuple(name for name in SENSORS if name in chosen)
    if isinstance(given.get("server_command"), list):
        given["server_command"] = tuple(given["server_command"])
    return CarlaOptions(**given, needs_rendering="camera" in given["sensors"] or render_mode is not None)


def _check_sensors(sensors: Sequence[str]) -> None:
    arguments.some_of("sensors", sensors, SENSORS)
    for name in sensors:
        if name == "birdseye":
            raise ValueError("sensors: 'birdseye' is wm/Driving-v0's; wm/Carla-v0 has camera, lidar, state")
        arguments.one_of("sensors", name, SENSORS)
