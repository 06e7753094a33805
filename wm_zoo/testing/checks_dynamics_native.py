"""The check of dynamics that say what their step computes: a dream may then run it without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from wm_zoo.api import Kind, State, Step
from wm_zoo.testing.expect import expect
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import Subject

if TYPE_CHECKING:
    from wm_zoo.api.nn import Generator, StepProgram

_LIMIT = 1e6  # of latents and features; nothing here comes near
_LANES, _STEPS = 5, 4


class _World:
    """A world whose dreams begin where the model has seen two latents."""

    feature_limit = latent_limit = _LIMIT

    def __init__(self, subject: Subject, model: Any, program: StepProgram | None) -> None:
        self.spaces, self.step_program = subject.spaces, program
        self._model, self._inputs = model, subject.inputs(_LANES)
        self.feature_dim, self.row_independent = model.feature_dim, True

    @torch.no_grad()
    def initial(self, n: int, *, generator: Generator, where: str = "anywhere") -> State:
        inputs, model = {name: tensor[:n] for name, tensor in self._inputs.items()}, self._model
        state = model.observe(model.initial(n), inputs["action0"] * 0, inputs["latent0"])
        seen: State = model.observe(state, inputs["action0"], inputs["latent1"])
        return seen

    @torch.no_grad()
    def imagine(self, state: State, action: Tensor, **keywords: Any) -> Step:
        step: Step = self._model.imagine(state, action, **keywords)
        return step

    @torch.no_grad()
    def features(self, state: Mapping[str, Tensor]) -> Tensor:
        features: Tensor = self._model.features(state)
        return features


@check(Kind.DYNAMICS)
def native_step_is_the_step(subject: Subject) -> None:
    """Where the model gives a `native_step`, a dream that runs it has the bits of `imagine` and `features`."""
    model = subject.ready()
    program = model.native_step() if hasattr(model, "native_step") else None
    if program is None:
        return
    for temperature in (0.0, 0.7, 1.3):
        native, plain = (_dream(_World(subject, model, one), temperature) for one in (program, None))
        for name, values in plain.items():
            same = np.array_equal(native[name], values)
            expect(same, f"{name} of the native step is not what imagine gives at temperature {temperature}")


def _dream(world: _World, temperature: float) -> dict[str, Any]:
    """Everything that a few steps of several dreams bring."""
    from wm_envs.dream.vector import DreamVectorEnv

    env = DreamVectorEnv(world, _LANES, horizon=None, temperature=temperature, termination="sample")
    env.reset(seed=0)
    rows = [env.step(_actions(env, t)) for t in range(_STEPS)]
    told = [np.stack([np.asarray(row[i]) for row in rows]) for i in range(3)]
    uncertainty = np.stack([row[4]["uncertainty"] for row in rows])
    return dict(zip(("features", "reward", "terminated", "uncertainty"), [*told, uncertainty], strict=True))


def _actions(env: Any, seed: int) -> Any:
    env.action_space.seed(seed)
    return env.action_space.sample()
