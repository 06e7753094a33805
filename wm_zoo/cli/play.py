"""`wm play`: drive with the keyboard or a gamepad, really or in a dream."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def command(  # noqa: PLR0913, PLR0917 (one parameter for each option)
    env_id: Annotated[str, typer.Argument(help="Environment, e.g. wm/CarRacing-v0, wm/Town-v0 or wm/Dream-v0.")],
    world: Annotated[
        str | None, typer.Option(help="Run folder, world folder or registry name: what to dream in (T toggles).")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the first episode; drawn if left out.")] = None,
    fps: Annotated[float | None, typer.Option(min=0.1, help="Decisions a second; default: real time.")] = None,
    scale: Annotated[float, typer.Option(min=0.25, max=8.0, help="Size of the window.")] = 1.0,
    record: Annotated[
        Path | None, typer.Option(help="Record into this folder from the start. Without it F records into recordings/.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Begin with real beside dream.")] = False,
    max_episode_steps: Annotated[
        int | None, typer.Option(min=0, help="Time limit of the real environment in decisions; 0: none.")
    ] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="Leave after so many frames.")] = None,
    log: Annotated[Path | None, typer.Option(help="Write what happens as JSON lines.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE for the environment, e.g. --set frame_skip=4.")
    ] = None,
) -> None:
    """Drive: arrows or WASD, or a gamepad. T: dream or wake up, C: both, F: record, +/-: temperature, H: all keys."""
    from wm_zoo.play.play import PlayOptions, play

    options = PlayOptions(
        env_id=env_id,
        world=world,
        env_kwargs=_env_kwargs(settings or []),
        seed=seed,
        fps=fps,
        scale=scale,
        folder=record or Path("recordings"),
        record=record is not None,
        frames=frames,
        log=log,
        max_episode_steps=max_episode_steps,
        compare=compare,
    )
    played = play(options)
    typer.echo(f"{played.frames} frames{''.join(f'; saved {path}' for path in played.kept)}")


def _env_kwargs(settings: list[str]) -> dict[str, Any]:
    from wm_zoo.recipe_load import apply_override

    kwargs: dict[str, Any] = {}
    for text in settings:
        apply_override(kwargs, text)
    return kwargs
