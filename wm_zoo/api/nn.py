"""Torch helpers for plugins: noise, action distributions, losses, small networks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Protocol

import gymnasium as gym
import torch
from torch import Tensor, nn
from torch.nn import functional

from wm_zoo.api.rows import PackedRows, RowNetwork, can_use_rows, sample_gaussian_mixture
from wm_zoo.api.step_program import StepProgram

__all__ = [
    "ActionDistribution",
    "Generator",
    "LaneGenerator",
    "OneHotCategorical",
    "PackedRows",
    "RowNetwork",
    "SquashedGaussian",
    "StepProgram",
    "box_bounds",
    "can_use_rows",
    "gaussian_nll",
    "masked_mean",
    "mlp",
    "normal",
    "sample_gaussian_mixture",
    "uniform",
]


class LaneGenerator(Protocol):
    """Noise whose lane i depends only on lane i's own seed and draw count (see `wm_zoo.lanes`)."""

    def normal(self, n: int, k: int) -> Tensor:
        """Standard normal noise ``[n, k]``; row i is lane i's."""
        ...

    def uniform(self, n: int, k: int) -> Tensor:
        """Uniform noise in [0, 1), ``[n, k]``; row i is lane i's."""
        ...


Generator = torch.Generator | LaneGenerator


def normal(n: int, k: int, generator: Generator, device: torch.device | None = None) -> Tensor:
    """Standard normal noise ``[n, k]`` from a `torch.Generator` or from lane generators."""
    if isinstance(generator, torch.Generator):
        return torch.randn((n, k), generator=generator, device=generator.device).to(device or generator.device)
    return generator.normal(n, k).to(device or "cpu")


def uniform(n: int, k: int, generator: Generator, device: torch.device | None = None) -> Tensor:
    """Uniform noise in [0, 1), ``[n, k]``."""
    if isinstance(generator, torch.Generator):
        return torch.rand((n, k), generator=generator, device=generator.device).to(device or generator.device)
    return generator.uniform(n, k).to(device or "cpu")


def mlp(sizes: Sequence[int], activation: type[nn.Module] = nn.ELU) -> nn.Sequential:
    """Multi-layer perceptron with `activation` between the layers, none after the last."""
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(itertools.pairwise(sizes)):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(activation())
    return nn.Sequential(*layers)


def gaussian_nll(x: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """Negative log density of a diagonal Gaussian, elementwise (sum over the last axis yourself)."""
    return 0.5 * ((x - mean) * torch.exp(-log_std)) ** 2 + log_std + 0.5 * math.log(2 * math.pi)


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean of x where mask is 1."""
    return (x * mask).sum() / mask.sum().clamp_min(1.0)


class ActionDistribution(Protocol):
    """A distribution over raw actions, with a map into the action space."""

    def sample(self, generator: Generator) -> Tensor:
        """Raw actions ``[B, A]``."""
        ...

    @property
    def mode(self) -> Tensor:
        """Most likely raw actions ``[B, A]``."""
        ...

    def log_prob(self, raw: Tensor) -> Tensor:
        """Log density ``[B]`` of raw actions."""
        ...

    def entropy(self) -> Tensor:
        """Entropy ``[B]`` of the raw distribution."""
        ...

    def action(self, raw: Tensor) -> Tensor:
        """Action vectors ``[B, A]`` inside the action space."""
        ...


class SquashedGaussian:
    """Diagonal Gaussian, squashed by tanh into a Box; densities are of the raw (unsquashed) action."""

    def __init__(self, mean: Tensor, log_std: Tensor, low: Tensor, high: Tensor) -> None:
        self.mean, self.log_std, self._low, self._high = mean, log_std, low, high

    def sample(self, generator: Generator) -> Tensor:
        """Raw actions ``[B, A]``."""
        noise = normal(self.mean.shape[0], self.mean.shape[1], generator, self.mean.device)
        return self.mean + torch.exp(self.log_std) * noise

    @property
    def mode(self) -> Tensor:
        """Raw mean ``[B, A]``."""
        return self.mean

    def log_prob(self, raw: Tensor) -> Tensor:
        """Log density ``[B]``."""
        return -gaussian_nll(raw, self.mean, self.log_std).sum(-1)

    def entropy(self) -> Tensor:
        """Entropy ``[B]``."""
        return (self.log_std + 0.5 * math.log(2 * math.pi * math.e)).sum(-1)

    def action(self, raw: Tensor) -> Tensor:
        """Squash raw actions into the Box."""
        return self._low + (self._high - self._low) * 0.5 * (torch.tanh(raw) + 1.0)


class OneHotCategorical:
    """Categorical over a Discrete space; actions are one-hot vectors."""

    def __init__(self, logits: Tensor) -> None:
        self.log_p = functional.log_softmax(logits, -1)

    def sample(self, generator: Generator) -> Tensor:
        """One-hot ``[B, A]`` by the Gumbel trick (one uniform per class, so lanes stay apart)."""
        u = uniform(self.log_p.shape[0], self.log_p.shape[1], generator, self.log_p.device)
        gumbel = -torch.log(-torch.log(u.clamp(1e-10, 1.0 - 1e-7)))
        return self._one_hot((self.log_p + gumbel).argmax(-1))

    @property
    def mode(self) -> Tensor:
        """Most likely one-hot ``[B, A]``."""
        return self._one_hot(self.log_p.argmax(-1))

    def log_prob(self, raw: Tensor) -> Tensor:
        """Log probability ``[B]``."""
        return (self.log_p * raw).sum(-1)

    def entropy(self) -> Tensor:
        """Entropy ``[B]``."""
        return -(self.log_p.exp() * self.log_p).sum(-1)

    def action(self, raw: Tensor) -> Tensor:
        """One-hot vectors are actions already."""
        return raw

    def _one_hot(self, index: Tensor) -> Tensor:
        return functional.one_hot(index, self.log_p.shape[-1]).to(self.log_p.dtype)


def box_bounds(space: gym.Space[Any]) -> tuple[Tensor, Tensor]:
    """Low and high of a Box as float32 vectors ``[A]``; raises TypeError for other spaces."""
    if not isinstance(space, gym.spaces.Box):
        raise TypeError(f"expected a Box action space, got {space}")
    low, high = torch.as_tensor(space.low.ravel()), torch.as_tensor(space.high.ravel())
    return low.float(), high.float()
