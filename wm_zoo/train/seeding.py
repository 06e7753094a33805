"""Seeds of everything in a run, each from (seed of the recipe, what it is for, round): none depends on another."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator

import numpy as np
import torch


def stage_seed(seed: int, purpose: str, round: int = 0) -> int:
    """Seed in ``[0, 2**63)``; `purpose` is a word such as "dynamics" or "dynamics weights"."""
    sequence = np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), round])
    return int(sequence.generate_state(1, np.uint64)[0]) >> 1


def torch_generator(seed: int, purpose: str, round: int = 0) -> torch.Generator:
    """A fresh generator for one purpose of one round."""
    return torch.Generator().manual_seed(stage_seed(seed, purpose, round))


def numpy_generator(seed: int, purpose: str, round: int = 0) -> np.random.Generator:
    """Likewise for NumPy."""
    return np.random.default_rng(stage_seed(seed, purpose, round))


@contextlib.contextmanager
def seeded_weights(seed: int, purpose: str) -> Iterator[None]:
    """Modules built inside get the same first weights every time; torch's global generator is put back afterwards.

    Layers of `torch.nn` initialise themselves from the global generator, and offer no other way.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stage_seed(seed, purpose))
        yield
