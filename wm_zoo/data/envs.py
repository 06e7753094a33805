"""N lanes of any Gymnasium id, whose lanes can be reset one by one with a seed of their own."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from wm_zoo.api.types import Spaces
from wm_zoo.data.episode import Array, flatten
from wm_zoo.errors import DatasetError, nearest

AnyVectorEnv = VectorEnv[Any, Any, Any]


def make_lanes(env_id: str, lanes: int, env_kwargs: Mapping[str, Any] | None = None) -> AnyVectorEnv:
    """Make a vector environment that understands ``options={"reset_mask": …}``.

    Our own vector environments do; others' often ignore it (CartPole's resets every lane), so for those the lanes are
    single environments in a `SyncVectorEnv`.

    Raises:
        DatasetError: unknown id (names the nearest), or keyword arguments that the environment refuses.
    """
    spec, kwargs = find_spec(env_id), dict(env_kwargs or {})
    options: dict[str, Any] = {}
    if not _is_ours(spec.vector_entry_point):
        options = {"vectorization_mode": "sync", "disable_env_checker": True}
    try:
        return gym.make_vec(env_id, num_envs=lanes, **options, **kwargs)
    except (TypeError, gym.error.Error) as error:
        raise DatasetError(f"cannot make {env_id} with {kwargs}: {error}") from error


def find_spec(env_id: str) -> gym.envs.registration.EnvSpec:
    """Spec of a Gymnasium id; importing `wm_envs` registers ours, and ``module:id`` imports the module first."""
    import wm_envs

    wm_envs.register_all()
    module, _, name = env_id.rpartition(":")
    try:
        if module:
            importlib.import_module(module)
        return gym.spec(name)
    except gym.error.Error as error:
        raise DatasetError(f"no environment {env_id!r}: {nearest(env_id, gym.registry)}; see `wm envs`") from error
    except ModuleNotFoundError as error:
        raise DatasetError(f"{env_id!r} names the module {error.name!r}, which is not installed") from error


def env_spaces(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Spaces:
    """Spaces of one environment of this id."""
    env = make_lanes(env_id, 1, env_kwargs)
    try:
        return Spaces(env.single_observation_space, env.single_action_space)
    finally:
        env.close()


def final_observation(env: AnyVectorEnv, infos: Mapping[str, Any], lane: int) -> dict[str, Array] | None:
    """In SAME_STEP mode the last observation of an episode, by field, which `step` itself no longer returns."""
    if env.metadata.get("autoreset_mode") is not AutoresetMode.SAME_STEP or "final_obs" not in infos:
        return None
    final = infos["final_obs"]
    if isinstance(final, Mapping):  # Gymnasium stacks the infos of Dict observations key by key
        return {name: array[lane] for name, array in flatten(final).items()}
    return flatten(final[lane])


def reset_lanes(env: AnyVectorEnv, mask: Array, seeds: Array) -> Any:
    """Reset the lanes of `mask` with their own seeds; the others go on. Returns the batch of observations."""
    chosen = [int(seed) if reset else None for seed, reset in zip(seeds, mask, strict=True)]
    return env.reset(seed=chosen, options={"reset_mask": np.asarray(mask, np.bool_).copy()})[0]  # type: ignore[arg-type]


def _is_ours(entry_point: Any) -> bool:
    module = entry_point if isinstance(entry_point, str) else getattr(entry_point, "__module__", "")
    return re.match(r"wm_envs\b", module) is not None
