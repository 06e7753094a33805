"""Checks of planners, on toy worlds that know their own truth."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from wm_zoo.api import Capability, Config, Kind, Spaces
from wm_zoo.loading import build
from wm_zoo.testing import toy
from wm_zoo.testing.expect import distance, expect, expect_same, expect_tensor
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import Subject

_PLANNER = Kind.PLANNER
BUDGET_FIELDS = ("samples", "population", "candidates", "simulations", "iterations")
"""Config fields that mean search effort; the first that a planner has is raised by `more_budget_is_not_worse`."""


@check(_PLANNER)
def plans_lie_in_the_space(subject: Subject) -> None:
    """Plans are float32 [B, A] inside the action space, with and without memory."""
    for spaces in subject.action_spaces:
        planner = subject.build(spaces=spaces)
        for n in (1, 5):
            answers = subject.run(planner, subject.inputs(n, spaces=spaces), toy.seeded(0), spaces)
            for name, action in answers.items():
                expect_tensor(name, action, (n, subject.dims(spaces).action))
                expect(toy.inside(spaces.action, action), f"{name}: {action[0].tolist()} lies outside {spaces.action}")


@check(_PLANNER)
def planning_needs_no_generator(subject: Subject) -> None:
    """Without a generator planning is deterministic."""
    planner, inputs = subject.build(), subject.inputs(3)
    expect_same(subject.run(planner, inputs), subject.run(planner, inputs), "two plans without generator differ")


@check(_PLANNER)
def planner_keeps_no_episode(subject: Subject) -> None:
    """Everything that lasts is in the memory that plan returns: an old call does not change a new one."""
    fresh, used = subject.build(), subject.build()
    subject.run(used, subject.inputs(3, seed=4), toy.seeded(5))
    inputs = subject.inputs(3)
    one, other = (subject.run(planner, inputs, toy.seeded(0)) for planner in (fresh, used))
    expect_same(one, other, "a planner that was used before plans differently; keep nothing on self")


@check(_PLANNER)
def memory_is_not_modified(subject: Subject) -> None:
    """A memory can be used twice: plan returns a new one and leaves the old one alone."""
    planner, world, state = subject.build(), toy.PointMass(subject.spaces.action), subject.inputs(3)
    _, memory = planner.plan(world, state, generator=toy.seeded(0))
    one, _ = planner.plan(world, state, memory=memory, generator=toy.seeded(1))
    other, _ = planner.plan(world, state, memory=memory, generator=toy.seeded(1))
    expect(distance(one, other) == 0, "planning twice from the same memory gives different actions")


@check(_PLANNER)
def state_and_world_are_not_modified(subject: Subject) -> None:
    """Planning only imagines: the state, every key of it, and the world stay as they were."""
    planner, world, state = subject.build(), toy.PointMass(subject.spaces.action), subject.inputs(3)
    copy = {name: tensor.clone() for name, tensor in state.items()}
    before = dict(vars(world))
    planner.plan(world, state, generator=toy.seeded(0))
    expect_same(copy, state, "planning modifies the state")
    expect(vars(world) == before, "planning changes attributes of the world")


@check(_PLANNER)
def builds_no_graph(subject: Subject) -> None:
    """Plans carry no gradient, so that memory does not grow over an episode."""
    action, _ = subject.build().plan(toy.PointMass(subject.spaces.action), subject.inputs(2), generator=toy.seeded(0))
    expect(not action.requires_grad, "the plan requires a gradient; search under torch.no_grad()")


@check(_PLANNER)
def beats_random_actions(subject: Subject) -> None:
    """On a point mass the planner's return is far better than that of random actions, for every kind of action."""
    for spaces in subject.action_spaces:
        random, planned = _random_return(spaces), _planned_return(subject, subject.config, spaces)
        expect(
            planned > random + 0.4 * abs(random),
            f"return {planned:.3g}, of random actions {random:.3g} ({spaces.action})",
        )


@check(_PLANNER)
def more_budget_is_not_worse(subject: Subject) -> None:
    """Twice the search effort is not clearly worse."""
    field = next((name for name in BUDGET_FIELDS if name in type(subject.config).model_fields), None)
    expect(field, f"no config field for the search effort; call it one of: {', '.join(BUDGET_FIELDS)}")
    values = subject.config.model_dump()
    bigger = subject.component.configure({**values, str(field): 2 * values[str(field)]})
    spaces = subject.spaces
    random, small, big = (
        _random_return(spaces),
        _planned_return(subject, subject.config, spaces),
        _planned_return(subject, bigger, spaces),
    )
    margin = 0.15 * abs(small - random)
    expect(big > small - margin, f"return {small:.4g} with {field} = {values[str(field)]}, {big:.4g} with twice that")


@check(_PLANNER)
def ended_episodes_pay_nothing(subject: Subject) -> None:
    """Reward after a predicted termination does not count: the planner does not jump off a cliff for a small bonus."""
    for spaces in subject.action_spaces:
        world, planner = toy.Cliff(spaces.action), subject.build(spaces=spaces)
        action, _ = planner.plan(world, subject.inputs(8, spaces=spaces), generator=toy.seeded(0))
        jumps = float(world.jumps(action).float().mean())
        expect(jumps < 0.3, f"{100 * jumps:.0f} % of lanes jump off the cliff: terminated is ignored")


@check(_PLANNER)
def requires_a_reward(subject: Subject) -> None:
    """A planner declares that it needs a dynamics that predicts the reward."""
    wanted = subject.component.requires.get("dynamics", frozenset())
    expect(Capability.REWARD in wanted, "declare requires={'dynamics': frozenset({Capability.REWARD, …})}")


def _planned_return(subject: Subject, config: Config, spaces: Spaces, lanes: int = 6, steps: int = 6) -> float:
    world = toy.PointMass(spaces.action)
    planner: Any = build(subject.component, config, subject.dims(spaces))
    state, generator, memory = world.initial(lanes, generator=toy.seeded(3)), toy.seeded(4), None
    total = torch.zeros(lanes)
    for _ in range(steps):
        action, memory = planner.plan(world, state, memory=memory, generator=generator)
        step = world.imagine(state, action)
        state, total = step.state, total + step.reward
    return float(total.mean())


def _random_return(spaces: Spaces, lanes: int = 6, steps: int = 6) -> float:
    """Mean over several random sequences from the same starts as `_planned_return`."""
    world, totals = toy.PointMass(spaces.action), []
    for trial in range(8):
        state, total = world.initial(lanes, generator=toy.seeded(3)), torch.zeros(lanes)
        for t in range(steps):
            step = world.imagine(state, _random_action(spaces, lanes, 100 * trial + t))
            state, total = step.state, total + step.reward
        totals.append(total.mean())
    return float(torch.stack(totals).mean())


def _random_action(spaces: Spaces, lanes: int, seed: int) -> Tensor:
    return toy.actions(spaces.action, lanes, seed)
