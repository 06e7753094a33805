"""What happened, as JSON lines: for tests, and to draw a drive afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import numpy as np

from wm_zoo.play.errors import PlayError


class Log:
    """One JSON object a line, on the disk at once.

    Args:
        path: file to write (an old one is replaced), or None for no log.

    Raises:
        PlayError: the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = None
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            raise PlayError(f"--log {path}: cannot write this file: {error.strerror or error}") from error

    def write(self, **values: Any) -> None:
        """One line; numbers that JSON does not know become null."""
        if self._file is not None:
            self._file.write(json.dumps({name: _plain(value) for name, value in values.items()}) + "\n")

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Log:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
