"""From an environment id to a `Session`: what is driven, and what it can be toggled to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from wm_zoo.play.errors import PlayError
from wm_zoo.play.real import RealSide

if TYPE_CHECKING:
    from wm_zoo.play.session import Session

Made = tuple["Session", str, dict[str, Any]]

_DREAMS = "wm_envs.dream"


def make_session(
    env_id: str,
    world: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    max_episode_steps: int | None = None,
) -> Made:
    """Make what is driven.

    Args:
        env_id: a real environment, or a dream (then its world's environment is the real side).
        world: registry name, world folder or run folder; None: the id's own, or none.
        env_kwargs: of the environment that `env_id` names. A dream is played without a horizon unless one is given.
        seed: of the first episode; None draws one.
        max_episode_steps: time limit of the real side in decisions; 0 for none, None for its own.

    Returns:
        The session, not yet reset; the id of the real environment ("" if there is none); and its kwargs.

    Raises:
        WMError: unknown id, world or option; a world that cannot be shown, or that is not one of this environment.
    """
    from wm_zoo.data.envs import find_spec

    spec, kwargs = find_spec(env_id), dict(env_kwargs or {})
    seed = secrets.randbelow(2**31) if seed is None else seed
    limit = -1 if max_episode_steps == 0 else max_episode_steps
    if is_dream(spec):
        return _dream_session(spec, world, kwargs, seed, limit)
    if world is None:
        return _real_session(spec.id, kwargs, seed, limit)
    return _both(spec.id, world, kwargs, seed, limit)


def is_dream(spec: gym.envs.registration.EnvSpec) -> bool:
    """Whether a spec is a dream's."""
    entry = spec.entry_point
    return str(entry if isinstance(entry, str) else getattr(entry, "__module__", "")).startswith(_DREAMS)


def _real_session(env_id: str, kwargs: dict[str, Any], seed: int, limit: int | None) -> Made:
    from wm_zoo.play.session import Session

    more = kwargs if limit is None else {**kwargs, "max_episode_steps": limit}
    try:
        env = gym.make(env_id, render_mode="rgb_array", **more)
    except (TypeError, ValueError, ImportError, gym.error.Error) as error:
        raise PlayError(f"cannot make {env_id} with {kwargs}: {error}") from error
    return Session(RealSide(env), None, seed, people=True), env_id, kwargs


def _dream_session(
    spec: gym.envs.registration.EnvSpec, world: str | None, kwargs: dict[str, Any], seed: int, limit: int | None
) -> Made:
    options = {"horizon": None, **spec.kwargs, **kwargs}
    name = options.pop("world", None) if world is None else world
    options.pop("world", None)
    if name is None:
        raise PlayError(f"{spec.id} dreams in a world: say which, e.g. wm play {spec.id} --world runs/quickstart-seed0")
    from wm_zoo.play.session import DREAM, Session

    loaded, side = _load(name), None
    env_id, env_kwargs = str(loaded.card.env.get("id", "")), dict(loaded.card.env.get("kwargs", {}))
    if env_id:
        side = _followed(loaded, limit)
    session = Session(side, _dream(loaded, options, spec.id), seed)
    session.mode = DREAM
    return session, env_id, env_kwargs


def _both(env_id: str, world: str, kwargs: dict[str, Any], seed: int, limit: int | None) -> Made:
    loaded = _load(world)
    learned = dict(loaded.card.env)
    if learned.get("id") != env_id:
        raise PlayError(
            f"world {world!r} was learned from {learned.get('id') or 'an environment that its card does not name'}, "
            f"not from {env_id}: wm play {learned.get('id') or 'wm/Dream-v0'} --world {world}"
        )
    from wm_zoo.play.session import Session

    side = _followed(loaded, limit, **kwargs)
    session = Session(side, _dream(loaded, {"horizon": None}, "wm/Dream-v0"), seed)
    return session, env_id, {**learned.get("kwargs", {}), **kwargs}


def _load(name: str) -> Any:
    """A world that can be watched."""
    from wm_zoo.errors import WorldError
    from wm_zoo.world import load_world

    world = load_world(name)
    if not world.can_decode:
        raise WorldError(
            f"world {world.card.name!r} cannot be watched: its encoder {world.card.encoder['id']} has no decoder; "
            "play a world whose encoder has the capability 'decode' (wm plugins list)"
        )
    return world


def _dream(world: Any, options: Mapping[str, Any], env_id: str) -> Any:
    from wm_envs.dream.env import parse_options
    from wm_envs.dream.options import with_defaults
    from wm_zoo.play.dream import DreamSide

    try:
        return DreamSide(world, parse_options(env_id, with_defaults(world, options), ("world",)))
    except (TypeError, ValueError) as error:
        raise PlayError(f"cannot dream with {dict(options)}: {error}") from error


def _followed(world: Any, limit: int | None, **kwargs: Any) -> RealSide:
    """The world's environment, filtered by the world."""
    from wm_envs.dream.compare import make_real_env
    from wm_envs.dream.filter import Filter

    if limit is not None:
        kwargs["max_episode_steps"] = limit
    try:
        return RealSide(make_real_env(world, render_mode="rgb_array", **kwargs), Filter(world))
    except ValueError as error:
        raise PlayError(f"world {world.card.name!r}: {error}") from error
