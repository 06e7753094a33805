"""`wm collect`: episodes of any Gymnasium id into a dataset folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from wm_zoo.api.types import Spaces
    from wm_zoo.data.collect import Collected
    from wm_zoo.data.policies import BatchPolicy
    from wm_zoo.data.writer import DatasetWriter


def collect(  # noqa: PLR0913, PLR0917 (one parameter for each option)
    env_id: Annotated[str, typer.Argument(help="Any registered Gymnasium id, e.g. wm/CarRacing-v0.")],
    out: Annotated[Path, typer.Option(help="Dataset folder; an existing one is continued.")],
    episodes: Annotated[int, typer.Option(min=1, help="Episodes of this seed that the dataset shall hold.")] = 100,
    policy: Annotated[str, typer.Option(help="random, correlated, or an agent (name, folder or run).")] = "correlated",
    noise: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="With an agent: largest share of noise in its actions.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Of all randomness; another seed adds other episodes.")] = 0,
    lanes: Annotated[int, typer.Option(min=1, help="Environments stepped together; changes no result.")] = 16,
    max_episode_steps: Annotated[int | None, typer.Option(min=1, help="Cut longer episodes.")] = None,
    idle_limit: Annotated[
        int | None, typer.Option(min=1, help="Cut an episode after so many steps without a positive reward.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE for the environment, e.g. --set frame_skip=4.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Collect episodes into a dataset; killed or stopped, the same command goes on where it was."""
    from wm_zoo.data.collect import collect as run
    from wm_zoo.data.envs import env_spaces
    from wm_zoo.data.meta import DatasetMeta
    from wm_zoo.data.writer import DatasetWriter

    kwargs = _env_kwargs(settings or [])
    spaces = env_spaces(env_id, kwargs)
    driver = make_policy(policy, spaces, noise)
    writer = DatasetWriter(out, DatasetMeta(env_id, spaces, kwargs, driver.name, seed))
    collected = run(
        env_id,
        kwargs,
        driver,
        lanes=lanes,
        episodes=episodes,
        seed=seed,
        max_episode_steps=max_episode_steps,
        idle_limit=idle_limit,
        writer=writer,
        progress=not as_json,
    )
    result = summary(writer, collected)
    typer.echo(json.dumps(result) if as_json else _in_words(result))


def make_policy(name: str, spaces: Spaces, noise: float = 0.0) -> BatchPolicy:
    """The policy of a name: "random", "correlated", or else an agent, with noise mixed into 70 % of its episodes.

    Raises:
        AgentError: there is no such policy or agent.
    """
    from wm_zoo.data.correlated import CorrelatedRandomPolicy
    from wm_zoo.data.noisy import NoisyPolicy
    from wm_zoo.data.policies import RandomPolicy

    if name == "random":
        return RandomPolicy(spaces.action)
    if name == "correlated":
        return CorrelatedRandomPolicy(spaces.action)
    agent = _load_agent(name).batch()
    return NoisyPolicy(agent, spaces.action, most=noise) if noise else agent


def summary(writer: DatasetWriter, collected: Collected) -> dict[str, Any]:
    """What there is now, and what was new."""
    import numpy as np

    returns = collected.returns
    shards = writer.shards
    return {
        "dataset": str(writer.folder),
        "episodes": sum(shard.episodes for shard in shards),
        "steps": sum(shard.steps for shard in shards),
        "bytes": sum(file.bytes for shard in shards for file in shard.everything()),
        "new_episodes": len(returns),
        "new_steps": collected.steps,
        "return_mean": float(np.mean(returns)) if returns else None,
        "return_std": float(np.std(returns)) if returns else None,
        "seconds": round(collected.seconds, 3),
        "steps_per_second": round(collected.steps / collected.seconds, 1) if collected.seconds else None,
    }


def _in_words(result: dict[str, Any]) -> str:
    from wm_zoo.atomic import human_size

    there = (
        f"{result['dataset']}: {result['episodes']} episodes, {result['steps']} steps, {human_size(result['bytes'])}"
    )
    if not result["new_episodes"]:
        return f"{there}; all of them were there already (more: --episodes, others: --seed)"
    score = f"return {result['return_mean']:.1f} ± {result['return_std']:.1f}"
    return f"{there}; {result['new_episodes']} new, {score}, {result['steps_per_second']:,.0f} steps/s"


def _env_kwargs(settings: list[str]) -> dict[str, Any]:
    from wm_zoo.recipe_load import apply_override

    kwargs: dict[str, Any] = {}
    for text in settings:
        apply_override(kwargs, text)
    return kwargs


def _load_agent(name: str) -> Any:
    from wm_zoo.agent import load_agent
    from wm_zoo.errors import AgentError

    try:
        return load_agent(name)
    except AgentError as error:
        raise AgentError(f"--policy {name!r} is neither 'random' nor 'correlated' nor an agent: {error}") from error
