"""Random shooting on a world that can be checked by hand."""

from __future__ import annotations

import importlib

import gymnasium as gym
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from wm_plugins.random_shooting import RandomShootingConfig as CONFIG
from wm_plugins.random_shooting import wm_components
from wm_plugins.random_shooting.planner import RandomShooting as PLANNER
from wm_zoo.api import Capability, Spaces
from wm_zoo.testing import parametrize_with_checks

SMALL = {"horizon": 8, "samples": 64}


def build(world, **config):
    return PLANNER(CONFIG(**config), world.dims)


def starts(world, n, seed=0):
    return world.initial(n, generator=torch.Generator().manual_seed(seed))


def inside(space, actions):
    if isinstance(space, gym.spaces.Discrete):
        return bool(((actions == 0) | (actions == 1)).all()) and bool((actions.sum(-1) == 1).all())
    return bool((actions >= torch.as_tensor(space.low)).all() and (actions <= torch.as_tensor(space.high)).all())


@parametrize_with_checks("wm/random-shooting-v0")
def test_conformance(check):
    check()


@parametrize_with_checks("wm/random-shooting-v0", config={**SMALL, "particles": 2, "uncertainty_penalty": 0.01})
def test_conformance_with_particles(check):
    check()


def test_component_points_at_the_class():
    (component,) = wm_components()
    module, name = component.target.split(":")
    assert getattr(importlib.import_module(module), name) is PLANNER
    assert component.requires == {"dynamics": {Capability.REWARD, Capability.TERMINATION}}


def test_actions_and_candidates_stay_inside_the_space(point_mass):
    planner = build(point_mass, **SMALL)
    action, _ = planner.plan(point_mass, starts(point_mass, 3), generator=torch.Generator().manual_seed(0))
    assert action.shape == (3, point_mass.dims.action)
    assert action.dtype == torch.float32
    assert all(inside(point_mass.spaces.action, a) for a in [action, *point_mass.calls])


def test_much_better_than_random(point_mass, driving):
    planned = driving.run(point_mass, build(point_mass, **SMALL)).mean()
    random = driving.run(point_mass, driving.Random(point_mass.spaces.action)).mean()
    assert planned > 0.7 * random  # returns are negative: at least 30 % nearer to zero
    assert planned > -25


def test_lane_depends_on_its_own_generator_only(point_mass, lanes):
    planner = build(point_mass, **SMALL)
    state = starts(point_mass, 5)
    seeds = [11, 12, 13, 14, 15]
    together, memory = planner.plan(point_mass, state, generator=(noise := lanes(seeds)))
    together2, _ = planner.plan(point_mass, state, memory=memory, generator=noise)
    for i in range(5):
        own = {name: t[i : i + 1] for name, t in state.items()}
        alone, memory = planner.plan(point_mass, own, generator=(noise := lanes(seeds[i : i + 1])))
        alone2, _ = planner.plan(point_mass, own, memory=memory, generator=noise)
        assert torch.equal(alone, together[i : i + 1])
        assert torch.equal(alone2, together2[i : i + 1])


def test_lanes_may_be_permuted(point_mass, lanes):
    planner = build(point_mass, **SMALL, particles=2)
    state, order = starts(point_mass, 4), [2, 0, 3, 1]
    plain, _ = planner.plan(point_mass, state, generator=lanes([1, 2, 3, 4]))
    shuffled = {name: t[order] for name, t in state.items()}
    permuted, _ = planner.plan(point_mass, shuffled, generator=lanes([3, 1, 4, 2]))
    assert torch.equal(plain[order], permuted)


def test_same_seed_same_plan_and_state_untouched(point_mass):
    planner = build(point_mass, **SMALL)
    state = starts(point_mass, 3)
    before = {name: t.clone() for name, t in state.items()}
    first, _ = planner.plan(point_mass, state, generator=torch.Generator().manual_seed(5))
    again, _ = planner.plan(point_mass, state, generator=torch.Generator().manual_seed(5))
    other, _ = planner.plan(point_mass, state, generator=torch.Generator().manual_seed(6))
    assert torch.equal(first, again)
    assert point_mass.discrete or not torch.equal(first, other)
    assert all(torch.equal(before[name], state[name]) for name in state)


def test_without_generator_deterministic_and_the_same_for_equal_lanes(point_mass_with):
    world = point_mass_with("box")
    planner = build(world, **SMALL, particles=2)
    state = {"x": torch.ones(3), "v": torch.zeros(3)}
    action, _ = planner.plan(world, state)
    assert torch.equal(action, planner.plan(world, state)[0])
    assert torch.equal(action, action[:1].expand_as(action))


def test_global_random_state_untouched(point_mass_with):
    world = point_mass_with("box")
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    build(world, **SMALL, particles=2).plan(world, starts(world, 2), generator=torch.Generator().manual_seed(0))
    assert torch.equal(before, torch.random.get_rng_state())


def test_uncertainty_penalty_makes_it_cautious(point_mass_with):
    world = point_mass_with("box")  # its uncertainty is the size of the push
    state = starts(world, 16)

    def push(penalty):
        planner = build(world, **SMALL, uncertainty_penalty=penalty)
        return planner.plan(world, state, generator=torch.Generator().manual_seed(0))[0].abs().mean()

    assert push(50.0) < 0.5 * push(0.0)


def test_infinite_bounds_are_refused(point_mass_with):
    world = point_mass_with("box")
    world.spaces = Spaces(world.spaces.observation, gym.spaces.Box(-np.inf, np.inf, (1,), np.float32))
    with pytest.raises(ValueError, match="bounded action space"):
        build(world)


def test_nan_world_is_named(point_mass_with):
    world = point_mass_with("box")
    state = {"x": torch.tensor([0.0, float("nan")]), "v": torch.zeros(2)}
    with pytest.raises(ValueError, match=r"lanes \[1\]"):
        build(world, **SMALL).plan(world, state, generator=torch.Generator().manual_seed(0))


def test_more_samples_are_not_worse(point_mass_with, driving):
    world = point_mass_with("box")
    few = driving.run(world, build(world, horizon=8, samples=4), episodes=64).mean()
    many = driving.run(world, build(world, horizon=8, samples=256), episodes=64).mean()
    assert many > few


def test_correlation_makes_successive_actions_alike(point_mass):
    def change(rho):
        point_mass.calls.clear()
        planner = build(point_mass, horizon=8, samples=256, correlation=rho)
        planner.plan(point_mass, starts(point_mass, 2), generator=torch.Generator().manual_seed(0))
        actions = torch.stack(point_mass.calls)  # [H, B * N, A]
        return (actions[1:] - actions[:-1]).abs().mean(), actions

    white, _ = change(0.0)
    smooth, actions = change(0.9)
    assert smooth < 0.6 * white
    if not point_mass.discrete:  # the correlation must not narrow the search: every step covers the whole Box
        low, high = torch.as_tensor(point_mass.spaces.action.low), torch.as_tensor(point_mass.spaces.action.high)
        share = (actions - low) / (high - low)
        assert ((share.mean((1)) - 0.5).abs() < 0.07).all()
        assert ((share.std((1)) - 12**-0.5).abs() < 0.04).all()


def test_termination_ends_the_reward(point_mass_with):
    world = point_mass_with("box")
    imagine = world.imagine

    def ends(state, action, **kwargs):
        step = imagine(state, action, **kwargs)
        # full right is rewarded at once, and ends the episode; everything later would pay more
        return type(step)(step.state, 1.0 + (action[:, 0] > 0), (action[:, 0] > 0).float(), step.uncertainty)

    world.imagine = ends
    planner = build(world, horizon=8, samples=256, discount=1.0)
    action, _ = planner.plan(world, starts(world, 8), generator=torch.Generator().manual_seed(0))
    assert (action < 0).all()


def test_config_is_checked():
    with pytest.raises(ValidationError):
        CONFIG(samples=0)
    with pytest.raises(ValidationError):
        CONFIG(sample=10)
