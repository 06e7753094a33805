"""A native batch of driving environments as a Gymnasium vector environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from wm_envs import arguments
from wm_envs.driving import infos, render
from wm_envs.driving.options import parse_options
from wm_envs.driving.spaces import Obs, action_space, arrays, observation_space
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
from wm_envs.window import Window


class DrivingVectorEnv(VectorEnv[Obs, Any, Any]):
    """N driving environments stepped together; lane i seeded with s is the single one seeded with s, to the bit.

    Args:
        num_envs: lanes.
        num_threads: threads that share them; 0 for one a core. Results do not depend on it.
        max_episode_steps: decisions after which a lane is truncated; None for no limit.
        autoreset_mode: "NextStep", "SameStep" or "Disabled" (or gymnasium.vector.AutoresetMode), with the meaning and
            the infos of gymnasium.vector.SyncVectorEnv.
        copy: False hands out the same observation arrays every time, overwritten by the next call.
        render_mode: "rgb_array", "human" (a window on lane 0) or None.
        **options: see `wm_envs.driving.options.DrivingOptions`.

    Observations: a dict of arrays ``[N, …]``, see `wm_envs.driving.spaces.observation_space`. Actions: float32 or
    float64 ``[N, 3]`` ("pedals") or ``[N, 2]`` ("accel"). Infos: arrays ``[N]`` of what the single environment puts
    into its info, with Gymnasium's ``_key`` masks; see `wm_envs.driving.infos`.
    """

    metadata: dict[str, Any] = render.metadata()

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
        self.options = parse_options("DrivingVectorEnv", options, others)
        arguments.render_mode(render_mode, render.RENDER_MODES)
        num_envs, num_threads = lanes_and_threads(num_envs, num_threads)
        limit = step_limit(max_episode_steps)
        self.autoreset_mode = as_autoreset_mode(autoreset_mode)
        self.num_envs, self.render_mode, self.copy = num_envs, render_mode, copy
        self.metadata = {**render.metadata(self.options), "autoreset_mode": self.autoreset_mode}
        self._single_space = observation_space(self.options)
        self.single_observation_space = self._single_space
        self.single_action_space = action_space(self.options)
        self.observation_space = batch_space(self._single_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._shape = (num_envs, 3 if self.options.actions == "pedals" else 2)
        mode = NATIVE_MODES[self.autoreset_mode]
        self._batch = self.options.native(
            num_envs=num_envs, num_threads=num_threads, max_episode_steps=limit, autoreset=mode
        )
        self._results = StepResults(self._batch)
        self._obs = arrays(self._single_space, num_envs)
        same_step = self.autoreset_mode is AutoresetMode.SAME_STEP
        self._final_obs = arrays(self._single_space, num_envs) if same_step else None
        self._ready = np.zeros(num_envs, np.bool_)
        self._ended = np.zeros(num_envs, np.bool_)
        self._window: Window | None = None

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
            options: ``{"reset_mask": bool [N]}`` resets the chosen lanes only.
            out: as in `step`; lanes that are not reset keep what it holds.
        """
        seeds = lane_seeds(seed, self.num_envs)
        rest = dict(options or {})
        mask = reset_mask(rest.pop("reset_mask", None), self.num_envs)
        arguments.reject_unknown_reset_options(rest, ("reset_mask",))
        for lane, lane_seed in enumerate(seeds):
            if mask[lane] and lane_seed is not None:
                self._batch.seed(lane, arguments.seed_words(int(lane_seed)))
        obs = self._target(keep=not mask.all()) if out is None else out
        self._batch.reset(mask, obs)
        self._ready |= mask
        self._ended &= ~mask
        self._show()
        return obs, infos.gather(self._batch.infos, mask.copy())

    def step(
        self, actions: Any, *, out: Obs | None = None
    ) -> tuple[Obs, NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """Step all lanes; lanes that ended are reset as `autoreset_mode` says.

        Args:
            actions: see the class.
            out: a dict of C-contiguous arrays ``[N, …]`` of the space's dtypes: observations are written straight into
                them, rows of a rollout buffer say, and it is what is returned. ValueError for other arrays.
        """
        batch = self._batch
        require_steppable(self._ready, self._ended, self.autoreset_mode)
        native = arguments.float_actions(actions, self._shape)
        obs = self._target(keep=False) if out is None else out
        table = infos.table(self.num_envs)
        batch.step(native, obs, self._final_obs, table)
        rewards, terminated, truncated = self._results.copies()
        ended = terminated | truncated
        if self._final_obs is not None:
            info = infos.with_finals(table, batch.final_infos, ended, self._final_obs)
        else:
            info = infos.columns(table, self._results.everybody())
            self._ended = ended
        self._show()
        return obs, rewards, terminated, truncated, info

    def _target(self, *, keep: bool) -> Obs:
        """Where the next observations go; `keep`: lanes that are not written go on showing what they showed."""
        if self.copy:
            make = np.copy if keep else np.empty_like
            self._obs = {name: make(values) for name, values in self._obs.items()}
        return self._obs

    def observe(self) -> Obs:
        """Observations of the present states, noise included (after `set_state`, say)."""
        obs = arrays(self._single_space, self.num_envs)
        for lane in range(self.num_envs):
            self._batch.observe(lane, {name: values[lane : lane + 1] for name, values in obs.items()})
        return obs

    def get_state(self) -> list[bytes]:
        """One exact snapshot a lane, the count towards `max_episode_steps` included."""
        return get_states(self._batch, self.num_envs)

    def set_state(self, snapshots: Sequence[bytes]) -> None:
        """Go back to snapshots, one a lane.

        ValueError for foreign, truncated or altered bytes; no lane has changed then.
        """
        set_states(self._batch, snapshots, self._ready, self._ended)

    def ending(self, lane: int) -> str:
        """running, success, collision, off_road, off_route, red_light, wrong_way or time_limit."""
        return self._batch.ending(lane)

    def render(self) -> tuple[Any, ...] | None:
        """One frame a lane in mode "rgb_array", uint8 ``[480, 640, 3]``; None in the others."""
        if self.render_mode == "rgb_array":
            return tuple(render.frame(self._batch, lane) for lane in range(self.num_envs))
        self._show()
        return None

    def _show(self) -> None:
        if self.render_mode != "human" or not self._ready[0]:
            return
        if self._window is None:
            self._window = Window(f"wm/Driving-v0, {self.options.scenario}, lane 0")
        self._window.show(render.window_frame(self._batch, 0), self.metadata["render_fps"])

    def close_extras(self, **kwargs: Any) -> None:
        """Close the window."""
        if self._window is not None:
            self._window.close()
            self._window = None
