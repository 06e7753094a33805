"""`play`: everything put together, from an environment id to the number of frames that were driven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym

from wm_envs.carla.errors import CarlaError
from wm_zoo.play.actions import action_map
from wm_zoo.play.errors import PlayError
from wm_zoo.play.hud import NARROW, WIDE
from wm_zoo.play.log import Log
from wm_zoo.play.loop import Loop, LoopOptions
from wm_zoo.play.session import DREAM, REAL, Session
from wm_zoo.play.setup import make_session
from wm_zoo.play.window import PlayWindow

FPS = 20.0  # where an environment does not say how fast it is


@dataclass(frozen=True)
class PlayOptions:
    """What `wm play` was asked for.

    Attributes:
        env_id: a real environment or a dream.
        world: registry name, world folder or run folder; None: the id's own, or none.
        env_kwargs: of the environment.
        seed: of the first episode; None draws one.
        fps: decisions a second; None: the environment's own speed.
        scale: of the window.
        folder: of recordings and screenshots.
        record: record from the first frame on.
        frames: after which it ends; None: when the driver leaves.
        log: file of JSON lines, or None.
        max_episode_steps: time limit of the real side; 0 none, None its own.
        compare: begin with both sides.
    """

    env_id: str
    world: str | None = None
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    fps: float | None = None
    scale: float = 1.0
    folder: Path = Path("recordings")
    record: bool = False
    frames: int | None = None
    log: Path | None = None
    max_episode_steps: int | None = None
    compare: bool = False


@dataclass(frozen=True)
class Played:
    """What there is after a drive: frames that were shown, and files and datasets that were saved."""

    frames: int
    kept: list[str]


def play(options: PlayOptions) -> Played:
    """Open a window and drive until the driver leaves.

    Raises:
        WMError: nothing to drive, nothing to see, or no display.
    """
    session, real_id, real_kwargs = make_session(
        options.env_id,
        options.world,
        options.env_kwargs,
        seed=options.seed,
        max_episode_steps=options.max_episode_steps,
    )
    try:
        space = _action_space(session)
        actions = action_map(space, real_id)
        with Log(options.log) as log:
            return _drive(options, session, real_id, real_kwargs, actions, log)
    except CarlaError as error:  # its server is looked for by the first reset
        raise PlayError(str(error)) from error
    finally:
        session.close()


def _drive(
    options: PlayOptions, session: Session, real_id: str, kwargs: Mapping[str, Any], actions: Any, log: Log
) -> Played:
    from wm_zoo.play.recorder import Recorder

    fps = options.fps or _fps(session)
    window = PlayWindow(f"wm play {options.env_id}", NARROW if session.dream is None else WIDE, options.scale)
    try:
        recorder = Recorder(options.folder, _metas(options, session, real_id, kwargs), fps)
        smooth = not isinstance(_action_space(session), gym.spaces.Discrete)
        settings = LoopOptions(_name(options, session), fps, options.frames, options.folder)
        loop = Loop(session, actions, window, recorder, log, settings, smooth=smooth)
        frames = loop.run(record=options.record, compare=options.compare)
        return Played(frames, recorder.kept)
    finally:
        window.close()


def _action_space(session: Session) -> gym.Space[Any]:
    if session.real is not None:
        return session.real.env.action_space
    if session.dream is None:
        raise PlayError("there is nothing to drive")
    space: gym.Space[Any] = session.dream.world.spaces.action
    return space


def _fps(session: Session) -> float:
    metadata = {} if session.real is None else session.real.env.metadata
    return float(metadata.get("render_fps") or FPS)


def _name(options: PlayOptions, session: Session) -> str:
    world = "" if session.dream is None else f" in {session.dream.world.card.name}"
    return f"{options.env_id}{world}"


def _metas(options: PlayOptions, session: Session, real_id: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Where the recorded episodes of each side come from; a dream's are those of wm/Dream-v0 with its pixels."""
    from wm_zoo.api.types import Spaces
    from wm_zoo.data.meta import DatasetMeta

    metas = {}
    if session.real is not None:
        env = session.real.env
        spaces = Spaces(env.observation_space, env.action_space)
        metas[REAL] = DatasetMeta(real_id, spaces, dict(kwargs), "human", session.seed)
    if session.dream is not None:
        world = session.dream.world
        facts = {"world": options.world or world.card.name, "obs": "pixels"}
        metas[DREAM] = DatasetMeta("wm/Dream-v0", world.spaces, facts, "human", session.seed)
    return metas
