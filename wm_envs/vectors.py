"""Gymnasium's conventions for vector environments: autoreset modes, seeds, reset masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsIndex, cast

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from wm_envs import _native, arguments

Flags = NDArray[np.bool_]
Batch = _native.CarRacingBatch | _native.DrivingBatch

NATIVE_MODES = {
    AutoresetMode.NEXT_STEP: "next_step",
    AutoresetMode.SAME_STEP: "same_step",
    AutoresetMode.DISABLED: "disabled",
}


def autoreset_mode(given: str | AutoresetMode) -> AutoresetMode:
    """The mode from its value ("NextStep"), its name in any spelling ("next_step", "NEXT_STEP"), or itself."""
    if isinstance(given, AutoresetMode):
        return given
    plain = str(given).replace("_", "").replace("-", "").lower()
    for mode in AutoresetMode:
        if mode.value.lower() == plain:
            return mode
    raise ValueError(f"autoreset_mode={given!r}: expected one of {', '.join(mode.value for mode in AutoresetMode)}")


def lanes_and_threads(num_envs: Any, num_threads: Any) -> tuple[int, int]:
    """Both as plain ints, 0 threads being one for each core; ValueError for anything else or out of reason."""
    arguments.whole_number("num_envs", num_envs, 1, 1 << 20)
    arguments.whole_number("num_threads", num_threads, 0, 1024)
    return int(num_envs), int(num_threads)


def step_limit(max_episode_steps: int | None) -> int:
    """The limit as the native batches take it, 0 for none; ValueError for one below 1."""
    if max_episode_steps is not None and max_episode_steps < 1:
        raise ValueError(f"max_episode_steps={max_episode_steps!r}: expected a whole number >= 1, or None for no limit")
    return max_episode_steps or 0


def lane_seeds(seed: SupportsIndex | Sequence[int | None] | None, lanes: int) -> Sequence[int | None]:
    """One seed a lane: None for all, s + i for an int s, or the sequence itself."""
    if seed is None:
        return [None] * lanes
    if isinstance(seed, (int, np.integer)):
        return [int(seed) + lane for lane in range(lanes)]
    seeds = cast("Sequence[int | None]", seed)
    if len(seeds) != lanes:
        raise ValueError(f"seed: expected an int or {lanes} seeds, one a lane, got {len(seeds)}")
    return seeds


def reset_mask(mask: Any, lanes: int) -> Flags:
    """``options["reset_mask"]`` checked; all lanes where it is not given."""
    if mask is None:
        return everybody(lanes)
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        kind = mask.dtype if isinstance(mask, np.ndarray) else type(mask).__name__
        raise TypeError(f"options['reset_mask']: expected a bool array of shape ({lanes},), got {kind}")
    if mask.shape != (lanes,) or not mask.any():
        raise ValueError(f"options['reset_mask']: expected shape ({lanes},) with at least one True, got {mask}")
    return np.ascontiguousarray(mask)


class StepResults:
    """What a native batch reports of its last step. Its views are made once: that takes longer than to copy one."""

    def __init__(self, batch: Batch) -> None:
        self._rewards = batch.rewards
        self._terminated, self._truncated = batch.terminated.view(np.bool_), batch.truncated.view(np.bool_)
        self._everybody = everybody(len(batch.rewards))

    def copies(self) -> tuple[NDArray[np.float64], Flags, Flags]:
        """Rewards, terminated and truncated ``[rows]``, the caller's to keep."""
        return self._rewards.copy(), self._terminated.copy(), self._truncated.copy()

    def everybody(self) -> Flags:
        """A mask ``[rows]`` of all of them, the caller's to keep."""
        return self._everybody.copy()


def everybody(lanes: int) -> Flags:
    """A mask of all lanes."""
    return np.ones(lanes, np.bool_)


def require_steppable(ready: Flags, ended: Flags, mode: AutoresetMode) -> None:
    """Raise ResetNeeded unless every lane ``[N]`` was reset and, where nobody resets it, goes on."""
    if not ready.all():
        raise gym.error.ResetNeeded("reset() must be called before step()")
    if mode is AutoresetMode.DISABLED and ended.any():
        lanes = np.flatnonzero(ended).tolist()
        raise gym.error.ResetNeeded(f"lanes {lanes} ended: reset(options={{'reset_mask': …}}) them before step()")


def get_states(batch: Batch, lanes: int) -> list[bytes]:
    """One exact snapshot a lane, the count towards the step limit included."""
    return [batch.get_state(lane) for lane in range(lanes)]


def set_states(batch: Batch, snapshots: Sequence[bytes], ready: Flags, ended: Flags) -> None:
    """Go back to snapshots, one a lane; `ready` and `ended` ``[N]`` are brought up to date.

    Raises:
        ValueError: foreign, truncated or altered bytes, or another number of them; no lane has changed then.
    """
    if len(snapshots) != len(ready):
        raise ValueError(f"snapshots: expected {len(ready)}, one a lane, got {len(snapshots)}")
    before = get_states(batch, len(ready)) if ready.all() else ()
    try:
        for lane, snapshot in enumerate(snapshots):
            batch.set_state(lane, snapshot)
    except ValueError:
        for lane, snapshot in enumerate(before):
            batch.set_state(lane, snapshot)
        raise
    ready[:] = True
    ended[:] = [batch.ended(lane) for lane in range(len(ready))]
