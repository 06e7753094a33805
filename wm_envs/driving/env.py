"""One driving environment for Gymnasium: a native batch of one."""

from __future__ import annotations

from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from wm_envs import arguments
from wm_envs.driving import infos, render
from wm_envs.driving.options import parse_options
from wm_envs.driving.spaces import Obs, action_space, arrays, observation_space
from wm_envs.window import Window

_ALL = np.ones(1, np.bool_)


class DrivingEnv(gym.Env[Obs, Any], EzPickle):
    """Driving on roads with traffic, in C++ (id ``wm/Driving-v0`` and one for each scenario).

    Args:
        render_mode: "rgb_array" (uint8 ``[480, 640, 3]``), "human" (a window) or None.
        **options: see `wm_envs.driving.options.DrivingOptions`.

    Observation: a dict of the sensors that were asked for, see `wm_envs.driving.spaces.observation_space`. Actions out
    of their range are clipped. Info: see `wm_envs.driving.infos`. `terminated`: success, or a collision, leaving the
    road or the route (as the options say); `truncated` is always False (the limit is a wrapper's).

    Raises:
        TypeError: for an unknown option (names the nearest).
        ValueError: for an option out of range; for an action of another shape or dtype, NaN or infinite.
    """

    metadata: dict[str, Any] = render.metadata()

    def __init__(self, render_mode: str | None = None, **options: Any) -> None:
        EzPickle.__init__(self, render_mode, **options)
        self.options = parse_options("DrivingEnv", options, ("render_mode",))
        arguments.render_mode(render_mode, render.RENDER_MODES)
        self.render_mode = render_mode
        self.metadata = render.metadata(self.options)
        self.action_space = action_space(self.options)
        self._single_space = observation_space(self.options)
        self.observation_space = cast("gym.Space[Obs]", self._single_space)
        self._shape = (3 if self.options.actions == "pedals" else 2,)
        self._batch = self.options.native(num_envs=1, num_threads=1, max_episode_steps=0, autoreset="disabled")
        self._window: Window | None = None
        self._ready = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Obs, dict[str, Any]]:
        """A new episode: town (if it is one), start, route and traffic.

        Args:
            seed: of the random stream, >= 0; None goes on in the stream.
            options: none are known.
        """
        arguments.reject_unknown_reset_options(options, ())
        super().reset(seed=seed)
        if seed is not None:
            self._batch.seed(0, arguments.seed_words(int(seed)))
        rows = arrays(self._single_space, 1)
        self._batch.reset(_ALL, rows)
        self._ready = True
        self._show()
        return self._first(rows), infos.single(self._batch.infos[0])

    def step(self, action: Any) -> tuple[Obs, float, bool, bool, dict[str, Any]]:
        """One decision of `control_step` seconds."""
        if not self._ready:
            raise gym.error.ResetNeeded("reset() must be called before step()")
        batch = self._batch
        if batch.ended(0):
            raise gym.error.ResetNeeded("the episode has ended: reset() must be called before the next step()")
        native = arguments.float_actions(action, self._shape)
        rows = arrays(self._single_space, 1)
        batch.step(native, rows)
        self._show()
        info = infos.single(batch.infos[0])
        return self._first(rows), float(batch.rewards[0]), bool(batch.terminated[0]), False, info

    @staticmethod
    def _first(rows: Obs) -> Obs:
        return {name: values[0] for name, values in rows.items()}

    def observe(self) -> Obs:
        """The observation of the present state, noise included (after `set_state`, say)."""
        rows = arrays(self._single_space, 1)
        self._batch.observe(0, rows)
        return self._first(rows)

    def get_state(self) -> bytes:
        """An exact snapshot: roads, traffic, car, random streams. What a wrapper counts (TimeLimit) is not in it."""
        return self._batch.get_state(0)

    def set_state(self, snapshot: bytes) -> None:
        """Go back to a snapshot of an environment with the same options (sensors and noise may differ).

        Raises:
            ValueError: foreign, truncated or altered bytes; nothing has changed then.
        """
        self._batch.set_state(0, snapshot)
        self._ready = True

    @property
    def ending(self) -> str:
        """running, success, collision, off_road, off_route, red_light or wrong_way."""
        return self._batch.ending(0)

    @property
    def car_state(self) -> NDArray[np.float64]:
        """[7]: x, y (m), steering angle (rad), speed (m/s), heading (rad), yaw rate (rad/s), slip angle (rad)."""
        return self._batch.car_state(0)

    def route(self, spacing: float = 2.0, count: int = 50) -> NDArray[np.float32]:
        """Points of the route ahead, ``[count, 2]``, `spacing` m apart, from beside the car on."""
        return self._batch.route(0, 0, spacing, count)

    @property
    def goal(self) -> NDArray[np.float32]:
        """[3]: x, y (m) and heading (rad) where the route ends, or of the bay."""
        return self._batch.goal(0)

    def actors(self) -> NDArray[np.float32]:
        """Everybody present, ``[k, 8]``: x, y, heading, speed, half length, half width, kind, lane; the car first."""
        return self._batch.actors(0)

    def render(self) -> Any:
        """A frame in mode "rgb_array"; None in the others, and before the first reset."""
        if self.render_mode is None:
            gym.logger.warn("render() without a render mode: pass render_mode='rgb_array' or 'human' to gym.make")
            return None
        if self.render_mode == "human" or not self._ready:
            return self._show()
        return render.frame(self._batch, 0)

    def _show(self) -> None:
        if self.render_mode != "human" or not self._ready:
            return
        if self._window is None:
            self._window = Window(f"wm/Driving-v0, {self.options.scenario}")
        self._window.show(render.window_frame(self._batch, 0), self.metadata["render_fps"])

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._window is not None:
            self._window.close()
            self._window = None
