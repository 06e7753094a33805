"""Random windows of episodes for training dynamics models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wm_zoo.api.types import SequenceBatch, State
from wm_zoo.data.dataset import Dataset
from wm_zoo.data.gather import Ints, ShardGather, all_shards, as_list
from wm_zoo.data.shard import STEP_FIELDS
from wm_zoo.errors import DatasetError

Batch = dict[str, Tensor]


class SequenceLoader:
    """Endless, reproducible batches of windows; every first step of a window is equally likely.

    A window that reaches past the end of its episode is filled with zeros there, and `mask` is 0. Windows may begin up
    to the last step, so that the ends of episodes are seen as often as their middles.

    Args:
        datasets: one dataset or several of the same environment.
        length: T, steps of a window.
        batch: B, windows of a batch.
        generator: draws the windows, and nothing else does: its state is all that a resumed run needs (`state`).
        fields: frame fields to gather ("latent", "obs", "obs.<key>"), each ``[B, T + 1, ...]``.
        recent_fraction: this share of the windows comes from the newest round, the rest from all data.
        min_steps: windows hold at least this many real steps (where the episode has them).
        pin_memory: page-locked tensors when there is a GPU.
        threads: of the native core; 0 means one for each core.

    Raises:
        DatasetError: there are no data, or a shard lacks a field.
    """

    def __init__(  # noqa: PLR0913 (what a stream of windows is)
        self,
        datasets: Dataset | Sequence[Dataset],
        *,
        length: int,
        batch: int,
        generator: np.random.Generator,
        fields: Sequence[str] = ("latent",),
        recent_fraction: float = 0.4,
        min_steps: int = 1,
        pin_memory: bool = False,
        threads: int = 0,
    ) -> None:
        if length < 1 or batch < 1 or not 1 <= min_steps <= length or not 0.0 <= recent_fraction <= 1.0:
            raise DatasetError(
                f"length={length}, batch={batch}, min_steps={min_steps}, recent_fraction={recent_fraction}: expected "
                "length and batch >= 1, 1 <= min_steps <= length and recent_fraction in [0, 1]"
            )
        self.length, self.batch, self.fields, self.recent_fraction = length, batch, tuple(fields), recent_fraction
        self.generator = generator
        self._gather = ShardGather(
            all_shards(datasets), [*fields, *STEP_FIELDS], pin_memory=pin_memory, threads=threads
        )
        self._table = _join(as_list(datasets))
        starts = np.maximum(1, self._table["length"] - min_steps + 1)  # [E], windows that begin in each episode
        self._ends = np.cumsum(starts)
        newest = self._table["round"] == self._table["round"].max()
        self._recent_ends = np.cumsum(np.where(newest, starts, 0))

    @property
    def windows(self) -> int:
        """Different windows that there are."""
        return int(self._ends[-1])

    def __iter__(self) -> Iterator[Batch]:
        while True:
            yield self.sample()

    def sample(self) -> Batch:
        """Draw one batch.

        Returns:
            Each of `fields` ``[B, T + 1, ...]``; ``action`` float32 ``[B, T, A]``; ``reward``, ``terminated`` and
            ``mask`` float32 ``[B, T]``; and int64 ``[B]``: ``shard`` and ``start`` (row of the first frame in the frame
            fields of that shard), ``episode`` (row in the joined episode tables) and ``offset`` (step in the episode).
        """
        return self.read(*self._draw())

    def read(self, episode: Ints, offset: Ints) -> Batch:
        """The windows that begin at step ``offset`` ``[B]`` of ``episode`` ``[B]``."""
        table, length = self._table, self.length
        shard = table["shard"][episode]
        frame, step = table["frame_start"][episode] + offset, table["step_start"][episode] + offset
        valid = np.minimum(table["length"][episode] - offset, length)  # [B], real steps
        batch = {name: self._gather.windows(name, shard, frame, valid + 1, length + 1) for name in self.fields}
        batch |= {name: self._gather.windows(name, shard, step, valid, length) for name in STEP_FIELDS}
        batch |= {"mask": _flags(np.arange(length) < valid[:, None]), "terminated": self._terminated(episode, offset)}
        places = {"shard": shard, "start": frame, "episode": episode, "offset": offset}
        return batch | {name: torch.from_numpy(value) for name, value in places.items()}

    def state(self) -> dict[str, Any]:
        """Where the stream of batches stands, as JSON-able values."""
        return dict(self.generator.bit_generator.state)

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Continue exactly where `state` was taken (with the same data)."""
        self.generator.bit_generator.state = state

    def _draw(self) -> tuple[Ints, Ints]:
        recent = self.generator.random(self.batch) < self.recent_fraction
        position = self.generator.random(self.batch)
        episode, offset = np.zeros(self.batch, np.int64), np.zeros(self.batch, np.int64)
        for ends, chosen in ((self._ends, ~recent), (self._recent_ends, recent)):
            at = (position[chosen] * ends[-1]).astype(np.int64)
            episode[chosen] = np.searchsorted(ends, at, side="right")
            offset[chosen] = at - np.concatenate([[0], ends])[episode[chosen]]
        return episode, offset

    def _terminated(self, episode: Ints, offset: Ints) -> Tensor:
        last = self._table["length"][episode] - 1 - offset  # [B], the window's step that ends the episode
        ends = np.arange(self.length) == last[:, None]  # [B, T]
        return _flags(ends & self._table["terminated"][episode][:, None])


def sequence_batch(batch: Mapping[str, Tensor], initial: State | None = None) -> SequenceBatch:
    """What `SequenceLoader` yields, as the record that `Dynamics.loss` takes."""
    names = ("latent", "action", "reward", "terminated", "mask")
    return SequenceBatch(**{name: batch[name] for name in names}, initial=initial)


def _flags(array: NDArray[np.bool_]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def _join(datasets: Sequence[Dataset]) -> dict[str, NDArray[Any]]:
    """Episode tables of several datasets as one; shards are counted through."""
    names = ("shard", "step_start", "frame_start", "length", "round", "terminated")
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    shards = 0
    for dataset in datasets:
        for name in names:
            column = getattr(dataset.episodes, name)
            columns[name].append(column + shards if name == "shard" else column)
        shards += len(dataset.shards)
    return {name: np.concatenate(parts) for name, parts in columns.items()}
