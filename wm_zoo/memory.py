"""A planner's memory of B lanes, cut into lanes and put together again: lanes begin episodes on their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from wm_zoo.errors import AgentError


def split_memory(memory: Any, n: int) -> list[Any]:
    """Memory of n lanes to one memory ``[1, ...]`` a lane.

    Args:
        memory: None, a tensor ``[n, ...]``, or a dict, list or tuple of those.
        n: number of lanes.

    Raises:
        AgentError: something else is in it.
    """
    return [_slice(memory, lane, n) for lane in range(n)]


def join_memories(memories: list[Any]) -> Any:
    """Inverse of `split_memory`."""
    first = memories[0]
    if first is None:
        return None
    if isinstance(first, torch.Tensor):
        return torch.cat(memories)
    if isinstance(first, Mapping):
        return {key: join_memories([memory[key] for memory in memories]) for key in first}
    return type(first)(join_memories(list(parts)) for parts in zip(*memories, strict=True))


def _slice(memory: Any, lane: int, n: int) -> Any:
    if memory is None:
        return None
    if isinstance(memory, torch.Tensor) and memory.ndim and len(memory) == n:
        return memory[lane : lane + 1]
    if isinstance(memory, Mapping):
        return {key: _slice(value, lane, n) for key, value in memory.items()}
    if type(memory) in (list, tuple):
        return type(memory)(_slice(value, lane, n) for value in memory)
    what = f"a tensor of shape {tuple(memory.shape)}" if isinstance(memory, torch.Tensor) else repr(memory)
    raise AgentError(f"a planner's memory must be made of tensors [{n}, ...], one row a lane; this one holds {what}")
