"""What CEM samples from: a distribution over action sequences, one for a Box and one for a Discrete space.

Both speak "plans": float32 ``[B, N, H, A]``, in half ranges of the Box ([-1, 1]) or one-hot. A proposal is described by
a centre ``[B, H, A]`` (mean, or class probabilities minus the uniform ones), so that all zeros mean "nothing known".
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional


class Proposal(Protocol):
    """A distribution over plans that can be sampled and fitted to elites."""

    noise_dim: int  # numbers of noise for each step

    def start(self, centre: Tensor) -> tuple[Tensor, Tensor]:
        """Widened (location, spread) around a centre ``[B, H, A]``."""
        ...

    def sample(self, location: Tensor, spread: Tensor, noise: Tensor) -> Tensor:
        """Plans ``[B, N, H, A]`` from unit normal noise ``[B, N, H, noise_dim]``."""
        ...

    def fit(self, location: Tensor, spread: Tensor, elites: Tensor) -> tuple[Tensor, Tensor]:
        """New (location, spread) from elite plans ``[B, E, H, A]``."""
        ...

    def centre(self, location: Tensor) -> Tensor:
        """Inverse of `start` for the location."""
        ...

    def mode(self, location: Tensor) -> Tensor:
        """The most likely plan ``[B, H, A]``."""
        ...

    def actions(self, plans: Tensor) -> Tensor:
        """Plans to action vectors of the environment, same shape."""
        ...


class GaussianProposal:
    """Independent Gaussians for every step and action of a bounded Box, clipped into it."""

    def __init__(self, low: Tensor, high: Tensor, momentum: float, initial: float, floor: float) -> None:
        self.noise_dim = low.shape[0]
        self._low, self._high, self._momentum, self._initial, self._floor = low, high, momentum, initial, floor

    def start(self, centre: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and a fresh standard deviation."""
        return centre, torch.full_like(centre, self._initial)

    def sample(self, location: Tensor, spread: Tensor, noise: Tensor) -> Tensor:
        """Mean + std x noise, clipped."""
        return (location.unsqueeze(1) + spread.unsqueeze(1) * noise).clamp(-1.0, 1.0)

    def fit(self, location: Tensor, spread: Tensor, elites: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the elites, with momentum and a floor."""
        mean = elites.mean(1)
        std = ((elites - mean.unsqueeze(1)) ** 2).mean(1).sqrt()
        m = self._momentum
        return m * location + (1 - m) * mean, (m * spread + (1 - m) * std).clamp_min(self._floor)

    def centre(self, location: Tensor) -> Tensor:
        """The mean; zero is the middle of the Box."""
        return location

    def mode(self, location: Tensor) -> Tensor:
        """The mean."""
        return location

    def actions(self, plans: Tensor) -> Tensor:
        """[-1, 1] to the units of the Box; the clip takes back rounding."""
        low, high = self._low.to(plans.device), self._high.to(plans.device)
        return torch.minimum(torch.maximum(low + (high - low) * 0.5 * (plans + 1.0), low), high)


class CategoricalProposal:
    """Independent categoricals for every step of a Discrete space."""

    def __init__(self, actions: int, momentum: float, initial: float, floor: float) -> None:
        self.noise_dim = 1
        self._classes, self._momentum, self._initial, self._floor = actions, momentum, min(initial, 1.0), floor

    def start(self, centre: Tensor) -> tuple[Tensor, Tensor]:
        """Class probabilities mixed with uniform ones; there is no separate spread."""
        p = self._mix(centre + 1.0 / self._classes, self._initial)
        return p, p

    def sample(self, location: Tensor, spread: Tensor, noise: Tensor) -> Tensor:
        """One-hot plans by the inverse CDF: correlated noise then gives persistent actions."""
        u = torch.special.ndtr(noise)  # [B, N, H, 1] uniform
        edges = location.cumsum(-1)[..., :-1].unsqueeze(1)  # [B, 1, H, A - 1]
        return functional.one_hot((u >= edges).sum(-1), self._classes).to(location.dtype)

    def fit(self, location: Tensor, spread: Tensor, elites: Tensor) -> tuple[Tensor, Tensor]:
        """Frequencies among the elites, with momentum and a share of uniform."""
        p = self._mix(self._momentum * location + (1 - self._momentum) * elites.mean(1), self._floor)
        return p, p

    def centre(self, location: Tensor) -> Tensor:
        """Probabilities minus the uniform ones."""
        return location - 1.0 / self._classes

    def mode(self, location: Tensor) -> Tensor:
        """The likeliest class of every step, one-hot."""
        return functional.one_hot(location.argmax(-1), self._classes).to(location.dtype)

    def actions(self, plans: Tensor) -> Tensor:
        """One-hot vectors are action vectors already."""
        return plans

    def _mix(self, p: Tensor, share: float) -> Tensor:
        return (1.0 - share) * p + share / self._classes


def coloured(white: Tensor, beta: float) -> Tensor:
    """White noise ``[B, N, H, K]`` to noise of power spectrum 1/f^beta and unit variance along H.

    Timmer & Koenig (1995), as in iCEM. The inverse Fourier sum is written out, frequency by frequency, because a
    batched FFT or matmul may round differently for another batch size, and a lane must not depend on its neighbours.
    """
    horizon = white.shape[-2]
    if beta == 0.0 or horizon == 1:
        return white
    basis = _basis(horizon, beta).to(white)  # [H, H]
    noise = torch.zeros_like(white)
    for k in range(horizon):
        noise = noise + white[..., k : k + 1, :] * basis[k].unsqueeze(-1)
    return noise


def _basis(horizon: int, beta: float) -> Tensor:
    """Rows: real Fourier modes over time, scaled by f^(-beta/2); every column has unit norm."""
    rows = [torch.full((horizon,), horizon ** (beta / 2) / math.sqrt(2.0))]  # f = 0 counts as f = 1/H
    time = torch.arange(horizon, dtype=torch.float64)
    for k in range(1, horizon // 2 + 1):
        scale = (k / horizon) ** (-beta / 2)
        if 2 * k == horizon:  # the Nyquist mode, like f = 0, has no sine to share its power with
            rows.append(scale / math.sqrt(2.0) * torch.cos(math.pi * time))
        else:
            rows += [scale * wave(2 * math.pi * k * time / horizon) for wave in (torch.cos, torch.sin)]
    basis = torch.stack([row.double() for row in rows])
    return basis / (basis**2).sum(0, keepdim=True).sqrt()
