"""An agent: a world to see with, and a controller or a planner to decide with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wm_envs.dream import chunks
from wm_zoo import atomic
from wm_zoo.api import Controller, Planner, State
from wm_zoo.cards import new_folder, read_card, write_card
from wm_zoo.data.episode import flatten
from wm_zoo.errors import AgentError, WorldError
from wm_zoo.filtering import Belief, blank_belief, see
from wm_zoo.lanes import LaneGenerator
from wm_zoo.manager import make
from wm_zoo.memory import join_memories, split_memory
from wm_zoo.observations import batch_of_one, count
from wm_zoo.saved import build_part, find_folder, full_part
from wm_zoo.spaces import flat_observation
from wm_zoo.world import ComposedWorld, load_world

CARD = "agent.toml"


@dataclass(frozen=True)
class AgentState:
    """What an agent remembers of B lanes between two observations (opaque to callers).

    Attributes:
        belief: filtered state and last actions.
        memory: of a planner, one a lane; None for controllers.
    """

    belief: Belief
    memory: Any = None


class Agent:
    """Acts in the real environment, or in anything with its observations.

    Args:
        world: filters observations into features.
        controller: features to action; or
        planner: searches in the world.
        part: ``{"id": …, "config": {…}}`` of the controller or planner; needed by `save`.
        name: for people, and stored with collected episodes.

    Raises:
        AgentError: neither or both of controller and planner.
    """

    def __init__(
        self,
        world: ComposedWorld,
        controller: Controller | None = None,
        planner: Planner | None = None,
        *,
        part: Mapping[str, Any] | None = None,
        name: str = "agent",
    ) -> None:
        if (controller is None) == (planner is None):
            raise AgentError("an agent has either a controller or a planner, exactly one of them")
        self.world, self.controller, self.planner = world, controller, planner
        self.part, self.name = part, name
        module: Any = controller
        self._module = module if isinstance(module, nn.Module) else None  # has tensors to save
        if self._module is not None:
            self._module.eval()
        self.reset()

    def reset(self, seed: int = 0) -> None:
        """Begin a new episode: nothing seen yet, noise from `seed`."""
        self._noise = LaneGenerator([seed])
        self._state: AgentState | None = None
        self._seed = seed

    def act(self, obs: Any, deterministic: bool = True) -> Any:
        """See one observation, return one action of the environment; call `reset` before every episode."""
        vectors, self._state = self.step(batch_of_one(obs), self._state, self._noise, deterministic)
        return self.world.codec.to_env(vectors)[0]

    def predict(
        self,
        observation: Any,
        state: AgentState | None = None,
        episode_start: NDArray[np.bool_] | None = None,
        deterministic: bool = False,
    ) -> tuple[Any, AgentState]:
        """Stable-Baselines3's form: actions for one observation or a batch, and the state to pass in next time.

        Args:
            observation: ``[*obs]`` or ``[N, *obs]``.
            state: what the last call returned; None at the beginning.
            episode_start: bool ``[N]``, lanes whose observation is the first of an episode.
            deterministic: the most likely action instead of a sampled one.
        """
        single = self._is_single(observation)
        obs = batch_of_one(observation) if single else observation
        if len(self._noise) != count(obs):
            self._noise = LaneGenerator([self._seed + i for i in range(count(obs))])
        if state is not None and episode_start is not None:
            state = self.forget(state, np.atleast_1d(np.asarray(episode_start, np.bool_)))
        vectors, state = self.step(obs, state, self._noise, deterministic)
        actions = self.world.codec.to_env(vectors)
        return (actions[0] if single else actions), state

    @torch.no_grad()  # not inference mode: a planner may want gradients of its own
    def step(
        self, obs: Any, state: AgentState | None, noise: LaneGenerator, deterministic: bool
    ) -> tuple[Tensor, AgentState]:
        """Filter N observations ``[N, *obs]`` (Dict: by key) and decide: action vectors ``[N, A]`` and the new state.

        A lane's result depends on that lane alone, to the bit (planners: as far as the planner keeps lanes apart).
        """
        state = state or self.begin(count(obs))
        with chunks.one_thread():
            pieces = list(see(self.world, state.belief, obs))
            counts = [len(lanes) for lanes, _ in pieces]
            seen = chunks.merge([part for _, part in pieces], counts)
            if self.planner is not None:
                action, memory = self._plan(seen, state.memory, noise, deterministic)
                return action, AgentState(Belief(seen, action), memory)
            actions = [self._control(part, noise.select(lanes, chunks.CHUNK), deterministic) for lanes, part in pieces]
            action = torch.cat([rows[:count] for rows, count in zip(actions, counts, strict=True)])
            return action, AgentState(Belief(seen, action))

    def begin(self, n: int) -> AgentState:
        """State of n lanes before anything was seen."""
        return AgentState(blank_belief(self.world, n), [None] * n if self.planner is not None else None)

    def forget(self, state: AgentState, mask: NDArray[np.bool_]) -> AgentState:
        """The state with the lanes of `mask` ``[N]`` as they are before anything was seen."""
        if not mask.any():
            return state
        memory = state.memory
        if memory is not None:
            memory = [None if gone else old for gone, old in zip(mask, memory, strict=True)]
        return AgentState(state.belief.forget(mask, blank_belief(self.world, len(mask))), memory)

    def batch(self, *, deterministic: bool = False) -> BatchAgent:
        """This agent as a `BatchPolicy` that drives N lanes, for collecting and evaluating."""
        return BatchAgent(self, deterministic=deterministic)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the agent as a folder with its world inside, whole or not at all."""
        if self.part is None:
            raise AgentError("this agent was built without `part` (id and config of its controller): cannot be saved")
        role = "controller" if self.controller is not None else "planner"
        with new_folder(folder) as fresh:
            hashes: dict[str, str] = {}
            if self._module is not None:
                file = fresh / "controller.safetensors"
                hashes[file.name] = atomic.save_tensors(file, self._module.state_dict())
            self.world.save(fresh / "world")
            write_card(fresh / CARD, {"name": self.name, role: full_part(self.part), "files": hashes})

    def _is_single(self, obs: Any) -> bool:
        """Whether this is one observation and no batch of them."""
        field, space = next(iter(flat_observation(self.world.spaces.observation).items()))
        array = flatten(obs).get(field)
        return array is not None and array.shape == space.shape

    def _control(self, state: State, noise: LaneGenerator, deterministic: bool) -> Tensor:
        assert self.controller is not None
        features = self.world.features(state)
        return self.controller.act(features, deterministic=deterministic, generator=None if deterministic else noise)

    def _plan(self, state: State, memory: Any, noise: LaneGenerator, deterministic: bool) -> tuple[Tensor, list[Any]]:
        """Plan for lanes with and without a warm start apart: None means the start of an episode to a planner."""
        assert self.planner is not None
        warm = np.array([one is not None for one in memory])
        lanes, actions, memories = [], [], [None] * len(memory)
        for group in (np.flatnonzero(~warm), np.flatnonzero(warm)):
            if not len(group):
                continue
            index = torch.from_numpy(group)
            part = {name: tensor[index.to(tensor.device)] for name, tensor in state.items()}
            held = join_memories([memory[lane] for lane in group])
            generator = None if deterministic else noise.select(group)
            action, held = self.planner.plan(self.world, part, memory=held, generator=generator)
            for lane, one in zip(group, split_memory(held, len(group)), strict=True):
                memories[lane] = one
            lanes.append(index)
            actions.append(action)
        return torch.cat(actions)[torch.argsort(torch.cat(lanes))], memories


class BatchAgent:
    """An agent that drives N lanes (`wm_zoo.data.policies.BatchPolicy`).

    Args:
        agent: decides; its own single-lane state is not touched.
        deterministic: the most likely action instead of a sampled one.
    """

    def __init__(self, agent: Agent, *, deterministic: bool = False) -> None:
        self.agent, self.deterministic = agent, deterministic
        self.name = agent.name
        self.reset(0, 0)

    def reset(self, n: int, seed: int) -> None:
        """Begin with `n` lanes."""
        self._noise = LaneGenerator([(seed, lane) for lane in range(n)])
        self._state = self.agent.begin(n)

    def reset_lanes(self, mask: NDArray[np.bool_], seeds: NDArray[np.int64] | None = None) -> None:
        """Begin a new episode where `mask` ``[N]``; noise from `seeds` ``[N]``, or going on without them."""
        lanes = np.flatnonzero(mask)
        if seeds is not None and len(lanes):
            self._noise.reseed(lanes, [int(seeds[lane]) for lane in lanes])
        self._state = self.agent.forget(self._state, mask)

    def act(self, obs: Any) -> NDArray[Any]:
        """Observations ``[N, *obs]`` to environment actions ``[N, ...]``."""
        vectors, self._state = self.agent.step(obs, self._state, self._noise, self.deterministic)
        return self.agent.world.codec.to_env(vectors)

    def executed(self, actions: NDArray[Any]) -> None:
        """Tell which actions ``[N, ...]`` were really done, where noise was mixed in: they led to the next frame."""
        vectors = self.agent.world.codec.to_vector(actions).to(self._state.belief.action.device)
        self._state = replace(self._state, belief=self._state.belief.after(vectors))


def load_agent(name_or_path: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> Agent:
    """Load an agent by registry name, agent folder, or run folder (its ``agent``).

    Raises:
        AgentError: there is none.
        CheckpointError: a file is missing, truncated or altered; names it.
    """
    try:
        folder = find_folder(name_or_path, "agent")
    except WorldError as error:
        raise AgentError(str(error)) from error
    card = read_card(folder / CARD)
    world = load_world(folder / "world", device=device)
    if "planner" in card:
        part = card["planner"]
        return Agent(world, planner=make(part["id"], world.dims, **part["config"]), part=part, name=card["name"])
    part = card["controller"]
    controller = build_part(part, world.dims, folder, card, "controller", device)
    return Agent(world, controller, part=part, name=card["name"])
