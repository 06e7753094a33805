"""Noise of many lanes at once, in which lane i's numbers depend on lane i's seed and draw count alone.

A counter-based generator (as Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; the mixing function is
splitmix64's) has no sequential state: number j of draw c in a lane with key k is a hash of (k, c, j). Lanes can thus be
batched, split, permuted and padded at will, and a batch gives each lane the very bits that it would get on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native

if TYPE_CHECKING:
    from torch import Tensor

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

    def move_to(self, keys: NDArray[np.uint64], counts: NDArray[np.uint64]) -> None:
        """Keep keys and draw counts in these arrays ``[N]`` from now on; they take the present values."""
        keys[:], counts[:] = self._keys, self._counts
        self._keys, self._counts = keys, counts

    def uniform(self, n: int, k: int) -> Tensor:
        """Uniform noise in [0, 1), float32 ``[n, k]``; row i is lane i's.

        Raises:
            ValueError: if n is not the number of lanes.
        """
        return self._draw(_native.lane_uniform, n, k)

    def normal(self, n: int, k: int) -> Tensor:
        """Standard normal noise, float32 ``[n, k]``; row i is lane i's (Box-Muller, one 64-bit hash per number).

        Raises:
            ValueError: if n is not the number of lanes.
        """
        return self._draw(_native.lane_normal, n, k)

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

    def _draw(self, kernel: Callable[..., None], n: int, k: int) -> Tensor:
        import torch

        if n != self._rows:
            raise ValueError(f"asked for noise of {n} lanes, this generator has {self._rows}")
        out = np.empty((n, k), np.float32)
        kernel(self._keys, self._counts, self._lanes, out)  # moves the counts on; rows past the lanes get padding
        return torch.from_numpy(out)
