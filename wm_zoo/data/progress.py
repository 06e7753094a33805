"""A progress bar with rate and time left, or a function to call instead."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a collection is: `done` of `total` units (episodes or steps), and environment steps so far."""

    done: int
    total: int
    steps: int


OnProgress = Callable[[Progress], None]


@contextlib.contextmanager
def reporting(progress: bool | OnProgress, total: int, done: int, unit: str) -> Iterator[OnProgress]:
    """What to call after every step: a bar on standard error for True, nothing for False, else the given function."""
    if not isinstance(progress, bool):
        yield progress
    elif not progress:
        yield lambda _: None
    else:
        with _bar(total, done, unit) as report:
            yield report


@contextlib.contextmanager
def _bar(total: int, done: int, unit: str) -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("collecting"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit + ", {task.fields[rate]:,.0f} steps/s,"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("collect", total=total, completed=done, rate=0.0)
        began, shown = time.perf_counter(), 0.0

        def report(now: Progress) -> None:
            nonlocal shown
            elapsed = time.perf_counter() - began
            if elapsed - shown > 0.1 or now.done == now.total:
                shown = elapsed
                bar.update(task, completed=now.done, rate=now.steps / max(elapsed, 1e-9))

        yield report
