"""What a run shows while it works: bars with time left on a terminal, a line per finished stage elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from wm_zoo.run import StageFolder

SHOWN = ("loss", "reward_mse", "dream_reward", "best", "mean")
"""Metrics worth a place beside a bar, the first three that a row has."""


class Display:
    """Bars for the whole run and for every stage at work. Used as a context manager.

    Args:
        quiet: show nothing, for ``--json``.
        console: where to; standard error by default, so that standard output is left to results.
    """

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, quiet=quiet)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.percentage:>4.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=self.console,
            disable=not self.console.is_terminal or quiet,
            transient=True,
            speed_estimate_period=300.0,  # stages differ in pace: look back over several of them
        )
        self._run: TaskID | None = None
        self._stages: dict[tuple[str, int], TaskID] = {}
        self._share: dict[tuple[str, int], float] = {}

    def __enter__(self) -> Display:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._bars.stop()

    def begin(self, total: float, title: str) -> None:
        """Show the bar of the whole run; `total` in any unit of work."""
        self._run = self._bars.add_task(title, total=total, note="")

    def progress(
        self, stage: StageFolder, done: float, total: float, work: float, row: Mapping[str, Any] | None
    ) -> None:
        """Move the bar of a stage, and that of the run by its share of `work`."""
        key = (stage.name, stage.round)
        if key not in self._stages:
            self._stages[key] = self._bars.add_task(f"round {stage.round} {stage.name}", total=total, note="")
        self._bars.update(self._stages[key], completed=done, total=total)
        if row is not None:
            self._bars.update(self._stages[key], note=_note(row))
        share = work * done / max(total, 1e-9)
        if self._run is not None:
            self._bars.advance(self._run, share - self._share.get(key, 0.0))
        self._share[key] = share

    def finish(self, stage: StageFolder, numbers: Mapping[str, Any], seconds: float) -> None:
        """Take away the bar of a stage and leave a line."""
        task = self._stages.pop((stage.name, stage.round), None)
        if task is not None:
            self._bars.remove_task(task)
        where = f"round {stage.round:2d}  " if stage.path.parent.name.isdigit() else "          "
        text = "  ".join(f"{key} {_short(value)}" for key, value in _headline(stage.name, numbers))
        self.console.print(f"{where}{stage.name:<12} {seconds:7.1f} s  {text}", highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line of its own."""
        self.console.print(text, highlight=False, soft_wrap=True)


_HEADLINES = {
    "collect": ("episodes", "decisions", "mean_return"),
    "collect_more": ("episodes", "decisions", "mean_return"),
    "encoder": ("frames", "variance_kept"),
    "dynamics": ("updates", "steps"),
    "controller": ("updates", "world_round"),
    "validate": ("mean", "std", "dream_mean"),
    "export": ("kept_round", "validation_mean"),
    "evaluate": ("real_mean", "native_mean", "dream_mean"),
}


def _headline(stage: str, numbers: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, numbers[key]) for key in _HEADLINES.get(stage, ()) if key in numbers]


def _note(row: Mapping[str, Any]) -> str:
    shown = [f"{key} {_short(row[key])}" for key in SHOWN if key in row][:3]
    return " ".join(shown)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
