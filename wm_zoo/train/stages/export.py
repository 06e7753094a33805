"""Stage `export`: the run's worlds and agents in their final form: ``agent/``, ``agent-last/``, ``world/``."""

from __future__ import annotations

import shutil
from typing import Any

from wm_zoo.run import Run, StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor, report
from wm_zoo.train.stages.outcome import Outcome


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Save the agent of the kept round, the last one, and the newest world."""
    owner, recipe = assembly.run, assembly.recipe
    means = validation_means(owner)
    last = recipe.practice_rounds - 1
    best = max(means, key=lambda number: means[number])
    kept = best if recipe.validation.keep == "best" else last
    things: list[tuple[str, Any]] = [
        ("agent", assembly.agent(kept)),
        ("agent-last", assembly.agent(last)),
        ("world", assembly.final_world()),
    ]
    for done, (name, thing) in enumerate(things):
        shutil.rmtree(owner.folder / name, ignore_errors=True)
        thing.save(owner.folder / name)
        report(monitor, stage, done + 1, len(things))
    chosen = {"kept_round": kept, "validation_mean": means[kept]}
    return Outcome(chosen | {"best_round": best, "last_round": last, "last_validation_mean": means[last]})


def validation_means(run: Run) -> dict[int, float]:
    """Mean validation return of each round."""
    return {k: float(run.stage("validate", k).numbers()["mean"]) for k in range(run.recipe.practice_rounds)}
