"""The real environment beside a dream, given the same actions: what `compare=True` shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from wm_envs.dream.actions import ActionCodec
from wm_envs.dream.filter import Filter

if TYPE_CHECKING:
    from torch import Tensor

BURN_IN = 3
"""Idle real steps before a dream with ``start="anywhere"`` begins, so that a recurrent state has settled."""


class Beside:
    """The real environment that is shown beside a dream: stepped with the same actions, never corrected by it.

    Args:
        world: whose card names the environment.

    Attributes:
        obs: what the environment showed last.
        ended: its episode is over; it stays as it is until the next reset.

    Raises:
        TypeError: the world cannot filter.
        ValueError: its environment cannot be made.
    """

    def __init__(self, world: Any) -> None:
        self._filter, self._codec = Filter(world), ActionCodec(world.spaces.action)
        self._env = make_real_env(world)
        self.obs: Any = None
        self._flags = {"real_terminated": False, "real_truncated": False}

    @property
    def ended(self) -> bool:
        """Whether the real episode is over."""
        return any(self._flags.values())

    def reset(self, seed: int, start: str) -> Mapping[str, Tensor]:
        """Begin a real episode; returns the filtered state at which a dream of it begins, tensors ``[1, ...]``.

        Args:
            seed: of the episode.
            start: "episode": after the first frame; "anywhere": after `BURN_IN` more, driven idly.
        """
        self._begin(seed)
        for _ in range(BURN_IN if start == "anywhere" else 0):
            self.step(self._idle())
            if self.ended:  # a dream cannot begin at an end
                self._begin(seed)
                break
            self._filter.advance(self._idle(), self.obs)
        return self._filter.state

    def step(self, action: Any) -> dict[str, Any]:
        """Do what the dream was told to do; returns the real part of the info."""
        reward = 0.0
        if not self.ended:
            inside = self._codec.to_env(self._codec.clip(self._codec.to_vector(np.asarray(action)[None])))[0]
            self.obs, got, terminated, truncated, _ = self._env.step(inside)
            self._flags = {"real_terminated": bool(terminated), "real_truncated": bool(truncated)}
            reward = float(got)
        return {"real_reward": reward, **self._flags}

    def close(self) -> None:
        """Close the environment."""
        self._env.close()

    def _begin(self, seed: int) -> None:
        self.obs, _ = self._env.reset(seed=seed)
        self._flags = dict.fromkeys(self._flags, False)
        self._filter.begin(self.obs)

    def _idle(self) -> Any:
        """The action nearest to doing nothing: zero where there is one, the first of a Discrete."""
        space = self._codec.space
        if isinstance(space, gym.spaces.Box):
            return np.clip(np.zeros(space.shape, space.dtype), space.low, space.high)
        assert isinstance(space, gym.spaces.Discrete)
        return int(space.start)


def make_real_env(world: Any, **kwargs: Any) -> gym.Env[Any, Any]:
    """The environment that a world was learned from, as its card says.

    Args:
        world: with a `card` that names its environment.
        **kwargs: change its options, e.g. ``render_mode="rgb_array"``; `max_episode_steps` in decisions, -1 for none.

    Raises:
        ValueError: the card names none, or its environment is another one now (other spaces).
    """
    from wm_envs.stock import make_real

    card = dict(getattr(getattr(world, "card", None), "env", None) or {})
    env_id = card.get("id")
    if not env_id:
        raise ValueError("the card of this world does not say which environment it was learned from (card.env['id'])")
    limit = kwargs.pop("max_episode_steps", card.get("max_episode_steps"))
    try:
        env = make_real(env_id, env_id, card.get("kwargs"), limit, **kwargs)
    except (TypeError, ValueError, gym.error.Error) as error:
        raise ValueError(f"cannot make {env_id}, which this world was learned from: {error}") from error
    for name, mine, theirs in (
        ("observation", world.spaces.observation, env.observation_space),
        ("action", world.spaces.action, env.action_space),
    ):
        if mine != theirs:
            env.close()
            raise ValueError(f"{env_id} has the {name} space {theirs}, this world was learned from {mine}")
    return env
