"""Folders of worlds and agents: a TOML card that vouches for itself and for the tensors beside it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wm_zoo import atomic
from wm_zoo.errors import CheckpointError

SCHEMA = 1
"""Format of the cards that this host writes."""


@contextmanager
def new_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a folder whole or not at all: a sibling that takes its place at the end.

    Args:
        folder: final place; what is there is replaced only when the new one is complete.
    """
    folder = Path(folder)
    fresh, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{tag}") for tag in ("new", "old"))
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        if folder.exists():
            folder.replace(old)
        fresh.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_card(path: Path, values: Mapping[str, Any]) -> None:
    """Write a card as TOML, with the schema and a SHA-256 of everything else in it."""
    import tomli_w

    body = tomllib.loads(tomli_w.dumps(_toml(values)))  # as it will be read
    atomic.write_toml(path, {"schema": SCHEMA, "sha256": _digest(body), **body})


def read_card(path: Path) -> dict[str, Any]:
    """Read what `write_card` wrote.

    Raises:
        CheckpointError: the card is missing, truncated, altered, or of another schema; names it.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path}: cannot read this card: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path}: truncated or altered: {error}") from error
    if values.get("schema") != SCHEMA:
        raise CheckpointError(f"{path}: schema {values.get('schema')!r}, this version of wm-suite reads {SCHEMA}")
    body = {name: value for name, value in values.items() if name not in ("schema", "sha256")}
    if values.get("sha256") != _digest(body):
        raise CheckpointError(f"{path}: truncated or altered: its contents do not match its SHA-256; restore the file")
    return body


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _toml(value: Any) -> Any:
    """TOML form: no None (left out), no tuples or numpy scalars."""
    if isinstance(value, Mapping):
        return {str(name): _toml(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_toml(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value
