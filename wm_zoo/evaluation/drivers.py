"""Who drives an evaluation: an agent, or a baseline that learned nothing (random, a constant action)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wm_zoo.data.policies import BatchPolicy, ConstantPolicy, RandomPolicy


class Driver:
    """A `BatchPolicy` whose lanes begin together, lane i with the seed of its episode."""

    def __init__(self, policy: BatchPolicy) -> None:
        self._policy = policy

    def reset(self, seeds: Sequence[int]) -> None:
        """Begin one episode a lane; all randomness comes from these seeds."""
        n = len(seeds)
        self._policy.reset(n, 0)
        self._policy.reset_lanes(np.ones(n, np.bool_), np.asarray(seeds, np.int64))

    def act(self, obs: Any) -> NDArray[Any]:
        """Observations ``[N, ...]`` to environment actions ``[N, ...]``."""
        return self._policy.act(obs)


def agent_driver(agent: Any, *, deterministic: bool = True) -> Driver:
    """An agent as a driver: every lane starts from nothing."""
    return Driver(agent.batch(deterministic=deterministic))


def baseline_driver(name: str, space: gym.Space[Any], constants: Mapping[str, ArrayLike]) -> Driver:
    """A baseline by name: "random", or a key of `constants`; PolicyError when that action is not in the space."""
    return Driver(RandomPolicy(space) if name == "random" else ConstantPolicy(space, constants[name]))


def agent_env(agent: Any) -> tuple[str | None, dict[str, Any]]:
    """Id and kwargs of the environment that the agent's world was learned from; (None, {}) when the card is silent."""
    env = agent.world.card.env
    return env.get("id"), dict(env.get("kwargs", {}))


def as_agent(agent: Any) -> tuple[Any, str | None]:
    """An agent and, when it was given by name or folder, what to load it from in another process.

    Raises:
        AgentError: no such agent; names the nearest.
    """
    if isinstance(agent, str | Path):
        from wm_zoo.agent import load_agent

        return load_agent(agent), str(agent)
    return agent, None
