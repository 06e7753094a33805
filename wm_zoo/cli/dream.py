"""`wm dream`: watch a world dream, beside the real thing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from torch import Tensor

    from wm_zoo.agent import Agent
    from wm_zoo.world import ComposedWorld


def command(  # noqa: PLR0913, PLR0917 (one parameter for each option)
    world: Annotated[str, typer.Argument(help="Run folder, agent folder, world folder, or registry name.")],
    video: Annotated[Path, typer.Option(help="File to write, .mp4 or .gif.")] = Path("dream.mp4"),
    steps: Annotated[int, typer.Option(min=1, help="Decisions to record.")] = 250,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the real episode.")] = 0,
    restart: Annotated[int, typer.Option(min=1, help="Steps after which the dream starts anew from reality.")] = 40,
    env: Annotated[str | None, typer.Option(help="Real environment. Default: what the world was learned from.")] = None,
    strip: Annotated[Path | None, typer.Option(help="Also write a strip of frames, .png.")] = None,
    fps: Annotated[float, typer.Option(min=1.0, help="Pictures a second.")] = 12.5,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Record real beside dreamt: the same actions, the dream uncorrected. A world alone is driven at random."""
    import json

    from wm_zoo.cli.show import step_bar
    from wm_zoo.video import record_comparison

    agent = find_agent(world, seed)
    with step_bar("recording", steps, quiet=as_json) as progress:
        record_comparison(
            agent,
            video,
            env_id=env,
            seed=seed,
            steps=steps,
            restart=restart,
            fps=fps,
            strip=strip,
            on_step=progress,
        )
    written = [str(path) for path in (video, strip) if path is not None]
    facts = {"written": written, "driver": agent.name, "seed": seed}
    typer.echo(json.dumps(facts) if as_json else f"wrote {' and '.join(written)} (driven by: {agent.name})")


def find_agent(name: str, seed: int = 0) -> Agent:
    """The agent of a run or agent folder; for a bare world one that drives at random, smoothly.

    Raises:
        WorldError: there is neither an agent nor a world of this name.
    """
    from wm_zoo.agent import Agent, load_agent
    from wm_zoo.errors import AgentError
    from wm_zoo.world import load_world

    try:
        return load_agent(name)
    except AgentError:
        world = load_world(name)
        return Agent(world, _Wanderer(world, seed), name="correlated random actions")


class _Wanderer:
    """A controller that looks at nothing: correlated random actions, the same for every lane."""

    def __init__(self, world: ComposedWorld, seed: int) -> None:
        from wm_zoo.data.correlated import CorrelatedRandomPolicy

        self._codec = world.codec
        self._policy = CorrelatedRandomPolicy(world.spaces.action)
        self._policy.reset(1, seed)

    def act(self, features: Tensor, *, deterministic: bool = False, generator: Any = None) -> Tensor:
        """Action vectors ``[B, A]``, the next ones of the random walk."""
        return self._codec.to_vector(self._policy.act(None)).expand(len(features), -1)
