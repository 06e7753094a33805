"""The stages by name, and how one is run."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor
from wm_zoo.train.stages.outcome import Outcome

Stage = Callable[[Assembly, StageFolder, Monitor], Outcome]

STAGES = {
    name: f"wm_zoo.train.stages.{name}"
    for name in (
        "collect",
        "encoder",
        "collect_more",
        "dynamics",
        "controller",
        "validate",
        "member",
        "export",
        "evaluate",
        "report",
    )
}
"""Name to module; its function `run` is the stage."""


def perform(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> bool:
    """Run a stage unless it is finished; returns whether there was anything to do."""
    if stage.finished:
        return False
    run = cast(Stage, import_module(STAGES[stage.name]).run)
    stage.begin()
    start = Clock.now()
    outcome = run(assembly, stage, monitor)
    stage.commit(outcome.numbers, outcome.clock or Clock.now().since(start), outcome.outputs)
    return True
