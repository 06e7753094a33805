"""What the run engine needs of a trainer, and the pieces that all trainers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import torch
from torch import Tensor, nn


class Trainer(Protocol):
    """A resumable loop: `update` is called `updates` times in all; `state` is everything that makes it go on alike."""

    updates: int
    done: int

    def update(self) -> dict[str, float]:
        """Do one update and return its metrics."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Weights, optimiser moments, generator, counter."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Inverse of `state`."""
        ...


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Moments of an Adam-like optimiser as named tensors (``INDEX.NAME``)."""
    moments = optimizer.state_dict()["state"]
    return {
        f"{index}.{name}": torch.as_tensor(value) for index, slots in moments.items() for name, value in slots.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Inverse of `optimizer_tensors`; hyperparameters stay those of `optimizer`."""
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        slots.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": slots, "param_groups": groups})


def pack(**parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Join named tensor dicts into one, with ``part/`` before every key."""
    return {
        f"{part}/{key}": value.detach().clone() for part, tensors in parts.items() for key, value in tensors.items()
    }


def unpack(state: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    """Take one part out of a packed state."""
    return {key[len(part) + 1 :]: value for key, value in state.items() if key.startswith(part + "/")}


def set_learning_rate(optimizer: torch.optim.Optimizer, rates: Iterable[float]) -> None:
    """Set the learning rate of every parameter group."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate


def clip_gradients(module: nn.Module, limit: float) -> float:
    """Clip the gradient norm; returns the norm before."""
    return float(nn.utils.clip_grad_norm_(module.parameters(), limit))
