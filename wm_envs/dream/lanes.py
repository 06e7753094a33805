"""Noise of many lanes at once, in which lane i's numbers depend on lane i's seed and draw count alone.

A counter-based generator (as Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; the mixing function is
splitmix64's) has no sequential state: number j of draw c in a lane with key k is a hash of (k, c, j). Lanes can thus be
batched, split, permuted and padded at will, and a batch gives each lane the very bits that it would get on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

_DRAW = np.uint64(0x9E3779B97F4A7C15)  # odd constants: every draw and every column starts somewhere else
_COLUMN = np.uint64(0xD1B54A32D192ED03)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S40 = (np.uint64(s) for s in (30, 27, 31, 32, 40))
_LOW_32 = np.uint64(0xFFFFFFFF)

Seed = int | Sequence[int]


def lane_key(seed: Seed) -> int:
    """64-bit key of a lane from any non-negative seed (or sequence of seeds), as NumPy's `SeedSequence` spreads it."""
    return int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])


class LaneGenerator:
    """Noise of n lanes (the `wm_zoo.api.nn.LaneGenerator` protocol).

    Args:
        seeds: one seed per lane; equal seeds give equal lanes.

    Every call draws for all lanes of this generator and moves their draw counts on by one. `select` gives a generator
    of some lanes that shares keys and counts with this one.
    """

    def __init__(self, seeds: Sequence[Seed]) -> None:
        self._keys = np.array([lane_key(seed) for seed in seeds], np.uint64)  # [N]
        self._counts = np.zeros(len(seeds), np.uint64)  # [N]
        self._lanes: NDArray[np.intp] | None = None  # None: all
        self._rows = len(seeds)

    def __len__(self) -> int:
        return self._rows

    def select(self, lanes: Any, pad_to: int = 0) -> LaneGenerator:
        """Generator of the lanes with these indices, sharing their keys and counts.

        Args:
            lanes: indices ``[M]`` into this generator, each at most once.
            pad_to: if larger than M, that many rows in all; the rows past M get noise that belongs to no lane.
        """
        chosen = np.asarray(lanes, np.intp)
        if self._lanes is not None:
            chosen = self._lanes[chosen]
        view = object.__new__(LaneGenerator)
        view._keys, view._counts, view._lanes = self._keys, self._counts, chosen
        view._rows = max(len(chosen), pad_to)
        return view

    def reseed(self, lanes: Any, seeds: Sequence[Seed]) -> None:
        """Start the lanes with these indices ``[M]`` anew from `seeds` (M of them)."""
        chosen = self._indices()[np.asarray(lanes, np.intp)]
        self._keys[chosen] = [lane_key(seed) for seed in seeds]
        self._counts[chosen] = 0

    def uniform(self, n: int, k: int) -> Tensor:
        """Uniform noise in [0, 1), float32 ``[n, k]``; row i is lane i's.

        Raises:
            ValueError: if n is not the number of lanes.
        """
        import torch

        bits = self._bits(n, k)
        return torch.from_numpy((bits >> _S40).astype(np.float32) * np.float32(2.0**-24))

    def normal(self, n: int, k: int) -> Tensor:
        """Standard normal noise, float32 ``[n, k]``; row i is lane i's (Box-Muller, one 64-bit hash per number).

        Raises:
            ValueError: if n is not the number of lanes.
        """
        import torch

        bits = self._bits(n, k)
        radius = np.sqrt(-2.0 * np.log(((bits >> _S32).astype(np.float64) + 0.5) * 2.0**-32))  # at most 6.8
        angle = (bits & _LOW_32).astype(np.float64) * (2.0 * np.pi * 2.0**-32)
        return torch.from_numpy((radius * np.cos(angle)).astype(np.float32))

    def get_state(self) -> NDArray[np.uint64]:
        """Keys and draw counts of these lanes, uint64 ``[2, N]`` (a copy)."""
        lanes = self._indices()
        return np.stack([self._keys[lanes], self._counts[lanes]])

    def set_state(self, state: NDArray[np.uint64]) -> None:
        """Inverse of `get_state`; raises ValueError if the number of lanes differs."""
        lanes = self._indices()
        if state.shape != (2, len(lanes)):
            raise ValueError(f"noise state of {state.shape[-1]} lanes given to a generator of {len(lanes)} lanes")
        self._keys[lanes], self._counts[lanes] = state

    def _indices(self) -> NDArray[np.intp]:
        return np.arange(len(self._keys)) if self._lanes is None else self._lanes

    def _bits(self, n: int, k: int) -> NDArray[np.uint64]:
        if n != self._rows:
            raise ValueError(f"asked for noise of {n} lanes, this generator has {self._rows}")
        keys, counts = self._keys, self._counts
        if self._lanes is None:
            start = _mix(keys + counts * _DRAW)
            counts += np.uint64(1)
        else:
            start = np.zeros(n, np.uint64)  # the padding keeps 0
            start[: len(self._lanes)] = _mix(keys[self._lanes] + counts[self._lanes] * _DRAW)
            counts[self._lanes] += np.uint64(1)
        return _mix(start[:, None] + np.arange(1, k + 1, dtype=np.uint64) * _COLUMN)  # [n, k]


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's finaliser, on a fresh array that it may overwrite."""
    x ^= x >> _S30
    x *= _MIX_1
    x ^= x >> _S27
    x *= _MIX_2
    x ^= x >> _S31
    return x
