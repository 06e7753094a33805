"""One world with many agents, in PettingZoo's parallel form: a native batch of one lane."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from wm_envs import arguments
from wm_envs.driving import infos, render
from wm_envs.driving.options import DrivingOptions, parse_options
from wm_envs.driving.spaces import action_space, arrays, observation_space
from wm_envs.multi import state
from wm_envs.window import Window

Each = dict[str, Any]
_ALL = np.ones(1, np.bool_)
_MOST = 10**9


def metadata(options: DrivingOptions | None = None) -> dict[str, Any]:
    """PettingZoo's metadata."""
    return {**render.metadata(options), "name": "driving_v0", "is_parallelizable": True}


class DrivingParallelEnv(ParallelEnv[str, Any, NDArray[np.float32]]):  # type: ignore[misc]  # PettingZoo's is Any here
    """Cars of agents among traffic, each with its own route, rewards, costs and end.

    Args:
        scenario: see `wm_envs.driving.options.DrivingOptions`.
        num_agents: agents ``car_0`` … ``car_{num_agents - 1}``.
        max_cycles: decisions after which everybody who still drives is truncated.
        render_mode: "rgb_array", "human" or None.
        flat: with one sensor, observations are its array instead of a dict of one.
        **options: see `wm_envs.driving.options.DrivingOptions`.

    An agent that ends (success, collision, off the road, …) gets its last observation, leaves the world with that
    decision and is in nobody's way any more; the others go on. Where the roads have no free start for an agent it sits
    that episode out: it is not in `agents` after reset. Infos: those of ``wm/Driving-v0`` (`wm_envs.driving.infos`)
    for every agent, in its last decision also ``ending``.

    Raises:
        TypeError: for an unknown option (names the nearest).
        ValueError: for an option out of range, too many agents for the scenario; actions of another shape or dtype,
            NaN, for unknown agents, or missing for an agent that drives.
    """

    metadata: dict[str, Any] = metadata()

    def __init__(
        self,
        scenario: str = "intersection",
        num_agents: int = 4,
        max_cycles: int = 600,
        render_mode: str | None = None,
        *,
        flat: bool = False,
        **options: Any,
    ) -> None:
        others = ("scenario", "num_agents", "max_cycles", "render_mode", "flat")
        self.options = parse_options("parallel_env", {"scenario": scenario, **options}, others)
        arguments.whole_number("num_agents", num_agents, 1, 64)
        arguments.whole_number("max_cycles", max_cycles, 1, _MOST)
        arguments.render_mode(render_mode, render.RENDER_MODES)
        if flat and len(self.options.sensors) != 1:
            raise ValueError(f"flat=True is for one sensor, sensors={tuple(self.options.sensors)}: choose one")
        self.flat, self.max_cycles, self.render_mode = flat, int(max_cycles), render_mode
        self.metadata = metadata(self.options)
        self._batch = self.options.native(
            num_envs=1, num_threads=1, max_episode_steps=0, autoreset="disabled", num_agents=int(num_agents)
        )
        self.possible_agents = [f"car_{k}" for k in range(num_agents)]
        self.agents: list[str] = []
        self._rows = {name: k for k, name in enumerate(self.possible_agents)}
        self._space = observation_space(self.options)
        only = next(iter(self._space.spaces.values()))
        self._observation_spaces = {name: _fresh(only if flat else self._space) for name in self.possible_agents}
        self._action_spaces = {name: action_space(self.options) for name in self.possible_agents}
        self.state_space = state.space(int(num_agents))
        self._cycles = 0
        self._window: Window | None = None

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """Of one agent; the same object every time, and another one for each agent."""
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Of one agent; the same object every time, and another one for each agent."""
        return self._action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Each, Each]:
        """A new episode: observations and infos of everybody who drives.

        Args:
            seed: of the world, >= 0; None goes on in the stream.
            options: ignored, as PettingZoo's tests expect.
        """
        if seed is not None:
            self._batch.seed(0, arguments.seed_words(int(seed)))
        rows = arrays(self._space, len(self.possible_agents))
        self._batch.reset(_ALL, rows)
        self._cycles = 0
        active = self._batch.active
        self.agents = [name for name, k in self._rows.items() if active[k]]
        self._show()
        return self._readings(rows, self.agents), {name: self._info(name) for name in self.agents}

    def step(self, actions: dict[str, NDArray[np.float32]]) -> tuple[Each, Each, Each, Each, Each]:
        """One decision of everybody; actions for every agent in `agents`.

        Returns:
            Observations, rewards (float), terminations, truncations (bool) and infos of the agents that acted. With
            nobody left, five empty dicts.
        """
        acting = self.agents
        if not acting:
            return {}, {}, {}, {}, {}
        rows = arrays(self._space, len(self.possible_agents))
        self._batch.step(self._native(actions), rows)
        self._cycles += 1
        out_of_time = self._cycles >= self.max_cycles
        rewards = {name: float(self._batch.rewards[self._rows[name]]) for name in acting}
        terminated = {name: bool(self._batch.terminated[self._rows[name]]) for name in acting}
        truncated = {name: out_of_time and not terminated[name] for name in acting}
        infos_ = {name: self._info(name) for name in acting}
        for name in acting:
            if terminated[name] or truncated[name]:
                infos_[name]["ending"] = "time_limit" if truncated[name] else self._batch.ending(0, self._rows[name])
        self.agents = [name for name in acting if not (terminated[name] or truncated[name])]
        self._show()
        return self._readings(rows, acting), rewards, terminated, truncated, infos_

    def _native(self, actions: dict[str, NDArray[np.float32]]) -> NDArray[np.float64]:
        """Float64 ``[num_agents, A]``, zeros for those who do not drive any more."""
        for name in actions:
            if name not in self._rows:
                raise ValueError(f"actions: no agent {name!r}{arguments.nearest(name, self._rows)}")
        missing = [name for name in self.agents if name not in actions]
        if missing:
            raise ValueError(f"actions: expected one for each of {self.agents}, none for {missing}")
        width = 3 if self.options.actions == "pedals" else 2
        found = np.zeros((len(self._rows), width), np.float64)
        for name in self.agents:
            found[self._rows[name]] = arguments.float_actions(actions[name], (width,))[0]
        return found

    def _readings(self, rows: dict[str, NDArray[Any]], agents: list[str]) -> Each:
        if self.flat:
            only = next(iter(rows.values()))
            return {name: only[self._rows[name]] for name in agents}
        return {name: {key: values[self._rows[name]] for key, values in rows.items()} for name in agents}

    def _info(self, name: str) -> dict[str, Any]:
        return infos.single(self._batch.infos[self._rows[name]])

    def state(self) -> NDArray[np.float32]:
        """The world as a whole, float32 ``[num_agents * 8 + 32 * 6]``; see `wm_envs.multi.state`."""
        driving = np.array([name in self.agents for name in self.possible_agents])
        return state.world_state(self._batch, 0, driving)

    def render(self) -> Any:
        """A frame in mode "rgb_array" (the world around the first agent); None in the others."""
        if self.render_mode == "rgb_array":
            return render.frame(self._batch, 0)
        self._show()
        return None

    def _show(self) -> None:
        if self.render_mode != "human":
            return
        if self._window is None:
            self._window = Window(f"driving_v0, {self.options.scenario}")
        self._window.show(render.window_frame(self._batch, 0), self.metadata["render_fps"])

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._window is not None:
            self._window.close()
            self._window = None


def _fresh(space: spaces.Space[Any]) -> spaces.Space[Any]:
    """An equal space with a generator of its own."""
    if isinstance(space, spaces.Dict):
        return spaces.Dict({key: _fresh(value) for key, value in space.spaces.items()})
    assert isinstance(space, spaces.Box)
    return spaces.Box(space.low, space.high, dtype=space.dtype)
