"""A native batch of CarRacing as a Gymnasium vector environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from wm_envs.arguments import seed_words
from wm_envs.car_racing import infos, render
from wm_envs.car_racing.actions import action_space, as_native, observation_space
from wm_envs.car_racing.options import parse_options, parse_reset_options
from wm_envs.car_racing.views import CarView
from wm_envs.vectors import (
    NATIVE_MODES,
    Flags,
    StepResults,
    get_states,
    lane_seeds,
    lanes_and_threads,
    require_steppable,
    reset_mask,
    set_states,
    step_limit,
)
from wm_envs.vectors import autoreset_mode as as_autoreset_mode

Obs = NDArray[np.uint8]


class CarRacingVectorEnv(VectorEnv[Obs, Any, Any]):
    """N CarRacings stepped together in C++; lane i seeded with s is the single environment seeded with s, to the bit.

    Args:
        num_envs: lanes.
        num_threads: threads that share them; 0 for one a core. Results do not depend on it.
        max_episode_steps: steps (decisions, not frames) after which a lane is truncated; None for no limit.
        autoreset_mode: "NextStep", "SameStep" or "Disabled" (or gymnasium.vector.AutoresetMode), with the meaning and
            the infos of gymnasium.vector.SyncVectorEnv.
        copy: False hands out the same observation array every time, overwritten by the next call.
        render_mode: "rgb_array", "state_pixels" or "human" (a window on lane 0), or None.
        **options: see `wm_envs.car_racing.options.CarRacingOptions`.

    Observations: uint8 ``[N, 96, 96, 3]``, or what `obs_size` and `grayscale` say. Actions: float32 or float64
    ``[N, 3]`` ("pedals") or ``[N, 2]`` ("accel"), integers ``[N]`` when ``continuous=False``. Infos: arrays ``[N]`` of
    what the single environment puts into its info, with Gymnasium's ``_key`` masks.
    """

    metadata: dict[str, Any] = render.metadata(1)

    def __init__(
        self,
        num_envs: int = 1,
        *,
        num_threads: int = 1,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        others = ("num_envs", "num_threads", "max_episode_steps", "autoreset_mode", "copy", "render_mode")
        self.options = parse_options("CarRacingVectorEnv", options, others)
        render.check_render_mode(render_mode)
        num_envs, num_threads = lanes_and_threads(num_envs, num_threads)
        limit = step_limit(max_episode_steps)
        self.autoreset_mode = as_autoreset_mode(autoreset_mode)
        self.num_envs, self.render_mode, self.copy = num_envs, render_mode, copy
        self.metadata = {**render.metadata(self.options.frame_skip), "autoreset_mode": self.autoreset_mode}
        self.single_action_space = action_space(self.options)
        self.single_observation_space = observation_space(self.options)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._batch = self.options.native(num_envs, num_threads, limit, NATIVE_MODES[self.autoreset_mode])
        self._results, self._numbers = StepResults(self._batch), infos.Numbers(self._batch)
        self._obs = np.zeros((num_envs, *self.options.obs_shape), np.uint8)
        self._final_obs = np.zeros_like(self._obs) if self.autoreset_mode is AutoresetMode.SAME_STEP else None
        self._ready = np.zeros(num_envs, np.bool_)
        self._ended = np.zeros(num_envs, np.bool_)
        self._window: render.Window | None = None

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
        out: Obs | None = None,
    ) -> tuple[Obs, dict[str, Any]]:
        """Reset the lanes.

        Args:
            seed: None goes on in every lane's random stream; an int s gives lane i the seed s + i; or one a lane.
            options: ``{"reset_mask": bool [N]}`` resets the chosen lanes only; ``{"randomize": bool}`` as in the single
                environment.
            out: as in `step`; lanes that are not reset keep what it holds.
        """
        seeds = lane_seeds(seed, self.num_envs)
        rest = dict(options or {})
        mask = reset_mask(rest.pop("reset_mask", None), self.num_envs)
        randomize = parse_reset_options(rest)
        for lane, lane_seed in enumerate(seeds):
            if mask[lane] and lane_seed is not None:
                self._batch.seed(lane, seed_words(int(lane_seed)))
        obs = self._target(keep=not mask.all()) if out is None else out
        self._batch.reset(mask, randomize, obs)
        self._ready |= mask
        self._ended &= ~mask
        self.options.announce(self._batch.tiles_total[mask].tolist())
        self._show()
        return obs, self._numbers.now(mask)

    def step(
        self, actions: Any, *, out: Obs | None = None
    ) -> tuple[Obs, NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """Step all lanes; lanes that ended are reset as `autoreset_mode` says.

        Args:
            actions: see the class.
            out: uint8 ``[N, H, W, 3]`` (or grey ``[N, H, W]``), C-contiguous: observations are painted straight into
                it, a row of a rollout buffer say, and it is what is returned. ValueError for another array.
        """
        require_steppable(self._ready, self._ended, self.autoreset_mode)
        native = as_native(actions, self.options, (self.num_envs,))
        obs = self._target(keep=False) if out is None else out
        self._batch.step(native, obs, self._final_obs)
        rewards, terminated, truncated = self._results.copies()
        ended = terminated | truncated
        if self._final_obs is not None:
            info = self._numbers.with_finals(ended, self._final_obs)
        else:
            info = self._numbers.with_lap(self._results.everybody())
            self._ended = ended
        self._show()
        return obs, rewards, terminated, truncated, info

    def _target(self, *, keep: bool) -> Obs:
        """Where the next observations go; `keep`: lanes that are not written go on showing what they showed."""
        if self.copy:
            self._obs = self._obs.copy() if keep else np.empty_like(self._obs)
        return self._obs

    def observe(self) -> Obs:
        """Observations of the present states, uint8 ``[N, H, W, 3]`` (after `set_state`, say)."""
        obs = np.empty_like(self._obs)
        for lane in range(self.num_envs):
            self._batch.observe(lane, obs[lane])
        return obs

    def get_state(self) -> list[bytes]:
        """One exact snapshot a lane, the count towards `max_episode_steps` included."""
        return get_states(self._batch, self.num_envs)

    def set_state(self, snapshots: Sequence[bytes]) -> None:
        """Go back to snapshots, one a lane.

        ValueError for foreign, truncated or altered bytes; no lane has changed then.
        """
        set_states(self._batch, snapshots, self._ready, self._ended)

    def car(self, lane: int) -> CarView:
        """A read-only view of one lane's car, under Gymnasium's names."""
        return CarView(self._batch, lane)

    def track(self, lane: int) -> NDArray[np.float64]:
        """One lane's centre line, float64 ``[tiles, 4]``: alpha, beta (rad), x, y (track units)."""
        return self._batch.track(lane)

    def render(self) -> tuple[Any, ...] | None:
        """One frame a lane in modes "rgb_array" (uint8 ``[400, 600, 3]``) and "state_pixels"; None in the others."""
        if self.render_mode in {"rgb_array", "state_pixels"}:
            return tuple(render.frame(self._batch, lane, self.render_mode) for lane in range(self.num_envs))
        self._show()
        return None

    def _show(self) -> None:
        if self.render_mode != "human" or not self._ready[0]:
            return
        if self._window is None:
            self._window = render.Window("wm/CarRacing-v0, lane 0")
        self._window.show(self._batch, 0, self.metadata["render_fps"])

    def close_extras(self, **kwargs: Any) -> None:
        """Close the window."""
        if self._window is not None:
            self._window.close()
            self._window = None
