"""`wm envs`: every environment of the suite."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wm_zoo.errors import WMError


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """List the environment ids, with spaces and time limit where one can be made without arguments."""
    import json

    rows = table()
    if as_json:
        typer.echo(json.dumps(rows))
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table("id", "observation", "action", "steps", "vector", box=None, pad_edge=False)
    for row in rows:
        vector = "native" if row["vector"] else ""
        shown.add_row(row["id"], row["observation"], row["action"], str(row["max_episode_steps"] or ""), vector)
    Console().print(shown)


def table() -> list[dict[str, Any]]:
    """One row for each id: id, observation, action, max_episode_steps, vector, stock (the one to compare with)."""
    import gymnasium as gym

    import wm_envs

    rows = []
    for env_id in wm_envs.ENV_IDS:
        spec = gym.spec(env_id)
        row: dict[str, Any] = {
            "id": env_id,
            "max_episode_steps": spec.max_episode_steps,
            "vector": spec.vector_entry_point is not None,
        }
        rows.append(row | _spaces(env_id))
    return rows


def _spaces(env_id: str) -> dict[str, str]:
    """Spaces in words; dreams have those of the world that they are given."""
    import gymnasium as gym

    try:
        env = gym.make(env_id)
    except (TypeError, ValueError, gym.error.Error, WMError):
        return {"observation": "of the world: world=NAME", "action": "of the world"}
    try:
        return {"observation": _words(env.observation_space), "action": _words(env.action_space)}
    finally:
        env.close()


def _words(space: Any) -> str:
    import gymnasium as gym

    if isinstance(space, gym.spaces.Box):
        return f"{space.dtype} {'x'.join(map(str, space.shape))}"
    return str(space)
