"""Real returns of an agent, and of drivers that learned nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
from numpy.typing import ArrayLike

import wm_envs
from wm_envs.stock import STOCK_ID
from wm_zoo.data.envs import env_spaces, find_spec
from wm_zoo.errors import DatasetError
from wm_zoo.evaluation.drive import Drive, Progress, drive_batches, drive_one, has_batch, make_batch
from wm_zoo.evaluation.drivers import Driver, agent_driver, agent_env, as_agent, baseline_driver
from wm_zoo.evaluation.result import EvalResult, EvaluationError
from wm_zoo.evaluation.workers import Job, drive_in_process, drive_in_workers


def evaluate_agent(
    agent_or_path: Any,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = tuple(range(100)),
    *,
    max_episode_steps: int | None = None,
    workers: int = 2,
    deterministic: bool = True,
    progress: Progress | None = None,
) -> EvalResult:
    """Drive one whole episode on each seed, in the real environment.

    An environment with a native batch is driven in this process, 64 lanes at a time; any other (stock `CarRacing-v3`)
    in spawned processes when the agent was given by name or folder. Neither changes a number.

    Args:
        agent_or_path: an `Agent`, or the name or folder of one.
        env_id: None: the environment that it was trained on. `CarRacing-v3` is dressed as the agent knows
            `wm/CarRacing-v0` (see `wm_envs.stock`).
        env_kwargs: over those that the agent was trained with, where the id allows for them.
        seeds: one episode each.
        max_episode_steps: limit in decisions; None: the environment's own (stock: 1000 frames).
        workers: processes, for environments without a batch.
        deterministic: the policy's mode rather than samples.
        progress: told about episodes done, episodes in all, mean return so far.

    Raises:
        EvaluationError: unknown environment or bad arguments.
        AgentError: no such agent, or it does not fit the environment's observations.
    """
    agent, path = as_agent(agent_or_path)
    trained_on, trained_kwargs = agent_env(agent)
    env_id = _known(env_id or trained_on)
    kwargs = (trained_kwargs if env_id == trained_on else {}) | dict(env_kwargs or {})
    start = time.perf_counter()
    if has_batch(env_id):
        driver = agent_driver(agent, deterministic=deterministic)
        drives = _drive_here(driver, env_id, kwargs, seeds, max_episode_steps, progress)
    else:
        job = Job(path or "", env_id, dict(env_kwargs or {}), max_episode_steps, deterministic)
        if path is not None and workers > 1 and len(seeds) >= 2 * workers:  # starting one takes seconds
            drives = drive_in_workers(job, seeds, workers, progress)
        else:
            drives = drive_in_process(agent, job, seeds, progress)
        kwargs = (trained_kwargs if env_id == STOCK_ID else {}) | kwargs
    label = f"{agent.name} on {'stock ' if env_id == STOCK_ID else ''}{env_id}"
    minutes = (time.perf_counter() - start) / 60
    return _result(label, env_id, kwargs, drives, max_episode_steps, deterministic, minutes)


def evaluate_baselines(
    env_id: str,
    env_kwargs: Mapping[str, Any],
    seeds: Sequence[int],
    constants: Mapping[str, ArrayLike],
    *,
    max_episode_steps: int | None = None,
    progress: Progress | None = None,
) -> dict[str, EvalResult]:
    """A random policy and constant actions on the same seeds.

    For `CarRacing-v3` ask for `wm/CarRacing-v0`: these drivers see no picture, and its tracks, rewards and flags are
    equal to stock's to the bit, so that the returns are stock's returns, a few hundred times faster.

    Args:
        env_id: driven in a batch where it has one of ours.
        env_kwargs: of it.
        seeds: one episode each.
        constants: name to action, e.g. ``{"constant throttle": (0.0, 0.1)}``.
        max_episode_steps: limit in decisions.
        progress: see `evaluate_agent`.

    Returns:
        Name ("random", then those of `constants`) to result.
    """
    _known(env_id)
    space = env_spaces(env_id, env_kwargs).action
    results = {}
    for name in ("random", *constants):
        start = time.perf_counter()
        driver = baseline_driver(name, space, constants)
        drives = _drive_here(driver, env_id, env_kwargs, seeds, max_episode_steps, progress)
        minutes = (time.perf_counter() - start) / 60
        label = f"{name.replace('_', ' ')}{' policy' if name == 'random' else ''}"
        results[name] = _result(label, env_id, env_kwargs, drives, max_episode_steps, name != "random", minutes)
    return results


def _drive_here(
    driver: Driver,
    env_id: str,
    kwargs: Mapping[str, Any],
    seeds: Sequence[int],
    limit: int | None,
    progress: Progress | None,
) -> list[Drive]:
    """In a batch where there is one, else lane by lane."""
    if has_batch(env_id):
        return drive_batches(lambda lanes: make_batch(env_id, kwargs, lanes, limit), driver, seeds, progress)
    env = gym.make(env_id, max_episode_steps=limit, **kwargs)
    try:
        return [drive_one(env, driver, seed) for seed in seeds]
    finally:
        env.close()


def _result(
    label: str,
    env_id: str,
    kwargs: Mapping[str, Any],
    drives: Sequence[Drive],
    limit: int | None,
    deterministic: bool,
    minutes: float,
) -> EvalResult:
    return EvalResult(
        label=label,
        env_id=env_id,
        env_kwargs=dict(kwargs),
        gymnasium=gym.__version__,
        seeds=tuple(drive.seed for drive in drives),
        returns=tuple(drive.total for drive in drives),
        lengths=tuple(drive.length for drive in drives),
        terminated=tuple(drive.terminated for drive in drives),
        max_episode_steps=limit,
        deterministic=deterministic,
        minutes=minutes,
    )


def _known(env_id: str | None) -> str:
    """The id if Gymnasium knows it; ``module:id`` imports the module first.

    Raises:
        EvaluationError: names the nearest id.
    """
    wm_envs.register_all()
    if env_id is None:
        raise EvaluationError("the agent's card names no environment; say which with --env ID")
    try:
        find_spec(env_id)
    except DatasetError as error:
        raise EvaluationError(str(error)) from error
    return env_id


def run_folder_of(agent: str | Path) -> Path | None:
    """The run folder that an agent's path lies in, if it does."""
    path = Path(agent)
    for folder in (path, *path.absolute().parents[:2]):
        if (folder / "recipe.toml").is_file():
            return folder
    return None
