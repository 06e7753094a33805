"""``wm/Carla-v0``: a CARLA server as a Gymnasium environment with the spaces of ``wm/Driving-v0``."""

from __future__ import annotations

import weakref
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.utils import EzPickle

from wm_envs import arguments
from wm_envs.carla import convert, route, state
from wm_envs.carla.errors import CarlaServerLost
from wm_envs.carla.lifecycle import Holdings
from wm_envs.carla.lights import StopLines
from wm_envs.carla.options import CarlaOptions, parse_options
from wm_envs.carla.session import server_calls
from wm_envs.carla.task import Task

Obs = dict[str, np.ndarray[Any, Any]]
RENDER_MODES = ("rgb_array", "human")


def metadata(control_step: float) -> dict[str, Any]:
    """Gymnasium's metadata: one frame a decision."""
    return {"render_modes": list(RENDER_MODES), "render_fps": max(round(1.0 / control_step), 1)}


def observation_space(options: CarlaOptions) -> spaces.Space[Any]:
    """Camera uint8 ``[H, W, 3]``, lidar float32 ``[beams]`` in [0, 1], state float32 ``[S]`` in [-1, 1]; a subset."""
    size = (options.camera_height, options.camera_width, 3)
    known: dict[str, spaces.Space[Any]] = {
        "camera": spaces.Box(0, 255, size, np.uint8),
        "lidar": spaces.Box(0.0, 1.0, (options.lidar_beams,), np.float32),
        "state": spaces.Box(-1.0, 1.0, (state.SIZE,), np.float32),
    }
    return spaces.Dict({name: known[name] for name in options.sensors})


def action_space(options: CarlaOptions) -> spaces.Box:
    """steer, throttle, brake; or steer, accel."""
    if options.actions == "accel":
        return spaces.Box(-1.0, 1.0, (2,), np.float32)
    return spaces.Box(np.array([-1, 0, 0], np.float32), np.array([1, 1, 1], np.float32))


class CarlaEnv(gym.Env[Obs, Any], EzPickle):
    """A CARLA server with the spaces, rewards and costs of ``wm/Driving-v0``. Nothing is contacted before `reset`.

    Args:
        render_mode: "rgb_array" (uint8 ``[400, 600, 3]`` from behind the car), "human" (the server's own window follows
            the car), or None.
        **options: see `wm_envs.carla.options.CarlaOptions`.

    The server runs in synchronous mode from the first `reset` to `close`, or to the first exception; then it gets its
    own settings back, and all that was spawned is gone. docs/carla.md says what the same seed fixes, and what not.

    Raises:
        TypeError: for an unknown option (names the nearest).
        ValueError: for an option out of range; for an action of another shape or dtype, NaN or infinite.
        CarlaError: for everything that the server does, by name: see `wm_envs.carla.errors`.
    """

    metadata: dict[str, Any] = metadata(0.1)

    def __init__(self, render_mode: str | None = None, **options: Any) -> None:
        EzPickle.__init__(self, render_mode, **options)
        arguments.render_mode(render_mode, RENDER_MODES)
        self.render_mode = render_mode
        self.options = parse_options(options, render_mode)
        self.metadata = metadata(self.options.control_step)
        self.action_space = action_space(self.options)
        self.observation_space = observation_space(self.options)
        self._holdings = Holdings(self.options)
        self._finalizer = weakref.finalize(self, self._holdings.close)  # also when the program ends without close()
        self._task: Task | None = None
        self._picture: np.ndarray[Any, Any] | None = None
        self._last_obs: Obs = {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Obs, dict[str, Any]]:
        """A new episode: weather, spawn points, traffic, route, all drawn from the seed.

        Args:
            seed: of everything; None goes on in the stream.
            options: none are known.
        """
        arguments.reject_unknown_reset_options(options, ())
        super().reset(seed=seed)
        self._task = None
        session, scene, frame = self._holdings.new_scene(self.np_random, self.render_mode)
        try:
            with server_calls("reset"):
                lines = StopLines(session.world.get_actors().filter("traffic.traffic_light*"))
                start = session.map.get_waypoint(scene.ego.get_transform().location)
                path = route.plan(start, self.options.route_length, self.np_random)
                self._task = Task(self.options, scene, path, lines)
                obs = self._observe(frame)
        except BaseException:
            self._fail()
            raise
        return obs, self._task.info()

    def step(self, action: Any) -> tuple[Obs, float, bool, bool, dict[str, Any]]:
        """One decision: apply the control, tick once, read that frame.

        With `reconnect`, a lost server truncates the episode (``info["server_lost"]``, the last observation again); the
        next reset reconnects. Truncation by a step limit is a wrapper's.
        """
        if self._task is None:
            raise gym.error.ResetNeeded("reset() must be called before step()")
        steer, throttle, brake = convert.pedals(action, self.options.actions)
        try:
            return self._step(self._task, steer, throttle, brake)
        except CarlaServerLost:
            self._task = None
            self._holdings.lost()
            if not self.options.reconnect or self._holdings.losses > self.options.max_restarts:
                raise
            return self._last_obs, 0.0, False, True, {"cost": 0.0, "server_lost": True}
        except BaseException:
            self._fail()
            raise

    def _step(
        self, task: Task, steer: float, throttle: float, brake: float
    ) -> tuple[Obs, float, bool, bool, dict[str, Any]]:
        session = task.scene.session
        with server_calls("driving"):
            task.scene.ego.apply_control(convert.vehicle_control(session.carla, steer, throttle, brake))
            frame = session.tick()
            reward, terminated = task.judge(frame, (steer, throttle, brake))
            obs = self._observe(frame)
        return obs, reward, terminated, False, task.info()

    def _observe(self, frame: int) -> Obs:
        task = self._task
        assert task is not None
        readings = task.scene.rig.read(frame)
        self._picture = readings.pop("render", None)
        if "state" in self.options.sensors:
            readings["state"] = state.features(task)
        if self.render_mode == "human":
            self._follow()
        self._last_obs = {name: readings[name] for name in self.options.sensors}
        return self._last_obs

    def _follow(self) -> None:
        """Move the server's own view behind the car."""
        task = self._task
        assert task is not None
        carla, ego = task.scene.session.carla, task.scene.ego.get_transform()
        behind = ego.get_forward_vector()
        at = carla.Location(ego.location.x - 8 * behind.x, ego.location.y - 8 * behind.y, ego.location.z + 4)
        view = carla.Transform(at, carla.Rotation(pitch=-15.0, yaw=ego.rotation.yaw))
        task.scene.session.world.get_spectator().set_transform(view)

    def _fail(self) -> None:
        """After any exception the server is left as it was found."""
        self._task = None
        self._holdings.release()

    @property
    def frame(self) -> int:
        """The server's frame that was read last; -1 without a server."""
        session = self._holdings.session
        return session.frame if session is not None else -1

    @property
    def sensor_faults(self) -> dict[str, dict[str, int]]:
        """For each sensor of the episode: readings thrown away as stale (late or repeated), and by overflow."""
        scene = self._holdings.scene
        queues = scene.rig.queues if scene is not None else {}
        return {name: {"stale": q.stale, "overflowed": q.overflowed} for name, q in queues.items()}

    def render(self) -> Any:
        """The last frame from behind the car in mode "rgb_array", uint8 ``[400, 600, 3]``; None otherwise."""
        if self.render_mode is None:
            gym.logger.warn("render() without a render mode: pass render_mode='rgb_array' or 'human' to gym.make")
        return self._picture if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Destroy what was spawned, give the server its settings back, stop it if it is ours; may be called twice."""
        self._task = None
        self._holdings.close()
