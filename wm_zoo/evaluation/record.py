"""Real episodes with their frames, driven by an agent on named seeds: for open-loop error and for videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from wm_zoo.data.episode import Episode
from wm_zoo.evaluation.drivers import Driver, agent_driver, agent_env
from wm_zoo.evaluation.result import EvaluationError
from wm_zoo.observations import batch_of_one
from wm_zoo.spaces import action_vectors


def record_episodes(
    agent: Any,
    seeds: Sequence[int],
    *,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    max_episode_steps: int | None = None,
    deterministic: bool = False,
) -> list[Episode]:
    """Drive the agent and keep every frame; the frames of one episode are about 3 MB.

    Args:
        agent: drives.
        seeds: one episode each.
        env_id: None: the environment that the agent was trained on; see `wm_zoo.evaluation.workers.make_env`.
        env_kwargs: over its own.
        max_episode_steps: limit in decisions.
        deterministic: the mode instead of samples; samples show the world more of what it will meet in training.
    """
    from wm_zoo.evaluation.workers import make_env

    env_id = env_id or agent_env(agent)[0]
    if env_id is None:
        raise EvaluationError("the agent's card names no environment; say which")
    env = make_env(agent, env_id, env_kwargs or {}, max_episode_steps)
    driver = agent_driver(agent, deterministic=deterministic)
    try:
        return [record_one(env, driver, seed, agent.name) for seed in seeds]
    finally:
        env.close()


def record_one(env: gym.Env[Any, Any], driver: Driver, seed: int, policy: str) -> Episode:
    """One whole episode with its observations."""
    obs, _ = env.reset(seed=seed)
    driver.reset([seed])
    frames, actions, rewards = [obs], [], []
    terminated = truncated = False
    while not (terminated or truncated):
        action = driver.act(batch_of_one(obs))[0]
        obs, reward, terminated, truncated, _ = env.step(action)
        frames.append(obs)
        actions.append(action)
        rewards.append(float(reward))
    return Episode(
        action=action_vectors(env.action_space, np.stack(actions)),
        reward=np.asarray(rewards, np.float32),
        terminated=bool(terminated),
        truncated=bool(truncated),
        seed=seed,
        obs=_stack(frames),
        policy=policy,
    )


def _stack(frames: Sequence[Any]) -> Any:
    if isinstance(frames[0], Mapping):
        return {key: _stack([frame[key] for frame in frames]) for key in frames[0]}
    return np.stack(frames)
