"""Driving whole episodes: many lanes of a native environment at once, or one lane of any environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_zoo.data.envs import find_spec
from wm_zoo.evaluation.drivers import Driver
from wm_zoo.evaluation.result import EvaluationError
from wm_zoo.observations import batch_of_one

Progress = Callable[[int, int, float], None]
"""Called with episodes done, episodes in all, and the mean return so far."""

BATCH = 64
"""Lanes driven side by side; more cost memory, fewer waste the batch."""


@dataclass(frozen=True)
class Drive:
    """One finished episode.

    Attributes:
        seed: of the environment and of the driver.
        total: undiscounted return.
        length: in decisions.
        terminated: really over, not cut by a time limit.
    """

    seed: int
    total: float
    length: int
    terminated: bool


def has_batch(env_id: str) -> bool:
    """Whether the id has a vector form of ours (others' take no seed for every lane)."""
    entry = find_spec(env_id).vector_entry_point
    module = entry if isinstance(entry, str) else getattr(entry, "__module__", "")
    return module.split(":")[0].split(".")[0] == "wm_envs"


def make_batch(env_id: str, env_kwargs: Mapping[str, Any], lanes: int, limit: int | None) -> Any:
    """A vector environment of `lanes` lanes through its native entry point."""
    kwargs = dict(env_kwargs) | ({} if limit is None else {"max_episode_steps": limit})
    return gym.make_vec(env_id, num_envs=lanes, vectorization_mode="vector_entry_point", **kwargs)


def drive_batches(
    make: Callable[[int], Any], driver: Driver, seeds: Sequence[int], progress: Progress | None = None
) -> list[Drive]:
    """One episode on each seed, `BATCH` at a time.

    Args:
        make: number of lanes to a vector environment that takes one seed a lane.
        driver: drives all lanes.
        seeds: of the episodes.
        progress: told after every batch.
    """
    done: list[Drive] = []
    for first in range(0, len(seeds), BATCH):
        chunk = list(seeds[first : first + BATCH])
        envs = make(len(chunk))
        try:
            done += _drive_batch(envs, driver, chunk)
        finally:
            envs.close()
        if progress is not None:
            progress(len(done), len(seeds), float(np.mean([drive.total for drive in done])))
    return done


def _drive_batch(envs: Any, driver: Driver, seeds: list[int]) -> list[Drive]:
    """A lane is counted until its first end; what it does after its autoreset is ignored."""
    n = len(seeds)
    obs, _ = envs.reset(seed=seeds)
    driver.reset(seeds)
    totals, lengths = np.zeros(n, np.float64), np.zeros(n, np.int64)
    running, ended = np.ones(n, np.bool_), np.zeros(n, np.bool_)
    while running.any():
        obs, reward, terminated, truncated, _ = envs.step(driver.act(obs))
        totals[running] += np.asarray(reward, np.float64)[running]
        lengths += running
        ended |= running & terminated
        running &= ~(terminated | truncated)
    _check_finite(seeds, totals)
    rows = zip(seeds, totals.tolist(), lengths.tolist(), ended.tolist(), strict=True)
    return [Drive(*row) for row in rows]


def drive_one(env: gym.Env[Any, Any], driver: Driver, seed: int) -> Drive:
    """One episode of a single environment; the driver gets batches of one."""
    obs, _ = env.reset(seed=seed)
    driver.reset([seed])
    total, length, terminated, truncated = 0.0, 0, False, False
    while not (terminated or truncated):
        obs, reward, terminated, truncated, _ = env.step(driver.act(batch_of_one(obs))[0])
        total += float(reward)
        length += 1
    _check_finite([seed], np.array([total]))
    return Drive(seed, total, length, bool(terminated))


def _check_finite(seeds: Sequence[int], totals: NDArray[np.float64]) -> None:
    if not np.isfinite(totals).all():
        bad = int(np.flatnonzero(~np.isfinite(totals))[0])
        raise EvaluationError(f"the episode on seed {seeds[bad]} returned {totals[bad]}: a reward was not finite")
