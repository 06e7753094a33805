"""Single frames for training an encoder, and latents written back beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from wm_zoo.data.dataset import Dataset
from wm_zoo.data.gather import ShardGather, all_shards, stored_rows
from wm_zoo.data.writer import DatasetWriter


def sample_frames(
    datasets: Dataset | Sequence[Dataset], batch: int, generator: np.random.Generator, *, field: str = "obs"
) -> Iterator[Tensor]:
    """Endless batches of frames drawn uniformly, with replacement.

    Args:
        datasets: where from.
        batch: B.
        generator: draws; the same generator state gives the same frames.
        field: "obs", "obs.<key>" or "latent".

    Yields:
        ``[B, *row]`` in the stored dtype (latents as float32).

    Raises:
        DatasetError: a shard lacks the field, or there is no shard.
    """
    shards = all_shards(datasets)
    gather = ShardGather(shards, [field])
    ends = np.cumsum([len(rows) for rows in stored_rows(shards, field)])
    while True:
        drawn = generator.integers(0, ends[-1], batch)
        source = np.searchsorted(ends, drawn, side="right")
        yield gather.rows(field, source, drawn - np.concatenate([[0], ends])[source])


def frame_batches(
    datasets: Dataset | Sequence[Dataset],
    batch: int,
    *,
    field: str = "obs",
    generator: np.random.Generator | None = None,
) -> Iterator[Tensor]:
    """One pass over all frames, in order, or shuffled by `generator`; the last batch may be smaller.

    Yields:
        ``[B, *row]`` in the stored dtype (latents as float32).
    """
    shards = all_shards(datasets)
    gather = ShardGather(shards, [field])
    starts = np.concatenate([[0], np.cumsum([len(rows) for rows in stored_rows(shards, field)])])
    order = np.arange(starts[-1]) if generator is None else generator.permutation(starts[-1])
    for first in range(0, len(order), batch):
        drawn = order[first : first + batch]
        source = np.searchsorted(starts, drawn, side="right") - 1
        yield gather.rows(field, source, drawn - starts[source])


def write_latents(
    dataset: Dataset,
    encode: Callable[[Tensor], Tensor],
    *,
    batch: int = 1024,
    field: str = "obs",
    drop_frames: bool = False,
) -> None:
    """Encode every frame of a dataset and store the latents (float16) beside the frames; reopen it to see them.

    Args:
        dataset: what to encode; shards without frames are left as they are.
        encode: frames ``[B, *obs]`` to latents float32 ``[B, Z]``.
        batch: frames at a time.
        field: "obs" or "obs.<key>".
        drop_frames: forget the frames afterwards.
    """
    writer = DatasetWriter(dataset.folder, dataset.meta)
    for shard in dataset.shards:
        if field not in shard.fields:
            continue
        rows = shard.field(field)
        with torch.no_grad():
            parts = [encode(torch.from_numpy(np.array(rows[i : i + batch]))) for i in range(0, len(rows), batch)]
        latent = torch.cat(parts).to("cpu", torch.float16).numpy()  # [rows, Z]
        writer.set_field(shard.name, "latent", latent)
        if drop_frames:
            writer.drop_field(shard.name, field)
