"""Checks of what every built model does: determinism, lanes, checkpoints, gradients."""

from __future__ import annotations

import contextlib
import copy
import io
import multiprocessing
import random
from collections.abc import Callable, Mapping
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wm_zoo.api import Capability, Kind, SequenceBatch
from wm_zoo.lanes import LaneGenerator
from wm_zoo.manager import component
from wm_zoo.observations import observation
from wm_zoo.testing import toy
from wm_zoo.testing.expect import expect, expect_close, expect_same
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import Subject

_MODULES = (Kind.ENCODER, Kind.DYNAMICS, Kind.CONTROLLER)


@check()
def builds(subject: Subject) -> None:
    """It builds on the CPU with its config, for every kind of action that it declares, and announces its sizes."""
    for spaces in subject.action_spaces:
        model = subject.build(spaces=spaces)
        expect(subject.kind is Kind.PLANNER or isinstance(model, torch.nn.Module), "it must be a torch.nn.Module")
        for name in {Kind.ENCODER: ("latent_dim",), Kind.DYNAMICS: ("feature_dim",)}.get(subject.kind, ()):
            size = getattr(model, name, None)
            expect(isinstance(size, int) and size > 0, f"{name} = {size!r}, expected a positive integer")


@check()
def building_follows_the_seed(subject: Subject) -> None:
    """Two models built under the same torch seed are equal to the bit, so that runs can be repeated."""
    one, other = subject.build(seed=3), subject.build(seed=3)
    if isinstance(one, torch.nn.Module):
        expect_same(one.state_dict(), other.state_dict(), "two builds under one seed differ")
    expect(one is not other, "it hands out the same object twice")


@check(*_MODULES)
def checkpoint_restores_everything(subject: Subject) -> None:
    """A model that loads another's state_dict answers with the same bits: nothing learned lives outside of it."""
    trained, fresh = subject.ready(seed=1), subject.build(seed=2)
    fresh.load_state_dict(trained.state_dict())
    inputs = subject.inputs(5)
    expect_same(
        subject.run(trained, inputs, toy.seeded(0)),
        subject.run(fresh, inputs, toy.seeded(0)),
        "after load_state_dict something differs",
    )


@check(*_MODULES)
def checkpoint_is_plain_tensors(subject: Subject) -> None:
    """The state_dict holds tensors alone, so that safetensors can store it."""
    for name, value in subject.ready().state_dict().items():
        expect(isinstance(value, Tensor), f"state_dict[{name!r}] is {type(value).__name__}, expected a Tensor")


@check()
def same_generator_same_output(subject: Subject) -> None:
    """The same generator gives the same bits, whatever the global random state."""
    for spaces in subject.action_spaces:
        model, inputs = subject.ready(spaces=spaces), subject.inputs(4, spaces=spaces)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            one = subject.run(model, inputs, toy.seeded(7), spaces)
            torch.manual_seed(2)
            other = subject.run(model, inputs, toy.seeded(7), spaces)
        expect_same(one, other, "two runs with equal generators differ")


@check()
def global_random_state_untouched(subject: Subject) -> None:
    """Noise comes from the generator that is passed in, never from torch's, NumPy's or Python's global one."""
    model = subject.ready()
    before = _global_state()
    subject.run(model, subject.inputs(3))
    subject.run(model, subject.inputs(3), toy.seeded(0))
    _learn(subject, model)
    expect(_global_state() == before, "running it changes the global random state; draw from wm_zoo.api.nn.normal")


@check()
def prints_nothing(subject: Subject) -> None:
    """Building, running and learning write nothing to the terminal."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        model = subject.ready()
        subject.run(model, subject.inputs(2), toy.seeded(0))
        _learn(subject, model)
    expect(not text.getvalue(), f"it prints {text.getvalue()[:80]!r}")


@check()
def inputs_are_not_modified(subject: Subject) -> None:
    """Tensors passed in keep their bits."""
    model, inputs = subject.ready(), subject.inputs(3)
    copies = {name: tensor.clone() for name, tensor in inputs.items()}
    subject.run(model, inputs, toy.seeded(0))
    expect_same(copies, inputs, "it modifies its input")


@check()
def batch_of_one_and_of_seven(subject: Subject) -> None:
    """Every answer has one row per lane, for one lane and for seven."""
    model = subject.ready()
    for n in (1, 7):
        for name, tensor in subject.run(model, subject.inputs(n), toy.seeded(0)).items():
            rows = list(tensor.shape)[:1]
            expect(rows == [n], f"{name} has shape {list(tensor.shape)} for {n} lanes")


@check()
def permuting_lanes_permutes_answers(subject: Subject) -> None:
    """No lane is special: permuting input and noise permutes the answers."""
    model, inputs = subject.ready(), subject.inputs(7)
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    moved = {name: tensor[order] for name, tensor in inputs.items()}
    one = subject.run(model, inputs, LaneGenerator(range(7)))
    other = subject.run(model, moved, LaneGenerator(order.tolist()))
    expect_close({name: tensor[order] for name, tensor in one.items()}, other, "a permuted batch answers differently")


@check()
def lanes_do_not_leak(subject: Subject) -> None:
    """What happens in one lane changes no other, and a lane alone answers as it does among others."""
    model, inputs = subject.ready(), subject.inputs(5)
    other = {name: torch.cat([tensor[:1], subject.inputs(5, seed=9)[name][1:]]) for name, tensor in inputs.items()}
    alone = {name: tensor[:1] for name, tensor in inputs.items()}
    first = _lane_zero(subject.run(model, inputs, LaneGenerator(range(5))))
    changed = _lane_zero(subject.run(model, other, LaneGenerator([0, 11, 12, 13, 14])))
    expect_close(first, changed, "lane 0 changes when other lanes do")
    expect_close(first, _lane_zero(subject.run(model, alone, LaneGenerator([0]))), "lane 0 alone answers differently")


@check()
def answers_are_finite(subject: Subject) -> None:
    """No NaN and no infinity, also for large input."""
    model, inputs = subject.ready(), subject.inputs(4)
    large = {name: tensor * 20 if tensor.is_floating_point() else tensor for name, tensor in inputs.items()}
    for values in (inputs, large, {name: tensor * 0 for name, tensor in inputs.items()}):
        for name, tensor in subject.run(model, values, toy.seeded(0)).items():
            finite = not tensor.is_floating_point() or bool(torch.isfinite(tensor).all())
            expect(finite, f"{name} has NaN or infinite values")


@check(needs=[Capability.GRADIENT])
def every_parameter_learns(subject: Subject) -> None:
    """Every parameter gets a gradient, or is declared frozen by requires_grad=False."""
    model = subject.ready()
    model.train()
    _learn(subject, model)
    unused = [
        name
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and (parameter.grad is None or not bool(parameter.grad.any()))
    ]
    expect(not unused, f"no gradient reaches {', '.join(unused)}; use them in the loss, or set requires_grad=False")


@check(needs=[Capability.GRADIENT])
def has_parameters(subject: Subject) -> None:
    """What is learned by gradients has parameters for an optimiser."""
    expect(any(p.requires_grad for p in subject.build().parameters()), "it declares 'gradient' but has no parameters")


@check()
def can_be_sent_to_a_process(subject: Subject) -> None:
    """It pickles, as sending it to a worker process does, and a deep copy answers with the same bits."""
    model, inputs = subject.ready(), subject.inputs(3)
    try:
        ForkingPickler.dumps(model)
    except Exception as error:
        raise AssertionError(f"it cannot be pickled: {error}") from error
    answers = subject.run(copy.deepcopy(model), inputs, toy.seeded(0))
    expect_same(subject.run(model, inputs, toy.seeded(0)), answers, "a deep copy answers differently")


@check(slow=True)
def survives_spawn(subject: Subject) -> None:
    """A spawned process that is sent the model answers as this one does."""
    model, inputs = subject.ready(), subject.inputs(3)
    name, config = subject.component.id, subject.config.model_dump()
    arrays = {key: tensor.numpy() for key, tensor in inputs.items()}
    # A local plugin is on no search path: its module must be loaded before the model arrives.
    with multiprocessing.get_context("spawn").Pool(1, initializer=component, initargs=(name,)) as pool:
        answers = pool.apply(_answer, (name, config, model, arrays))
    tensors = {key: torch.from_numpy(array) for key, array in answers.items()}
    expect_close(subject.run(model, inputs, toy.seeded(0)), tensors, "the spawned process answers differently", 1e-6)


def _answer(name: str, config: dict[str, Any], model: Any, arrays: dict[str, Any]) -> dict[str, Any]:
    inputs = {key: torch.from_numpy(array) for key, array in arrays.items()}
    answers = Subject(name, config).run(model, inputs, toy.seeded(0))
    return {key: tensor.numpy() for key, tensor in answers.items()}


def _lane_zero(answers: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor[:1] for name, tensor in answers.items()}


def _global_state() -> tuple[Any, ...]:
    return torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())


def _learn(subject: Subject, model: Any) -> None:
    """One backward pass of everything that the component learns by, or one `fit`."""
    learn: dict[Kind, Callable[[], Tensor | None]] = {
        Kind.ENCODER: lambda: _encoder_loss(subject, model),
        Kind.DYNAMICS: lambda: _dynamics_loss(subject, model),
        Kind.CONTROLLER: lambda: _policy_loss(subject, model),
        Kind.PLANNER: lambda: None,
    }
    total = learn[subject.kind]()
    if total is not None:
        torch.autograd.backward(total)


def _encoder_loss(subject: Subject, model: Any) -> Tensor | None:
    if subject.can(Capability.FIT):
        model.fit(subject.batches())
    if not subject.can(Capability.GRADIENT):
        return None
    total: Tensor = model.loss(observation(subject.inputs(6)), generator=toy.seeded(0)).total
    return total


def _dynamics_loss(subject: Subject, model: Any) -> Tensor | None:
    if not subject.can(Capability.GRADIENT):
        return None
    batch: SequenceBatch = toy.linear_windows(16, 5, seed=0)
    total: Tensor = model.loss(batch, generator=toy.seeded(0)).total
    return total


def _policy_loss(subject: Subject, model: Any) -> Tensor | None:
    if not subject.can(Capability.ACTOR_CRITIC):
        return None
    features = subject.inputs(6)["features"]
    distribution = model.distribution(features)
    raw = distribution.sample(toy.seeded(0)).detach()
    total: Tensor = (model.value(features) - distribution.log_prob(raw) - distribution.entropy()).sum()
    return total
