"""Everything that is spawned for one episode, drawn from its seed, and taken away in the right order."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from wm_envs.carla import convert, sensor_rig
from wm_envs.carla.errors import CarlaSpawnError
from wm_envs.carla.options import WEATHERS, CarlaOptions
from wm_envs.carla.session import Session, server_calls


class Scene:
    """Ego, traffic, pedestrians and sensors of one episode."""

    def __init__(self, session: Session, options: CarlaOptions) -> None:
        self.session, self.options = session, options
        self.ego: Any = None
        self.others: list[Any] = []  # vehicles and walkers
        self.rig = sensor_rig.SensorRig(session, options)
        self.weather = ""
        self._controllers: list[Any] = []
        self._greatest_steer = 1.0  # degrees

    def populate(self, rng: np.random.Generator, render_mode: str | None) -> None:
        """Seeds, weather, actors, sensors. The server's random streams are seeded from `rng`, too.

        Raises:
            CarlaSpawnError: there is no room for the ego, or no such blueprint.
        """
        traffic_seed, walker_seed, weather, points_seed = (int(n) for n in rng.integers(0, 2**31 - 1, 4))
        with server_calls("spawning"):
            self.session.seed(traffic_seed, walker_seed)
            self._set_weather(weather)
            spots = self._spots(np.random.default_rng(points_seed))
            self._spawn_ego(spots)
            self._spawn_vehicles(spots, rng)
            self._spawn_walkers(rng)
            self.rig.attach(self.ego, render_mode)

    def _set_weather(self, number: int) -> None:
        self.weather = WEATHERS[number % len(WEATHERS)] if self.options.weather == "random" else self.options.weather
        self.session.world.set_weather(getattr(self.session.carla.WeatherParameters, self.weather))

    def _spots(self, rng: np.random.Generator) -> list[Any]:
        points = self.session.map.get_spawn_points()
        return [points[i] for i in rng.permutation(len(points))]

    def _spawn_ego(self, spots: list[Any]) -> None:
        name = self.options.vehicle_blueprint
        try:
            blueprint = self.session.world.get_blueprint_library().find(name)
        except IndexError as error:
            raise CarlaSpawnError(f"vehicle_blueprint={name!r}: this server has no such blueprint") from error
        blueprint.set_attribute("role_name", "hero")
        while spots and self.ego is None:
            self.ego = self.session.world.try_spawn_actor(blueprint, spots.pop(0))
        if self.ego is None:
            raise CarlaSpawnError(
                f"no free spawn point for the ego in {self.session.map.name}: is something left over?"
            )
        self._greatest_steer = max(float(self.ego.get_physics_control().wheels[0].max_steer_angle), 1.0)

    def _spawn_vehicles(self, spots: list[Any], rng: np.random.Generator) -> None:
        world, wanted = self.session.world, self.options.vehicles
        blueprints = sorted(world.get_blueprint_library().filter("vehicle.*"), key=lambda b: str(b.id))
        cars = [b for b in blueprints if not b.has_attribute("number_of_wheels") or _wheels(b) == 4]
        while spots and cars and wanted > 0:
            blueprint = cars[int(rng.integers(len(cars)))]
            if blueprint.has_attribute("color"):
                colours = list(blueprint.get_attribute("color").recommended_values)
                blueprint.set_attribute("color", str(colours[int(rng.integers(len(colours)))]))
            blueprint.set_attribute("role_name", "autopilot")
            actor = world.try_spawn_actor(blueprint, spots.pop(0))
            if actor is not None:
                self.others.append(actor)
                actor.set_autopilot(True, self.options.tm_port)
                wanted -= 1

    def _spawn_walkers(self, rng: np.random.Generator) -> None:
        if not self.options.pedestrians:
            return
        world, carla = self.session.world, self.session.carla
        library = world.get_blueprint_library()
        kinds = sorted(library.filter("walker.pedestrian.*"), key=lambda b: str(b.id))
        walkers = []
        for _ in range(self.options.pedestrians):
            kind, place = kinds[int(rng.integers(len(kinds)))], world.get_random_location_from_navigation()
            walker = world.try_spawn_actor(kind, carla.Transform(place)) if place is not None else None
            if walker is not None:
                self.others.append(walker)
                walkers.append(walker)
        for walker in walkers:
            controller = world.spawn_actor(library.find("controller.ai.walker"), carla.Transform(), walker)
            self._controllers.append(controller)
        self.session.tick()  # controllers can be started only when the server knows them
        for controller in self._controllers:
            controller.start()
            target = world.get_random_location_from_navigation()
            if target is not None:
                controller.go_to_location(target)
            controller.set_max_speed(float(rng.uniform(0.8, 1.8)))

    def settle(self) -> int:
        """Tick until the cars stand on their wheels; the last frame."""
        self.ego.apply_control(convert.vehicle_control(self.session.carla, 0.0, 0.0, 1.0))
        frame = self.session.frame
        for _ in range(self.options.warm_up):
            frame = self.session.tick()
        return frame

    def steering(self) -> float:
        """Angle of the front wheels as a share of the greatest, positive to the left."""
        left = self.session.carla.VehicleWheelLocation.FL_Wheel
        return -float(self.ego.get_wheel_steer_angle(left)) / self._greatest_steer

    def destroy(self) -> None:
        """Take everything away: sensors first, then controllers, then actors. Never raises; may be called twice."""
        self.rig.destroy()
        for controller in self._controllers:
            with contextlib.suppress(RuntimeError):
                controller.stop()
        for actor in [*self._controllers, *reversed(self.others), self.ego]:
            with contextlib.suppress(RuntimeError):  # a lost server has no actors any more
                if actor is not None:
                    actor.destroy()
        self.ego, self.others, self._controllers = None, [], []


def _wheels(blueprint: Any) -> int:
    return int(blueprint.get_attribute("number_of_wheels").as_int())
