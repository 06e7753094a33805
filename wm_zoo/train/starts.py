"""Real moments from which dreams begin."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wm_zoo.api import Dynamics, State
from wm_zoo.recipe import Starts as StartsConfig
from wm_zoo.starts import MIN_BURN_IN, StartBank
from wm_zoo.train.replay import Replay, rows_of

Ints = NDArray[np.int64]

EPISODES = 512
"""Episodes that the start states of a stored world come from."""


class DreamStarts:
    """States of real episodes; some of them, in a fixed share, from the newest.

    Args:
        replay: the episodes.
        states: `Replay.states` of the world that will dream.
        config: `[starts]` of the recipe.
        generator: picks the moments that are kept.
    """

    def __init__(
        self, replay: Replay, states: Mapping[str, Tensor], config: StartsConfig, generator: np.random.Generator
    ) -> None:
        candidates = candidate_frames(replay, config)
        kept = np.sort(generator.permutation(candidates)[: config.size])
        recent = candidates[-config.recent_size :]
        self._fraction = config.recent_fraction
        self._all = rows_of(states, torch.from_numpy(kept))
        self._recent = rows_of(states, torch.from_numpy(recent))
        self._sizes = (len(kept), len(recent))

    def __call__(self, n: int, generator: torch.Generator) -> State:
        """States of `n` dreams, drawn with replacement."""
        newest = torch.rand(n, generator=generator) < self._fraction
        place = torch.rand(n, generator=generator, dtype=torch.float64)
        rows, recent_rows = ((place * size).long() for size in self._sizes)
        return {name: _where(newest, self._recent[name][recent_rows], self._all[name][rows]) for name in self._all}


def candidate_frames(replay: Replay, config: StartsConfig, episodes: Ints | None = None) -> Ints:
    """Numbers of the frames that a dream may begin in, oldest first; never one in which an episode has ended.

    An episode that is shorter than the burn-in gives its last such frame.
    """
    alive = replay.length + ~replay.terminated  # [E], frames from which the episode can go on
    chosen = np.arange(len(alive)) if episodes is None else episodes
    parts = [
        first + np.arange(min(config.burn_in, int(count) - 1), count, config.stride)
        for first, count in zip(replay.first[chosen], alive[chosen], strict=True)
    ]
    return np.concatenate(parts).astype(np.int64)


def world_starts(dynamics: Dynamics, replay: Replay, config: StartsConfig, generator: np.random.Generator) -> StartBank:
    """The start states that a world is stored with, from a random choice of episodes."""
    episodes = np.sort(generator.permutation(len(replay.length))[:EPISODES])
    states = replay.states(dynamics, episodes)
    config = config.model_copy(update={"burn_in": max(config.burn_in, MIN_BURN_IN)})
    anywhere = np.sort(generator.permutation(candidate_frames(replay, config, episodes))[: config.world_size])
    places = (anywhere, replay.first[episodes])
    return StartBank(*(rows_of(states, torch.from_numpy(rows)) for rows in places))


def _where(mask: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.where(mask.reshape(-1, *[1] * (a.dim() - 1)), a, b)
