"""The few records that travel between environments, models and trainers. Batch first, time second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import gymnasium as gym
    from torch import Tensor

State = Mapping[str, "Tensor"]
"""A model's state: named tensors, every one ``[B, ...]``. A state is never modified in place."""

Observation: TypeAlias = "Tensor | Mapping[str, Tensor]"
"""What an encoder sees: ``[B, *obs]`` in the environment's dtype; for a Dict space one such tensor a key."""


@dataclass(frozen=True)
class Spaces:
    """Observation and action space of one (unbatched) real environment."""

    observation: gym.Space[Any]
    action: gym.Space[Any]


@dataclass(frozen=True)
class Dims:
    """Sizes that a component is built with; `compose` fills in what the components before it decided.

    Attributes:
        spaces: of the real environment.
        action: A, length of an action vector: a Box flattened (in the environment's units), a Discrete as one-hot.
        latent: Z, given to dynamics (and to whatever comes after).
        features: F, given to controllers.
    """

    spaces: Spaces
    action: int
    latent: int = 0
    features: int = 0


@dataclass(frozen=True)
class Loss:
    """What a `loss` returns: the scalar to minimise and detached scalars to log."""

    total: Tensor  # []
    metrics: Mapping[str, Tensor] = field(default_factory=dict)  # each []


@dataclass(frozen=True)
class Step:
    """One imagined step.

    Attributes:
        state: after the step, tensors ``[B, ...]``.
        reward: float32 ``[B]``, in the environment's units.
        terminated: float32 ``[B]``, probability that the episode ended in this step (true terminals, not time limits).
        uncertainty: float32 ``[B]``, >= 0, larger where the model knows less.
    """

    state: State
    reward: Tensor
    terminated: Tensor
    uncertainty: Tensor


@dataclass(frozen=True)
class SequenceBatch:
    """Windows of real episodes for `Dynamics.loss`.

    Time runs ``latent[t] --action[t]--> reward[t], terminated[t], latent[t + 1]``.

    Attributes:
        latent: float32 ``[B, T + 1, Z]``.
        action: float32 ``[B, T, A]``.
        reward: float32 ``[B, T]``, environment units.
        terminated: float32 ``[B, T]``, 1 where the episode truly ended (never for a time limit).
        mask: float32 ``[B, T]``, 1 where step t is real, 0 past the end of the episode.
        initial: state after ``latent[:, 0]`` was seen, or None: then the window is taken to open an episode.
    """

    latent: Tensor
    action: Tensor
    reward: Tensor
    terminated: Tensor
    mask: Tensor
    initial: State | None = None
