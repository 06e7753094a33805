"""Single frames for training an encoder, and latents written back beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wm_zoo.api import Observation
from wm_zoo.data.dataset import Dataset
from wm_zoo.data.gather import Ints, ShardGather, all_shards, stored_rows
from wm_zoo.data.shard import Shard
from wm_zoo.data.writer import DatasetWriter
from wm_zoo.observations import FIELD, is_field, observation


def sample_frames(
    datasets: Dataset | Sequence[Dataset], batch: int, generator: np.random.Generator, *, field: str = "obs"
) -> Iterator[Observation]:
    """Endless batches of frames drawn uniformly, with replacement.

    Args:
        datasets: where from.
        batch: B.
        generator: draws; the same generator state gives the same frames.
        field: "obs", "obs.<key>" or "latent".

    Yields:
        ``[B, *row]`` in the stored dtype (latents as float32); "obs" of a Dict space: a dict of them by key.

    Raises:
        DatasetError: a shard lacks the field, or there is no shard.
    """
    frames = _Frames(all_shards(datasets), field)
    while True:
        yield frames.rows(generator.integers(0, frames.count, batch))


def frame_batches(
    datasets: Dataset | Sequence[Dataset],
    batch: int,
    *,
    field: str = "obs",
    generator: np.random.Generator | None = None,
) -> Iterator[Observation]:
    """One pass over all frames, in order, or shuffled by `generator`; the last batch may be smaller.

    Yields:
        As `sample_frames`.
    """
    frames = _Frames(all_shards(datasets), field)
    order = np.arange(frames.count) if generator is None else generator.permutation(frames.count)
    for first in range(0, len(order), batch):
        yield frames.rows(order[first : first + batch])


class _Frames:
    """The frames of all shards, numbered through."""

    def __init__(self, shards: Sequence[Shard], field: str) -> None:
        self._field, self._names = field, _parts(shards, field)
        self._gather = ShardGather(shards, self._names)
        lengths = [len(rows) for rows in stored_rows(shards, self._names[0])]
        self._starts: Ints = np.concatenate([[0], np.cumsum(lengths)])
        self.count = int(self._starts[-1])

    def rows(self, drawn: Ints) -> Observation:
        source = np.searchsorted(self._starts, drawn, side="right") - 1
        row = drawn - self._starts[source]
        fields = {name: self._gather.rows(name, source, row) for name in self._names}
        return observation(fields) if self._field == FIELD else fields[self._field]


def _parts(shards: Sequence[Shard], field: str) -> list[str]:
    """The fields that make up `field`: those of all keys, for "obs" of a Dict space."""
    keys = sorted(name for name in (shards[0].fields if shards else ()) if is_field(name))
    return keys if field == FIELD and keys else [field]


def write_latents(
    dataset: Dataset,
    encode: Callable[[Any], Tensor],
    *,
    batch: int = 1024,
    field: str = "obs",
    drop_frames: bool = False,
) -> None:
    """Encode every frame of a dataset and store the latents (float16) beside the frames; reopen it to see them.

    Args:
        dataset: what to encode; shards without frames are left as they are.
        encode: observations ``[B, *obs]`` (Dict: by key, if `field` is "obs") to latents float32 ``[B, Z]``.
        batch: frames at a time.
        field: "obs" or "obs.<key>".
        drop_frames: forget the frames afterwards.
    """
    writer = DatasetWriter(dataset.folder, dataset.meta)
    for shard in dataset.shards:
        names = _parts([shard], field)
        if not set(names) <= set(shard.fields):
            continue
        frames = _Frames([shard], field)
        with torch.no_grad():
            parts = [
                encode(frames.rows(np.arange(i, min(i + batch, frames.count)))) for i in range(0, frames.count, batch)
            ]
        latent = torch.cat(parts).to("cpu", torch.float16).numpy()  # [rows, Z]
        writer.set_field(shard.name, "latent", latent)
        if drop_frames:
            for name in names:
                writer.drop_field(shard.name, name)
