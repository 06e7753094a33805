"""Checks of dynamics (M) that need no training: shapes, states, lanes, noise."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from wm_zoo.api import Capability, Kind, State, Step
from wm_zoo.testing import toy
from wm_zoo.testing.expect import distance, expect, expect_close, expect_same, expect_tensor
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import Subject

_DYNAMICS = Kind.DYNAMICS


@check(_DYNAMICS)
def states_and_steps_have_their_shapes(subject: Subject) -> None:
    """States are named tensors [B, ...]; features [B, F], latent [B, Z], reward, terminated, uncertainty [B]."""
    model = subject.ready()
    for n in (1, 7):
        state = _seen(subject, model, n)
        step = model.imagine(state, subject.inputs(n)["action1"], generator=toy.seeded(0))
        for one in (model.initial(n), state, step.state):
            rows = {key: len(tensor) for key, tensor in one.items()}
            expect(rows and set(rows.values()) == {n}, f"a state of {n} lanes has tensors with rows {rows}")
            expect(one.keys() == state.keys(), f"states have different keys: {sorted(one)} and {sorted(state)}")
            expect_tensor("features", model.features(one), (n, model.feature_dim))
            expect_tensor("latent", model.latent(one), (n, toy.LINEAR_LATENT))
        for name in ("reward", "terminated", "uncertainty"):
            expect_tensor(name, getattr(step, name), (n,))


@check(_DYNAMICS)
def probabilities_and_uncertainty_are_in_range(subject: Subject) -> None:
    """Terminated is a probability, uncertainty is never negative."""
    step = _step(subject, subject.ready(), generator=toy.seeded(0), scale=5.0)
    probability = (step.terminated >= 0) & (step.terminated <= 1)
    expect(bool(probability.all()), "terminated must be a probability (no logit)")
    expect(bool((step.uncertainty >= 0).all()), "uncertainty must not be negative")


@check(_DYNAMICS)
def sequence_equals_steps(subject: Subject) -> None:
    """`sequence` gives the states that `observe`, step by step, gives; also from a state that has seen something."""
    model, n, length = subject.ready(), 3, 5
    latent = torch.randn((n, length, toy.LINEAR_LATENT), generator=toy.seeded(1))
    action = torch.stack([toy.actions(subject.spaces.action, n, seed) for seed in range(length)], 1)
    for start in (model.initial(n), _seen(subject, model, n)):
        state, steps = start, []
        for t in range(length):
            state = model.observe(state, action[:, t], latent[:, t])
            steps.append(state)
        together = model.sequence(start, latent, action)
        expect(together.keys() == state.keys(), f"sequence gives {sorted(together)}, observe gives {sorted(state)}")
        apart = {key: torch.stack([one[key] for one in steps], 1) for key in state}
        expect_close(apart, together, "sequence and repeated observe differ")


@check(_DYNAMICS)
def posterior_depends_on_the_last_latent(subject: Subject) -> None:
    """What was just observed reaches features, latent and the next prediction."""
    model, inputs = subject.ready(), subject.inputs(4)
    before = _first(model, inputs)
    one = model.observe(before, inputs["action0"], inputs["latent1"])
    other = model.observe(before, inputs["action0"], inputs["latent1"].flip(0) + 1.0)
    for name, read in {
        "features": model.features,
        "latent": model.latent,
        "prediction": lambda state: model.latent(model.imagine(state, inputs["action1"]).state),
    }.items():
        expect(distance(read(one), read(other)) > 1e-6, f"the {name} after observe ignores the observed latent")


@check(_DYNAMICS, needs=[Capability.RECURRENT])
def posterior_depends_on_its_action(subject: Subject) -> None:
    """A recurrent state remembers the action that led to the observation: the one given in this very call."""
    model, inputs = subject.ready(), subject.inputs(4)
    before = _first(model, inputs)
    one = model.observe(before, inputs["action0"], inputs["latent1"])
    other = model.observe(before, inputs["action0"] + 0.7, inputs["latent1"])
    expect(distance(model.features(one), model.features(other)) > 1e-6, "observe ignores its action (off by one?)")


@check(_DYNAMICS, needs=[Capability.RECURRENT])
def memory_reaches_back(subject: Subject) -> None:
    """A recurrent state still differs after two equal observations if what came before differed."""
    model, inputs = subject.ready(), subject.inputs(4)
    states = [_first(model, inputs), _first(model, {**inputs, "latent0": inputs["latent0"] + 1.0})]
    for _ in range(2):
        states = [model.observe(state, inputs["action0"], inputs["latent1"]) for state in states]
    gap = distance(model.features(states[0]), model.features(states[1]))
    expect(gap > 1e-7, "it declares 'recurrent' but forgets everything before the last observation")


@check(_DYNAMICS)
def imagined_action_matters(subject: Subject) -> None:
    """The prior step depends on the action given in this very call."""
    model, inputs = subject.ready(), subject.inputs(4)
    state = _first(model, inputs)
    one, other = (model.latent(model.imagine(state, inputs["action1"] + shift).state) for shift in (0.0, 0.7))
    expect(distance(one, other) > 1e-6, "imagine ignores its action")


@check(_DYNAMICS)
def imagining_without_generator_is_deterministic(subject: Subject) -> None:
    """Without a generator `imagine` gives the most likely continuation, the same every time."""
    model = subject.ready()
    expect_same(_flat(_step(subject, model)), _flat(_step(subject, model)), "two calls without generator differ")


@check(_DYNAMICS, needs=[Capability.STOCHASTIC])
def generator_changes_the_prediction(subject: Subject) -> None:
    """With a generator `imagine` samples: another seed gives another latent."""
    model = subject.ready()
    one, other = (model.latent(_step(subject, model, generator=toy.seeded(seed)).state) for seed in (0, 1))
    expect(distance(one, other) > 1e-6, "two generators give the same continuation")


@check(_DYNAMICS, lacks=[Capability.STOCHASTIC])
def generator_has_no_effect(subject: Subject) -> None:
    """Without the capability 'stochastic', a generator changes nothing."""
    model = subject.ready()
    one, other = _flat(_step(subject, model)), _flat(_step(subject, model, generator=toy.seeded(0)))
    expect_close(one, other, "a generator changes imagine: declare 'stochastic'", 1e-6)


@check(_DYNAMICS, needs=[Capability.STOCHASTIC])
def temperature_changes_the_spread(subject: Subject) -> None:
    """A low temperature draws samples together."""
    model = subject.ready()
    cold, warm = (_spread(subject, model, temperature) for temperature in (0.05, 1.0))
    expect(cold < 0.9 * warm, f"samples spread {cold:.3g} at temperature 0.05 and {warm:.3g} at 1.0")


@check(_DYNAMICS)
def states_are_not_modified(subject: Subject) -> None:
    """observe, imagine, features, latent and sequence leave the state they were given as it was."""
    model, inputs = subject.ready(), subject.inputs(4)
    state = _seen(subject, model, 4)
    copy = {key: tensor.clone() for key, tensor in state.items()}
    model.observe(state, inputs["action0"], inputs["latent0"])
    model.imagine(state, inputs["action0"], generator=toy.seeded(0))
    model.features(state)
    model.latent(state)
    model.sequence(state, inputs["latent0"][:, None], inputs["action0"][:, None])
    expect_same(copy, state, "a state was modified in place")


@check(_DYNAMICS, lacks=[Capability.REWARD])
def undeclared_reward_is_zero(subject: Subject) -> None:
    """Without the capability 'reward' the reward is zero: nothing is made up."""
    expect(not _step(subject, subject.ready()).reward.any(), "it predicts a reward: declare 'reward'")


@check(_DYNAMICS, lacks=[Capability.TERMINATION])
def undeclared_termination_is_zero(subject: Subject) -> None:
    """Without the capability 'termination' the termination is zero: nothing is made up."""
    expect(not _step(subject, subject.ready()).terminated.any(), "it predicts terminations: declare 'termination'")


def _first(model: Any, inputs: Any) -> State:
    """State after the first latent, which no action led to."""
    state: State = model.observe(model.initial(len(inputs["latent0"])), inputs["action0"] * 0, inputs["latent0"])
    return state


def _seen(subject: Subject, model: Any, n: int) -> State:
    inputs = subject.inputs(n)
    state: State = model.observe(_first(model, inputs), inputs["action0"], inputs["latent1"])
    return state


def _step(subject: Subject, model: Any, generator: Any = None, scale: float = 1.0) -> Step:
    inputs = subject.inputs(8)
    state = _first(model, {**inputs, "latent0": inputs["latent0"] * scale})
    step: Step = model.imagine(state, inputs["action1"] * scale, generator=generator)
    return step


def _flat(step: Step) -> dict[str, Tensor]:
    return {**step.state, "reward": step.reward, "terminated": step.terminated, "uncertainty": step.uncertainty}


def _spread(subject: Subject, model: Any, temperature: float) -> float:
    """Mean standard deviation of the next latent over 256 samples of one situation."""
    inputs = subject.inputs(1)
    many = {key: tensor.expand(256, -1).clone() for key, tensor in _first(model, inputs).items()}
    action = inputs["action1"].expand(256, -1)
    with torch.no_grad():
        step = model.imagine(many, action, temperature=temperature, generator=toy.seeded(0))
        return float(model.latent(step.state).std(0).mean())
