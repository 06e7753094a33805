"""A toy zoo: exact two-number encoder, known linear dynamics, and models with planted faults. A local registry."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor, nn

from wm_zoo.api import Capability, Component, Config, Dims, Kind, Loss, SequenceBatch, Spaces, State, Step, hookimpl
from wm_zoo.api.nn import Generator, normal

SIDE = 36  # SB3's smallest picture
LIMIT = 2.0
HIDDEN = 17  # odd on purpose: rows do not fall on vector registers

REGISTRY = f"""
schema = 1
api = 1
namespace = "toy"

[component.levels-v0]
kind = "encoder"
path = "{Path(__file__).name}"
capabilities = ["decode"]

[component.glance-v0]
kind = "encoder"
path = "{Path(__file__).name}"
capabilities = []

[component.linear-motion-v0]
kind = "dynamics"
path = "{Path(__file__).name}"
capabilities = ["recurrent", "reward", "stochastic", "termination"]

[component.no-reward-v0]
kind = "dynamics"
path = "{Path(__file__).name}"
capabilities = ["recurrent", "stochastic", "termination"]

[component.no-heads-v0]
kind = "dynamics"
path = "{Path(__file__).name}"
capabilities = ["recurrent", "stochastic"]
"""


class LevelsConfig(Config):
    pass


class MotionConfig(Config):
    noise: float = 0.05
    nan_above: float = 1e9  # position beyond which the model gives NaN
    edge: float = 1.9  # position beyond which episodes end
    seed: int = 0


class Levels(nn.Module):
    """Channel 0 and 1 of a picture are the two latents, as brightness."""

    latent_dim = 2
    latent_limit = LIMIT

    def __init__(self, config: LevelsConfig, dims: Dims) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2 * LIMIT / 255))

    def encode(self, obs: Tensor, *, generator: Generator | None = None) -> Tensor:
        return obs[..., :2].float().mean((1, 2)) * self.scale - LIMIT

    def decode(self, latent: Tensor) -> Tensor:
        level = ((latent + LIMIT) / self.scale).round().clamp(0, 255).to(torch.uint8)
        picture = torch.zeros(len(latent), SIDE, SIDE, 3, dtype=torch.uint8)
        picture[..., :2] = level[:, None, None, :]
        return picture


class Motion(nn.Module):
    """x' = x + 0.3 v', v' = 0.8 v + 0.3 a (+ noise); reward 1 - |x'|; ends beyond the edge; h remembers."""

    def __init__(self, config: MotionConfig, dims: Dims) -> None:
        super().__init__()
        self.config = config
        self.feature_dim = 2 + HIDDEN
        g = torch.Generator().manual_seed(config.seed)
        self.weight = nn.Parameter(torch.randn(HIDDEN + 2 + dims.action, HIDDEN, generator=g) * 0.3)
        push = torch.linspace(-1, 1, dims.action) if dims.action > 1 else torch.ones(1)
        self.register_buffer("push", push)

    def initial(self, n: int) -> State:
        return {"z": self.weight.new_zeros(n, 2), "h": self.weight.new_zeros(n, HIDDEN)}

    def _remember(self, state: State, action: Tensor) -> Tensor:
        return torch.tanh(torch.cat([state["h"], state["z"], action], -1) @ self.weight)

    def observe(self, state: State, action: Tensor, latent: Tensor) -> State:
        return {"z": latent, "h": self._remember(state, action)}

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        x, v = state["z"].unbind(-1)
        v = 0.8 * v + 0.3 * (action * self.push).sum(-1)
        z = torch.stack([x + 0.3 * v, v], -1)
        if generator is not None:
            z = z + self.config.noise * temperature**0.5 * normal(len(z), 2, generator)
        z = torch.where(z[:, :1] > self.config.nan_above, torch.full_like(z, torch.nan), z)
        x = z[:, 0]
        ended = torch.sigmoid(30 * (x.abs() - self.config.edge))
        return Step({"z": z, "h": self._remember(state, action)}, 1 - x.abs(), ended, 0.1 + 0.1 * x.abs())

    def features(self, state: State) -> Tensor:
        return torch.cat([state["z"], state["h"]], -1)

    def latent(self, state: State) -> Tensor:
        return state["z"]

    def sequence(self, initial: State, latent: Tensor, action: Tensor) -> State:
        states, state = [], initial
        for t in range(latent.shape[1]):
            state = self.observe(state, action[:, t], latent[:, t])
            states.append(state)
        return {k: torch.stack([s[k] for s in states], 1) for k in initial}

    def loss(self, batch: SequenceBatch, *, generator: Generator) -> Loss:
        raise NotImplementedError


_BOTH = {Capability.REWARD, Capability.TERMINATION}
_BASE = {Capability.RECURRENT, Capability.STOCHASTIC}


@hookimpl
def wm_components():
    levels = dict(kind=Kind.ENCODER, target=f"{__name__}:Levels", config=LevelsConfig)
    motion = dict(kind=Kind.DYNAMICS, target=f"{__name__}:Motion", config=MotionConfig)
    yield Component(id="toy/levels-v0", capabilities=frozenset({Capability.DECODE}), **levels)
    yield Component(id="toy/glance-v0", **levels)
    yield Component(id="toy/linear-motion-v0", capabilities=frozenset(_BASE | _BOTH), **motion)
    yield Component(id="toy/no-reward-v0", capabilities=frozenset(_BASE | {Capability.TERMINATION}), **motion)
    yield Component(id="toy/no-heads-v0", capabilities=frozenset(_BASE), **motion)


def spaces(discrete: bool = False) -> Spaces:
    action = gym.spaces.Discrete(3) if discrete else gym.spaces.Box(-1, 1, (1,), np.float32)
    return Spaces(gym.spaces.Box(0, 255, (SIDE, SIDE, 3), np.uint8), action)


def toy_world(discrete: bool = False, dynamics: str = "linear-motion-v0", encoder: str = "levels-v0", **config):
    """A `ComposedWorld` with start states from four short real episodes; needs the registry above."""
    from wm_zoo.actions import ActionCodec
    from wm_zoo.manager import make
    from wm_zoo.starts import StartBank
    from wm_zoo.world import ComposedWorld, WorldCard

    where = spaces(discrete)
    size = ActionCodec(where.action).size
    encoder_part, dynamics_part = {"id": f"toy/{encoder}"}, {"id": f"toy/{dynamics}", "config": config}
    v = make(encoder_part["id"], Dims(where, size))
    m = make(dynamics_part["id"], Dims(where, size, latent=2), **config)
    g = torch.Generator().manual_seed(1)
    episodes = [(torch.rand(21, 2, generator=g) * 2 - 1, torch.rand(20, size, generator=g)) for _ in range(4)]
    starts = StartBank.from_sequences(m, episodes, generator=g, per_episode=8)
    return ComposedWorld(v, m, where, starts, WorldCard("toy", encoder_part, dynamics_part, {"id": "toy/Real-v0"}))
