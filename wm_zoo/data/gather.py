"""Rows of memory-mapped shards as torch tensors, gathered by the native core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wm_envs._native import SequenceGather
from wm_zoo.data.dataset import Dataset
from wm_zoo.data.episode import Array
from wm_zoo.data.shard import Shard
from wm_zoo.errors import DatasetError, nearest

Ints = NDArray[np.int64]


class ShardGather:
    """Windows out of the shards of one or more datasets.

    Args:
        shards: all of them; `source` below counts in this list.
        fields: what will be asked for; every shard must have all of them.
        pin_memory: give page-locked tensors, for copies to a GPU.
        threads: of the native core; 0 means one for each core.

    Raises:
        DatasetError: there are no shards, or some lack a field.
    """

    def __init__(
        self, shards: Sequence[Shard], fields: Sequence[str], *, pin_memory: bool = False, threads: int = 0
    ) -> None:
        _check_fields(shards, fields)
        arrays = {name: [shard.field(name) for shard in shards] for name in fields}
        self._rows = {name: parts[0][:0] for name, parts in arrays.items()}
        self._native = SequenceGather(arrays, threads)
        self._pin = pin_memory and torch.cuda.is_available()

    def windows(self, field: str, source: Ints, start: Ints, valid: Ints, length: int) -> Tensor:
        """Rows ``[start, start + valid)`` of each source, zeros after them.

        Returns:
            ``[B, length, *row]``, float16 as float32, other dtypes as stored.
        """
        row = self._rows[field]
        dtype = torch.float32 if row.dtype == np.float16 else torch.from_numpy(np.empty(0, row.dtype)).dtype
        out = torch.empty((len(source), length, *row.shape[1:]), dtype=dtype, pin_memory=self._pin)
        self._native.gather(field, source, start, valid, out.numpy())
        return out

    def rows(self, field: str, source: Ints, row: Ints) -> Tensor:
        """Single rows ``[B, *row]``."""
        return self.windows(field, source, row, np.ones_like(row), 1)[:, 0]


def all_shards(datasets: Dataset | Sequence[Dataset]) -> list[Shard]:
    """Shards of one or more datasets, in order."""
    return [shard for dataset in as_list(datasets) for shard in dataset.shards]


def as_list(datasets: Dataset | Sequence[Dataset]) -> list[Dataset]:
    """One dataset or several, as a list."""
    return [datasets] if isinstance(datasets, Dataset) else list(datasets)


def stored_rows(shards: Sequence[Shard], field: str) -> list[Array]:
    """The memory-mapped arrays of one field."""
    _check_fields(shards, [field])
    return [shard.field(field) for shard in shards]


def _check_fields(shards: Sequence[Shard], fields: Sequence[str]) -> None:
    if not shards:
        raise DatasetError("the dataset is empty: collect some episodes first (`wm collect`)")
    for shard in shards:
        for name in fields:
            if name not in shard.fields:
                raise DatasetError(f"{shard.folder} has no field {name!r}: {nearest(name, shard.fields)}")
