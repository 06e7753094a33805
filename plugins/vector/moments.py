"""Mean and covariance in one pass."""

from __future__ import annotations

import torch
from torch import Tensor


class Moments:
    """Running mean and covariance in float64, batch by batch (Chan, Golub and LeVeque 1979): exact far from zero too.

    Args:
        size: V, entries of a vector.

    Attributes:
        count: vectors so far.
        mean: their mean ``[V]``.
    """

    def __init__(self, size: int) -> None:
        self.count = 0
        self.mean = torch.zeros(size, dtype=torch.float64)
        self._scatter = torch.zeros(size, size, dtype=torch.float64)

    def add(self, values: Tensor) -> None:
        """Add vectors float64 ``[B, V]``."""
        new, mean = len(values), values.mean(0)
        centred, away = values - mean, mean - self.mean
        total = self.count + new
        self._scatter += centred.T @ centred + torch.outer(away, away) * (self.count * new / total)
        self.mean += away * (new / total)
        self.count = total

    def covariance(self) -> Tensor:
        """Covariance ``[V, V]`` of what was added."""
        return self._scatter / max(self.count, 1)
