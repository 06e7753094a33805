"""Many dreams as one Gymnasium vector environment: one batched model, autoreset as in `SyncVectorEnv`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from wm_envs.dream import render, snapshot
from wm_envs.dream.core import DreamCore, Outcome, resolve_world
from wm_envs.dream.env import parse_options
from wm_envs.dream.options import DreamOptions, with_defaults
from wm_envs.vectors import lanes_and_threads

Mask = NDArray[np.bool_]
Lanes = NDArray[np.intp]
Stepped = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]


class DreamVectorEnv(VectorEnv[NDArray[Any], Any, NDArray[Any]]):
    """N dreams in one batch (``gym.make_vec("wm/Dream-v0", num_envs=N, world=…)``).

    Lane i seeded with s is the single `DreamEnv` seeded with s, to the bit, whatever N and the order of the lanes.

    Args:
        world: registry name, world folder, run folder, or a World object.
        num_envs: N.
        num_threads: threads that share them where the world's step is native (see docs/dreams.md); 0 for one a core.
            Results do not depend on it.
        max_episode_steps: a second limit beside `horizon`; the smaller one counts.
        autoreset_mode: "NextStep", "SameStep" or "Disabled" (or the `AutoresetMode`).
        render_mode: "rgb_array" (a frame for every lane) or None.
        **options: see `wm_envs.dream.options.DreamOptions`; those left out are the world's own defaults.

    Raises:
        TypeError: for an unknown option (names the nearest), or a world that lacks what was asked for.
        ValueError: for an option out of range, or an action that is not finite.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 50}  # noqa: RUF012 (as the base class)
    _own: ClassVar[tuple[str, ...]] = (
        "world",
        "num_envs",
        "num_threads",
        "max_episode_steps",
        "autoreset_mode",
        "render_mode",
    )

    def __init__(
        self,
        world: Any,
        num_envs: int = 1,
        *,
        num_threads: int = 1,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        num_envs, num_threads = lanes_and_threads(num_envs, num_threads)
        parse_options("DreamVectorEnv", options, self._own)  # before a world is loaded
        self.world = resolve_world(world)
        parsed = DreamOptions(**with_defaults(self.world, options))
        if max_episode_steps is not None:
            horizon = max_episode_steps if parsed.horizon is None else min(parsed.horizon, max_episode_steps)
            parsed = replace(parsed, horizon=horizon)
        if render_mode == "human":
            raise ValueError("a vector of dreams has no window: render_mode='rgb_array', or gym.make for one dream")
        render.check_render_mode(render_mode, self.world)
        self.num_envs, self.render_mode = num_envs, render_mode
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self._core = DreamCore(self.world, num_envs, parsed, range(num_envs), num_threads)
        self.single_observation_space = self._core.view.space
        self.single_action_space = self.world.spaces.action
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._ended = np.zeros(num_envs, np.bool_)  # lanes to be reset before their next step

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Begin all lanes, or those of ``options["reset_mask"]`` (bool ``[N]``), at real moments.

        Args:
            seed: None, one seed (lane i gets ``seed + i``), or one for each lane.
            options: unknown keys are ignored.
        """
        mask = self._reset_mask(options)
        lanes = np.flatnonzero(mask)
        self._begin(lanes, self._lane_seeds(seed))
        self._ended[lanes] = False
        return self._core.take_obs(), self._infos(lanes, np.zeros(len(lanes)))

    def step(self, actions: Any) -> Stepped:
        """Imagine one step of every lane; in NextStep mode, lanes whose episode is over begin a new one instead."""
        actions = np.asarray(actions)
        if len(actions) != self.num_envs:
            raise ValueError(f"got {len(actions)} actions for {self.num_envs} lanes")
        if not self._ended.any():
            return self._step_all(actions)
        if self.autoreset_mode is AutoresetMode.DISABLED:
            reset = np.flatnonzero(self._ended).tolist()
            raise gym.error.ResetNeeded(f"lanes {reset} have ended and autoreset is off: reset them first")
        return self._step_or_begin(actions)

    def render(self) -> tuple[Any, ...] | None:
        """One frame uint8 ``[H, W, 3]`` a lane in mode "rgb_array", else None."""
        if self.render_mode is None:
            return None
        if not self._core.alive.all():
            raise gym.error.ResetNeeded("dreams must be reset before they are rendered")
        return tuple(render.picture(frame) for frame in self._core.decode(np.arange(self.num_envs)))

    def get_state(self) -> bytes:
        """Exact snapshot of all lanes."""
        return snapshot.pack(self._core, {"ended": self._ended})

    def set_state(self, state: bytes) -> None:
        """Go back to a snapshot; raises ValueError if it is damaged or belongs to another world or number of lanes."""
        self._ended = np.array(snapshot.unpack(self._core, state)["ended"])

    def _step_all(self, actions: NDArray[Any]) -> Stepped:
        return self._told(self._core.step(self._core.all_lanes, actions))

    def _told(self, outcome: Outcome) -> Stepped:
        """What `step` returns after an outcome of all lanes."""
        self._ended = outcome.terminated | outcome.truncated
        infos = {"uncertainty": outcome.uncertainty, "_uncertainty": np.ones(self.num_envs, np.bool_)}
        if outcome.invalid.any():
            infos |= {"invalid": outcome.invalid, "_invalid": outcome.invalid.copy()}
        if self.autoreset_mode is AutoresetMode.SAME_STEP and self._ended.any():
            infos = self._restart(np.flatnonzero(self._ended), infos)
            self._ended = np.zeros(self.num_envs, np.bool_)
        return self._core.take_obs(), outcome.reward, outcome.terminated, outcome.truncated, infos

    def _step_or_begin(self, actions: NDArray[Any]) -> Stepped:
        """NextStep: lanes that have ended begin anew, the others go on."""
        outcome = self._core.step_or_begin(self._ended, actions)
        if outcome is not None:
            return self._told(outcome)
        reset, lanes = np.flatnonzero(self._ended), np.flatnonzero(~self._ended)
        reward = np.zeros(self.num_envs)
        terminated, truncated = np.zeros(self.num_envs, np.bool_), np.zeros(self.num_envs, np.bool_)
        infos: dict[str, Any] = {}
        if len(lanes):
            outcome = self._core.step(lanes, actions[lanes])
            reward[lanes], terminated[lanes], truncated[lanes] = outcome.reward, outcome.terminated, outcome.truncated
            infos = self._step_infos(lanes, outcome)
        self._ended = terminated | truncated
        self._begin(reset, None)
        infos = self._infos(reset, np.zeros(len(reset)), infos)
        return self._core.take_obs(), reward, terminated, truncated, infos

    def _begin(self, lanes: Lanes, seeds: Sequence[int | None] | None) -> None:
        if seeds is None and self._core.alive[lanes].all():  # they go on with their own noise
            self._core.reset(lanes)
            return
        seeds = seeds or [None] * self.num_envs
        chosen = [seeds[lane] for lane in lanes]
        fresh = [s is None and not self._core.alive[lane] for s, lane in zip(chosen, lanes, strict=True)]
        drawn = self.np_random.integers(2**63, size=len(lanes)) if any(fresh) else np.zeros(len(lanes), np.int64)
        self._core.reset(lanes, [int(d) if new else s for s, new, d in zip(chosen, fresh, drawn, strict=True)])

    def _restart(self, lanes: Lanes, infos: dict[str, Any]) -> dict[str, Any]:
        """SameStep: put the last observation and info of `lanes` aside and begin anew."""
        final_obs = np.full(self.num_envs, None, dtype=object)
        for lane in lanes:
            final_obs[lane] = self._core.obs[lane].copy()
        self._begin(lanes, None)
        mask = _mask(self.num_envs, lanes)
        plain = {name: value for name, value in infos.items() if not name.startswith("_")}
        final_info: dict[str, Any] = {}
        for name, value in plain.items():
            had = infos[f"_{name}"] & mask
            if had.any():
                final_info |= {name: np.where(had, value, np.zeros((), value.dtype)), f"_{name}": had}
            infos[f"_{name}"] &= ~mask
            value[mask] = 0
            if not infos[f"_{name}"].any():
                del infos[name], infos[f"_{name}"]
        infos = self._infos(lanes, np.zeros(len(lanes)), infos)
        ended = {"final_obs": final_obs, "_final_obs": mask, "final_info": final_info, "_final_info": mask.copy()}
        return infos | ended

    def _step_infos(self, lanes: Lanes, outcome: Outcome) -> dict[str, Any]:
        infos = self._infos(lanes, outcome.uncertainty)
        if outcome.invalid.any():
            invalid = _mask(self.num_envs, lanes[outcome.invalid])
            infos |= {"invalid": invalid, "_invalid": invalid.copy()}
        return infos

    def _infos(self, lanes: Lanes, uncertainty: NDArray[Any], infos: dict[str, Any] | None = None) -> dict[str, Any]:
        """Infos in which `lanes` have this uncertainty, added to `infos`."""
        infos = infos or {}
        values = infos.get("uncertainty", np.zeros(self.num_envs))
        values[lanes] = uncertainty
        mask = infos.get("_uncertainty", np.zeros(self.num_envs, np.bool_)) | _mask(self.num_envs, lanes)
        return infos | {"uncertainty": values, "_uncertainty": mask}

    def _lane_seeds(self, seed: int | Sequence[int | None] | None) -> Sequence[int | None] | None:
        if seed is None:
            return None
        if isinstance(seed, int | np.integer):
            super().reset(seed=int(seed))
            return [int(seed) + i for i in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise ValueError(f"got {len(seed)} seeds for {self.num_envs} lanes")
        return [None if s is None else int(s) for s in seed]

    def _reset_mask(self, options: dict[str, Any] | None) -> Mask:
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return np.ones(self.num_envs, np.bool_)
        if not isinstance(mask, np.ndarray) or mask.shape != (self.num_envs,) or mask.dtype != np.bool_:
            raise ValueError(f"options['reset_mask'] must be a bool array of shape ({self.num_envs},), got {mask!r}")
        if not mask.any():
            raise ValueError("options['reset_mask'] is False for every lane: at least one must be reset")
        return mask


def _mask(n: int, lanes: Lanes) -> Mask:
    mask = np.zeros(n, np.bool_)
    mask[lanes] = True
    return mask
