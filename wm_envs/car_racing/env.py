"""One CarRacing as a Gymnasium environment: a native batch of one."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from wm_envs.arguments import seed_words
from wm_envs.car_racing import render
from wm_envs.car_racing.actions import action_space, as_native, observation_space
from wm_envs.car_racing.options import parse_options, parse_reset_options
from wm_envs.car_racing.views import CarView

Obs = NDArray[np.uint8]
_ALL = np.ones(1, np.bool_)


class CarRacingEnv(gym.Env[Obs, Any], EzPickle):
    """Gymnasium's CarRacing-v3 in C++ (id ``wm/CarRacing-v0``): same seed, same track, states, rewards and flags.

    Args:
        render_mode: "rgb_array" (uint8 ``[400, 600, 3]``), "human" (a window of 1000x800), "state_pixels" (uint8
            ``[96, 96, 3]``), or None. Frames equal stock's to the last bit, skid marks included.
        **options: see `wm_envs.car_racing.options.CarRacingOptions`.

    Observation: uint8 ``[96, 96, 3]``, or what `obs_size` and `grayscale` say. Actions are not clipped, as in stock.

    Info, after reset and after every step: ``tiles_visited`` and ``tiles_total`` (int), ``speed`` of the hull (float,
    track units/s); in the last step of an episode also ``lap_finished`` (bool; False: the car left the field).

    Raises:
        TypeError: for an unknown option (names the nearest).
        ValueError: for an option out of range; for an action of another shape or dtype, NaN or infinite.
    """

    metadata: dict[str, Any] = render.metadata(1)

    def __init__(self, render_mode: str | None = None, **options: Any) -> None:
        EzPickle.__init__(self, render_mode, **options)
        self.options = parse_options("CarRacingEnv", options, ("render_mode",))
        render.check_render_mode(render_mode)
        self.render_mode = render_mode
        self.metadata = render.metadata(self.options.frame_skip)
        self.action_space = action_space(self.options)
        self.observation_space = observation_space(self.options)
        self._batch = self.options.native(num_envs=1, num_threads=1, max_episode_steps=0, autoreset="disabled")
        self._window: render.Window | None = None
        self._ready = False
        self._track: list[tuple[float, float, float, float]] | None = None
        self.car = CarView(self._batch, 0)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Obs, dict[str, Any]]:
        """Make a new track and put the car on it.

        Args:
            seed: of the random stream, >= 0; None goes on in the stream.
            options: ``{"randomize": bool}``, whether to draw new colours (with `domain_randomize` only).
        """
        randomize = parse_reset_options(options)
        super().reset(seed=seed)
        if seed is not None:
            self._batch.seed(0, seed_words(int(seed)))
        obs = np.empty((1, *self.options.obs_shape), np.uint8)
        self._batch.reset(_ALL, randomize, obs)
        self._ready, self._track = True, None
        self.options.announce(self._batch.tiles_total.tolist())
        self._show()
        return obs[0], self._info()

    def step(self, action: Any) -> tuple[Obs, float, bool, bool, dict[str, Any]]:
        """Drive `frame_skip` frames of 0.02 s; `truncated` is always False (the limit is a wrapper's)."""
        if not self._ready:
            raise gym.error.ResetNeeded("reset() must be called before step()")
        native = as_native(action, self.options, ())
        obs = np.empty((1, *self.options.obs_shape), np.uint8)
        batch = self._batch
        batch.step(native, obs)
        info = self._info()
        lap = int(batch.lap[0])
        if lap >= 0:
            info["lap_finished"] = lap == 1
        self._show()
        return obs[0], float(batch.rewards[0]), bool(batch.terminated[0]), False, info

    def _info(self) -> dict[str, Any]:
        batch = self._batch
        return {
            "tiles_visited": int(batch.tiles_visited[0]),
            "tiles_total": int(batch.tiles_total[0]),
            "speed": float(batch.speed[0]),
        }

    def observe(self) -> Obs:
        """The observation of the present state (after `set_state`, say)."""
        obs = np.empty(self.options.obs_shape, np.uint8)
        self._batch.observe(0, obs)
        return obs

    def get_state(self) -> bytes:
        """An exact snapshot: track, car, random stream. What a wrapper counts (TimeLimit) is not in it."""
        return self._batch.get_state(0)

    def set_state(self, snapshot: bytes) -> None:
        """Go back to a snapshot; ValueError for foreign, truncated or altered bytes, and nothing has changed then."""
        self._batch.set_state(0, snapshot)
        self._ready, self._track = True, None

    @property
    def track(self) -> list[tuple[float, float, float, float]]:
        """The centre line: alpha (rad), beta (rad), x, y (track units) for each tile."""
        if self._track is None:
            self._track = [tuple(row) for row in self._batch.track(0).tolist()]
        return self._track

    @property
    def tile_visited_count(self) -> int:
        """Tiles visited since reset."""
        return int(self._batch.tiles_visited[0])

    @property
    def t(self) -> float:
        """Seconds since reset."""
        return self._batch.time(0)

    @property
    def reward(self) -> float:
        """Rewards of the episode so far, as the score shows them (without the -100 for leaving the field)."""
        return self._batch.reward_sum(0)

    @property
    def continuous(self) -> bool:
        """As it was asked for."""
        return self.options.continuous

    @property
    def domain_randomize(self) -> bool:
        """As it was asked for."""
        return self.options.domain_randomize

    @property
    def lap_complete_percent(self) -> float:
        """As it was asked for."""
        return self.options.lap_complete_percent

    def render(self) -> Any:
        """A frame in modes "rgb_array" and "state_pixels"; None in the others, and before the first reset."""
        if self.render_mode is None:
            gym.logger.warn("render() without a render mode: pass render_mode='rgb_array' or 'human' to gym.make")
            return None
        if self.render_mode == "human" or not self._ready:
            return self._show()
        return render.frame(self._batch, 0, self.render_mode)

    def _show(self) -> None:
        if self.render_mode != "human" or not self._ready:
            return
        if self._window is None:
            self._window = render.Window("wm/CarRacing-v0")
        self._window.show(self._batch, 0, self.metadata["render_fps"])

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._window is not None:
            self._window.close()
            self._window = None
