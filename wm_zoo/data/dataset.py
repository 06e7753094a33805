"""A dataset of episodes on disk, memory-mapped: opening one costs its index, never its frames."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_zoo.data.episode import Array, Episode, unflatten
from wm_zoo.data.meta import DatasetMeta, read_meta
from wm_zoo.data.shard import STEP_FIELDS, Damage, Shard
from wm_zoo.errors import DatasetError

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class EpisodeTable:
    """Index of all E episodes, one row each; starts are rows in the arrays of the episode's shard."""

    shard: Ints  # [E], position in `Dataset.shards`
    step_start: Ints  # [E], first row in action and reward
    frame_start: Ints  # [E], first row in obs and latent
    length: Ints  # [E], steps
    round: Ints  # [E]
    seed: Ints  # [E]
    terminated: NDArray[np.bool_]  # [E]
    truncated: NDArray[np.bool_]  # [E]
    total_reward: NDArray[np.float64]  # [E]
    policy: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.length)


class Dataset:
    """Open one with `Dataset.open(folder)`.

    Attributes:
        folder: where it lies.
        meta: environment, spaces, policy, seed.
        shards: those that are whole (all of them, unless opened with `skip_broken`).
        episodes: the index.
        skipped: what `skip_broken` left out.
    """

    def __init__(self, folder: Path, meta: DatasetMeta, shards: list[Shard], skipped: list[Damage]) -> None:
        self.folder, self.meta, self.shards, self.skipped = folder, meta, shards, skipped
        self.episodes = _table(shards)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, verify: bool = False, skip_broken: bool = False) -> Dataset:
        """Open a dataset for reading.

        Missing and truncated files are always noticed; altered ones with `verify`, which reads every byte.

        Args:
            folder: the dataset.
            verify: compare the SHA-256 of every file.
            skip_broken: leave damaged shards out (see `skipped`) instead of raising.

        Raises:
            DatasetError: names every damaged file and what is lost with it.
        """
        folder = Path(folder)
        meta, entries = read_meta(folder)
        whole, damages = [], []
        for entry in entries:
            shard = Shard(folder / entry.name, entry)
            found = shard.damages(hashes=verify)
            damages += found
            if not found:
                whole.append(shard)
        if damages and not skip_broken:
            lines = "; ".join(map(str, damages))
            raise DatasetError(
                f"{lines}. The other {len(whole)} shards are whole: open with skip_broken=True to use them"
            )
        return cls(folder, meta, whole, damages)

    def __len__(self) -> int:
        return len(self.episodes)

    @property
    def steps(self) -> int:
        """Steps in all."""
        return int(self.episodes.length.sum())

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that every shard has."""
        if not self.shards:
            return ()
        return tuple(name for name in self.shards[0].fields if all(name in shard.fields for shard in self.shards))

    def verify(self) -> list[Damage]:
        """Every truncated, altered or missing file (reads every byte); empty when all is well."""
        return [*self.skipped, *(damage for shard in self.shards for damage in shard.damages(hashes=True))]

    def array(self, shard: int, field: str) -> Array:
        """Memory-mapped rows of one field of one shard."""
        return self.shards[shard].field(field)

    def episode(self, i: int) -> Episode:
        """Read one episode into memory."""
        table = self.episodes
        shard = self.shards[int(table.shard[i])]
        length = int(table.length[i])
        fields = {}
        for name in shard.fields:
            start = int((table.step_start if name in STEP_FIELDS else table.frame_start)[i])
            rows = length + (name not in STEP_FIELDS)
            fields[name] = np.array(shard.field(name)[start : start + rows])
        return Episode(
            action=fields["action"],
            reward=fields["reward"],
            terminated=bool(table.terminated[i]),
            truncated=bool(table.truncated[i]),
            seed=int(table.seed[i]),
            obs=unflatten(fields),
            latent=fields.get("latent"),
            policy=table.policy[i],
        )

    def __iter__(self) -> Iterator[Episode]:
        """Episodes one at a time."""
        return (self.episode(i) for i in range(len(self)))


def _table(shards: list[Shard]) -> EpisodeTable:
    columns: dict[str, list[Any]] = {name: [] for name in ("length", "terminated", "truncated", "seed", "total_reward")}
    place: dict[str, list[Ints]] = {name: [] for name in ("shard", "round", "step_start", "frame_start")}
    policy: list[str] = []
    for number, shard in enumerate(shards):
        index = shard.index()
        for name in columns:
            columns[name] += index[name]
        policy += index["policy"]
        count, ends = len(index["length"]), np.cumsum(index["length"], dtype=np.int64)
        step_start = ends - np.asarray(index["length"], np.int64)
        place["step_start"].append(step_start)
        place["frame_start"].append(step_start + np.arange(count))
        place["shard"].append(np.full(count, number, np.int64))
        place["round"].append(np.full(count, shard.entry.round, np.int64))
    joined = {name: np.concatenate(parts) if parts else np.zeros(0, np.int64) for name, parts in place.items()}
    return EpisodeTable(
        **joined,
        length=np.asarray(columns["length"], np.int64),
        seed=np.asarray(columns["seed"], np.int64),
        terminated=np.asarray(columns["terminated"], np.bool_),
        truncated=np.asarray(columns["truncated"], np.bool_),
        total_reward=np.asarray(columns["total_reward"], np.float64),
        policy=tuple(policy),
    )
