"""Self-play with Stable-Baselines3: one policy drives every agent of many worlds, a row each (parameter sharing).

>>> venv = make_agents_vec_env(16, 4, seed=0, scenario="intersection")  # doctest: +SKIP
>>> PPO("MultiInputPolicy", venv, **self_play(venv)).learn(200_000)  # doctest: +SKIP
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.buffers import DictRolloutBuffer, RolloutBuffer
from stable_baselines3.common.vec_env import VecEnv

from wm_envs.multi.worlds import DrivingWorlds
from wm_zoo.errors import ConfigError


class Living:
    """Which rows drove in the step before: shared by the environment, which knows, and the buffer, which must.

    Attributes:
        rows: bool ``[num_rows]``.
    """

    def __init__(self, num_rows: int) -> None:
        self.rows: NDArray[np.bool_] = np.ones(num_rows, np.bool_)


def make_agents_vec_env(
    num_worlds: int, num_agents: int, seed: int | None = None, *, flat: bool = False, **options: Any
) -> AgentsVecEnv:
    """An SB3 `VecEnv` of ``num_worlds * num_agents`` rows.

    Args:
        num_worlds: worlds.
        num_agents: agents in each.
        seed: world i is seeded with ``seed + i`` at the first reset.
        flat: with one sensor, observations are its array (``MlpPolicy``) instead of a dict (``MultiInputPolicy``).
        **options: of `wm_envs.multi.DrivingWorlds`.
    """
    venv = AgentsVecEnv(DrivingWorlds(num_worlds, num_agents, **options), flat=flat)
    if seed is not None:
        venv.seed(seed)
        venv.action_space.seed(seed)
    return venv


def self_play(venv: AgentsVecEnv) -> dict[str, Any]:
    """Keywords for SB3's PPO or A2C: a rollout buffer that learns from rows that drive, and from no others."""
    is_dict = hasattr(venv.observation_space, "spaces")
    buffer = LivingDictRolloutBuffer if is_dict else LivingRolloutBuffer
    return {"rollout_buffer_class": buffer, "rollout_buffer_kwargs": {"living": venv.living}}


class AgentsVecEnv(VecEnv):  # type: ignore[misc]  # SB3's classes are Any here
    """Every agent of every world as one of SB3's environments.

    A row is done when its agent ends; it then gives zeros until its world is reset, which `living` and the buffers of
    `self_play` leave out of the learning. The info of a row that is done has SB3's ``terminal_observation``,
    ``TimeLimit.truncated``, ``episode`` (r, l, t: what `VecMonitor` gives, so none is needed), the episode's sums
    ``episode_cost`` and ``episode_cost_<name>``, and the numbers of `wm_envs.driving.infos` in the last decision.

    Args:
        worlds: the batch.
        flat: see `make_agents_vec_env`.

    Raises:
        ConfigError: `flat` with several sensors.
    """

    def __init__(self, worlds: DrivingWorlds, *, flat: bool = False) -> None:
        names = list(worlds.single_observation_space.spaces)
        if flat and len(names) != 1:
            raise ConfigError(f"flat=True is for one sensor, this batch has {', '.join(names)}")
        self.worlds, self.render_mode = worlds, "rgb_array"
        self.living = Living(worlds.num_rows)
        self._only = names[0] if flat else None
        self._costs = [k for k, name in enumerate(worlds.info_names) if name == "cost" or name.startswith("cost_")]
        self._actions: Any = None
        self._started = time.time()
        self._sums = np.zeros((worlds.num_rows, 2 + len(self._costs)))  # return, length, costs
        space = worlds.single_observation_space
        super().__init__(worlds.num_rows, space[names[0]] if flat else space, worlds.single_action_space)

    def reset(self) -> Any:
        """Reset all worlds; world i takes the seed of its first row (`seed` gives it ``seed + i``)."""
        seeds = self._seeds if any(seed is not None for seed in self._seeds) else None
        obs = self.worlds.reset(seed=None if seeds is None else seeds[: self.worlds.num_worlds])
        self._sums[:] = 0.0
        self.reset_infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        self._reset_seeds()
        self._reset_options()
        return self._shaped(obs)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Keep the actions ``[num_rows, A]``."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Step the worlds; ``obs, rewards float32, dones bool [num_rows], infos``."""
        driving = self.worlds.active
        obs, rewards, terminated, truncated, last = self.worlds.step(self._actions)
        self.living.rows = driving
        dones = (terminated | truncated) & driving
        now = np.column_stack([rewards, np.ones(self.num_envs), last["infos"][:, self._costs]])
        self._sums += now * driving[:, None]
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for row in np.flatnonzero(dones).tolist():
            infos[row] = self._ended(row, last, bool(truncated[row]))
        self._sums[dones] = 0.0
        return self._shaped(obs), rewards.astype(np.float32), dones, infos

    def _ended(self, row: int, last: dict[str, Any], truncated: bool) -> dict[str, Any]:
        total, length, *costs = self._sums[row].tolist()
        names = self.worlds.info_names
        numbers = dict(zip(names, last["infos"][row].tolist(), strict=True))
        sums = {f"episode_{names[k]}": cost for k, cost in zip(self._costs, costs, strict=True)}
        return (
            numbers
            | sums
            | {
                "terminal_observation": self._shaped({name: values[row] for name, values in last["final_obs"].items()}),
                "TimeLimit.truncated": truncated,
                "episode": {"r": total, "l": int(length), "t": round(time.time() - self._started, 6)},
            }
        )

    def _shaped(self, obs: Any) -> Any:
        return obs if self._only is None else obs[self._only]

    def close(self) -> None:
        """Nothing is held open."""

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """One frame a world, at the row of its first agent."""
        frames: list[NDArray[np.uint8] | None] = [None] * self.num_envs
        for world in range(self.worlds.num_worlds):
            frames[world * self.worlds.num_agents] = self.worlds.render(world)
        return frames

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The worlds' attribute, for every chosen row."""
        value = self.render_mode if attr_name == "render_mode" else getattr(self.worlds, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of all worlds.

        Raises:
            ConfigError: only some rows were chosen.
        """
        if len(list(self._get_indices(indices))) != self.num_envs:
            raise ConfigError(f"{attr_name!r} belongs to all worlds: set it for all {self.num_envs} rows at once")
        setattr(self.worlds, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of the worlds once; its result for every chosen row."""
        result = getattr(self.worlds, method_name)(*method_args, **method_kwargs)
        return [result for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Rows are no objects and never wrapped."""
        return [False for _ in self._get_indices(indices)]


class _LivingMixin:
    """Remembers which rows drove, and hands out their transitions only."""

    pos: int
    generator_ready: bool

    def __init__(self, *args: Any, living: Living, **kwargs: Any) -> None:
        self._living = living
        super().__init__(*args, **kwargs)

    def reset(self) -> None:
        """Empty the buffer."""
        super().reset()  # type: ignore[misc]
        self._drove = np.zeros((self.buffer_size, self.n_envs), np.bool_)  # type: ignore[attr-defined]  # [T, rows]

    def add(self, *args: Any, **kwargs: Any) -> None:
        """Store one step of all rows."""
        self._drove[self.pos] = self._living.rows
        super().add(*args, **kwargs)  # type: ignore[misc]

    def get(self, batch_size: int | None = None) -> Generator[Any, None, None]:
        """Minibatches of transitions in random order, those of rows that did not drive left out."""
        if not self.generator_ready:
            next(super().get(1))  # type: ignore[misc]  # flattens [T, rows] to [rows * T]
        real = np.flatnonzero(self._drove.swapaxes(0, 1).ravel())
        order = np.random.permutation(real)  # SB3's own generator: set_random_seed governs it
        size = batch_size or len(order)
        for start in range(0, len(order), size):
            yield self._get_samples(order[start : start + size])  # type: ignore[attr-defined]


class LivingRolloutBuffer(_LivingMixin, RolloutBuffer):  # type: ignore[misc]
    """For observations that are arrays."""


class LivingDictRolloutBuffer(_LivingMixin, DictRolloutBuffer):  # type: ignore[misc]
    """For dicts of observations."""
