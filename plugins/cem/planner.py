"""Cross-entropy method with the improvements of iCEM (Pinneri et al. 2020, arXiv:2008.06389, algorithm 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import torch
from torch import Tensor

from wm_zoo.api import Dims, State, World
from wm_zoo.api.nn import Generator, box_bounds, normal
from wm_zoo.api.planning import Outlook, lanes_of, predicted_return, search_noise

from . import CEMConfig
from .proposals import CategoricalProposal, GaussianProposal, Proposal, coloured


@dataclass(frozen=True)
class _Scored:
    """Plans with their predicted returns, best first."""

    plans: Tensor  # [B, N, H, A]
    returns: Tensor  # [B, N]

    def top(self, count: int) -> _Scored:
        """The best `count`; ties go to the earlier plan, so the order is the same for every batch."""
        order = self.returns.argsort(dim=-1, descending=True, stable=True)[:, :count]
        picked = order[..., None, None].expand(-1, -1, *self.plans.shape[2:])
        return _Scored(self.plans.gather(1, picked), self.returns.gather(1, order))


class CEM:
    """Refines a distribution over action sequences towards those with the best predicted return.

    The memory of `plan` is a mapping of tensors with one row a lane: ``centre`` ``[B, H, A]``, ``elites``
    ``[B, K, H, A]``, ``known`` ``[B]``. A lane whose row is all zeros has no memory, so a host that restarts the
    episode of one lane clears that row.

    Args:
        config: search budget and outlook.
        dims: the action space and its size A.

    Raises:
        TypeError: if the action space is neither a Box nor Discrete.
        ValueError: if the Box has an infinite bound.
    """

    def __init__(self, config: CEMConfig, dims: Dims) -> None:
        self.config = config
        self._actions = dims.action
        self._proposal = _proposal(config, dims)
        self._kept = round(config.keep_elites * config.elites)
        self._outlook = Outlook(config.discount, config.uncertainty_penalty, config.particles, config.temperature)

    @torch.no_grad()
    def plan(
        self, world: World, state: State, *, memory: Any = None, generator: Generator | None = None
    ) -> tuple[Tensor, Any]:
        """Actions ``[B, A]`` inside the action space, and the memory for the next call.

        Without a generator all lanes search with the same fixed noise.
        """
        lanes, device = lanes_of(state)
        noise = search_noise(generator)
        memory = self._blank(lanes, device) if memory is None else memory
        location, spread = self._proposal.start(memory["centre"])
        pool = self._remembered(world, state, memory, noise)
        best = elites = pool
        for i in range(self.config.iterations):
            plans = self._proposal.sample(location, spread, self._noise(i, lanes, noise, device))
            if i == self.config.iterations - 1:
                plans = torch.cat([plans, self._proposal.mode(location).unsqueeze(1)], 1)
            fresh = self._score(world, state, plans, noise)
            elites = _join(pool, fresh).top(self.config.elites)
            best = _join(best, elites).top(1)
            pool = elites.top(self._kept)
            location, spread = self._proposal.fit(location, spread, elites.plans)
        plan = best.plans[:, 0] if self.config.execute == "best" else self._proposal.mode(location)  # [B, H, A]
        return self._proposal.actions(plan[:, 0]), self._remember(location, elites)

    def _noise(self, iteration: int, lanes: int, generator: Generator, device: torch.device) -> Tensor:
        """Coloured noise ``[B, N, H, K]``; N shrinks with the iterations but stays at two elites' worth or more."""
        c = self.config
        count = max(int(c.samples / c.decay**iteration), min(2 * c.elites, c.samples))
        shape = (count, c.horizon, self._proposal.noise_dim)
        white = normal(lanes, count * c.horizon * self._proposal.noise_dim, generator, device)
        return coloured(white.view(lanes, *shape), c.noise_beta)

    def _score(self, world: World, state: State, plans: Tensor, noise: Generator) -> _Scored:
        return _Scored(plans, predicted_return(world, state, self._proposal.actions(plans), self._outlook, noise))

    def _remembered(self, world: World, state: State, memory: Mapping[str, Tensor], noise: Generator) -> _Scored:
        """Last decision's elites, scored from here; those of a lane without memory can never win."""
        plans = memory["elites"]
        skip = self.config.particles == 0 and not bool(memory["known"].any())  # particles draw noise: never skip those,
        if plans.shape[1] == 0 or skip:  # or a lane's draws would depend on the memory of its neighbours
            return _Scored(plans, plans.new_full(plans.shape[:2], float("-inf")))
        scored = self._score(world, state, plans, noise)
        return _Scored(plans, scored.returns.masked_fill(memory["known"].unsqueeze(1) == 0, float("-inf")))

    def _remember(self, location: Tensor, elites: _Scored) -> Mapping[str, Tensor]:
        """What the next decision starts from: everything one step on, the last step repeated."""
        kept = elites.top(self._kept).plans
        if not self.config.warm_start:
            return self._blank(location.shape[0], location.device)
        return {
            "centre": _shift(self._proposal.centre(location)),
            "elites": _shift(kept),
            "known": torch.ones(location.shape[0], device=location.device),
        }

    def _blank(self, lanes: int, device: torch.device) -> Mapping[str, Tensor]:
        shape = (self.config.horizon, self._actions)
        return {
            "centre": torch.zeros(lanes, *shape, device=device),
            "elites": torch.zeros(lanes, self._kept, *shape, device=device),
            "known": torch.zeros(lanes, device=device),
        }


def _proposal(config: CEMConfig, dims: Dims) -> Proposal:
    space = dims.spaces.action
    if isinstance(space, gym.spaces.Discrete):
        return CategoricalProposal(dims.action, config.momentum, config.initial_spread, config.min_spread)
    low, high = box_bounds(space)
    if not bool((torch.isfinite(low) & torch.isfinite(high)).all()):
        raise ValueError(f"wm/cem-v0 needs a bounded action space, got {space}; bound it first")
    return GaussianProposal(low, high, config.momentum, config.initial_spread, config.min_spread)


def _join(a: _Scored, b: _Scored) -> _Scored:
    return _Scored(torch.cat([a.plans, b.plans], 1), torch.cat([a.returns, b.returns], 1))


def _shift(plans: Tensor) -> Tensor:
    """``[..., H, A]`` one step forward in time."""
    return torch.cat([plans[..., 1:, :], plans[..., -1:, :]], -2)
