"""Dropout in a dream: each episode forgets parts of the world's memory, always the same ones until it ends.

The mask is drawn once an episode, as in DropoutsDreamLand (Wang et al. 2019), and kept beside the state, under names
that the world never sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from wm_envs.dream.lanes import LaneGenerator
    from wm_envs.dream.protocol import DreamWorld

_KEEP = "keep."


def require_memory(world: DreamWorld) -> tuple[str, ...]:
    """Names of the entries that can be forgotten; raises TypeError for a world that names none."""
    names: tuple[str, ...] = tuple(getattr(world, "memory", ()))
    if not names:
        raise TypeError("dropout: this world names no `memory`, entries of its state that a dream may forget")
    return names


def masks(
    names: tuple[str, ...], state: Mapping[str, Tensor], rate: float, generator: LaneGenerator
) -> dict[str, Tensor]:
    """Fresh masks of a state ``[B, ...]``: 0 with probability `rate`, else ``1 / (1 - rate)``."""
    kept: dict[str, Tensor] = {}
    for name in names:
        drawn = generator.uniform(*state[name].shape).to(state[name].device)
        kept[_KEEP + name] = (drawn >= rate).to(state[name].dtype) / (1.0 - rate)
    return kept


def forgetful(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The state as the world shall see it."""
    return {
        name: tensor * state[_KEEP + name] if _KEEP + name in state else tensor
        for name, tensor in state.items()
        if not name.startswith(_KEEP)
    }


def kept(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """The masks of a state."""
    return {name: tensor for name, tensor in state.items() if name.startswith(_KEEP)}
