"""Stage `evaluate`: the kept agent on seeds that nothing was ever chosen by; writes ``results.json``."""

from __future__ import annotations

from typing import Any

from wm_zoo import atomic
from wm_zoo.evaluation.full import evaluate_recipe
from wm_zoo.run import StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor, report
from wm_zoo.train.stages.outcome import Outcome


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Evaluate as `[evaluate]` says, and add what the run did."""
    owner, recipe = assembly.run, assembly.recipe
    results = evaluate_recipe(
        owner.folder / "agent",
        recipe,
        world=owner.folder / "world",
        workers=2,
        progress=lambda _what, done, total: report(monitor, stage, done, total),
    )
    rounds = range(recipe.practice_rounds)
    results["run"] = {
        "name": recipe.name,
        "seed": recipe.seed,
        "real_decisions": owner.real_decisions(recipe.train.rounds - 1),
        **owner.stage("export").numbers(),
        "validation": [owner.stage("validate", k).numbers()["mean"] for k in rounds],
    }
    atomic.write_json(owner.folder / "results.json", results)
    return Outcome(_means(results))


def _means(results: dict[str, Any]) -> dict[str, float]:
    """One number for every row, for `metrics.jsonl`."""
    means = {f"{name}_mean": row["summary"]["mean"] for name, row in results["rows"].items()}
    if "dream" in results:
        means["dream_mean"] = results["dream"]["summary"]["mean"]
    return {name: float(value) for name, value in means.items()}
