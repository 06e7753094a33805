"""Toy spaces, observations, systems and worlds: small enough to learn in a second, with answers known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from wm_zoo.api import Observation, SequenceBatch, Spaces, State, Step
from wm_zoo.api.nn import Generator, normal
from wm_zoo.observations import observation
from wm_zoo.spaces import flat_observation

OBSERVATIONS: tuple[gym.Space[Any], ...] = (
    *(gym.spaces.Box(0, 255, (size, size, 3), np.uint8) for size in (32, 64, 96)),
    gym.spaces.Box(-5.0, 5.0, (6,), np.float32),
    gym.spaces.Dict(
        {"position": gym.spaces.Box(-5.0, 5.0, (6,), np.float32), "speed": gym.spaces.Box(0.0, 9.0, (2,), np.float64)}
    ),
)
"""Observation spaces to try an encoder on; the first that its contract and constructor accept is used."""

CONTINUOUS: gym.Space[Any] = gym.spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([1.0, 2.0], np.float32))
"""A Box of two actions that is not symmetric, so that mixed up bounds show."""

DISCRETE: gym.Space[Any] = gym.spaces.Discrete(3)


def seeded(seed: int) -> torch.Generator:
    """A CPU generator."""
    return torch.Generator().manual_seed(seed)


def observations(space: gym.Space[Any], n: int, seed: int) -> Observation:
    """N observations ``[n, *space.shape]`` in the space's dtype, all different, with few degrees of freedom.

    Images show a soft bright spot at a random place on a gradient; vectors mix two random factors. A Dict space gives a
    dict of such tensors.
    """
    parts = flat_observation(space)
    return observation({name: _observations(part, n, seed + i) for i, (name, part) in enumerate(parts.items())})


def _observations(space: gym.Space[Any], n: int, seed: int) -> Tensor:
    shape = space.shape or ()
    factors = torch.rand((n, 2), generator=seeded(seed))  # [n, 2]
    if len(shape) == 3:
        return _spots(factors, shape)
    size = math.prod(shape)
    mixing = torch.sin(torch.arange(2.0 * size) + 1).reshape(2, size)
    values = torch.tanh((factors - 0.5) * 4 @ mixing)
    low, high = torch.as_tensor(space.low.ravel()), torch.as_tensor(space.high.ravel())  # type: ignore[attr-defined]
    low, high = low.clamp_min(-10.0), high.clamp_max(10.0)
    scaled = low + (high - low) * (values + 1) / 2
    return scaled.reshape(n, *shape).to(torch.as_tensor(np.zeros(0, space.dtype)).dtype)


def _spots(factors: Tensor, shape: tuple[int, ...]) -> Tensor:
    height, width, channels = shape
    rows = torch.linspace(0, 1, height)[None, :, None]  # [1, H, 1]
    columns = torch.linspace(0, 1, width)[None, None, :]  # [1, 1, W]
    distance = (rows - factors[:, 0, None, None]) ** 2 + (columns - factors[:, 1, None, None]) ** 2  # [n, H, W]
    spot = torch.exp(-distance / 0.03)
    tint = torch.linspace(1.0, 0.4, channels)
    frame = 40 + 60 * rows[..., None] + 150 * spot[..., None] * tint  # [n, H, W, C]
    return frame.expand(len(factors), height, width, channels).clamp(0, 255).to(torch.uint8)


def actions(space: gym.Space[Any], n: int, seed: int) -> Tensor:
    """N action vectors ``[n, A]`` inside the space (Discrete: one-hot)."""
    if isinstance(space, gym.spaces.Discrete):
        index = torch.randint(int(space.n), (n,), generator=seeded(seed))
        return functional.one_hot(index, int(space.n)).float()
    assert isinstance(space, gym.spaces.Box)
    low, high = torch.as_tensor(space.low.ravel()), torch.as_tensor(space.high.ravel())
    return low + (high - low) * torch.rand((n, len(low)), generator=seeded(seed))


def inside(space: gym.Space[Any], action: Tensor) -> bool:
    """Whether all action vectors ``[..., A]`` lie in the space."""
    if isinstance(space, gym.spaces.Discrete):
        return bool(((action == 0) | (action == 1)).all() and (action.sum(-1) == 1).all())
    assert isinstance(space, gym.spaces.Box)
    low, high = torch.as_tensor(space.low.ravel()), torch.as_tensor(space.high.ravel())
    return bool(((action >= low) & (action <= high)).all())


@dataclass(frozen=True)
class Flags:
    """Indices into the latent of `linear_windows`: what announces that the episode stops."""

    doom: int = 2  # > 0: this step ends the episode, a true terminal
    clock: int = 3  # > 0: the episode is cut off after this step by a time limit


LINEAR_LATENT, LINEAR_ACTION = 4, 2


def linear_next(latent: Tensor, action: Tensor) -> Tensor:
    """Driven part of the next latent of the toy system: ``0.6 z[:2] + 0.5 a``, ``[..., 2]``."""
    return 0.6 * latent[..., :2] + 0.5 * action


def linear_reward(action: Tensor) -> Tensor:
    """Reward of the toy system: the first action, ``[...]``."""
    return action[..., 0]


def linear_windows(n: int, steps: int, seed: int) -> SequenceBatch:
    """Windows ``[n, steps]`` of a system whose every law is known.

    Actions are independent from step to step, so that an action that is off by one predicts nothing. Two latent flags
    (see `Flags`) are drawn at every step: one announces a terminal, the other a time limit. Past the end the mask is 0
    and the arrays hold zeros.
    """
    generator = seeded(seed)
    action = torch.rand((n, steps, LINEAR_ACTION), generator=generator) * 2 - 1
    flags = torch.where(torch.rand((n, steps + 1, 2), generator=generator) < 0.15, 1.0, -1.0)
    driven = [torch.rand((n, 2), generator=generator) * 2 - 1]
    for t in range(steps):
        driven.append(linear_next(driven[-1], action[:, t]))
    latent = torch.cat([torch.stack(driven, 1), flags], -1)  # [n, T + 1, 4]
    doom, clock = flags[:, :-1, 0] > 0, flags[:, :-1, 1] > 0
    ended_before = functional.pad(torch.cumsum((doom | clock).float(), 1)[:, :-1], (1, 0)) > 0  # [n, T]
    mask = (~ended_before).float()
    terminated = doom.float() * mask
    after = torch.cat([torch.ones(n, 1), mask], 1)[..., None]  # the final latent of an episode is real
    return SequenceBatch(latent * after, action * mask[..., None], linear_reward(action) * mask, terminated, mask)


class PointMass:
    """A point in the plane that actions push about; the reward is minus the squared distance to the origin.

    A `wm_zoo.api.World` that knows its own truth. State: ``position`` and ``velocity``, ``[B, 2]``.
    """

    feature_dim = 4
    feature_limit = 10.0

    def __init__(self, action: gym.Space[Any]) -> None:
        self.spaces = Spaces(gym.spaces.Box(-10.0, 10.0, (4,), np.float32), action)

    def initial(self, n: int, *, generator: Generator, where: str = "anywhere") -> State:
        """Random positions, at rest."""
        return {"position": normal(n, 2, generator), "velocity": torch.zeros(n, 2)}

    def observe(self, state: State, action: Tensor, obs: Tensor) -> State:
        """The observation is the state."""
        return {"position": obs[:, :2], "velocity": obs[:, 2:]}

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """True dynamics; never terminates."""
        velocity = 0.5 * state["velocity"] + 0.4 * self._push(action)
        position = (state["position"] + velocity).clamp(-10.0, 10.0)
        nothing = torch.zeros(len(position))
        return Step({"position": position, "velocity": velocity}, -(position**2).sum(-1), nothing, nothing)

    def decode(self, state: State) -> Tensor:
        """Observations ``[B, 4]``."""
        return self.features(state)

    def features(self, state: State) -> Tensor:
        """Position and velocity, ``[B, 4]``."""
        return torch.cat([state["position"], state["velocity"]], -1)

    def latent(self, state: State) -> Tensor:
        """Position and velocity, ``[B, 4]``."""
        return self.features(state)

    def _push(self, action: Tensor) -> Tensor:
        """Force ``[B, 2]`` in [-1, 1]: the middle of a Box, and class 0 of a Discrete, push nowhere."""
        space = self.spaces.action
        if isinstance(space, gym.spaces.Discrete):
            angle = torch.arange(int(space.n) - 1) * (2 * math.pi / (int(space.n) - 1))
            compass = torch.cat([torch.zeros(1, 2), torch.stack([angle.cos(), angle.sin()], -1)])
            return action @ compass
        assert isinstance(space, gym.spaces.Box)
        low, high = torch.as_tensor(space.low.ravel()), torch.as_tensor(space.high.ravel())
        return 2 * (action - low) / (high - low) - 1


class Cliff(PointMass):
    """One class of actions pays 1.5 and ends the episode, the others pay 1 and go on.

    The model keeps paying after the end, as learned models do: who ignores `terminated` jumps.
    """

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """See the class."""
        jump = self.jumps(action).float()
        return Step(dict(state), 1.0 + 0.5 * jump, jump, torch.zeros(len(action)))

    def jumps(self, action: Tensor) -> Tensor:
        """Whether actions ``[B, A]`` jump, bool ``[B]``: the upper half of the first axis, or the last class."""
        if isinstance(self.spaces.action, gym.spaces.Discrete):
            return action[:, -1] > 0.5
        return self._push(action)[:, 0] > 0
