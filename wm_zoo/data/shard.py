"""One shard: a folder with one `.npy` per field, episodes end to end, and the index of its episodes.

Step fields (action, reward) hold the T rows of every episode one after the other; frame fields (obs, latent) hold
T + 1 rows for each, so their rows run ahead by one for every episode before.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wm_zoo import atomic
from wm_zoo.data.episode import Array, Episode
from wm_zoo.errors import DatasetError

STEP_FIELDS = ("action", "reward")
INDEX = "episodes.json"


@dataclass(frozen=True)
class FileEntry:
    """What `dataset.toml` says about one file; dtype and shape are empty for the index."""

    file: str
    bytes: int
    sha256: str
    dtype: str = ""
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class ShardEntry:
    """What `dataset.toml` says about one shard."""

    name: str
    round: int
    episodes: int
    steps: int
    index: FileEntry
    files: Mapping[str, FileEntry]  # by field name

    @classmethod
    def from_toml(cls, value: Mapping[str, Any]) -> ShardEntry:
        """Inverse of `dataclasses.asdict`."""
        files = {name: _entry(entry) for name, entry in value["files"].items()}
        return cls(**{**value, "index": _entry(value["index"]), "files": files})

    def everything(self) -> list[FileEntry]:
        """All files of the shard, the index first."""
        return [self.index, *self.files.values()]


@dataclass(frozen=True)
class Damage:
    """One file that is not what was written."""

    path: Path
    reason: str
    lost: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; lost: {self.lost}"


def write_shard(folder: Path, round_: int, episodes: Sequence[Episode]) -> ShardEntry:
    """Write the files of one shard into `folder` (which nobody reads yet) and return its entry."""
    rows = [episode.fields() for episode in episodes]
    _check_alike(rows)
    files = {name: write_array(folder / f"{name}.npy", [row[name] for row in rows]) for name in rows[0]}
    index = _write_index(folder / INDEX, episodes)
    steps = sum(len(episode) for episode in episodes)
    return ShardEntry(folder.name.removeprefix("."), round_, len(episodes), steps, index, files)


def write_array(path: Path, parts: Sequence[Array]) -> FileEntry:
    """Write parts end to end as one `.npy`, without joining them in memory, hashing on the way."""
    first = parts[0]
    shape = (sum(len(part) for part in parts), *first.shape[1:])
    header, digest = _header(first.dtype, shape), hashlib.sha256()
    with atomic.replacing(path) as file:
        file.write(header)
        digest.update(header)
        for part in parts:
            raw = _raw(part)
            file.write(raw)
            digest.update(raw)
        size = file.tell()
    return FileEntry(path.name, size, digest.hexdigest(), first.dtype.str, shape)


class Shard:
    """A shard for reading; arrays are memory-mapped when first asked for."""

    def __init__(self, folder: Path, entry: ShardEntry) -> None:
        self.folder, self.entry = folder, entry
        self._arrays: dict[str, Array] = {}
        self._index: dict[str, list[Any]] | None = None

    @property
    def name(self) -> str:
        """Folder name, ``shard-00000``."""
        return self.entry.name

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that this shard has."""
        return tuple(self.entry.files)

    def field(self, name: str) -> Array:
        """The memory-mapped, read-only array of one field.

        Raises:
            DatasetError: the shard has no such field, or its file is not what was written.
        """
        if name not in self._arrays:
            if name not in self.entry.files:
                have = ", ".join(self.fields)
                raise DatasetError(f"{self.folder} has no field {name!r}; it has {have}")
            self._arrays[name] = self._map(self.entry.files[name])
        return self._arrays[name]

    def index(self) -> dict[str, list[Any]]:
        """Columns of the episode index: length, terminated, truncated, seed, total_reward, policy."""
        if self._index is None:
            data = (self.folder / self.entry.index.file).read_bytes()
            if hashlib.sha256(data).hexdigest() != self.entry.index.sha256:
                raise DatasetError(str(self._damage(self.entry.index, "altered (SHA-256 differs)")))
            self._index = json.loads(data)
        return self._index

    def damages(self, *, hashes: bool) -> list[Damage]:
        """Files that are missing or truncated, and with `hashes` those that were altered."""
        found = []
        for entry in self.entry.everything():
            path = self.folder / entry.file
            if not path.is_file():
                found.append(self._damage(entry, "missing"))
            elif (size := path.stat().st_size) != entry.bytes:
                kind = "truncated" if size < entry.bytes else "altered"
                found.append(self._damage(entry, f"{kind} ({size} bytes, expected {entry.bytes})"))
            elif (hashes or entry is self.entry.index) and atomic.sha256(path) != entry.sha256:
                found.append(self._damage(entry, "altered (SHA-256 differs)"))
        return found

    def _damage(self, entry: FileEntry, reason: str) -> Damage:
        lost = f"{self.name} ({self.entry.episodes} episodes, {self.entry.steps} steps)"
        return Damage(self.folder / entry.file, reason, lost)

    def _map(self, entry: FileEntry) -> Array:
        path = self.folder / entry.file
        try:
            array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise DatasetError(str(self._damage(entry, f"cannot be mapped ({error})"))) from error
        if array.dtype.str != entry.dtype or array.shape != tuple(entry.shape):
            got = f"{array.dtype.str}{list(array.shape)}"
            raise DatasetError(str(self._damage(entry, f"holds {got}, expected {entry.dtype}{list(entry.shape)}")))
        return array


def _entry(value: Mapping[str, Any]) -> FileEntry:
    return FileEntry(**{**value, "shape": tuple(value["shape"])})


def _write_index(path: Path, episodes: Iterable[Episode]) -> FileEntry:
    columns: dict[str, list[Any]] = {}
    for episode in episodes:
        row = {
            "length": len(episode),
            "terminated": bool(episode.terminated),
            "truncated": bool(episode.truncated),
            "seed": int(episode.seed),
            "total_reward": episode.total_reward,
            "policy": episode.policy,
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    digest = atomic.write_json(path, columns)
    return FileEntry(path.name, path.stat().st_size, digest)


def _check_alike(rows: Sequence[Mapping[str, Array]]) -> None:
    """All episodes of a shard have the same fields with the same dtype and shape per row."""
    expected = {name: (array.dtype, array.shape[1:]) for name, array in rows[0].items()}
    for row in rows[1:]:
        got = {name: (array.dtype, array.shape[1:]) for name, array in row.items()}
        if got != expected:
            raise DatasetError(f"episodes of one shard must be alike: expected {expected}, got {got}")


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    if dtype.hasobject:
        raise DatasetError("Python objects cannot be stored: nothing of a dataset is ever unpickled")
    buffer = io.BytesIO()
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, description)
    return buffer.getvalue()


def _raw(part: Array) -> memoryview:
    view: memoryview = np.ascontiguousarray(part).reshape(-1).view(np.uint8).data
    return view


def entry_to_toml(entry: ShardEntry) -> dict[str, Any]:
    """Plain form of an entry for `dataset.toml`."""
    return asdict(entry)
