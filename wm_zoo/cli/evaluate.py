"""`wm eval`: what an agent is worth in the real environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from wm_zoo.evaluation.result import EvalResult


def command(  # noqa: PLR0913, PLR0917 (one parameter for each option)
    agent: Annotated[str, typer.Argument(help="Agent: registry name, agent folder, or run folder.")],
    env: Annotated[
        str | None, typer.Option(help="Gymnasium id, e.g. CarRacing-v3. Default: what the agent was trained on.")
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes, one on each seed.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="First seed; the others follow it.")] = 200_000,
    json_file: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Also write the result as JSON; - prints only that.")
    ] = None,
    max_episode_steps: Annotated[
        int | None, typer.Option(min=1, help="Time limit in decisions. Default: the environment's own.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, for environments without a native batch.")] = 2,
    sample: Annotated[bool, typer.Option("--sample", help="Sample actions instead of taking the likeliest.")] = False,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Also drive a random policy on the same seeds.")
    ] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE for the environment, e.g. --set grayscale=true.")
    ] = None,
) -> None:
    """Drive whole episodes in the real environment and report mean, spread and 95 % interval."""
    from wm_zoo.agent import load_agent
    from wm_zoo.cli.show import episode_bar
    from wm_zoo.evaluate import evaluate_agent, named_seeds

    seeds, kwargs = named_seeds(seed, episodes), env_kwargs(settings or [])
    load_agent(agent)  # a wrong name is an error before any bar is drawn
    with episode_bar("driving", episodes, quiet=json_file == "-") as progress:
        result = evaluate_agent(
            agent,
            env,
            kwargs,
            seeds,
            max_episode_steps=max_episode_steps,
            workers=workers,
            deterministic=not sample,
            progress=progress,
        )
    rows = {"agent": result} | (_random(agent, result) if baselines else {})
    _report(rows, json_file)


def env_kwargs(settings: list[str]) -> dict[str, Any]:
    """``--set a=b`` texts as keyword arguments."""
    from wm_zoo.recipe_load import apply_override

    kwargs: dict[str, Any] = {}
    for text in settings:
        apply_override(kwargs, text)
    return kwargs


def _random(agent: str, result: EvalResult) -> dict[str, EvalResult]:
    """The random policy; for stock on the native environment, whose rewards are stock's to the bit."""
    from wm_envs.stock import STOCK_ID
    from wm_zoo.agent import load_agent
    from wm_zoo.evaluate import evaluate_baselines
    from wm_zoo.evaluation.drivers import agent_env

    trained_on, kwargs = agent_env(load_agent(agent))
    target = trained_on if trained_on is not None and result.env_id == STOCK_ID else result.env_id
    given = dict(result.env_kwargs) if target == result.env_id else kwargs
    return evaluate_baselines(target, given, result.seeds, {}, max_episode_steps=_limit(result, kwargs))


def _limit(result: EvalResult, kwargs: dict[str, Any]) -> int | None:
    """Stock's own limit is 1000 frames, the native environment's counts decisions."""
    from wm_envs.stock import STOCK_ID, decisions

    if result.max_episode_steps is None and result.env_id == STOCK_ID:
        return decisions(int(kwargs.get("frame_skip", 1)))
    return result.max_episode_steps


def _report(rows: dict[str, EvalResult], json_file: str | None) -> None:
    import json

    from wm_zoo import atomic

    first = rows["agent"]
    others = {name: row.to_json() for name, row in rows.items() if name != "agent"}
    value = first.to_json() | ({"baselines": others} if others else {})
    if json_file == "-":
        typer.echo(json.dumps(value))
        return
    if json_file is not None:
        atomic.write_json(Path(json_file), value)
    print_rows(rows)


def print_rows(rows: dict[str, EvalResult]) -> None:
    """A table of results, and the seeds under it."""
    from rich.console import Console
    from rich.table import Table

    from wm_zoo.evaluation.result import describe_seeds

    table = Table("", "mean", "std", "95 % interval", "IQM", "min", "median", "max", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows.values():
        summary = row.summary()
        low, high = summary["interval_95"]
        numbers = (summary[key] for key in ("iqm", "min", "median", "max"))
        mean, std = f"{summary['mean']:.1f}", f"{summary['std']:.1f}"
        table.add_row(row.label, mean, std, f"{low:.0f} to {high:.0f}", *(f"{value:.0f}" for value in numbers))
    console = Console()
    console.print(table)
    first = next(iter(rows.values()))
    ended = f"{sum(first.terminated)} of {len(first.terminated)} episodes ended by themselves"
    facts = f"{describe_seeds(first.seeds)}; {ended}; gymnasium {first.gymnasium}; {first.minutes:.1f} min"
    console.print(facts, style="dim", highlight=False)
