"""`wm bench`: how fast this machine drives and dreams."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    world: Annotated[str | None, typer.Option(help="World, agent or run to dream in; without one no dreams.")] = None,
    seconds: Annotated[float, typer.Option(min=0.05, help="Seconds for each line.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Measure steps per second: native environment beside stock, and dreams."""
    import json
    from dataclasses import asdict

    from wm_zoo.bench import rates

    loaded = None
    if world is not None:
        from wm_zoo.cli.dream import find_agent

        loaded = find_agent(world).world
    if as_json:
        typer.echo(json.dumps([asdict(rate) for rate in rates(seconds, loaded)]))
        return
    from rich.console import Console

    console = Console()
    for rate in rates(seconds, loaded):
        times = f"  {rate.against_stock:6.0f} x stock" if rate.against_stock not in (None, 1.0) else ""
        console.print(f"{rate.name:<36}{rate.per_second:>12,.0f} {rate.unit}{times}", highlight=False)
