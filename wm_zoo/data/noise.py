"""Per-lane noise for collecting: lane i's numbers depend on the seed of its episode and nothing else."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

BLOCK = 128
"""Steps of noise drawn at once: one call per lane every 128 steps instead of one per step."""


def episode_seed(seed: int, *key: int) -> int:
    """Seed in ``[0, 2**31)`` of one episode of a collection.

    Args:
        seed: of the collection.
        key: which episode: ``(number,)`` or ``(lane, number)``. Seeds that differ only in the number never collide.
    """
    base = int(np.random.SeedSequence([seed, *key[:-1]]).generate_state(1)[0])
    return (base + key[-1]) % 2**31


class LaneNoise:
    """Blocks of noise for N lanes, each lane from its own generator.

    Args:
        lanes: N.
        width: K, numbers a step.
        kind: "normal" (standard) or "uniform" (in [0, 1)).
        stream: keeps the noise of policies apart that are seeded alike.
    """

    def __init__(self, lanes: int, width: int, kind: Literal["normal", "uniform"], stream: int) -> None:
        self._kind, self._stream, self._width = kind, stream, width
        self._generators: list[np.random.Generator] = [np.random.default_rng(0)] * lanes
        self._block = np.zeros((lanes, BLOCK, width))
        self._cursor = np.full(lanes, BLOCK)
        self._rows = np.arange(lanes)

    def restart(self, lane: int, seed: int) -> np.random.Generator:
        """Begin an episode in `lane`; the generator returned is for what is drawn once an episode."""
        generator = self._generators[lane] = np.random.default_rng([seed, self._stream])
        self._cursor[lane] = BLOCK
        return generator

    def step(self) -> NDArray[np.float64]:
        """The next noise of every lane ``[N, K]``."""
        for lane in np.flatnonzero(self._cursor == BLOCK):
            self._block[lane] = self._draw(self._generators[lane])
            self._cursor[lane] = 0
        noise: NDArray[np.float64] = self._block[self._rows, self._cursor]  # [N, K]
        self._cursor += 1
        return noise

    def _draw(self, generator: np.random.Generator) -> NDArray[np.float64]:
        if self._kind == "normal":
            return generator.standard_normal((BLOCK, self._width))
        return generator.random((BLOCK, self._width))
