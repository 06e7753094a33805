"""Correlated random actions: what makes a first, random dataset worth learning from.

White noise hardly moves a car: successive actions cancel. Here every episode has a bias and a scale of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wm_zoo.data.policies import Actions, LanePolicy, PolicyError
from wm_zoo.spaces import action_size


class CorrelatedRandomPolicy(LanePolicy):
    """First-order autoregressive actions with a bias and a scale drawn in every episode.

    The signal is ``bias + scale * x`` with ``x`` of unit variance and correlation `rho` from one decision to the next,
    in units of the Box's half-width around its centre (so -1 and 1 are the bounds of any Box). For a Discrete space the
    last action is kept with probability `rho` and redrawn otherwise.

    Args:
        space: Box or Discrete action space.
        rho: correlation per decision, in [0, 1).
        bias_mean: mean of the bias of an episode, a scalar or ``[A]``.
        bias_std: its standard deviation, a scalar or ``[A]``.
        scale: factor on the noise, a scalar or ``[A]``.
        scale_range: every episode multiplies `scale` by a number drawn uniformly here.
        opposed: pairs of dimensions that one signal drives, such as gas and brake: its positive part moves the first
            from its low to its high, its negative part the second; the signal is the first dimension's.
        opposed_gain: factor on the second of each pair.

    The defaults are those of the CarRacing study; its setting there was ``bias_mean=(0, 0.25, 0)``,
    ``bias_std=(0.15, 0.3, 0)``, ``scale=(0.8, 0.6, 0)``, ``opposed=((1, 2),)``.
    """

    name = "correlated"
    _stream = 2
    _kind = "normal"

    def __init__(
        self,
        space: gym.Space[Any],
        *,
        rho: float = 0.85,
        bias_mean: ArrayLike = 0.0,
        bias_std: ArrayLike = 0.15,
        scale: ArrayLike = 0.8,
        scale_range: tuple[float, float] = (0.1, 1.0),
        opposed: Sequence[tuple[int, int]] = (),
        opposed_gain: float = 0.8,
    ) -> None:
        if not 0.0 <= rho < 1.0:
            raise PolicyError(f"rho={rho}: expected a correlation in [0, 1)")
        self.rho, self.scale_range = rho, scale_range
        self.opposed, self.opposed_gain = tuple(opposed), opposed_gain
        size = action_size(space)
        self.bias_mean, self.bias_std, self.scale = (
            _per_dimension(name, value, size)
            for name, value in (("bias_mean", bias_mean), ("bias_std", bias_std), ("scale", scale))
        )
        if any(not 0 <= d < size for pair in self.opposed for d in pair):
            raise PolicyError(f"opposed={self.opposed}: expected dimensions below {size}, the action size of {space}")
        super().__init__(space)

    def reset(self, n: int, seed: int) -> None:
        """Begin with `n` lanes."""
        self._x = np.zeros((n, self.size))
        self._bias, self._scale = np.zeros((n, self.size)), np.zeros((n, self.size))
        self._last = np.zeros(n, np.int64)
        super().reset(n, seed)

    def _begin(self, lane: int, generator: np.random.Generator) -> None:
        if self._discrete:
            self._last[lane] = self._classes(generator.random(1))[0]
            return
        self._bias[lane] = self.bias_mean + self.bias_std * generator.standard_normal(self.size)
        self._scale[lane] = self.scale * generator.uniform(*self.scale_range)
        self._x[lane] = generator.standard_normal(self.size)  # the stationary distribution, not a slow start at 0

    def act(self, obs: Any) -> Actions:
        """Actions ``[N, ...]``, correlated with the last ones of the same episode."""
        noise = self._noise.step()
        if self._discrete:
            self._last = np.where(noise[:, 0] < self.rho, self._last, self._classes(noise[:, 1]))
            return self._last.copy()
        self._x = self.rho * self._x + np.sqrt(1.0 - self.rho**2) * noise
        return self._box(self._to_units(self._bias + self._scale * self._x))

    def _to_units(self, signal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Signals ``[N, A]`` around the centre of the Box to environment units."""
        span = self._high - self._low
        values = self._low + span * 0.5 * (signal + 1.0)
        for first, second in self.opposed:
            one = np.clip(signal[:, first], -1.0, 1.0)
            values[:, first] = self._low[first] + span[first] * np.maximum(one, 0.0)
            values[:, second] = self._low[second] + span[second] * self.opposed_gain * np.maximum(-one, 0.0)
        return values


def _per_dimension(name: str, value: ArrayLike, size: int) -> NDArray[np.float64]:
    array = np.asarray(value, np.float64)
    if array.ndim > 1 or (array.ndim == 1 and len(array) != size):
        raise PolicyError(f"{name} has shape {array.shape}, expected a scalar or {size} numbers (the action size)")
    return np.broadcast_to(array, (size,)).copy()
