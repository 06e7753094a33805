"""Episodes of an environment without a batch form, in spawned processes: one agent, one environment each.

An episode is a batch of one with one torch thread, its seed the only randomness: how many processes there are, and
which of them drives it, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import gymnasium as gym
import numpy as np

from wm_envs.stock import make_real
from wm_zoo.evaluation.drive import Drive, Progress, drive_one
from wm_zoo.evaluation.drivers import agent_driver, agent_env
from wm_zoo.evaluation.result import EvaluationError


@dataclass(frozen=True)
class Job:
    """What a worker is made from; everything can be pickled and nothing is a model."""

    agent: str  # folder, or registry name
    env_id: str
    env_kwargs: Mapping[str, Any]
    max_episode_steps: int | None
    deterministic: bool


def make_env(agent: Any, env_id: str, env_kwargs: Mapping[str, Any], limit: int | None) -> gym.Env[Any, Any]:
    """The environment `env_id` as this agent knows it; see `wm_envs.stock.make_real`."""
    like_id, like_kwargs = agent_env(agent)
    try:
        return make_real(env_id, like_id, like_kwargs, limit, **env_kwargs)
    except (TypeError, ValueError, gym.error.Error) as error:
        raise EvaluationError(f"cannot make {env_id} with {dict(env_kwargs)}: {error}") from error


def drive_in_process(agent: Any, job: Job, seeds: Sequence[int], progress: Progress | None) -> list[Drive]:
    """All episodes here, one after the other."""
    env = make_env(agent, job.env_id, job.env_kwargs, job.max_episode_steps)
    driver = agent_driver(agent, deterministic=job.deterministic)
    done = []
    try:
        with one_thread():
            for seed in seeds:
                done.append(drive_one(env, driver, seed))
                _tell(progress, done, len(seeds))
    finally:
        env.close()
    return done


def drive_in_workers(job: Job, seeds: Sequence[int], workers: int, progress: Progress | None) -> list[Drive]:
    """Episodes handed out one by one to `workers` processes; results in the order of the seeds."""
    done: dict[int, Drive] = {}
    pool = ProcessPoolExecutor(min(workers, len(seeds)), get_context("spawn"), _start, (job,))
    try:
        waiting = {pool.submit(_drive, seed): place for place, seed in enumerate(seeds)}
        for future in as_completed(waiting):
            done[waiting[future]] = future.result()
            _tell(progress, list(done.values()), len(seeds))
    except BrokenProcessPool as error:
        raise EvaluationError(
            "an evaluation process died (out of memory, or a script without `if __name__ == '__main__':`); "
            "try workers=1"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [done[place] for place in range(len(seeds))]


@contextmanager
def one_thread() -> Iterator[None]:
    """Small nets run faster on one torch thread, and give the same bits in every process."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


_worker: dict[str, Any] = {}  # of a spawned process: its environment and driver


def _start(job: Job) -> None:
    import signal

    import torch

    from wm_zoo.agent import load_agent

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process, which ends this one
    torch.set_num_threads(1)
    agent = load_agent(job.agent)
    _worker["env"] = make_env(agent, job.env_id, job.env_kwargs, job.max_episode_steps)
    _worker["driver"] = agent_driver(agent, deterministic=job.deterministic)


def _drive(seed: int) -> Drive:
    return drive_one(_worker["env"], _worker["driver"], seed)


def _tell(progress: Progress | None, done: Sequence[Drive], total: int) -> None:
    if progress is not None:
        progress(len(done), total, float(np.mean([drive.total for drive in done])))
