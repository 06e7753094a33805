"""`wm train`: run a recipe, or go on with a run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wm_zoo.errors import RecipeError

if TYPE_CHECKING:
    from rich.table import Table

    from wm_zoo.recipe import Recipe
    from wm_zoo.run import Run

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def command(
    recipe: Annotated[
        str | None, typer.Argument(help="Recipe: quickstart, world-models, or a TOML file. Not needed with --resume.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE of the recipe, e.g. --set seed=3; any number of them.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run. Default: runs/NAME-seedN.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in that folder, to the same numbers.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu: the models are small, and a GPU would wait for them.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON, and nothing else.")] = False,
) -> None:
    """Run a recipe: collect, learn a world, practise in the dream, validate on the real thing; then evaluate it.

    Ctrl-C saves and leaves a run that --resume goes on with; so does kill -9, up to the last checkpoint.
    """
    from wm_zoo.train.launch import quiet_cores

    quiet_cores()
    if device != "cpu":
        raise RecipeError(f"--device {device!r}: the trainers of this version run on cpu only; leave --device out")
    run = _open(recipe, settings or [], out, resume)
    results = _train(run, as_json)
    if as_json:
        import json

        typer.echo(json.dumps(results, indent=1))
    else:
        _show(run, results)


def _open(recipe: str | None, settings: list[str], out: Path | None, resume: bool) -> Run:
    from wm_zoo.recipe_load import load_recipe, recipe_names
    from wm_zoo.train.launch import default_folder, open_run

    if recipe is None and not resume:
        raise RecipeError(f"which recipe? known: {', '.join(recipe_names())}, or give a TOML file")
    if recipe is None and out is None:
        raise RecipeError("which run? give the recipe it was started with, or its folder with --out")
    wanted: Recipe | None = None if recipe is None else load_recipe(recipe, settings)
    folder = out if out is not None or wanted is None else default_folder(wanted)
    assert folder is not None
    return open_run(wanted, folder, resume=resume, overridden=bool(settings))


def _train(run: Run, as_json: bool) -> dict[str, Any]:
    from wm_zoo.train.launch import resume_command, train
    from wm_zoo.train.loop import Interrupted

    try:
        return train(run, quiet=as_json, command=" ".join(["wm", *sys.argv[1:]]))
    except (Interrupted, KeyboardInterrupt):
        typer.echo(f"stopped; nothing is lost. Go on with: {resume_command(run.folder)}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _show(run: Run, results: Mapping[str, Any]) -> None:
    """The table of scores, and where everything is."""
    from rich.console import Console

    from wm_zoo.run import read_json

    minutes = read_json(run.folder / "run.json")["wall_seconds"] / 60
    facts = results["run"]
    console = Console()
    console.print(score_table(results))
    console.print(
        f"{minutes:.1f} minutes, {facts['real_decisions']:,} real decisions; "
        f"kept round {facts['kept_round']} by validation ({facts['validation_mean']:.0f})",
        highlight=False,
    )
    for name in ("report.html", "video.mp4", "agent", "world"):
        if (run.folder / name).exists():
            console.print(f"  {run.folder / name}", highlight=False, soft_wrap=True)


def score_table(results: Mapping[str, Any]) -> Table:
    """One row for every driver, the dream last."""
    from rich.table import Table

    table = Table("", "episodes", "mean ± std", "95 % of the mean", "min … max")
    rows = dict(results["rows"])
    if "dream" in results:
        rows["dream"] = results["dream"]
    for name, row in rows.items():
        summary = row["summary"]
        low, high = summary["interval_95"]
        table.add_row(
            str(row["label"]),
            str(summary["episodes"]),
            f"{summary['mean']:.1f} ± {summary['std']:.1f}",
            f"{low:.1f} … {high:.1f}",
            f"{summary['min']:.0f} … {summary['max']:.0f}",
            style="bold" if name == "real" else None,
        )
    return table
