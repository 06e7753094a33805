"""`wm report`: the page of a run, finished or not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="Run folder, as `wm train` leaves it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print path and what is missing as JSON.")] = False,
) -> None:
    """Write report.html into a run folder: score, learning curves, real beside dreamt, open-loop error."""
    import json

    from wm_zoo.report import read_run, write_report

    path = write_report(run)
    problems = list(read_run(run).problems)
    if as_json:
        typer.echo(json.dumps({"report": str(path), "missing": problems}))
        return
    typer.echo(f"wrote {path}")
    for problem in problems:
        typer.echo(f"  missing: {problem}")
