"""The models of a run, built from what its stages left on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from wm_zoo import atomic
from wm_zoo.agent import Agent
from wm_zoo.api import Controller, Dynamics, Encoder, Planner
from wm_zoo.composition import compose
from wm_zoo.ensemble import Ensemble
from wm_zoo.errors import CheckpointError
from wm_zoo.recipe import MEMBER_PHASES
from wm_zoo.run import Run, StageFolder, read_json
from wm_zoo.starts import StartBank
from wm_zoo.train.evaluation_env import check_evaluation
from wm_zoo.train.rates import rounds_since_restart
from wm_zoo.train.replay import Replay
from wm_zoo.train.seeding import numpy_generator, seeded_weights
from wm_zoo.train.starts import world_starts
from wm_zoo.world import LICENCE, ComposedWorld, WorldCard

if TYPE_CHECKING:
    from wm_zoo.api import Spaces


class Assembly:
    """Builds encoder, dynamics, world and agent of any round of a run.

    The agent of round k is controller k in the world that it practised in: world k, or with ``overlap`` the one before,
    because world k is still being learned at that time.
    """

    def __init__(self, run: Run, spaces: Spaces | None = None) -> None:
        self.run, self.recipe = run, run.recipe
        self.spaces = spaces or run.read_spaces()
        self.parts = self.recipe.parts()
        self._composition = compose(self.parts, self.spaces)

    def check(self) -> None:
        """Build everything once, so that a bad size shows before anything is collected.

        Raises:
            WMError: the parts cannot be built, or the agent could not act in `evaluate.env`.
        """
        self.new_encoder()
        self.new_dynamics()
        if self.recipe.controller is not None:
            self.new_controller()
        check_evaluation(self.recipe, self.spaces)

    def world_round(self, round: int) -> int:
        """Number of the world that controller `round` practises in."""
        behind = self.recipe.train.overlap and self.recipe.controller is not None and round > 0
        return min(round - int(behind), self.recipe.train.rounds - 1)

    def replay(self, round: int) -> Replay:
        """Everything collected up to (and in) `round`."""
        last = min(round, self.recipe.train.rounds - 1)
        folders = [self.run.data(number) for number in range(last + 1)]
        if self.recipe.collects_more:
            folders.insert(1, self.run.data(0, more=True))
        return Replay(folders)

    def new_encoder(self) -> Encoder:
        """The untrained encoder, always with the same first weights."""
        with seeded_weights(self.recipe.seed, "encoder weights"):
            encoder: Encoder = self._composition.build_encoder()
        return encoder

    def new_dynamics(self, member: int = 0) -> Dynamics:
        """The untrained dynamics model; every member of an ensemble has first weights of its own."""
        with seeded_weights(self.recipe.seed, f"dynamics weights {member}" if member else "dynamics weights"):
            dynamics: Dynamics = self._composition.build_dynamics()
        return dynamics

    def new_controller(self, round: int = 0) -> Controller:
        """The untrained controller; with ``restart_every``, the one that begins in or before `round`."""
        begun = round - rounds_since_restart(self.recipe.train.controller, round)
        with seeded_weights(self.recipe.seed, f"controller weights {begun}" if begun else "controller weights"):
            controller: Controller = self._composition.build_controller()
        return controller

    def encoder(self) -> Encoder:
        """The trained encoder."""
        encoder: Encoder = _loaded(self.new_encoder(), self.run.stage("encoder", 0), "encoder.safetensors")
        return encoder

    def dynamics(self, round: int) -> Dynamics:
        """The dynamics model at the end of `round`."""
        dynamics: Dynamics = _loaded(self.new_dynamics(), self.run.stage("dynamics", round), "dynamics.safetensors")
        return dynamics

    def member_stage(self, member: int, phase: int) -> StageFolder:
        """Where a further member of the ensemble learns."""
        return self.run.stage("member", phase * (self.recipe.train.dynamics.members - 1) + member - 1)

    def member(self, member: int, phase: int = MEMBER_PHASES - 1) -> Dynamics:
        """A further member of the ensemble, as it was at the end of a phase."""
        stage = self.member_stage(member, phase)
        dynamics: Dynamics = _loaded(self.new_dynamics(member), stage, "dynamics.safetensors")
        return dynamics

    def controller(self, round: int) -> Controller:
        """The controller at the end of `round`."""
        controller: Controller = _loaded(
            self.new_controller(), self.run.stage("controller", round), "controller.safetensors"
        )
        return controller

    def world(self, round: int) -> ComposedWorld:
        """World `round`, with its start states."""
        stage = self.run.stage("dynamics", round)
        starts = StartBank.from_tensors(stage.tensors("starts.safetensors"))
        return ComposedWorld(self.encoder(), self.dynamics(round), self.spaces, starts, self.card(round))

    def final_world(self) -> ComposedWorld:
        """The world that the run ends with: the newest, or with `members` an ensemble of it and its siblings."""
        last, members = self.recipe.train.rounds - 1, self.recipe.train.dynamics.members
        dream = self.recipe.dream.model_dump(exclude_none=True)
        if members == 1:
            world = self.world(last)
            world.card = replace(world.card, provenance=self._history(last), dream=dream)
            return world
        dynamics: Any = Ensemble([self.dynamics(last), *(self.member(number) for number in range(1, members))])
        generator = numpy_generator(self.recipe.seed, "world starts", last)  # the moments of the newest world
        starts = world_starts(dynamics, self.replay(last), self.recipe.starts, generator)
        card = self.card(last)
        dynamics_part = {**card.dynamics, "members": members}
        card = replace(card, dynamics=dynamics_part, provenance=self._history(last), dream=dream)
        return ComposedWorld(self.encoder(), dynamics, self.spaces, starts, card)

    def _history(self, round: int) -> dict[str, Any]:
        """How the finished world came about."""
        path = self.run.folder / "run.json"
        commit = read_json(path).get("git") if path.is_file() else None
        history = {"real_decisions": self.run.real_decisions(round), "licence": LICENCE}
        return {**self.card(round).provenance, **({"commit": commit} if commit else {}), **history}

    def card(self, round: int) -> WorldCard:
        """What world `round` is made of."""
        env: dict[str, Any] = {"id": self.recipe.env.id, "kwargs": dict(self.recipe.env.kwargs)}
        if self.recipe.env.max_episode_steps is not None:
            env["max_episode_steps"] = self.recipe.env.max_episode_steps
        provenance = {"recipe": self.recipe.name, "seed": self.recipe.seed, "round": round}
        return WorldCard(self.recipe.name, self.parts["encoder"], self.parts["dynamics"], env, provenance)

    def agent(self, round: int) -> Agent:
        """The agent that practice round `round` ended with."""
        world = self.world(self.world_round(round))
        kind, part = self.recipe.agent_part
        values = {"id": part.id, "config": dict(part.config)}
        if kind == "planner":
            planner: Planner = self._composition.build_planner()
            return Agent(world, planner=planner, part=values, name=self.recipe.name)
        return Agent(world, self.controller(round), part=values, name=self.recipe.name)


def save_module(module: Any, stage: StageFolder, name: str) -> str:
    """Write a module's weights as an output of a stage; returns the SHA-256."""
    assert isinstance(module, nn.Module)
    return atomic.save_tensors(stage.file(name), module.state_dict())


def _loaded(module: Any, stage: StageFolder, name: str) -> Any:
    tensors: Mapping[str, Tensor] = stage.tensors(name)
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        detail = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{stage.file(name)}: its tensors do not fit the recipe: {detail}") from error
    module.eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return module


def trainable(module: Any) -> Any:
    """Turn gradients on again, for going on with a finished model."""
    for parameter in module.parameters():
        parameter.requires_grad_(True)
    torch.nn.Module.train(module)
    return module
