"""Imagination for planner authors: many candidates a lane, scored with nothing but the `World` protocol.

A planner sees B lanes and tries N action sequences in each. The helpers here keep the lanes apart: candidates sit next
to their lane (``[B, N]`` flattened lane first), and noise is drawn as B rows that are then cut up, so that lane i's
plan depends on lane i's generator alone, whatever the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from wm_zoo.api.nn import Generator, normal, uniform
from wm_zoo.api.protocols import World
from wm_zoo.api.types import State

_Draw = Callable[[int, int, Generator], Tensor]


class SplitNoise:
    """Lane generator of ``B * copies`` rows out of a generator of B lanes: lane i's row is cut into its copies."""

    def __init__(self, generator: Generator, lanes: int) -> None:
        self._generator, self._lanes = generator, lanes

    def normal(self, n: int, k: int) -> Tensor:
        """Standard normal noise ``[n, k]``, n a multiple of the lanes."""
        return self._split(normal, n, k)

    def uniform(self, n: int, k: int) -> Tensor:
        """Uniform noise in [0, 1), ``[n, k]``, n a multiple of the lanes."""
        return self._split(uniform, n, k)

    def _split(self, draw: _Draw, n: int, k: int) -> Tensor:
        copies = _copies(n, self._lanes)
        return draw(self._lanes, copies * k, self._generator).reshape(n, k)


class SharedNoise:
    """Lane generator whose B rows are repeated for every block of B lanes: common random numbers.

    With ``lanes=1`` every lane sees the same noise, which is how a planner searches when it was given no generator.
    """

    def __init__(self, generator: Generator, lanes: int = 1) -> None:
        self._generator, self._lanes = generator, lanes

    def normal(self, n: int, k: int) -> Tensor:
        """Standard normal noise ``[n, k]``, n a multiple of the lanes."""
        return normal(self._lanes, k, self._generator).repeat(_copies(n, self._lanes), 1)

    def uniform(self, n: int, k: int) -> Tensor:
        """Uniform noise in [0, 1), ``[n, k]``, n a multiple of the lanes."""
        return uniform(self._lanes, k, self._generator).repeat(_copies(n, self._lanes), 1)


def _copies(rows: int, lanes: int) -> int:
    if rows % lanes:
        raise ValueError(f"noise for {rows} rows was asked of a generator of {lanes} lanes: not a multiple")
    return rows // lanes


def search_noise(generator: Generator | None) -> Generator:
    """`generator`, or for None a fixed one that is the same for every lane: the search is then deterministic."""
    return SharedNoise(torch.Generator().manual_seed(0)) if generator is None else generator


def lanes_of(state: State) -> tuple[int, torch.device]:
    """Number of lanes B of a state, and where it lives."""
    first = next(iter(state.values()))
    return first.shape[0], first.device


def repeat_lanes(state: State, copies: int) -> State:
    """State of B lanes to one of ``B * copies``; the copies of a lane are neighbours."""
    return {name: tensor.repeat_interleave(copies, 0) for name, tensor in state.items()}


@dataclass(frozen=True)
class Outlook:
    """How imagined steps become one number.

    Attributes:
        discount: weight of the next step's reward relative to this one's.
        uncertainty_penalty: k in ``reward - k * uncertainty``, reward units per unit of uncertainty.
        particles: 0 imagines the most likely continuation; P > 0 averages P sampled ones.
        temperature: of the sampled continuations; unused when `particles` is 0.
    """

    discount: float = 1.0
    uncertainty_penalty: float = 0.0
    particles: int = 0
    temperature: float = 1.0


@torch.no_grad()
def predicted_return(
    world: World, state: State, actions: Tensor, outlook: Outlook, generator: Generator | None = None
) -> Tensor:
    """Discounted return that the world predicts for N action sequences in each of B lanes.

    Rewards count as long as the episode is predicted to go on: step t is weighted with the product of
    ``1 - terminated`` of the steps before it (the step that ends an episode still pays its reward).

    Args:
        world: imagines; never changed.
        state: tensors ``[B, ...]``.
        actions: float32 ``[B, N, H, A]``, inside the action space.
        outlook: discount, penalty, particles.
        generator: noise of B lanes; needed when ``outlook.particles > 0``.

    Returns:
        float32 ``[B, N]`` in units of reward. A candidate for which the world predicts NaN gets ``-inf``.

    Raises:
        ValueError: if in some lane no candidate at all has a finite return, or the generator is missing.
    """
    lanes, candidates, horizon, _ = actions.shape
    copies = max(outlook.particles, 1)
    if outlook.particles and generator is None:
        raise ValueError(f"{outlook.particles} particles need a generator; pass one, or set particles=0")
    noise = SplitNoise(generator, lanes) if outlook.particles and generator is not None else None
    temperature = outlook.temperature if outlook.particles else 1.0
    state = repeat_lanes(state, candidates * copies)
    flat = actions.flatten(0, 1).repeat_interleave(copies, 0)  # [B * N * P, H, A]
    total = flat.new_zeros(flat.shape[0])
    weight = flat.new_ones(flat.shape[0])
    for t in range(horizon):
        step = world.imagine(state, flat[:, t], temperature=temperature, generator=noise)
        total = total + weight * (step.reward - outlook.uncertainty_penalty * step.uncertainty)
        weight = weight * (1.0 - step.terminated) * outlook.discount
        state = step.state
    returns = total.view(lanes, candidates, copies).mean(-1)  # [B, N]
    finite = torch.isfinite(returns)
    if not bool(finite.any(-1).all()):
        bad = (~finite.any(-1)).nonzero().flatten().tolist()
        raise ValueError(f"the world predicts no finite return for any candidate in lanes {bad}: is the state finite?")
    return returns.masked_fill(~finite, float("-inf"))
