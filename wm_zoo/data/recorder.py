"""Steps of N lanes, kept until their episodes end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wm_zoo.data.episode import Array

CHUNK = 64
"""Steps of one block of buffers; blocks are freed as soon as no running episode reaches back to them."""


class Recorder:
    """Time-major blocks ``[CHUNK, N, ...]``: a step is one copy per field, an episode is cut out when it is done.

    Args:
        lanes: N.
        fields: dtype and shape of a row of every field: frame fields (obs…), action and reward.
    """

    def __init__(self, lanes: int, fields: Mapping[str, tuple[np.dtype, tuple[int, ...]]]) -> None:
        self._fields = dict(fields)
        self._lanes = lanes
        self._blocks: dict[int, dict[str, Array]] = {}
        self._now = 0  # steps recorded so far
        self._begun: NDArray[np.int64] = np.full(lanes, -1)  # step at which each lane's episode began; -1: idle
        frames = {name: kind for name, kind in fields.items() if name not in ("action", "reward")}
        self._first = {name: np.zeros((lanes, *shape), dtype) for name, (dtype, shape) in frames.items()}

    def begin(self, mask: NDArray[np.bool_], frames: Mapping[str, Array], *, idle: NDArray[np.bool_]) -> None:
        """Episodes begin in the lanes of `mask` with these observations; `idle` lanes are not recorded."""
        for name, first in self._first.items():
            first[mask] = frames[name][mask]
        self._begun[mask] = self._now
        self._begun[idle] = -1
        self._free()

    def add(self, frames: Mapping[str, Array], action: Array, reward: Array) -> None:
        """One step of all lanes: what they did, got, and saw then."""
        block = self._blocks.get(self._now // CHUNK)
        if block is None:
            shapes = {name: ((CHUNK, self._lanes, *shape), dtype) for name, (dtype, shape) in self._fields.items()}
            block = self._blocks[self._now // CHUNK] = {
                n: np.empty(shape, dtype) for n, (shape, dtype) in shapes.items()
            }
        at = self._now % CHUNK
        for name in self._first:
            block[name][at] = frames[name]
        block["action"][at], block["reward"][at] = action, reward
        self._now += 1

    def correct(self, lane: int, frames: Mapping[str, Array]) -> None:
        """Replace what `lane` saw in the last step."""
        block, at = self._blocks[(self._now - 1) // CHUNK], (self._now - 1) % CHUNK
        for name in self._first:
            block[name][at, lane] = frames[name]

    def take(self, lane: int) -> dict[str, Array]:
        """Copy out the episode that `lane` is in: T rows of action and reward, T + 1 of the frame fields."""
        begun = int(self._begun[lane])
        parts: dict[str, list[Array]] = {name: [] for name in self._fields}
        for name, first in self._first.items():
            parts[name].append(first[lane : lane + 1])
        for number in range(begun // CHUNK, -(-self._now // CHUNK)):
            low, high = max(begun - number * CHUNK, 0), min(self._now - number * CHUNK, CHUNK)
            for name, array in self._blocks[number].items():
                parts[name].append(array[low:high, lane])
        return {name: np.concatenate(rows) for name, rows in parts.items()}

    def _free(self) -> None:
        running = self._begun[self._begun >= 0]
        oldest = int(running.min()) if len(running) else self._now
        for number in [n for n in self._blocks if (n + 1) * CHUNK <= oldest]:
            del self._blocks[number]
