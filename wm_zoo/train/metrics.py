"""Numbers of a run: rows of JSON per stage, joined in a fixed order, and the same for TensorBoard.

A stage writes rows into its own folder while it works. When stages finish, `join` builds `metrics.jsonl` anew from
their rows, so that the file never depends on which process was faster, nor on where a run was killed. Rows hold no
clock: an interrupted and an undisturbed run give the same file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wm_zoo import atomic
from wm_zoo.run import Run, StageFolder

ROWS = "metrics.jsonl"


class StageRows:
    """Rows of one stage, appended as they come."""

    def __init__(self, stage: StageFolder, done: int = 0) -> None:
        """Keep the rows up to update `done`; those after it will come again."""
        self._stage, self._path = stage, stage.file(ROWS)
        kept = [row for row in read_rows(self._path) if row["update"] <= done]
        atomic.write_text(self._path, "".join(_line(row) for row in kept))

    def add(self, update: int, numbers: Mapping[str, float]) -> dict[str, Any]:
        """Append one row; returns it."""
        row = {"stage": self._stage.name, "round": self._stage.round, "update": update, **numbers}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line(row))
        return row


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a file; a last line cut short by a kill is left out."""
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def join(run: Run) -> None:
    """Write `metrics.jsonl` of the run: the rows of every finished stage, then the numbers that it ended with."""
    lines = []
    for stage in run.finished_stages():
        lines += [_line(row) for row in read_rows(stage.file(ROWS))]
        numbers = {key: value for key, value in stage.numbers().items() if isinstance(value, int | float | str)}
        if numbers:
            lines.append(_line({"stage": stage.name, "round": stage.round, "finished": True, **numbers}))
    atomic.write_text(run.folder / ROWS, "".join(lines))


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, allow_nan=False) + "\n"


class Board:
    """TensorBoard events of the run. Written live and only by the main process; made on first use (it costs a second).

    After a resume some points are written twice, with the same values.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None

    def add(self, row: Mapping[str, Any], first_update: int) -> None:
        """Write the numbers of a row at ``first_update + row["update"]``, an update count over all rounds."""
        skipped = ("stage", "round", "update", "finished")
        step = first_update + int(row.get("update", 0))
        for key, value in row.items():
            if key not in skipped and isinstance(value, int | float):
                self._events().add_scalar(f"{row['stage']}/{key}", value, step)

    def close(self) -> None:
        """Flush and close."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _events(self) -> Any:
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._folder))
        return self._writer
