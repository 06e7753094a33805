"""Writes that are whole or absent: temporary name in the same folder, fsync, rename. Hashes to notice the rest.

Every file that a run, a dataset, a world or an agent leaves on disk goes through here, so that `kill -9` or a full
disk at any moment leaves the previous file (or none), never half of the new one. Tensors are safetensors; nothing is
ever unpickled.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from wm_zoo.errors import CheckpointError, WMError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

_FULL = (errno.ENOSPC, errno.EDQUOT)


class StorageError(WMError):
    """A file could not be written: disk full, no permission, folder missing."""


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` for writing; on success it becomes `path`, on any error it is removed.

    Args:
        path: final name; parent folders are made.

    Raises:
        StorageError: names the path and, when the disk is full, the space left.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        _discard(temporary)
        raise _storage_error(path, error) from error
    except BaseException:
        _discard(temporary)
        raise


def write_bytes(path: str | os.PathLike[str], data: bytes) -> str:
    """Write `data` atomically; returns its SHA-256 (hex)."""
    with replacing(path) as file:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def write_text(path: str | os.PathLike[str], text: str) -> str:
    """Write UTF-8 text atomically; returns its SHA-256 (hex)."""
    return write_bytes(path, text.encode())


def write_json(path: str | os.PathLike[str], value: Any) -> str:
    """Write JSON atomically (indented, NaN refused by a ValueError); returns its SHA-256 (hex)."""
    return write_text(path, json.dumps(value, indent=1, allow_nan=False, default=_plain) + "\n")


def write_toml(path: str | os.PathLike[str], value: Mapping[str, Any]) -> str:
    """Write TOML atomically; keys whose value is None are left out (TOML has no null). Returns the SHA-256 (hex)."""
    import tomli_w

    return write_text(path, tomli_w.dumps(_without_none(value)))


def sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_tensors(path: str | os.PathLike[str], tensors: Mapping[str, Tensor] | Mapping[str, np.ndarray]) -> str:
    """Write tensors (torch or numpy, any mix of shapes and dtypes) as one safetensors file, atomically.

    Returns:
        SHA-256 (hex) of the file, to store beside its name and to give to `load_tensors`.
    """
    import torch
    from safetensors.torch import save

    plain = {}
    for name, value in tensors.items():
        tensor = value.detach() if isinstance(value, torch.Tensor) else torch.from_numpy(_writable(value))
        plain[name] = tensor.to("cpu", copy=True).contiguous()  # a copy: safetensors refuses tied storage
    return write_bytes(path, save(plain))


def load_tensors(path: str | os.PathLike[str], sha256: str | None = None) -> dict[str, Tensor]:
    """Read what `save_tensors` wrote, as CPU tensors.

    Args:
        path: the safetensors file.
        sha256: expected hash; None checks only that the file is well formed.

    Raises:
        CheckpointError: the file is missing, truncated or altered; names it.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot read this file of tensors: {error.strerror or error}") from error
    if sha256 is not None and (got := hashlib.sha256(data).hexdigest()) != sha256:
        raise CheckpointError(
            f"{path}: altered or truncated ({len(data)} bytes): SHA-256 is {got[:12]}…, expected {sha256[:12]}…; "
            "restore the file or write it again"
        )
    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path}: not a whole safetensors file ({len(data)} bytes): {error}") from error


def free_space(folder: str | os.PathLike[str]) -> int:
    """Bytes free where `folder` is, or would be made."""
    place = Path(folder).absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def human_size(size: float) -> str:
    """``1234567`` -> ``1.2 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _storage_error(path: Path, error: OSError) -> StorageError:
    if error.errno in _FULL:
        left = human_size(free_space(path.parent))
        return StorageError(f"{path}: disk full, {left} free; nothing was written; make room and run the same again")
    return StorageError(f"{path}: cannot write: {error.strerror or error}")


def _discard(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; file systems that cannot fsync a folder are left alone."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _plain(value: Any) -> Any:
    """JSON form of numpy scalars and arrays, paths, and objects with `tolist`."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON: {value!r}")


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_none(v) for v in value]
    if isinstance(value, str | bool | int | float):
        return value
    if hasattr(value, "isoformat"):
        return value
    return _plain(value)


def _writable(array: np.ndarray) -> np.ndarray:
    return array if array.flags.writeable and array.flags.c_contiguous else array.copy()
