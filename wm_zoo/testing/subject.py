"""A component under test: builds it on toy spaces and runs everything that it can do on toy input."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wm_zoo.api import Capability, Component, Kind
from wm_zoo.configure import configure
from wm_zoo.errors import ContractMismatch, PluginBroken
from wm_zoo.manager import manager

if TYPE_CHECKING:
    from torch import Tensor

    from wm_zoo.api import Config, Dims, Observation, Spaces

FEATURES = 6
"""F that controllers are built with."""

Tensors = Mapping[str, "Tensor"]


class Subject:
    """One component with its config, on toy spaces.

    Args:
        name: full or short id.
        config: fields of its config.
        spaces: environment to build it for; by default the first toy that it accepts.

    Attributes:
        component, config: what is checked.
    """

    def __init__(self, name: str, config: Mapping[str, Any] | None = None, spaces: Spaces | None = None) -> None:
        self.component: Component = manager().load(name)
        self.config: Config = configure(self.component, config)
        self._given_spaces = spaces
        self._fits: dict[int, Any] = {}

    @property
    def kind(self) -> Kind:
        """The component's kind."""
        return self.component.kind

    def can(self, capability: Capability) -> bool:
        """Whether the component declares a capability."""
        return capability in self.component.capabilities

    @cached_property
    def spaces(self) -> Spaces:
        """The spaces that models are built for unless a check says otherwise."""
        return self._given_spaces or self._all_spaces[0]

    @cached_property
    def action_spaces(self) -> list[Spaces]:
        """Spaces with every kind of action that the component declares."""
        return [self._given_spaces] if self._given_spaces else self._all_spaces

    @cached_property
    def _all_spaces(self) -> list[Spaces]:
        from wm_zoo.api import Spaces
        from wm_zoo.testing import toy

        actions = [toy.CONTINUOUS]
        if self.kind in (Kind.CONTROLLER, Kind.PLANNER):
            declared = {Capability.CONTINUOUS: toy.CONTINUOUS, Capability.DISCRETE: toy.DISCRETE}
            actions = [space for word, space in declared.items() if self.can(word)]
        if not actions:
            raise ContractMismatch(f"{self.component.id} declares neither 'continuous' nor 'discrete' actions")
        observation = self._accepted_observation() if self.kind is Kind.ENCODER else toy.OBSERVATIONS[0]
        return [Spaces(observation, action) for action in actions]

    def _accepted_observation(self) -> Any:
        """The first toy observation space that contract and constructor accept."""
        from wm_zoo.api import Spaces
        from wm_zoo.composition import accepts
        from wm_zoo.testing import toy

        refusals = []
        for observation in toy.OBSERVATIONS:
            spaces = Spaces(observation, toy.CONTINUOUS)
            if not accepts(self.component, self.config, spaces):
                continue
            try:
                self._construct(self.dims(spaces), seed=0)
            except PluginBroken:
                raise
            except Exception as error:
                refusals.append(f"{observation}: {error}")
                continue
            return observation
        detail = f"; its constructor refused {'; '.join(refusals)}" if refusals else ""
        raise ContractMismatch(f"{self.component.id} accepts no toy observation; pass spaces={detail}")

    def dims(self, spaces: Spaces | None = None) -> Dims:
        """Sizes to build with: latents and actions of `toy.linear_windows` for dynamics."""
        from wm_zoo.api import Dims
        from wm_zoo.ports import action_size
        from wm_zoo.testing import toy

        spaces = spaces or self.spaces
        latent = toy.LINEAR_LATENT if self.kind is not Kind.ENCODER else 0
        features = FEATURES if self.kind is Kind.CONTROLLER else 0
        return Dims(spaces, action_size(spaces.action), latent, features)

    def build(self, seed: int = 0, spaces: Spaces | None = None) -> Any:
        """A fresh model in evaluation mode; equal seeds give equal weights, the global random state stays."""
        return self._construct(self.dims(spaces), seed)

    def _construct(self, dims: Dims, seed: int) -> Any:
        import torch

        from wm_zoo.loading import build

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = build(self.component, self.config, dims)
        return model.eval() if isinstance(model, torch.nn.Module) else model

    def ready(self, seed: int = 0, spaces: Spaces | None = None) -> Any:
        """A model as after training: fitted if it can be, and no parameter left at the zeros that hide bugs."""
        import torch

        model = self._fitted(seed) if self.can(Capability.FIT) else self.build(seed, spaces)
        if isinstance(model, torch.nn.Module):
            generator = torch.Generator().manual_seed(seed)
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
        return model

    def _fitted(self, seed: int) -> Any:
        """A copy of a model after `fit`, which may take half a second: once for each seed."""
        if seed not in self._fits:
            self._fits[seed] = self.build(seed)
            self._fits[seed].fit(self.batches())
        return copy.deepcopy(self._fits[seed])

    def batches(self, seed: int = 0) -> Iterator[Observation]:
        """Two batches of toy observations, for `fit`."""
        from wm_zoo.testing import toy

        for i in range(2):
            yield toy.observations(self.spaces.observation, 48, seed + i)

    def inputs(self, n: int, seed: int = 0, spaces: Spaces | None = None) -> dict[str, Tensor]:
        """Input of n lanes for `run`, by name; of encoders ``obs``, or ``obs.<key>`` for each key of a Dict."""
        from wm_zoo.observations import to_fields
        from wm_zoo.testing import toy

        spaces = spaces or self.spaces
        if self.kind is Kind.ENCODER:
            return to_fields(toy.observations(spaces.observation, n, seed))
        if self.kind is Kind.CONTROLLER:
            return {"features": _normal(n, FEATURES, seed)}
        if self.kind is Kind.PLANNER:
            return {"position": _normal(n, 2, seed), "velocity": _normal(n, 2, seed + 1)}
        return {
            "latent0": _normal(n, toy.LINEAR_LATENT, seed),
            "latent1": _normal(n, toy.LINEAR_LATENT, seed + 1),
            "action0": toy.actions(spaces.action, n, seed),
            "action1": toy.actions(spaces.action, n, seed + 1),
        }

    def run(
        self, model: Any, inputs: Tensors, generator: Any = None, spaces: Spaces | None = None
    ) -> dict[str, Tensor]:
        """Everything that the model answers to `inputs`, each ``[n, ...]``; sampled answers only with a generator."""
        import torch

        run = {
            Kind.ENCODER: self._run_encoder,
            Kind.DYNAMICS: self._run_dynamics,
            Kind.CONTROLLER: self._run_controller,
            Kind.PLANNER: self._run_planner,
        }[self.kind]
        with torch.no_grad():
            return run(model, inputs, generator, spaces or self.spaces)

    def _run_encoder(self, model: Any, inputs: Tensors, generator: Any, spaces: Spaces) -> dict[str, Tensor]:
        from wm_zoo.observations import observation, to_fields

        obs = observation(inputs)
        answers = {"encode": model.encode(obs)}
        if generator is not None:
            answers["encode(generator)"] = model.encode(obs, generator=generator)
        if self.can(Capability.DECODE):
            decoded = to_fields(model.decode(answers["encode"]))
            answers |= {f"decode: {name}": tensor for name, tensor in decoded.items()}
        return answers

    def _run_dynamics(self, model: Any, inputs: Tensors, generator: Any, spaces: Spaces) -> dict[str, Tensor]:
        n = len(inputs["latent0"])
        state = model.observe(model.initial(n), inputs["action0"] * 0, inputs["latent0"])
        state = model.observe(state, inputs["action0"], inputs["latent1"])
        step = model.imagine(state, inputs["action1"], generator=generator)
        answers = {f"observe()[{key!r}]": tensor for key, tensor in state.items()}
        answers |= {f"imagine().state[{key!r}]": tensor for key, tensor in step.state.items()}
        answers |= {"reward": step.reward, "terminated": step.terminated, "uncertainty": step.uncertainty}
        return answers | {
            "features": model.features(state),
            "latent": model.latent(state),
            "features of the next state": model.features(step.state),
            "latent of the next state": model.latent(step.state),
        }

    def _run_controller(self, model: Any, inputs: Tensors, generator: Any, spaces: Spaces) -> dict[str, Tensor]:
        features = inputs["features"]
        answers = {"act": model.act(features, deterministic=True)}
        if generator is not None:
            answers["act(generator)"] = model.act(features, generator=generator)
        if self.can(Capability.ACTOR_CRITIC):
            distribution = model.distribution(features)
            answers["value"] = model.value(features)
            answers["log_prob"] = distribution.log_prob(distribution.mode)
            answers["entropy"] = distribution.entropy()
        return answers

    def _run_planner(self, model: Any, inputs: Tensors, generator: Any, spaces: Spaces) -> dict[str, Tensor]:
        from wm_zoo.testing import toy

        world = toy.PointMass(spaces.action)
        first, memory = model.plan(world, dict(inputs), memory=None, generator=generator)
        second, _ = model.plan(world, world.imagine(inputs, first).state, memory=memory, generator=generator)
        return {"plan": first, "plan with memory": second}


def _normal(n: int, k: int, seed: int) -> Tensor:
    import torch

    return torch.randn((n, k), generator=torch.Generator().manual_seed(1000 + seed))
