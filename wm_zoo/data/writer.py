"""Appends shards to a dataset: one is whole before `dataset.toml` names it, so `kill -9` loses only the open one."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from wm_zoo.data.episode import Array, Episode
from wm_zoo.data.meta import NAME, DatasetMeta, read_meta, write_meta
from wm_zoo.data.shard import STEP_FIELDS, Shard, ShardEntry, write_array, write_shard
from wm_zoo.errors import DatasetError

try:
    import fcntl
except ImportError:  # Windows: one writer at a time is the user's care
    fcntl = None  # type: ignore[assignment]


class DatasetWriter:
    """Makes a dataset, or continues one.

    Args:
        folder: made when missing; an existing dataset is continued.
        meta: where the data come from; must agree with what is there.

    Raises:
        DatasetError: the folder holds data of another environment.
    """

    def __init__(self, folder: str | os.PathLike[str], meta: DatasetMeta) -> None:
        self.folder, self.meta = Path(folder), meta
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock():
            if (self.folder / NAME).is_file():
                self._check_same()
            else:
                write_meta(self.folder, meta, [])
            self._sweep()

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Nothing is held open between appends."""

    @property
    def shards(self) -> list[ShardEntry]:
        """Entries of all whole shards."""
        return read_meta(self.folder)[1]

    @property
    def steps(self) -> int:
        """Steps stored so far."""
        return sum(shard.steps for shard in self.shards)

    @property
    def episodes(self) -> int:
        """Episodes stored so far."""
        return sum(shard.episodes for shard in self.shards)

    def seeds(self, policy: str) -> set[int]:
        """Seeds of the episodes stored so far that this policy drove."""
        found: set[int] = set()
        for entry in self.shards:
            index = Shard(self.folder / entry.name, entry).index()
            found |= {seed for seed, by in zip(index["seed"], index["policy"], strict=True) if by == policy}
        return found

    def append(self, episodes: Sequence[Episode], *, round: int | None = None) -> str | None:
        """Write one shard; when this returns, it is on the disk.

        Args:
            episodes: alike in fields, dtypes and shapes; an empty list writes nothing.
            round: number that tells newer data from older (the newest round until now if None, 0 at first).

        Returns:
            Name of the shard, or None when there was nothing to write.
        """
        if not episodes:
            return None
        with self._lock():
            meta, shards = read_meta(self.folder)
            round = (shards[-1].round if shards else 0) if round is None else round
            name = f"shard-{_next_number(shards):05d}"
            temporary, final = self.folder / f".{name}", self.folder / name
            _remove(temporary)
            _remove(final)  # whole but never named by dataset.toml: a kill between the two renames
            temporary.mkdir()
            try:
                entry = write_shard(temporary, round, episodes)
                temporary.rename(final)
                write_meta(self.folder, meta, [*shards, entry])
            except BaseException:
                _remove(temporary)
                raise
        return name

    def set_field(self, shard: str, field: str, array: Array) -> None:
        """Add a field to a whole shard, or replace it: latents beside frames, for example.

        Args:
            shard: name, ``shard-00000``.
            field: "latent" (stored as float16), "obs", …
            array: all rows of the shard: steps for action and reward, steps + episodes for the rest.
        """
        with self._lock():
            meta, shards = read_meta(self.folder)
            entry = _find(shards, shard)
            rows = entry.steps + (0 if field in STEP_FIELDS else entry.episodes)
            if len(array) != rows:
                raise DatasetError(f"{self.folder / shard}: {field} has {len(array)} rows, expected {rows}")
            old = entry.files.get(field)
            path = _unused(self.folder / shard, field)
            new = write_array(path, [array.astype("<f2") if field == "latent" else array])
            changed = replace(entry, files={**entry.files, field: new})
            write_meta(self.folder, meta, [changed if s.name == shard else s for s in shards])
            if old is not None:
                _remove(self.folder / shard / old.file)

    def drop_field(self, shard: str, field: str) -> None:
        """Forget one field of a shard and free its space, e.g. frames that have been encoded."""
        with self._lock():
            meta, shards = read_meta(self.folder)
            entry = _find(shards, shard)
            files = {name: file for name, file in entry.files.items() if name != field}
            if not any(name == "latent" or name.split(".")[0] == "obs" for name in files):
                raise DatasetError(f"{self.folder / shard}: {field} is all that was observed; keep obs or latent")
            write_meta(self.folder, meta, [replace(s, files=files) if s.name == shard else s for s in shards])
            if field in entry.files:
                _remove(self.folder / shard / entry.files[field].file)

    def _check_same(self) -> None:
        there = read_meta(self.folder)[0]
        if difference := there.differs(self.meta):
            raise DatasetError(f"{self.folder} cannot be continued with {difference}; choose another folder")

    def _sweep(self) -> None:
        """Remove what a killed writer left: temporary names only."""
        for leftover in (*self.folder.glob(".shard-*"), *self.folder.glob("**/.*.tmp")):
            _remove(leftover)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep other writers out; the system lets go when this process dies."""
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _find(shards: Sequence[ShardEntry], name: str) -> ShardEntry:
    for shard in shards:
        if shard.name == name:
            return shard
    raise DatasetError(f"no shard {name!r}; there are {', '.join(s.name for s in shards) or 'none'}")


def _next_number(shards: Sequence[ShardEntry]) -> int:
    return 1 + max((int(shard.name.removeprefix("shard-")) for shard in shards), default=-1)


def _unused(folder: Path, field: str) -> Path:
    """A new name, so that the file that `dataset.toml` names stays whole until the switch."""
    path, count = folder / f"{field}.npy", 1
    while path.exists():
        path, count = folder / f"{field}-{count}.npy", count + 1
    return path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
