"""N worlds of A agents as one batch, a row for every agent: what a shared policy trains on (self-play)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import arguments
from wm_envs.driving import infos, render
from wm_envs.driving.options import parse_options
from wm_envs.driving.spaces import Obs, action_space, arrays, observation_space
from wm_envs.vectors import Flags, StepResults, lane_seeds, step_limit


class DrivingWorlds:
    """N worlds of A agents stepped together in C++; row ``world * A + agent``.

    An agent that ends leaves its world; its row then gives zeros, and its actions are ignored, until the world is
    reset: at once, when the last of its agents has ended. `active` says which rows drive, so that nothing is learnt
    from the others. World i seeded with s is, to the bit, ``driving_v0.parallel_env(…).reset(seed=s)``.

    Args:
        num_worlds: N.
        num_agents: A, 1 to 64.
        num_threads: threads that share the worlds; 0 for one a core.
        max_episode_steps: decisions after which everybody of a world is truncated; None for no limit.
        **options: see `wm_envs.driving.options.DrivingOptions`.

    Attributes:
        num_rows: N * A.
        single_observation_space: of one row.
        single_action_space: of one row.
        active: bool ``[num_rows]``, rows whose next action counts.
    """

    def __init__(
        self,
        num_worlds: int = 1,
        num_agents: int = 4,
        *,
        num_threads: int = 1,
        max_episode_steps: int | None = 600,
        **options: Any,
    ) -> None:
        others = ("num_worlds", "num_agents", "num_threads", "max_episode_steps")
        self.options = parse_options("DrivingWorlds", options, others)
        arguments.whole_number("num_worlds", num_worlds, 1, 1 << 20)
        arguments.whole_number("num_agents", num_agents, 1, 64)
        self.num_worlds, self.num_agents, self.num_rows = num_worlds, num_agents, num_worlds * num_agents
        self.single_action_space = action_space(self.options)
        self.single_observation_space = observation_space(self.options)
        self._shape = (self.num_rows, *(self.single_action_space.shape or ()))
        self._batch = self.options.native(
            num_envs=num_worlds, num_threads=num_threads, max_episode_steps=step_limit(max_episode_steps),
            autoreset="same_step", num_agents=num_agents,
        )  # fmt: skip
        self._results = StepResults(self._batch)
        self._active, self._was_reset = self._batch.active.view(np.bool_), self._batch.was_reset.view(np.bool_)
        self._final_obs = arrays(self.single_observation_space, self.num_rows)
        self.active: Flags = np.zeros(self.num_rows, np.bool_)

    def reset(self, *, seed: int | Sequence[int | None] | None = None) -> Obs:
        """Reset all worlds; observations ``[num_rows, …]``.

        Args:
            seed: None goes on in every world's stream; an int s gives world i the seed s + i; or one a world.
        """
        for world, world_seed in enumerate(lane_seeds(seed, self.num_worlds)):
            if world_seed is not None:
                self._batch.seed(world, arguments.seed_words(int(world_seed)))
        obs = arrays(self.single_observation_space, self.num_rows)
        self._batch.reset(np.ones(self.num_worlds, np.bool_), obs)
        self.active = self._active.copy()
        return obs

    def step(self, actions: NDArray[Any]) -> tuple[Obs, NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """One decision of everybody who drives.

        Args:
            actions: floating-point ``[num_rows, 3]`` ("pedals") or ``[num_rows, 2]`` ("accel").

        Returns:
            obs ``[num_rows, …]`` (of worlds that were reset, the first of the new episode), rewards float64, terminated
            and truncated bool ``[num_rows]``, and a dict: ``infos`` float32 ``[num_rows, len(infos.NAMES)]`` of the
            decision (the last one where a world was reset), ``final_obs`` what agents that ended saw last (rows that
            did not end hold anything), ``was_reset`` bool ``[num_worlds]``.
        """
        if not self.active.any():
            raise RuntimeError("reset() must be called before step()")
        native = arguments.float_actions(actions, self._shape)
        obs = {name: np.empty_like(values) for name, values in self._final_obs.items()}
        numbers = np.empty((self.num_rows, len(infos.NAMES)), np.float32)
        self._batch.step(native, obs, self._final_obs, None, numbers)
        self.active, was_reset = self._active.copy(), self._was_reset.copy()
        last = obs
        if was_reset.any():
            rows = np.repeat(was_reset, self.num_agents)  # [num_rows]
            last = {name: values.copy() for name, values in obs.items()}
            for name, values in last.items():
                values[rows] = self._final_obs[name][rows]
        info = {"infos": numbers, "final_obs": last, "was_reset": was_reset}
        return obs, *self._results.copies(), info

    @property
    def info_names(self) -> tuple[str, ...]:
        """Names of the columns of ``info["infos"]``, with units in `wm_envs.driving.infos`."""
        return infos.NAMES

    def render(self, world: int = 0) -> NDArray[np.uint8]:
        """A world from above, uint8 ``[480, 640, 3]``."""
        return render.frame(self._batch, world)

    def get_state(self) -> list[bytes]:
        """One exact snapshot a world."""
        return [self._batch.get_state(world) for world in range(self.num_worlds)]

    def set_state(self, snapshots: Sequence[bytes]) -> None:
        """Go back to snapshots, one a world; ValueError for foreign, truncated or altered bytes."""
        if len(snapshots) != self.num_worlds:
            raise ValueError(f"snapshots: expected {self.num_worlds}, one a world, got {len(snapshots)}")
        for world, snapshot in enumerate(snapshots):
            self._batch.set_state(world, snapshot)
        self.active = self._active.copy()
