"""Progress bars of the evaluating commands: on stderr, with time left, and none where nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def episode_bar(what: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int, int, float], None]]:
    """A bar that is told (episodes done, of how many, mean return so far)."""
    with _bar(what, total, quiet) as update:
        yield lambda done, of, mean: update(done, f"mean {mean:.0f}")


@contextmanager
def step_bar(what: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar that is told how many steps are done."""
    with _bar(what, total, quiet) as update:
        yield lambda done: update(done, "")


@contextmanager
def _bar(what: str, total: int, quiet: bool) -> Iterator[Callable[[int, str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    note = TextColumn("{task.fields[note]}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), note, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task(what, total=total, note="")
        yield lambda done, words: bar.update(task, completed=done, note=words)
