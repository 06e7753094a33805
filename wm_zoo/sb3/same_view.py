"""An evaluation environment shows a policy what its training environment shows it: `VecNormalize` included."""

from __future__ import annotations

import numpy as np
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.vec_env import VecEnv, VecNormalize, unwrap_vec_normalize

from wm_zoo.errors import ConfigError


def observation_statistics(training: VecEnv) -> VecNormalize | None:
    """The training environment's `VecNormalize` if it normalises observations, else None (rewards do not matter)."""
    found = unwrap_vec_normalize(training)
    return found if found is not None and found.norm_obs else None


def same_view(env: VecEnv, training: VecEnv, name: str) -> VecEnv:
    """`env` as a policy sees `training`: the same statistics of observations, unchanged rewards.

    The statistics are shared, not copied: what training learns of them, `env` uses at once, and never changes itself.

    Args:
        env: where the policy is tried; its own `VecNormalize`, if it has one, gets the statistics.
        training: where the policy learns, with all its wrappers.
        name: of `env`, for errors.

    Raises:
        ConfigError: the two show something else: another shape, or only `env` normalises.
    """
    source, own = observation_statistics(training), unwrap_vec_normalize(env)
    if own is not None and own.norm_obs and source is None:
        raise ConfigError(
            f"{name} normalises observations, the training environment does not: wrap both in VecNormalize, or neither"
        )
    _check_shape(env, training, name)
    if source is None:
        return env
    if own is None or not own.norm_obs:
        env = own = VecNormalize(env, norm_reward=False, clip_obs=source.clip_obs, epsilon=source.epsilon)
    own.obs_rms, own.norm_obs_keys = source.obs_rms, source.norm_obs_keys
    own.training, own.norm_reward = False, False
    return env


def _check_shape(env: VecEnv, training: VecEnv, name: str) -> None:
    """Pictures may have their channels anywhere: SB3 turns them for the policy."""
    seen, learnt = env.observation_space, training.observation_space
    if type(seen) is not type(learnt):
        raise ConfigError(f"{name} shows {seen}, the policy learns from {learnt}")
    if seen.shape != learnt.shape and not (is_image_space(seen) and np.prod(seen.shape) == np.prod(learnt.shape)):
        raise ConfigError(
            f"{name} shows observations of shape {seen.shape}, the policy learns from {learnt.shape}: give "
            "RealEvalCallback the obs=… of the dream, or a real_env with the wrappers of the training environment"
        )
