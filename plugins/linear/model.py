"""Linear controller; Ha & Schmidhuber (2018), arXiv:1803.10122, section 2.3: ``a = W [z, h] + b``."""

from __future__ import annotations

import gymnasium as gym
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parameters_to_vector

from wm_zoo.api import Dims
from wm_zoo.api.nn import Generator, box_bounds

from . import LinearConfig


class Linear(nn.Module):
    """Features ``[B, F]`` to action vectors ``[B, A]``: tanh into the Box, or the largest output of a Discrete.

    All parameters start at zero, in the middle of the Box, which is where an evolution strategy starts its search.

    Args:
        config: whether there is a bias.
        dims: `features` F, `action` A and the action space.

    Raises:
        TypeError: if the action space is neither a Box nor Discrete.
        ValueError: if the Box has an infinite bound.
    """

    def __init__(self, config: LinearConfig, dims: Dims) -> None:
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(torch.zeros(dims.action, dims.features))
        self.bias = nn.Parameter(torch.zeros(dims.action)) if config.bias else None
        space = dims.spaces.action
        self._discrete = isinstance(space, gym.spaces.Discrete)
        low, high = (torch.zeros(dims.action), torch.ones(dims.action)) if self._discrete else _finite_bounds(space)
        self.register_buffer("low", low, persistent=False)  # [A]
        self.register_buffer("high", high, persistent=False)  # [A]

    def act(self, features: Tensor, *, deterministic: bool = False, generator: Generator | None = None) -> Tensor:
        """Features ``[B, F]`` to actions ``[B, A]``; always deterministic, the generator is not used."""
        return self._squash(functional.linear(features, self.weight, self.bias))

    def flat_parameters(self) -> Tensor:
        """Weight (row by row), then bias, as one float32 vector ``[P]``, P = A x (F + 1)."""
        return parameters_to_vector(self.parameters()).detach().clone()

    def load_flat_parameters(self, vector: Tensor) -> None:
        """Inverse of `flat_parameters`; raises ValueError for a vector of another length."""
        size = sum(p.numel() for p in self.parameters())
        if tuple(vector.shape) != (size,):
            raise ValueError(f"expected {size} parameters as a vector [{size}], got shape {list(vector.shape)}")
        with torch.no_grad():
            for p, part in zip(self.parameters(), vector.split([p.numel() for p in self.parameters()]), strict=True):
                p.copy_(part.view_as(p))

    def act_population(self, vectors: Tensor, features: Tensor) -> Tensor:
        """Actions ``[N, B, A]`` of N parameter vectors ``[N, P]`` on features ``[N, B, F]``, in one batched matmul."""
        actions, inputs = self.weight.shape
        weight = vectors[:, : actions * inputs].view(-1, actions, inputs)  # [N, A, F]
        if self.bias is None:
            return self._squash(torch.bmm(features, weight.mT))
        bias = vectors[:, actions * inputs :].unsqueeze(1)  # [N, 1, A]
        return self._squash(torch.baddbmm(bias, features, weight.mT))

    def _squash(self, raw: Tensor) -> Tensor:
        if self._discrete:
            return functional.one_hot(raw.argmax(-1), raw.shape[-1]).to(raw.dtype)
        action = self.low + (self.high - self.low) * (0.5 * (torch.tanh(raw) + 1.0))
        return torch.minimum(torch.maximum(action, self.low), self.high)  # rounding may leave the Box by one ulp


def _finite_bounds(space: gym.Space) -> tuple[Tensor, Tensor]:
    low, high = box_bounds(space)
    if not bool((torch.isfinite(low) & torch.isfinite(high)).all()):
        raise ValueError(f"wm/linear-v0 squashes into finite bounds, but the action space is {space}; bound it first")
    return low, high
