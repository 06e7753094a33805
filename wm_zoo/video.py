"""Real beside dreamt under the same actions: an MP4, and a strip of frames for a page.

The left picture is the real environment, driven by the agent. The right one is its world's: started from one real
moment, given nothing but the agent's actions, decoded. Every `restart` steps it starts anew from the real moment.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wm_zoo import atomic
from wm_zoo.errors import MissingDependency, WMError
from wm_zoo.video_page import Moment, Picture, film_strip, panel

if TYPE_CHECKING:
    from PIL.Image import Image


class VideoError(WMError):
    """A video cannot be made of this agent or environment, or not be written."""


def compare(
    agent: Any,
    env: Any,
    *,
    seed: int = 0,
    steps: int = 250,
    restart: int = 40,
    warm_up: int = 4,
    on_step: Callable[[int], None] | None = None,
) -> list[Moment]:
    """Drive one real episode and dream beside it.

    Args:
        agent: drives the real environment with its most likely actions.
        env: a single real environment with the agent's observations.
        seed: of the episode.
        steps: decisions at most.
        restart: steps after which the dream starts anew from the real moment.
        warm_up: real steps before the first dream, so that a recurrent state has settled.
        on_step: told the number of steps done.

    Raises:
        VideoError: the world cannot show pictures.
    """
    import torch

    world = agent.world
    _require_pictures(world)
    obs, _ = env.reset(seed=seed)
    state, dream, since, moments = None, None, 0, []
    for step in range(steps):
        vectors, state = agent.step(np.asarray(obs)[None], state, _noise(seed), True)
        if step >= warm_up and (dream is None or since >= restart):
            dream, since = state.belief.state, 0
        obs, reward, terminated, truncated, _ = env.step(world.codec.to_env(vectors)[0])
        if dream is not None:
            with torch.no_grad():
                imagined = world.imagine(dream, vectors)
                shown = world.decode(imagined.state)[0].cpu().numpy()
            dream, since = imagined.state, since + 1
            moments.append(Moment(_rgb(obs), _rgb(shown), step + 1, since, float(reward), float(imagined.reward[0])))
        if on_step is not None:
            on_step(step + 1)
        if terminated or truncated:
            break
    if not moments:
        raise VideoError(f"the episode on seed {seed} ended within the warm-up of {warm_up} steps; try another --seed")
    return moments


def record_comparison(  # noqa: PLR0913 (one parameter for each option of `wm dream`)
    agent: Any,
    path: str | Path,
    *,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    seed: int = 0,
    steps: int = 250,
    restart: int = 40,
    max_episode_steps: int | None = None,
    fps: float = 12.5,
    strip: str | Path | None = None,
    on_step: Callable[[int], None] | None = None,
) -> Path:
    """Record real beside dreamt.

    Args:
        agent: an `Agent`, or the name or folder of one.
        path: `.mp4`, or `.gif`.
        env_id: None: the environment that the agent was trained on; `CarRacing-v3` is dressed for it.
        env_kwargs: over the agent's own.
        seed: of the episode.
        steps: decisions at most.
        restart: steps of a dream before it starts anew.
        max_episode_steps: time limit in decisions.
        fps: pictures a second; CarRacing at frame skip 4 runs at 12.5.
        strip: where to write a strip of frames as PNG, or None.
        on_step: told the number of steps done.

    Returns:
        `path`.

    Raises:
        VideoError: no pictures to show, or an unknown kind of file.
    """
    from wm_zoo.evaluation.drivers import agent_env, as_agent
    from wm_zoo.evaluation.workers import make_env

    path = Path(path)
    _check_suffix(path)
    agent, _ = as_agent(agent)
    env_id = env_id or agent_env(agent)[0]
    if env_id is None:
        raise VideoError("the agent's card names no environment; say which")
    env = make_env(agent, env_id, env_kwargs or {}, max_episode_steps)
    try:
        moments = compare(agent, env, seed=seed, steps=steps, restart=restart, on_step=on_step)
    finally:
        env.close()
    write_video(path, (panel(moment, moments) for moment in moments), fps)
    if strip is not None:
        write_png(strip, film_strip(moments, restart))
    return path


def write_video(path: str | Path, pages: Any, fps: float) -> None:
    """Write pictures as MP4 (H.264, plays in every browser) or GIF, atomically."""
    try:
        import imageio.v2 as imageio
    except ImportError as error:
        raise MissingDependency("videos need imageio: pip install imageio imageio-ffmpeg") from error

    path = Path(path)
    arrays = [np.asarray(page, np.uint8) for page in pages]
    buffer = io.BytesIO()
    if path.suffix == ".gif":
        imageio.mimsave(buffer, arrays, format="GIF", duration=1000 / fps, loop=0)
    else:
        even = [array[: array.shape[0] // 2 * 2, : array.shape[1] // 2 * 2] for array in arrays]  # H.264 wants it
        options = {"fps": fps, "codec": "libx264", "quality": 7, "macro_block_size": 1}
        imageio.mimsave(buffer, even, format="MP4", **options)
    atomic.write_bytes(path, buffer.getvalue())


def write_png(path: str | Path, page: Image) -> None:
    """Write a picture as PNG, atomically."""
    buffer = io.BytesIO()
    page.save(buffer, format="PNG", optimize=True)
    atomic.write_bytes(path, buffer.getvalue())


def _rgb(obs: Any) -> Picture:
    picture = np.asarray(obs)
    return picture.repeat(3, -1) if picture.shape[-1] == 1 else picture


def _noise(seed: int) -> Any:
    from wm_zoo.lanes import LaneGenerator

    return LaneGenerator([seed])


def _require_pictures(world: Any) -> None:
    space = world.spaces.observation
    shape: tuple[int, ...] = tuple(space.shape or ())
    if not world.can_decode:
        raise VideoError(
            f"{world.card.encoder['id']} cannot decode, so its dream cannot be seen; use an encoder that can"
        )
    if len(shape) != 3 or shape[-1] not in (1, 3) or space.dtype != np.uint8:
        raise VideoError(f"a video needs observations that are pictures, uint8 [H, W, 1 or 3]; these are {space}")


def _check_suffix(path: Path) -> None:
    if path.suffix not in (".mp4", ".gif"):
        raise VideoError(f"{path}: expected a name that ends in .mp4 or .gif")
