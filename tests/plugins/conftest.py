"""A world that can be checked by hand: a point on a line, pushed by its action, rewarded for being near the origin."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_zoo.api import Dims, Spaces, Step
from wm_zoo.api.nn import normal


class PointMass:
    """State (position, velocity); reward ``-position^2``; optional noise on the push when imagined with a generator."""

    feature_dim = 2
    feature_limit = 100.0

    def __init__(self, action_space: gym.Space) -> None:
        self.spaces = Spaces(gym.spaces.Box(-10, 10, (2,), np.float32), action_space)
        self.discrete = isinstance(action_space, gym.spaces.Discrete)
        self.calls: list[torch.Tensor] = []

    @property
    def dims(self) -> Dims:
        size = int(self.spaces.action.n) if self.discrete else int(np.prod(self.spaces.action.shape))
        return Dims(self.spaces, size, latent=2, features=2)

    def initial(self, n, *, generator, where="anywhere"):
        return {"x": 2.0 * normal(n, 1, generator)[:, 0], "v": normal(n, 1, generator)[:, 0]}

    def push(self, action):
        if self.discrete:  # left, stay, right, ...: equally spaced in [-1, 1]
            return (action * torch.linspace(-1, 1, action.shape[1])).sum(-1)
        return action[:, 0]

    def imagine(self, state, action, *, temperature=1.0, generator=None):
        self.calls.append(action)
        push = self.push(action)
        if generator is not None:
            push = push + 0.1 * temperature * normal(len(push), 1, generator)[:, 0]
        v = 0.8 * state["v"] + 0.5 * push
        x = state["x"] + 0.5 * v
        zero = torch.zeros_like(x)
        return Step({"x": x, "v": v}, -(x**2), zero, push.abs())

    def features(self, state):
        return torch.stack([state["x"], state["v"]], -1)


SPACES = {
    "box": gym.spaces.Box(-1.0, 1.0, (1,), np.float32),
    "asymmetric": gym.spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([1.0, 1.0], np.float32)),
    "discrete": gym.spaces.Discrete(5),
}


@pytest.fixture(params=SPACES)
def point_mass(request) -> PointMass:
    """The point mass under every kind of action space."""
    return PointMass(SPACES[request.param])


@pytest.fixture
def point_mass_with():
    """`point_mass_with("box")`: the point mass under one kind of action space."""
    return lambda name: PointMass(SPACES[name])


class Lanes:
    """Per-lane generators, as the host's `LaneGenerator`: row i comes from seed i alone."""

    def __init__(self, seeds) -> None:
        self.generators = [torch.Generator().manual_seed(int(seed)) for seed in seeds]

    def _rows(self, draw, n, k):
        assert n == len(self.generators), f"noise for {n} rows asked of {len(self.generators)} lanes"
        return torch.stack([draw(k, generator=g) for g in self.generators])

    def normal(self, n, k):
        return self._rows(torch.randn, n, k)

    def uniform(self, n, k):
        return self._rows(torch.rand, n, k)


@pytest.fixture
def lanes():
    """`lanes(seeds)`: generator with one lane for every seed."""
    return Lanes


def drive(world, planner, *, steps=15, episodes=16, seed=0, generator=None):
    """Mean return per lane of a planner in its own world."""
    state = world.initial(episodes, generator=torch.Generator().manual_seed(seed))
    generator = generator or torch.Generator().manual_seed(seed + 1)
    memory, total = None, torch.zeros(episodes)
    for _ in range(steps):
        action, memory = planner.plan(world, state, memory=memory, generator=generator)
        step = world.imagine(state, action)
        state, total = step.state, total + step.reward
    return total


class Drive:
    """`run(world, planner)` and the return of random actions on the same starts."""

    run = staticmethod(drive)

    class Random:
        """Uniform actions through the planner interface."""

        def __init__(self, space, seed=3):
            self.space = space
            self.space.seed(seed)

        def plan(self, world, state, *, memory=None, generator=None):
            n = len(state["x"])
            samples = [self.space.sample() for _ in range(n)]
            if world.discrete:
                return torch.nn.functional.one_hot(torch.tensor(samples), int(self.space.n)).float(), None
            return torch.as_tensor(np.stack(samples)).float(), None


@pytest.fixture
def driving():
    """How to measure a planner."""
    return Drive
