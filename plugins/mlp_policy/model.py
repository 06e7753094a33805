"""Actor-critic MLP: a tanh-squashed Gaussian with a standard deviation per state, or a categorical."""

from __future__ import annotations

import gymnasium as gym
import torch
from torch import Tensor, nn

from wm_zoo.api import Dims
from wm_zoo.api.nn import ActionDistribution, Generator, OneHotCategorical, SquashedGaussian, box_bounds, mlp

from . import MlpPolicyConfig


class MlpPolicy(nn.Module):
    """Two networks of the same shape on the features; no weights are shared."""

    low: Tensor
    high: Tensor

    def __init__(self, config: MlpPolicyConfig, dims: Dims) -> None:
        super().__init__()
        self.config = config
        self._discrete = isinstance(dims.spaces.action, gym.spaces.Discrete)
        if config.action_init and len(config.action_init) != dims.action:
            raise ValueError(
                f"mlp-policy: action_init has {len(config.action_init)} values, actions have {dims.action}"
            )
        outputs = dims.action if self._discrete else 2 * dims.action
        self.actor = mlp([dims.features, *config.hidden, outputs], nn.ReLU)
        self.critic = mlp([dims.features, *config.hidden, 1], nn.ReLU)
        low, high = (torch.zeros(1), torch.ones(1)) if self._discrete else box_bounds(dims.spaces.action)
        self.register_buffer("low", low, persistent=False)
        self.register_buffer("high", high, persistent=False)
        self._start(dims.action)

    def distribution(self, features: Tensor) -> ActionDistribution:
        """Distribution over raw actions for features ``[B, F]``."""
        out = self.actor(features)
        if self._discrete:
            return OneHotCategorical(out)
        mean, log_std = out.chunk(2, -1)
        log_std = log_std.clamp(self.config.log_std_min, self.config.log_std_max)
        return SquashedGaussian(mean, log_std, self.low, self.high)

    def value(self, features: Tensor) -> Tensor:
        """State values ``[B]``."""
        return self.critic(features)[..., 0]

    def act(self, features: Tensor, *, deterministic: bool = False, generator: Generator | None = None) -> Tensor:
        """Features ``[B, F]`` to actions ``[B, A]``; without a generator always the mode."""
        dist = self.distribution(features)
        raw = dist.mode if deterministic or generator is None else dist.sample(generator)
        return dist.action(raw)

    def _start(self, action_dim: int) -> None:
        last = self.actor[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.weight.mul_(0.01)  # near-uniform behaviour whatever the features' scale
            last.bias.zero_()
            if self.config.action_init:
                last.bias[:action_dim] = torch.tensor(self.config.action_init)
            if not self._discrete:
                last.bias[action_dim:] = self.config.log_std_init
