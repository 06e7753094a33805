"""Who drives while data are collected: the protocol, and the two simplest drivers."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import gymnasium as gym
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wm_zoo.data.noise import LaneNoise, episode_seed
from wm_zoo.errors import WMError
from wm_zoo.spaces import action_size

Actions = NDArray[Any]
"""Environment actions of N lanes: ``[N, *box]`` in the Box's dtype, or int64 ``[N]`` for Discrete."""


class PolicyError(WMError):
    """A collection policy cannot drive this action space, or an argument is out of range."""


@runtime_checkable
class BatchPolicy(Protocol):
    """Drives N lanes. All its randomness comes from the seeds of the lanes' episodes, never from N or the order."""

    name: str  # stored with every episode

    def reset(self, n: int, seed: int) -> None:
        """Begin with `n` lanes; `collect` calls `reset_lanes` for all of them right after."""
        ...

    def reset_lanes(self, mask: NDArray[np.bool_], seeds: NDArray[np.int64] | None = None) -> None:
        """Begin a new episode where `mask` ``[N]``; `seeds` ``[N]`` are those of the new episodes (None: own count)."""
        ...

    def act(self, obs: Any) -> Actions:
        """Observations ``[N, ...]`` (a dict of them for Dict spaces) to environment actions ``[N, ...]``."""
        ...


class _Lanes:
    """Seeds of the lanes' episodes: given by `collect`, or (seed, lane, episode) counted here."""

    def __init__(self, n: int, seed: int) -> None:
        self.seed = seed
        self.episodes = np.zeros(n, np.int64)

    def seeds(self, mask: NDArray[np.bool_], seeds: NDArray[np.int64] | None) -> list[tuple[int, int]]:
        """``(lane, episode seed)`` of every lane that begins an episode."""
        begun = []
        for lane in np.flatnonzero(mask).tolist():
            own = episode_seed(self.seed, lane, int(self.episodes[lane])) if seeds is None else int(seeds[lane])
            begun.append((lane, own))
            self.episodes[lane] += 1
        return begun


class LanePolicy:
    """What the noise-driven policies share: lanes, and a draw at the start of every episode."""

    name = "noise"
    _stream = 0
    _kind: Any = "uniform"

    def __init__(self, space: gym.Space[Any]) -> None:
        self.space = space
        self.size = action_size(space)  # A
        self._discrete = isinstance(space, gym.spaces.Discrete)
        if isinstance(space, gym.spaces.Box):
            self._low, self._high = _limits(space)
        self.reset(0, 0)

    def reset(self, n: int, seed: int) -> None:
        """Begin with `n` lanes."""
        self._lanes = _Lanes(n, seed)
        width = 2 if self._discrete else self.size
        self._noise = LaneNoise(n, width, "uniform" if self._discrete else self._kind, self._stream)
        self.reset_lanes(np.ones(n, np.bool_))

    def reset_lanes(self, mask: NDArray[np.bool_], seeds: NDArray[np.int64] | None = None) -> None:
        """Begin a new episode where `mask`."""
        for lane, seed in self._lanes.seeds(mask, seeds):
            self._begin(lane, self._noise.restart(lane, seed))

    def _begin(self, lane: int, generator: np.random.Generator) -> None:
        """Draw what stays fixed for the episode of `lane`."""

    def _box(self, values: NDArray[np.float64]) -> Actions:
        """Values ``[N, A]`` in environment units, clipped into the Box, in its shape and dtype."""
        assert isinstance(self.space, gym.spaces.Box)
        clipped = np.clip(values, self._low, self._high)
        if np.issubdtype(self.space.dtype, np.integer):
            clipped = np.rint(clipped)
        return clipped.reshape(len(values), *self.space.shape).astype(self.space.dtype)

    def _classes(self, uniform: NDArray[np.float64]) -> NDArray[np.int64]:
        """Uniform numbers in [0, 1) to classes of the Discrete space."""
        assert isinstance(self.space, gym.spaces.Discrete)
        return (uniform * int(self.space.n)).astype(np.int64) + int(self.space.start)


class RandomPolicy(LanePolicy):
    """White noise: uniform in the Box (unbounded dimensions: [-1, 1]) or over the classes."""

    name = "random"
    _stream = 1

    def act(self, obs: Any) -> Actions:
        """Actions ``[N, ...]``, new ones in every step."""
        noise = self._noise.step()
        if self._discrete:
            return self._classes(noise[:, 0])
        return self._box(self._low + (self._high - self._low) * noise)


class ConstantPolicy(LanePolicy):
    """The same action in every step.

    Args:
        space: action space.
        action: an element of it.

    Raises:
        PolicyError: the action is not in the space.
    """

    name = "constant"

    def __init__(self, space: gym.Space[Any], action: ArrayLike) -> None:
        self.action = np.asarray(action, dtype=space.dtype)
        if not space.contains(self.action if self.action.shape else self.action[()]):
            raise PolicyError(f"constant action {self.action.tolist()} is not in {space}")
        self._n = 0
        super().__init__(space)

    def reset(self, n: int, seed: int) -> None:
        """Begin with `n` lanes."""
        self._n = n

    def reset_lanes(self, mask: NDArray[np.bool_], seeds: NDArray[np.int64] | None = None) -> None:
        """Nothing to begin."""

    def act(self, obs: Any) -> Actions:
        """The action for every lane ``[N, ...]``."""
        return np.repeat(self.action[None], self._n, 0)


def _limits(space: gym.spaces.Box) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds ``[A]`` of a Box; [-1, 1] where a dimension has none."""
    low, high = space.low.ravel().astype(np.float64), space.high.ravel().astype(np.float64)
    unbounded = ~(np.isfinite(low) & np.isfinite(high))
    return np.where(unbounded, -1.0, low), np.where(unbounded, 1.0, high)
