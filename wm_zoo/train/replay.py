"""All episodes of a run as latents, and what a dynamics model remembers at every frame of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wm_zoo.api import Dynamics, State
from wm_zoo.data.dataset import Dataset
from wm_zoo.data.gather import ShardGather, all_shards

Ints = NDArray[np.int64]

LANES = 128
"""Episodes that pass through a dynamics model side by side."""


class Replay:
    """The datasets of the rounds so far. Frames are numbered through all episodes, T + 1 for an episode of T steps.

    Attributes:
        datasets: one for each round.
        length: steps of each episode ``[E]``.
        first: number of the first frame of each episode ``[E]``.
        frames: frames in all.
        terminated: whether the episode truly ended ``[E]``.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.datasets = [Dataset.open(folder) for folder in folders]
        tables = [dataset.episodes for dataset in self.datasets]
        self.length: Ints = np.concatenate([table.length for table in tables])
        self.terminated: NDArray[np.bool_] = np.concatenate([table.terminated for table in tables])
        ends = np.cumsum(self.length + 1)
        self.first: Ints = ends - (self.length + 1)
        self.frames = int(ends[-1]) if len(ends) else 0
        shards = np.cumsum([0, *(len(dataset.shards) for dataset in self.datasets)])
        self._shard: Ints = np.concatenate([table.shard + n for table, n in zip(tables, shards, strict=False)])
        self._step_start: Ints = np.concatenate([table.step_start for table in tables])
        self._frame_start: Ints = np.concatenate([table.frame_start for table in tables])

    @property
    def steps(self) -> int:
        """Steps in all."""
        return int(self.length.sum())

    @torch.no_grad()
    def states(self, dynamics: Dynamics, episodes: Ints | None = None) -> dict[str, Tensor]:
        """State of `dynamics` after it saw each frame, every episode from a blank start.

        Args:
            dynamics: trained; not changed.
            episodes: only these; the rows of the others stay zero.

        Returns:
            float16 tensors ``[frames, ...]``: half a gigabyte would be twice as much in float32, and a state that is
            off by one part in 2000 is no worse a memory.
        """
        gather = ShardGather(all_shards(self.datasets), ["latent", "action"], threads=1)
        out: dict[str, Tensor] = {}
        chosen = np.arange(len(self.length)) if episodes is None else episodes
        order = chosen[np.argsort(-self.length[chosen], kind="stable")]  # neighbours of like length: little padding
        for begin in range(0, len(order), LANES):
            self._pass(dynamics, gather, order[begin : begin + LANES], out)
        return out

    def _pass(self, dynamics: Dynamics, gather: ShardGather, episodes: Ints, out: dict[str, Tensor]) -> None:
        steps, shard = self.length[episodes], self._shard[episodes]
        longest = int(steps.max())
        latent = gather.windows("latent", shard, self._frame_start[episodes], steps + 1, longest + 1)
        action = gather.windows("action", shard, self._step_start[episodes], steps, longest)
        led = torch.cat([torch.zeros_like(action[:, :1]), action], 1)  # [B, T + 1, A], what led to each latent
        states = dynamics.sequence(dynamics.initial(len(episodes)), latent, led)
        real = torch.from_numpy(np.arange(longest + 1) < steps[:, None] + 1)  # [B, T + 1]
        rows = torch.from_numpy(self.first[episodes, None] + np.arange(longest + 1))[real]
        for name, tensor in states.items():
            if name not in out:
                out[name] = torch.zeros((self.frames, *tensor.shape[2:]), dtype=torch.float16)
            out[name][rows] = tensor[real].to(torch.float16)


def rows_of(states: Mapping[str, Tensor], index: Tensor) -> State:
    """Some of the stored states as float32."""
    return {name: tensor[index].float() for name, tensor in states.items()}
