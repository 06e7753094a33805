"""Stage `report`: a video of real beside dreamt, the page that shows everything, and the card of the world."""

from __future__ import annotations

from typing import Any

from wm_zoo.errors import MissingDependency
from wm_zoo.report import write_report
from wm_zoo.report.model_card import write_model_card
from wm_zoo.run import StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor, report
from wm_zoo.train.stages.outcome import Outcome


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Write ``video.mp4``, ``filmstrip.png``, ``report.html`` and ``world/README.md`` into the run."""
    numbers: dict[str, Any] = {}
    if assembly.recipe.evaluate.video:
        numbers["without_video"] = _video(assembly, stage, monitor)
    write_report(assembly.run.folder)
    write_model_card(assembly.run.folder)
    return Outcome({key: value for key, value in numbers.items() if value})


def _video(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> str:
    """Record the video; what cannot be shown as pictures is no error, but a reason that the stage notes."""
    from wm_zoo.video import VideoError, record_comparison

    folder, recipe = assembly.run.folder, assembly.recipe
    try:
        record_comparison(
            folder / "agent",
            folder / "video.mp4",
            seed=recipe.validation.first_seed,
            max_episode_steps=recipe.env.max_episode_steps,
            strip=folder / "filmstrip.png",
            on_step=lambda step: report(monitor, stage, step, 250),
        )
    except (VideoError, MissingDependency) as error:
        return str(error)
    return ""
