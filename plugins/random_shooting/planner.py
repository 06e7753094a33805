"""Random shooting (Nagabandi et al. 2018, arXiv:1708.02596, section IV.C) with time-correlated candidates."""

from __future__ import annotations

import math
from typing import Any

import gymnasium as gym
import torch
from torch import Tensor
from torch.nn import functional

from wm_zoo.api import Dims, State, World
from wm_zoo.api.nn import Generator, box_bounds, normal, uniform
from wm_zoo.api.planning import Outlook, lanes_of, predicted_return, search_noise

from . import RandomShootingConfig


class RandomShooting:
    """Scores random action sequences by their predicted return; keeps no memory.

    Candidates of a Box are uniform in it at every step, with AR(1) correlated Gaussians underneath; those of a Discrete
    repeat the previous action with probability `correlation`.

    Args:
        config: search budget and outlook.
        dims: the action space and its size A.

    Raises:
        TypeError: if the action space is neither a Box nor Discrete.
        ValueError: if the Box has an infinite bound.
    """

    def __init__(self, config: RandomShootingConfig, dims: Dims) -> None:
        self.config = config
        space = dims.spaces.action
        self._actions = dims.action
        self._discrete = isinstance(space, gym.spaces.Discrete)
        if not self._discrete:
            self._low, self._high = box_bounds(space)  # each [A]
            if not bool((torch.isfinite(self._low) & torch.isfinite(self._high)).all()):
                raise ValueError(f"wm/random-shooting-v0 needs a bounded action space, got {space}; bound it first")
        self._outlook = Outlook(config.discount, config.uncertainty_penalty, config.particles, config.temperature)

    @torch.no_grad()
    def plan(
        self, world: World, state: State, *, memory: Any = None, generator: Generator | None = None
    ) -> tuple[Tensor, Any]:
        """Actions ``[B, A]``, the first of the best of `samples` sequences in each lane, and no memory.

        Without a generator all lanes try the same fixed set of candidates.
        """
        lanes, device = lanes_of(state)
        noise = search_noise(generator)
        actions = self._candidates(lanes, noise, device)  # [B, N, H, A]
        best = predicted_return(world, state, actions, self._outlook, noise).argmax(-1)  # [B]
        return actions[torch.arange(lanes, device=device), best, 0], None

    def _candidates(self, lanes: int, noise: Generator, device: torch.device) -> Tensor:
        if self._discrete:
            return self._discrete_candidates(lanes, noise, device)
        shape = (lanes, self.config.samples, self.config.horizon, self._actions)
        white = normal(lanes, math.prod(shape[1:]), noise, device).view(shape)
        low, high = self._low.to(device), self._high.to(device)
        share = torch.special.ndtr(_correlate(white, self.config.correlation))  # uniform in (0, 1) at every step
        return torch.minimum(torch.maximum(low + (high - low) * share, low), high)

    def _discrete_candidates(self, lanes: int, noise: Generator, device: torch.device) -> Tensor:
        shape = (lanes, self.config.samples, self.config.horizon, 2)
        u = uniform(lanes, math.prod(shape[1:]), noise, device).view(shape)
        fresh = (u[..., 0] * self._actions).long().clamp_max(self._actions - 1)  # [B, N, H]
        steps = [fresh[..., 0]]
        for t in range(1, self.config.horizon):
            steps.append(torch.where(u[..., t, 1] < self.config.correlation, steps[-1], fresh[..., t]))
        return functional.one_hot(torch.stack(steps, -1), self._actions).float()


def _correlate(white: Tensor, rho: float) -> Tensor:
    """White noise ``[B, N, H, A]`` to AR(1) noise of unit variance along H."""
    steps = [white[..., 0, :]]
    for t in range(1, white.shape[-2]):
        steps.append(rho * steps[-1] + math.sqrt(1.0 - rho**2) * white[..., t, :])
    return torch.stack(steps, -2)
