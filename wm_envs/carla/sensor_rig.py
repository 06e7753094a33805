"""The ego's sensors: spawned, listened to, read frame by frame, destroyed before the ego is."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from wm_envs.carla import convert
from wm_envs.carla.options import CarlaOptions
from wm_envs.carla.sensors import Contacts, EventLog, FrameQueue
from wm_envs.carla.session import Session

RENDER_SIZE = (400, 600)  # height, width of render()
_CHANNELS = 24
_RAYS_A_BEAM = 4


class SensorRig:
    """Frame-matched sensors by name, and the two event sensors that every episode has."""

    def __init__(self, session: Session, options: CarlaOptions) -> None:
        self.session, self.options = session, options
        self.collisions, self.invasions = EventLog(), EventLog()
        self.contacts = Contacts(options.debounce_steps)
        self.queues: dict[str, FrameQueue] = {}
        self._actors: list[Any] = []
        self._half_size = (2.4, 1.0)

    def attach(self, ego: Any, render_mode: str | None) -> None:
        """Spawn what the options ask for and start listening."""
        extent = ego.bounding_box.extent
        self._half_size = float(extent.x), float(extent.y)
        if "camera" in self.options.sensors:
            self._camera("camera", ego, (self.options.camera_height, self.options.camera_width), self._windscreen())
        if "lidar" in self.options.sensors:
            self._lidar(ego)
        if render_mode == "rgb_array":
            self._camera("render", ego, RENDER_SIZE, self._place(-6.5, 3.0, -12.0))
        for kind, log in (("collision", self.collisions), ("lane_invasion", self.invasions)):
            self._spawn(f"sensor.other.{kind}", {}, self._place(0.0, 0.0, 0.0), ego).listen(log.put)

    def _windscreen(self) -> Any:
        return self._place(0.3, 1.4, -3.0)

    def _place(self, forward: float, up: float, pitch: float) -> Any:
        carla = self.session.carla
        return carla.Transform(carla.Location(x=forward, z=up), carla.Rotation(pitch=pitch))

    def _camera(self, name: str, ego: Any, size: tuple[int, int], place: Any) -> None:
        attributes = {"image_size_y": size[0], "image_size_x": size[1], "fov": self.options.camera_fov}
        self._listen(name, self._spawn("sensor.camera.rgb", attributes, place, ego))

    def _lidar(self, ego: Any) -> None:
        turns = 1.0 / self.options.control_step  # a whole turn in every step
        points = _CHANNELS * self.options.lidar_beams * _RAYS_A_BEAM * turns
        attributes = {
            "channels": _CHANNELS, "range": self.options.lidar_range, "rotation_frequency": turns,
            "points_per_second": round(points), "upper_fov": 2.0, "lower_fov": -28.0,
            "dropoff_general_rate": 0.0, "noise_stddev": 0.0, "atmosphere_attenuation_rate": 0.0,
            "dropoff_intensity_limit": 0.0, "dropoff_zero_intensity": 0.0,
        }  # fmt: skip
        roof = self._place(0.0, convert.LIDAR_HEIGHT, 0.0)
        self._listen("lidar", self._spawn("sensor.lidar.ray_cast", attributes, roof, ego))

    def _spawn(self, kind: str, attributes: dict[str, Any], place: Any, ego: Any) -> Any:
        blueprint = self.session.world.get_blueprint_library().find(kind)
        for key, value in attributes.items():
            blueprint.set_attribute(key, str(value))
        actor = self.session.world.spawn_actor(blueprint, place, ego)
        self._actors.append(actor)
        return actor

    def _listen(self, name: str, sensor: Any) -> None:
        self.queues[name] = FrameQueue(name, self.options.queue_size)
        sensor.listen(self.queues[name].put)

    def read(self, frame: int) -> dict[str, np.ndarray[Any, Any]]:
        """Readings of exactly this frame: camera and render uint8 ``[H, W, 3]``, lidar float32 ``[beams]``.

        Raises:
            SensorFrameLate: a sensor was not in time.
            SensorFrameDropped: a sensor left the frame out.
        """
        found: dict[str, np.ndarray[Any, Any]] = {}
        for name, waiting in self.queues.items():
            reading = waiting.take(frame, self.options.sensor_timeout)
            if name == "lidar":
                beams, reach = self.options.lidar_beams, self.options.lidar_range
                found[name] = convert.lidar_beams(reading.raw_data, beams, reach, self._half_size)
            else:
                found[name] = convert.rgb(reading)
        return found

    def destroy(self) -> None:
        """Stop and destroy all sensors. Never raises; may be called twice."""
        for sensor in reversed(self._actors):
            with contextlib.suppress(RuntimeError):
                sensor.stop()
            with contextlib.suppress(RuntimeError):
                sensor.destroy()
        self._actors.clear()
