"""A stand-in for the ``carla`` wheel: the calls that the wrapper makes, in one process, with faults on demand.

The road is a ring of radius 100 m with a lane in each direction. Every call is recorded as (class, method, number of
arguments, keywords), which is what the test against the real wheel checks.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable
from fnmatch import fnmatch
from types import SimpleNamespace
from typing import Any

import numpy as np

RADIUS, LANE = 100.0, 3.5
SERVERS: dict[int, Server] = {}


def recorded(method: Callable[..., Any]) -> Callable[..., Any]:
    """Notes the call, and fails as the wheel does when the server is gone."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        server: Server = self._server
        server.note(type(self).__name__, method.__name__, args, kwargs)
        if not server.alive:
            raise RuntimeError(
                "time-out of 2000ms while waiting for the simulator, make sure the simulator is ready and connected to "
                "127.0.0.1:2000"
            )
        return method(self, *args, **kwargs)

    return call


class Server:
    """The simulator: what the tests turn and look at."""

    def __init__(self, port: int = 2000) -> None:
        self.alive = True
        self.frame = 100
        self.calls: list[tuple[str, str, int, tuple[str, ...]]] = []
        self.actors: dict[int, Actor] = {}
        self.created: list[str] = []
        self.destroyed: list[str] = []
        self.ticks = 0
        self.settings: dict[str, Any] = dict(vars(WorldSettings()))
        self.traffic_seeds: list[int] = []
        self.walker_seeds: list[int] = []
        self.traffic_synchronous = False
        self.weather: Any = None
        self.faults: dict[tuple[str, int], Any] = {}  # (sensor, frames from now) -> "drop", "duplicate", seconds late
        self.cloud = np.zeros((0, 4), np.float32)
        self.touched: list[str] = []  # types of actors that the ego touches in the next tick
        self.crossed_lines = 0
        self.dies_at_tick = -1
        self.light_state = TrafficLightState.Green
        self.town = "Town10HD_Opt"
        self.reloads = 0
        self.stamp = True  # cameras show the frame's number
        self.spectator = Actor(self, "spectator", Transform())
        SERVERS[port] = self

    def note(self, owner: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.calls.append((owner, name, len(args), tuple(sorted(kwargs))))

    def restart(self) -> None:
        """What a crash and a new start leave: no actors, default settings."""
        self.alive, self.frame = True, 3
        self.actors.clear()
        self.settings = dict(vars(WorldSettings()))
        self.dies_at_tick = -1

    def fault(self, sensor: str, what: Any, ticks: int = 1) -> None:
        self.faults[sensor, self.frame + ticks] = what

    @property
    def ego(self) -> Vehicle:
        return next(a for a in self.actors.values() if a.attributes.get("role_name") == "hero")

    def advance(self) -> int:
        self.ticks += 1
        if self.ticks == self.dies_at_tick:
            self.alive = False
            raise RuntimeError("time-out of 20000ms while waiting for the simulator")
        self.frame += 1
        for actor in list(self.actors.values()):
            if isinstance(actor, Vehicle):
                actor.move(self.settings["fixed_delta_seconds"] or 0.05)
        for sensor in [a for a in self.actors.values() if isinstance(a, Sensor)]:
            sensor.deliver(self.frame)
        self.touched, self.crossed_lines = [], 0
        return self.frame


class Vector3D:
    x: float
    y: float
    z: float

    def __init__(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> None:
        self.x, self.y, self.z = x, y, z


class Location(Vector3D):
    pass


class Rotation:
    pitch: float
    yaw: float
    roll: float

    def __init__(self, pitch: float = 0.0, yaw: float = 0.0, roll: float = 0.0) -> None:
        self.pitch, self.yaw, self.roll = pitch, yaw, roll


class Transform:
    location: Location
    rotation: Rotation

    def __init__(self, location: Location | None = None, rotation: Rotation | None = None) -> None:
        self.location, self.rotation = location or Location(), rotation or Rotation()

    def get_forward_vector(self) -> Vector3D:
        yaw = math.radians(self.rotation.yaw)
        return Vector3D(math.cos(yaw), math.sin(yaw))


class BoundingBox:
    extent: Vector3D

    def __init__(self, extent: Vector3D) -> None:
        self.extent = extent


class WorldSettings:
    synchronous_mode: bool
    no_rendering_mode: bool
    fixed_delta_seconds: float | None
    substepping: bool
    max_substep_delta_time: float
    max_substeps: int
    deterministic_ragdolls: bool

    def __init__(self) -> None:
        self.synchronous_mode = self.no_rendering_mode = self.deterministic_ragdolls = False
        self.fixed_delta_seconds, self.substepping = None, True
        self.max_substep_delta_time, self.max_substeps = 0.01, 10


class VehicleControl:
    throttle: float
    steer: float
    brake: float

    def __init__(self, throttle: float = 0.0, steer: float = 0.0, brake: float = 0.0) -> None:
        self.throttle, self.steer, self.brake = throttle, steer, brake


class WheelPhysicsControl:
    max_steer_angle: float

    def __init__(self) -> None:
        self.max_steer_angle = 70.0


class VehiclePhysicsControl:
    wheels: list[WheelPhysicsControl]

    def __init__(self) -> None:
        self.wheels = [WheelPhysicsControl() for _ in range(4)]


class _Enum:
    def __init__(self, owner: str, name: str) -> None:
        self._owner, self.name = owner, name

    def __str__(self) -> str:
        return self.name


def _enum(owner: str, names: str) -> Any:
    return SimpleNamespace(**{name: _Enum(owner, name) for name in names.split()})


TrafficLightState = _enum("TrafficLightState", "Red Yellow Green Off Unknown")
LaneType = _enum("LaneType", "Driving Sidewalk Any")
VehicleWheelLocation = _enum("VehicleWheelLocation", "FL_Wheel FR_Wheel")
WeatherParameters = _enum(
    "WeatherParameters",
    "ClearNoon CloudyNoon WetNoon WetCloudyNoon SoftRainNoon MidRainyNoon HardRainNoon ClearSunset CloudySunset "
    "WetSunset WetCloudySunset SoftRainSunset MidRainSunset HardRainSunset",
)
ENUMS = {"TrafficLightState": TrafficLightState, "LaneType": LaneType, "VehicleWheelLocation": VehicleWheelLocation,
         "WeatherParameters": WeatherParameters}  # fmt: skip
command = SimpleNamespace()


class Actor:
    id: int
    type_id: str
    attributes: dict[str, str]
    is_alive: bool
    bounding_box: BoundingBox

    _next = 10

    def __init__(self, server: Server, type_id: str, transform: Transform, parent: Actor | None = None) -> None:
        Actor._next += 1
        self._server, self.id, self.type_id = server, Actor._next, type_id
        self._transform, self._parent = transform, parent
        self.attributes, self.is_alive = {}, True
        self.bounding_box = BoundingBox(Vector3D(2.4, 1.0, 0.75))

    @recorded
    def destroy(self) -> bool:
        found = self._server.actors.pop(self.id, None)
        if found is None:
            raise RuntimeError(f"trying to operate on a destroyed actor; actor id {self.id}")
        children = [a for a in self._server.actors.values() if a._parent is self]
        assert not children, f"{self.type_id} destroyed before its {children[0].type_id}"
        self.is_alive = False
        self._server.destroyed.append(self.type_id)
        return True

    @recorded
    def get_transform(self) -> Transform:
        return self._transform

    @recorded
    def set_transform(self, transform: Transform) -> None:
        self._transform = transform

    @recorded
    def get_velocity(self) -> Vector3D:
        return Vector3D()

    @recorded
    def get_acceleration(self) -> Vector3D:
        return Vector3D()

    @recorded
    def get_angular_velocity(self) -> Vector3D:
        return Vector3D()


class Vehicle(Actor):
    """Steers to the right for positive numbers, as CARLA's do; yaw is clockwise, y to the right."""

    speed, turn, acceleration = 0.0, 0.0, 0.0
    control = VehicleControl()

    @recorded
    def apply_control(self, control: VehicleControl) -> None:
        self.control = control

    @recorded
    def set_autopilot(self, enabled: bool = True, tm_port: int = 8000) -> None:
        self.control = VehicleControl()

    @recorded
    def get_speed_limit(self) -> float:
        return 30.0  # km/h

    @recorded
    def get_physics_control(self) -> VehiclePhysicsControl:
        return VehiclePhysicsControl()

    @recorded
    def get_wheel_steer_angle(self, wheel_location: Any) -> float:
        return 35.0 * self.control.steer

    @recorded
    def get_velocity(self) -> Vector3D:
        forward = self._transform.get_forward_vector()
        return Vector3D(self.speed * forward.x, self.speed * forward.y)

    @recorded
    def get_acceleration(self) -> Vector3D:
        forward = self._transform.get_forward_vector()
        return Vector3D(self.acceleration * forward.x, self.acceleration * forward.y)

    @recorded
    def get_angular_velocity(self) -> Vector3D:
        return Vector3D(0.0, 0.0, self.turn)

    def move(self, dt: float) -> None:
        before = self.speed
        self.speed = max(self.speed + dt * (3.0 * self.control.throttle - 6.0 * self.control.brake), 0.0)
        self.acceleration = (self.speed - before) / dt
        self.turn = math.degrees(self.speed / 2.9 * math.tan(math.radians(35.0) * self.control.steer))
        old = self._transform
        yaw = old.rotation.yaw + dt * self.turn
        x = old.location.x + dt * self.speed * math.cos(math.radians(yaw))
        y = old.location.y + dt * self.speed * math.sin(math.radians(yaw))
        self._transform = Transform(Location(x, y, old.location.z), Rotation(0.0, yaw, 0.0))


class Walker(Actor):
    pass


class WalkerAIController(Actor):
    @recorded
    def start(self) -> None:
        assert self._server.ticks > 0

    @recorded
    def stop(self) -> None:
        pass

    @recorded
    def go_to_location(self, destination: Location) -> None:
        pass

    @recorded
    def set_max_speed(self, speed: float) -> None:
        assert speed > 0


class TrafficLight(Actor):
    @recorded
    def get_state(self) -> Any:
        return self._server.light_state

    @recorded
    def get_stop_waypoints(self) -> list[Waypoint]:
        return [Waypoint(math.pi / 2, 0.0, False)]


class Image:
    frame: int
    raw_data: bytes
    width: int
    height: int


class LidarMeasurement:
    frame: int
    raw_data: bytes


class CollisionEvent:
    frame: int
    other_actor: Actor


class LaneInvasionEvent:
    frame: int


class Sensor(Actor):
    _callback: Any = None

    @recorded
    def listen(self, callback: Any) -> None:
        self._callback = callback

    @recorded
    def stop(self) -> None:
        self._callback = None

    def deliver(self, frame: int) -> None:
        callback = self._callback
        if callback is None:
            return
        fault = self._server.faults.pop((self.type_id, frame), None)
        for reading in self.readings(frame):
            if fault == "drop":
                continue
            if isinstance(fault, float):
                threading.Timer(fault, callback, (reading,)).start()
                continue
            callback(reading)
            if fault == "duplicate":
                callback(reading)

    def readings(self, frame: int) -> list[Any]:
        server = self._server
        if self.type_id == "sensor.camera.rgb":
            image = Image()
            image.frame = frame
            image.width, image.height = (int(self.attributes[f"image_size_{axis}"]) for axis in "xy")
            pixels = np.zeros((image.height, image.width, 4), np.uint8)
            pixels[:] = (10, 20, frame % 256 if server.stamp else 0, 255)  # B, G, R, A
            pixels[0, 0] = (1, 2, 3, 4)
            image.raw_data = pixels.tobytes()
            return [image]
        if self.type_id == "sensor.lidar.ray_cast":
            scan = LidarMeasurement()
            scan.frame, scan.raw_data = frame, server.cloud.astype(np.float32).tobytes()
            return [scan]
        if self.type_id == "sensor.other.collision":
            return [_collision(server, frame, kind) for kind in server.touched]
        invasions = [LaneInvasionEvent() for _ in range(server.crossed_lines)]
        for event in invasions:
            event.frame = frame
        return invasions


def _collision(server: Server, frame: int, kind: str) -> CollisionEvent:
    event = CollisionEvent()
    event.frame = frame
    event.other_actor = Actor(server, kind, Transform())
    event.other_actor.id = -abs(hash(kind)) % 10_000  # the same actor whenever it is the same kind
    return event


class ActorAttribute:
    recommended_values: list[str]

    def __init__(self, values: list[str]) -> None:
        self.recommended_values = values

    def as_int(self) -> int:
        return int(self.recommended_values[0])


class ActorBlueprint:
    id: str

    def __init__(self, server: Server, kind: str) -> None:
        self._server, self.id, self.values = server, kind, {}
        self.known: dict[str, list[str]] = {"role_name": ["autopilot"]}
        if kind.startswith("vehicle."):
            self.known |= {"number_of_wheels": ["2" if "bike" in kind else "4"], "color": ["1,2,3", "4,5,6"]}

    @recorded
    def has_attribute(self, name: str) -> bool:
        return name in self.known

    @recorded
    def get_attribute(self, name: str) -> ActorAttribute:
        return ActorAttribute(self.known[name])

    @recorded
    def set_attribute(self, name: str, value: str) -> None:
        assert isinstance(value, str), f"{self.id}.{name}: the wheel takes strings, got {value!r}"
        self.values[name] = value


class BlueprintLibrary:
    KINDS = (
        "vehicle.tesla.model3", "vehicle.audi.tt", "vehicle.bike.one", "walker.pedestrian.0001", "controller.ai.walker",
        "sensor.camera.rgb", "sensor.lidar.ray_cast", "sensor.other.collision", "sensor.other.lane_invasion",
    )  # fmt: skip

    def __init__(self, server: Server, kinds: tuple[str, ...] = KINDS) -> None:
        self._server, self._kinds = server, kinds

    @recorded
    def filter(self, pattern: str) -> BlueprintLibrary:
        return BlueprintLibrary(self._server, tuple(k for k in self._kinds if fnmatch(k, pattern)))

    @recorded
    def find(self, kind: str) -> ActorBlueprint:
        if kind not in self._kinds:
            raise IndexError(f"blueprint '{kind}' not found")
        return ActorBlueprint(self._server, kind)

    def __iter__(self) -> Any:
        return iter([ActorBlueprint(self._server, k) for k in reversed(self._kinds)])


class Waypoint:
    """On the ring: `angle` is counter-clockwise in our axes, as is the inner lane; the outer one runs against it."""

    transform: Transform
    lane_width: float
    is_junction: bool
    road_id: int
    lane_id: int
    lane_type: Any
    s: float

    def __init__(self, angle: float, side: float, against: bool) -> None:
        self.angle, self.against = angle, against
        radius = RADIUS + side
        turned = angle - math.pi / 2 if against else angle + math.pi / 2
        where = Location(radius * math.cos(angle), -radius * math.sin(angle), 0.5)
        self.transform = Transform(where, Rotation(0.0, -math.degrees(turned), 0.0))
        self.lane_width, self.is_junction, self.road_id, self.s = LANE, False, 0, angle * RADIUS
        self.lane_id, self.lane_type = (1 if against else -1), LaneType.Driving

    def next(self, distance: float) -> list[Waypoint]:
        sign = -1.0 if self.against else 1.0
        return [Waypoint(self.angle + sign * distance / RADIUS, LANE if self.against else 0.0, self.against)]

    def get_left_lane(self) -> Waypoint | None:
        return None if self.against else Waypoint(self.angle, -LANE, False)  # a second lane, nearer to the middle

    def get_right_lane(self) -> Waypoint | None:
        return None if self.against else Waypoint(self.angle, LANE, True)


class Map:
    name: str

    def __init__(self, server: Server) -> None:
        self._server, self.name = server, f"Carla/Maps/{server.town}"

    @recorded
    def get_spawn_points(self) -> list[Transform]:
        points = [Waypoint(k * math.tau / 24, 0.0, False).transform for k in range(24)]
        return points

    @recorded
    def get_waypoint(self, location: Location, project_to_road: bool = True, lane_type: Any = None) -> Waypoint | None:
        angle, side = math.atan2(-location.y, location.x), math.hypot(location.x, location.y) - RADIUS
        against = side > LANE / 2
        beside = abs(side - (LANE if against else 0.0)) > LANE / 2
        return None if beside and not project_to_road else Waypoint(angle, LANE if against else 0.0, against)


class ActorList(list[Actor]):
    def __init__(self, server: Server, actors: list[Actor]) -> None:
        super().__init__(actors)
        self._server = server

    @recorded
    def filter(self, pattern: str) -> ActorList:
        return ActorList(self._server, [a for a in self if fnmatch(a.type_id, pattern)])


_CLASSES = (("vehicle.", Vehicle), ("walker.", Walker), ("controller.", WalkerAIController), ("sensor.", Sensor))


class World:
    def __init__(self, server: Server) -> None:
        self._server = server

    @recorded
    def get_settings(self) -> WorldSettings:
        settings = WorldSettings()
        vars(settings).update(self._server.settings)
        return settings

    @recorded
    def apply_settings(self, settings: WorldSettings, seconds: float = 0.0) -> int:
        if settings.synchronous_mode:
            step = settings.fixed_delta_seconds
            assert step, "synchronous mode with a variable step"
            assert step <= settings.max_substep_delta_time * settings.max_substeps + 1e-9, "too few sub-steps"
        self._server.settings = dict(vars(settings))
        return self._server.frame

    @recorded
    def tick(self, seconds: float = 0.0) -> int:
        assert self._server.settings["synchronous_mode"]
        return self._server.advance()

    @recorded
    def get_map(self) -> Map:
        return Map(self._server)

    @recorded
    def get_blueprint_library(self) -> BlueprintLibrary:
        return BlueprintLibrary(self._server)

    @recorded
    def spawn_actor(self, blueprint: ActorBlueprint, transform: Transform, attach_to: Actor | None = None) -> Actor:
        kind = next(c for prefix, c in _CLASSES if blueprint.id.startswith(prefix))
        actor = kind(self._server, blueprint.id, transform, attach_to)
        actor.attributes = dict(blueprint.values)
        self._server.actors[actor.id] = actor
        self._server.created.append(blueprint.id)
        return actor

    @recorded
    def try_spawn_actor(self, blueprint: ActorBlueprint, transform: Transform) -> Actor | None:
        for other in self._server.actors.values():
            here, there = transform.location, other._transform.location
            if isinstance(other, Vehicle) and math.hypot(here.x - there.x, here.y - there.y) < 5.0:
                return None
        actor: Actor = World.spawn_actor.__wrapped__(self, blueprint, transform)  # type: ignore[attr-defined]
        return actor

    @recorded
    def set_weather(self, weather: Any) -> None:
        self._server.weather = weather

    @recorded
    def get_actors(self) -> ActorList:
        light = TrafficLight(self._server, "traffic.traffic_light", Transform())
        return ActorList(self._server, [light, *self._server.actors.values()])

    @recorded
    def get_spectator(self) -> Actor:
        return self._server.spectator

    @recorded
    def set_pedestrians_seed(self, seed: int) -> None:
        self._server.walker_seeds.append(seed)

    @recorded
    def get_random_location_from_navigation(self) -> Location | None:
        return Location(0.0, 0.0, 1.0)


class TrafficManager:
    def __init__(self, server: Server) -> None:
        self._server = server

    @recorded
    def set_synchronous_mode(self, mode_switch: bool) -> None:
        self._server.traffic_synchronous = mode_switch

    @recorded
    def set_random_device_seed(self, value: int) -> None:
        self._server.traffic_seeds.append(value)


class Client:
    def __init__(self, host: str = "127.0.0.1", port: int = 2000) -> None:
        if port not in SERVERS:
            Server(port).alive = False
        self._server = SERVERS[port]
        self._server.note("Client", "__init__", (host, port), {})

    def set_timeout(self, seconds: float) -> None:
        self._server.note("Client", "set_timeout", (seconds,), {})

    @recorded
    def get_server_version(self) -> str:
        return "0.9.16"

    @recorded
    def get_client_version(self) -> str:
        return "0.9.16"

    @recorded
    def get_world(self) -> World:
        return World(self._server)

    @recorded
    def load_world(self, map_name: str) -> World:
        self._server.town = map_name
        return World(self._server)

    @recorded
    def reload_world(self) -> World:
        self._server.reloads += 1
        self._server.actors.clear()
        self._server.settings = dict(vars(WorldSettings()))
        return World(self._server)

    @recorded
    def get_trafficmanager(self, port: int = 8000) -> TrafficManager:
        return TrafficManager(self._server)
