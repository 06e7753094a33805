"""The one loop that drives every trainer: rows of metrics, checkpoints, progress, and a clean stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from wm_zoo import atomic
from wm_zoo.errors import WMError
from wm_zoo.run import CHECKPOINT, Clock, StageFolder
from wm_zoo.train.metrics import StageRows
from wm_zoo.train.trainer import Trainer, pack, unpack

ROWS_PER_STAGE = 40
"""Metrics are averaged so that a stage gives about this many rows, whatever its number of updates."""


class Interrupted(Exception):
    """The user asked to stop, and everything is saved."""


class TrainingError(WMError):
    """Training cannot go on: a loss is not finite."""

    exit_code = 1


class Monitor(Protocol):
    """Where a stage tells how far it is, and asks whether it should stop."""

    def progress(self, stage: StageFolder, done: float, total: float, row: Mapping[str, Any] | None = None) -> None:
        """`done` of `total` is finished; `row` is a new row of metrics, if there is one."""
        ...

    def stopping(self) -> bool:
        """Whether to save and raise `Interrupted`."""
        ...


def report(monitor: Monitor, stage: StageFolder, done: float, total: float) -> None:
    """Progress of a stage that keeps nothing when it is stopped; raises `Interrupted` when it should."""
    monitor.progress(stage, done, total)
    if monitor.stopping():
        raise Interrupted


def drive(trainer: Trainer, stage: StageFolder, monitor: Monitor, *, checkpoint_seconds: float) -> Clock:
    """Run a trainer to its last update, going on from the stage's checkpoint if there is one.

    Everything that decides the numbers is in the checkpoint (weights, optimiser, generators, counter), and one is
    written only where a row of metrics ends, so that a resumed stage repeats neither an update nor a row.

    Returns:
        Seconds spent, those before an interruption included.

    Raises:
        Interrupted: the monitor asked for it; a checkpoint is written.
        TrainingError: a metric is not finite.
    """
    stage.begin()
    before = _restore(trainer, stage)
    rows = StageRows(stage, trainer.done)
    start, saved_at = Clock.now(), time.monotonic()
    interval = max(1, math.ceil(trainer.updates / ROWS_PER_STAGE))
    monitor.progress(stage, trainer.done, trainer.updates)
    while trainer.done < trainer.updates:
        row = _row(trainer, rows, interval)
        monitor.progress(stage, trainer.done, trainer.updates, row)
        stop = monitor.stopping()
        if stop or time.monotonic() - saved_at > checkpoint_seconds:
            _save(trainer, stage, before.plus(Clock.now().since(start)))
            saved_at = time.monotonic()
        if stop:
            raise Interrupted
    return before.plus(Clock.now().since(start))


def _row(trainer: Trainer, rows: StageRows, interval: int) -> dict[str, Any]:
    """Update until the next multiple of `interval` and log the mean of each metric."""
    sums: dict[str, list[float]] = {}
    while True:
        for name, value in trainer.update().items():
            if not math.isfinite(value):
                raise TrainingError(f"{name} is {value} at update {trainer.done}: lower the learning rate")
            sums.setdefault(name, []).append(value)
        if trainer.done % interval == 0 or trainer.done >= trainer.updates:
            break
    return rows.add(trainer.done, {name: sum(values) / len(values) for name, values in sums.items()})


def _save(trainer: Trainer, stage: StageFolder, clock: Clock) -> None:
    seconds = {"clock": torch.tensor([clock.wall, clock.cpu], dtype=torch.float64)}
    atomic.save_tensors(stage.file(CHECKPOINT), pack(trainer=trainer.state(), engine=seconds))


def _restore(trainer: Trainer, stage: StageFolder) -> Clock:
    path = stage.file(CHECKPOINT)
    if not path.is_file():
        return Clock()
    state = atomic.load_tensors(path)
    trainer.restore(unpack(state, "trainer"))
    wall, cpu = unpack(state, "engine")["clock"].tolist()
    return Clock(wall, cpu)


def carry_over(trainer: Trainer, finished: Mapping[str, Tensor]) -> None:
    """Go on with the weights and optimiser of a finished trainer, but with this one's own generator and counter."""
    own = {key: value for key, value in trainer.state().items() if key.startswith("loop/")}
    trainer.restore({**finished, **own})


class Silent:
    """A monitor for tests and scripts."""

    def __init__(self, stop: Callable[[], bool] = lambda: False) -> None:
        self._stop = stop

    def progress(self, stage: StageFolder, done: float, total: float, row: Mapping[str, Any] | None = None) -> None:
        """Nothing to show."""

    def stopping(self) -> bool:
        """What `stop` says."""
        return self._stop()
