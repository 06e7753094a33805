"""An agent that collects its own data, with noise mixed into some episodes so that the world sees mistakes too."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_zoo.data.correlated import CorrelatedRandomPolicy
from wm_zoo.data.policies import Actions, BatchPolicy, LanePolicy, PolicyError


class NoisyPolicy(LanePolicy):
    """An inner policy with correlated noise mixed into a fraction of the episodes.

    Args:
        inner: the policy that drives, e.g. an agent.
        space: action space.
        lanes: fraction of episodes with noise, in [0, 1].
        most: largest share of noise in an action; each noisy episode draws its share from ``[0, most]``. For a Discrete
            space the share is the probability of a random action instead.
        noise: where the noise comes from; a `CorrelatedRandomPolicy` with its defaults if None.
    """

    _stream = 3

    def __init__(
        self,
        inner: BatchPolicy,
        space: gym.Space[Any],
        *,
        lanes: float = 0.7,
        most: float = 0.3,
        noise: BatchPolicy | None = None,
    ) -> None:
        for name, value in (("lanes", lanes), ("most", most)):
            if not 0.0 <= value <= 1.0:
                raise PolicyError(f"{name}={value}: expected a fraction in [0, 1]")
        self.inner, self.lanes, self.most = inner, lanes, most
        self.noise = noise or CorrelatedRandomPolicy(space)
        self.name = f"{inner.name}+{self.noise.name}"
        super().__init__(space)

    def reset(self, n: int, seed: int) -> None:
        """Begin with `n` lanes."""
        self._share = np.zeros(n)
        self.inner.reset(n, seed)
        self.noise.reset(n, seed)
        super().reset(n, seed)

    def reset_lanes(self, mask: NDArray[np.bool_], seeds: NDArray[np.int64] | None = None) -> None:
        """Begin a new episode where `mask`."""
        self.inner.reset_lanes(mask, seeds)
        self.noise.reset_lanes(mask, seeds)
        super().reset_lanes(mask, seeds)

    def _begin(self, lane: int, generator: np.random.Generator) -> None:
        noisy, share = generator.random(2)
        self._share[lane] = self.most * share if noisy < self.lanes else 0.0

    def act(self, obs: Any) -> Actions:
        """Mixed actions ``[N, ...]``; an inner policy with a memory is told (`executed`) what was really done."""
        mixed = self._mix(obs)
        if hasattr(self.inner, "executed"):
            self.inner.executed(mixed)
        return mixed

    def _mix(self, obs: Any) -> Actions:
        driven, noise = np.asarray(self.inner.act(obs)), np.asarray(self.noise.act(obs))
        if self._discrete:
            return np.where(self._noise.step()[:, 0] < self._share, noise, driven)
        share = self._share[:, None]
        n = len(driven)
        return self._box((1.0 - share) * driven.reshape(n, -1) + share * noise.reshape(n, -1))
