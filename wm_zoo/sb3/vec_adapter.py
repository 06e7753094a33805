"""Stable-Baselines3 over Gymnasium's vector environments: dreams, native batches, or anything else.

SB3 has its own vector interface (one list of infos, same-step autoreset, `terminal_observation`). `VecAdapter` speaks
it over a `gymnasium.vector.VectorEnv` in SAME_STEP mode, so that a batch stays one batch.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import load_env_creator
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

from wm_zoo.errors import ConfigError, nearest


def make_vec_env(
    env_id: str,
    n_envs: int = 1,
    seed: int | None = None,
    monitor: bool = True,
    *,
    info_keys: Sequence[str] = (),
    **env_kwargs: Any,
) -> VecEnv:
    """Make an SB3 `VecEnv`: the environment's own batch where it has one, else copies of the single environment.

    Args:
        env_id: registered id, also in the form ``"wm_envs:wm/Dream-v0"``.
        n_envs: number of lanes.
        seed: lane i is seeded with ``seed + i`` at the first reset.
        monitor: wrap in `VecMonitor`, so that SB3 logs episode returns and lengths.
        info_keys: keys of the batch's info that every lane's info dict shall have in every step, such as
            "uncertainty"; without them only lanes whose episode ended get them, which is faster.
        **env_kwargs: of the environment, e.g. ``world="runs/quickstart"``.

    Example:
        >>> venv = make_vec_env("wm/Dream-v0", 64, seed=0, world="runs/quickstart")  # doctest: +SKIP
        >>> PPO("MlpPolicy", venv).learn(200_000, progress_bar=True)  # doctest: +SKIP
    """
    if n_envs < 1:
        raise ConfigError(f"n_envs={n_envs}: expected at least 1")
    venv: VecEnv = VecAdapter(_make_batch(env_id, n_envs, env_kwargs), info_keys=info_keys)
    if seed is not None:
        venv.seed(seed)
        venv.action_space.seed(seed)
    return VecMonitor(venv) if monitor else venv


def _make_batch(env_id: str, n_envs: int, env_kwargs: dict[str, Any]) -> VectorEnv[Any, Any, Any]:
    """A vector environment in SAME_STEP mode."""
    import wm_envs

    wm_envs.register_all()
    module, _, name = env_id.rpartition(":")
    if module:  # as gym.make reads it
        importlib.import_module(module)
    entry = gym.spec(name).vector_entry_point
    if entry is not None:
        creator: Any = load_env_creator(entry) if isinstance(entry, str) else entry
        if "autoreset_mode" in inspect.signature(creator).parameters:
            mode = AutoresetMode.SAME_STEP.value  # a string: the spec stays JSON
            return gym.make_vec(env_id, num_envs=n_envs, autoreset_mode=mode, **env_kwargs)
    same_step = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec(env_id, num_envs=n_envs, vectorization_mode="sync", vector_kwargs=same_step, **env_kwargs)


class VecAdapter(VecEnv):  # type: ignore[misc]
    """An SB3 `VecEnv` over a Gymnasium vector environment in SAME_STEP mode.

    Args:
        env: the batch.
        info_keys: see `make_vec_env`.

    Attributes of lanes (`get_attr`, `set_attr`, `env_method`) go to the lane's own environment in a `SyncVectorEnv`;
    in a native batch, where lanes are no objects, to the batch: a result with one element a lane is taken apart,
    anything else is every lane's.

    Raises:
        ConfigError: the batch resets in another mode.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], info_keys: Sequence[str] = ()) -> None:
        mode = env.metadata.get("autoreset_mode")
        if mode is not AutoresetMode.SAME_STEP:
            raise ConfigError(f"SB3 needs a batch with autoreset_mode=AutoresetMode.SAME_STEP, this one has {mode}")
        self.env, self.info_keys = env, tuple(info_keys)
        self.spec = env.spec
        self._actions: Any = None
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)

    def reset(self) -> Any:
        """Reset all lanes, with the seeds and options given before; observations ``[N, ...]``."""
        options = [one for one in self._options if one]
        if options and (len(options) != self.num_envs or any(one != options[0] for one in options)):
            raise ConfigError("a batch is reset with one set of options: give set_options() a dict, not a list")
        seeds = self._seeds if any(seed is not None for seed in self._seeds) else None
        obs, infos = self.env.reset(seed=seeds, options=dict(options[0]) if options else None)
        self.reset_infos = [_lane_info(infos, lane) for lane in range(self.num_envs)]
        self._reset_seeds()
        self._reset_options()
        return obs

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the actions ``[N, ...]``."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Step the batch; ``obs, rewards float32 [N], dones bool [N], infos`` in SB3's form."""
        obs, rewards, terminated, truncated, batch = self.env.step(self._actions)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for key in self.info_keys:
            self._spread(key, batch, infos)
        dones = terminated | truncated
        for lane in np.flatnonzero(dones).tolist():
            infos[lane] = _lane_info(batch.get("final_info", {}), lane) | {
                "terminal_observation": _pick(batch["final_obs"], lane),
                "TimeLimit.truncated": bool(truncated[lane] and not terminated[lane]),
            }
            self.reset_infos[lane] = _lane_info(batch, lane)
        return obs, rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """Close the batch."""
        self.env.close()

    def get_images(self) -> Sequence[np.ndarray | None]:
        """One frame a lane."""
        frames: Any = self.env.render()
        return list(frames) if frames is not None else [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Value of an attribute for every chosen lane."""
        if isinstance(self.env.unwrapped, SyncVectorEnv):
            values: Any = [env.get_wrapper_attr(attr_name) for env in self.env.unwrapped.envs]
        else:
            values = self._split(self._member(attr_name))
        return [values[lane] for lane in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the chosen lanes; of a native batch, only of all lanes at once."""
        lanes = list(self._get_indices(indices))
        if isinstance(self.env.unwrapped, SyncVectorEnv):
            for lane in lanes:
                self.env.unwrapped.envs[lane].set_wrapper_attr(attr_name, value)
        elif sorted(lanes) != list(range(self.num_envs)):
            raise ConfigError(f"{attr_name!r} belongs to the whole batch: set it for all {self.num_envs} lanes at once")
        else:
            setattr(self.env.unwrapped, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of every chosen lane; of a native batch, once, and hand out its results."""
        lanes = list(self._get_indices(indices))
        if isinstance(self.env.unwrapped, SyncVectorEnv):
            envs = self.env.unwrapped.envs
            return [envs[lane].get_wrapper_attr(method_name)(*method_args, **method_kwargs) for lane in lanes]
        results = self._split(self._member(method_name)(*method_args, **method_kwargs))
        return [results[lane] for lane in lanes]

    def env_is_wrapped(self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: Any = None) -> list[bool]:
        """Whether lanes are wrapped; lanes of a native batch never are."""
        from stable_baselines3.common.env_util import is_wrapped

        lanes: Iterable[int] = self._get_indices(indices)
        if isinstance(self.env.unwrapped, SyncVectorEnv):
            return [is_wrapped(self.env.unwrapped.envs[lane], wrapper_class) for lane in lanes]
        return [False for _ in lanes]

    def _member(self, name: str) -> Any:
        try:
            return getattr(self.env, name)
        except AttributeError as error:
            hint = nearest(name, [member for member in dir(self.env.unwrapped) if not member.startswith("_")])
            raise AttributeError(f"{type(self.env.unwrapped).__name__} has no attribute {name!r}; {hint}") from error

    def _split(self, value: Any) -> Sequence[Any]:
        one_each = isinstance(value, list | tuple | np.ndarray) and len(value) == self.num_envs
        result: Sequence[Any] = value if one_each else [value] * self.num_envs
        return result

    def _spread(self, key: str, batch: dict[str, Any], infos: list[dict[str, Any]]) -> None:
        if key not in batch:
            keys = [name for name in batch if not name.startswith("_")]
            raise ConfigError(f"info_keys: the environment gives no {key!r}; {nearest(key, keys)}")
        for info, value, given in zip(infos, batch[key], batch[f"_{key}"], strict=True):
            if given:
                info[key] = value


def _lane_info(infos: dict[str, Any], lane: int) -> dict[str, Any]:
    """What a batch's info says of one lane."""
    found: dict[str, Any] = {}
    for key, value in infos.items():
        if key.startswith("_") or key in ("final_obs", "final_info") or not infos.get(f"_{key}", _NOBODY)[lane]:
            continue
        found[key] = _lane_info(value, lane) if isinstance(value, dict) else _plain(value[lane])
    return found


class _Nobody:
    def __getitem__(self, lane: int) -> bool:
        return False


_NOBODY = _Nobody()


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _pick(finals: Any, lane: int) -> Any:
    return {key: value[lane] for key, value in finals.items()} if isinstance(finals, dict) else finals[lane]
