"""What an agent returns in its own dream: the number that must never stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from wm_envs.dream import chunks
from wm_zoo.api import Controller, Planner, State, World
from wm_zoo.api.nn import Generator
from wm_zoo.lanes import LaneGenerator
from wm_zoo.stats import episode_summary


@torch.no_grad()
def dream_returns(
    world: World,
    controller: Controller | Planner,
    *,
    seeds: Sequence[int],
    horizon: int,
    where: str = "episode",
    temperature: float = 1.0,
    deterministic: bool = True,
) -> dict[str, Any]:
    """Drive whole dreams and count the predicted reward, weighted with the predicted chance of being still alive.

    Args:
        world: dreamt in.
        controller: a controller, or a planner.
        seeds: one dream each; start state and noise.
        horizon: steps of a dream, as long as a real episode may be.
        where: "episode": dreams begin where real episodes begin, so that returns compare with real ones.
        temperature: of the sampled continuations; 0: the most likely one.
        deterministic: the policy's mode, as in the real evaluation.

    Returns:
        seeds, returns, lengths (expected steps alive), horizon, where, temperature, summary.
    """
    returns: list[float] = []
    lengths: list[float] = []
    for first in range(0, len(seeds), chunks.CHUNK):
        piece = list(seeds[first : first + chunks.CHUNK])
        padded = piece + [piece[0]] * (chunks.CHUNK - len(piece))  # one batch size: the same bits for a seed
        with chunks.one_thread():
            total, alive = _dream(world, controller, padded, horizon, where, temperature, deterministic)
        returns += total[: len(piece)]
        lengths += alive[: len(piece)]
    return {
        "seeds": list(seeds),
        "returns": returns,
        "lengths": lengths,
        "horizon": horizon,
        "where": where,
        "temperature": temperature,
        "summary": episode_summary(returns),
    }


def _dream(
    world: World,
    controller: Any,
    seeds: Sequence[int],
    horizon: int,
    where: str,
    temperature: float,
    deterministic: bool,
) -> tuple[list[float], list[float]]:
    noise = LaneGenerator(seeds)
    state = world.initial(len(seeds), generator=noise, where=where)
    total = torch.zeros(len(seeds), dtype=torch.float64)
    steps, alive = torch.zeros_like(total), torch.ones_like(total)
    decide = _Decider(world, controller, None if deterministic else noise)
    for _ in range(horizon):
        step = world.imagine(state, decide(state), temperature=temperature, generator=noise)
        total += alive * step.reward.double().cpu()
        steps += alive
        alive *= 1.0 - step.terminated.double().cpu()
        state = step.state
    return total.tolist(), steps.tolist()


class _Decider:
    """A controller or a planner as a function of states; a planner's memory lives here."""

    def __init__(self, world: World, controller: Any, generator: Generator | None) -> None:
        self._world, self._controller, self._generator = world, controller, generator
        self._memory: Any = None

    def __call__(self, state: State) -> torch.Tensor:
        if isinstance(self._controller, Planner):
            action, self._memory = self._controller.plan(
                self._world, state, memory=self._memory, generator=self._generator
            )
            return action
        features = self._world.features(state)
        action = self._controller.act(features, deterministic=self._generator is None, generator=self._generator)
        assert isinstance(action, torch.Tensor)
        return action


def gap(dream: Sequence[float], real: Sequence[float]) -> dict[str, float]:
    """Dream minus real mean return: the gauge of exploitation (far above 0: the agent lives on the model's errors)."""
    dreamt, lived = float(np.mean(dream)), float(np.mean(real))
    return {"dream": dreamt, "real": lived, "dream_minus_real": dreamt - lived}
