"""Everything that a run is judged by, as one JSON-able record: what `results.json` holds and the report shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wm_zoo.evaluation.agent import evaluate_agent, evaluate_baselines
from wm_zoo.evaluation.dream import dream_returns, gap
from wm_zoo.evaluation.drivers import agent_env, as_agent
from wm_zoo.evaluation.open_loop import open_loop
from wm_zoo.evaluation.record import record_episodes
from wm_zoo.evaluation.result import EvalResult, named_seeds
from wm_zoo.recipe import Evaluate, Recipe
from wm_zoo.world import load_world

SCHEMA = 1

FullProgress = Callable[[str, int, int], None]
"""Called with what is being done, and how many of how many episodes are finished."""


def evaluate_recipe(
    agent: str | Path,
    recipe: Recipe,
    *,
    world: str | Path | None = None,
    workers: int = 2,
    progress: FullProgress | None = None,
) -> dict[str, Any]:
    """Judge a finished agent as its recipe says.

    Args:
        agent: folder of the agent.
        recipe: its `[evaluate]` and `[validate]` tables, and the environment that was learned from.
        world: folder of the world whose open-loop error is measured; None: the agent's own.
        workers: processes for environments without a batch form.
        progress: told how far it is.

    Returns:
        ``{"schema", "rows": {"real", "native", "random", …: EvalResult as JSON}, "dream", "gap", "open_loop",
        "selection"}``; parts that the recipe sets to 0 episodes are absent.
    """
    settings, limit = recipe.evaluate, recipe.env.max_episode_steps
    tell = progress or (lambda what, done, total: None)
    loaded, path = as_agent(agent)
    rows = _rows(loaded, str(path), recipe, workers, tell)
    results: dict[str, Any] = {"schema": SCHEMA, "rows": {name: row.to_json() for name, row in rows.items()}}
    if settings.dream_episodes:
        tell("dreaming", 0, settings.dream_episodes)
        results["dream"] = _dream(loaded, settings, limit)
        if headline := rows.get("real") or rows.get("native"):
            results["gap"] = gap(results["dream"]["returns"], headline.returns)
    if settings.open_loop_episodes and agent_env(loaded)[0] is not None:
        tell("open-loop error", 0, settings.open_loop_episodes)
        seeds = named_seeds(recipe.validation.first_seed, settings.open_loop_episodes)
        episodes = record_episodes(loaded, seeds, max_episode_steps=limit)
        measured = loaded.world if world is None else load_world(world)
        results["open_loop"] = open_loop(measured, episodes, settings.open_loop_horizons)
        results["open_loop"]["seeds"] = list(seeds)
    results["selection"] = {
        "keep": recipe.validation.keep,
        "seeds": list(named_seeds(recipe.validation.first_seed, recipe.validation.episodes)),
    }
    return results


def _rows(agent: Any, path: str, recipe: Recipe, workers: int, tell: FullProgress) -> dict[str, EvalResult]:
    settings, limit, trained_on = recipe.evaluate, recipe.env.max_episode_steps, recipe.env.id
    rows: dict[str, EvalResult] = {}
    if settings.episodes:
        rows["real"] = evaluate_agent(
            path,
            settings.env,
            settings.kwargs,
            named_seeds(settings.first_seed, settings.episodes),
            max_episode_steps=limit,
            workers=workers,
            progress=lambda done, total, mean: tell(f"driving on {settings.env}", done, total),
        )
    seeds = named_seeds(settings.first_seed, settings.native_episodes or settings.episodes or 1)
    if settings.native_episodes and (trained_on != settings.env or not rows):
        rows["native"] = evaluate_agent(
            agent,
            trained_on,
            recipe.env.kwargs,
            seeds,
            max_episode_steps=limit,
            progress=lambda done, total, mean: tell(f"driving on {trained_on}", done, total),
        )
    if rows:
        constants: Mapping[str, Any] = settings.baselines
        plain = evaluate_baselines(trained_on, recipe.env.kwargs, seeds, constants, max_episode_steps=limit)
        rows |= {name: replace(row, label=f"{row.label} ({trained_on})") for name, row in plain.items()}
    return rows


def _dream(agent: Any, settings: Evaluate, limit: int | None) -> dict[str, Any]:
    horizon = settings.dream_horizon or limit or 1000
    dream = dream_returns(
        agent.world,
        agent.controller or agent.planner,
        seeds=named_seeds(settings.first_seed, settings.dream_episodes),
        horizon=horizon,
    )
    return {"label": f"{agent.name} in its own dream", **dream}
