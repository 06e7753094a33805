"""Observations in the form that encoders see: one tensor, or for a Dict space a dict of tensors by key.

Everything in between (datasets, contracts, the conformance kit) knows the parts by field name: ``obs``, or
``obs.<key>`` for every key of a Dict, ``obs.<key>.<key>`` where Dicts are nested. An encoder's dict has the names
without ``obs.``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wm_zoo.api import Observation
from wm_zoo.data.episode import flatten

FIELD = "obs"
_PREFIX = f"{FIELD}."


def fields_of(obs: Any) -> dict[str, Tensor]:
    """Observations of an environment, arrays ``[N, ...]`` (also in nested dicts), as tensors by field name."""
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in flatten(obs).items()}


def observation(fields: Mapping[str, Tensor]) -> Observation:
    """What an encoder gets, from tensors by field name; other fields are ignored."""
    if FIELD in fields:
        return fields[FIELD]
    return {name[len(_PREFIX) :]: tensor for name, tensor in fields.items() if name.startswith(_PREFIX)}


def to_fields(obs: Observation) -> dict[str, Tensor]:
    """Inverse of `observation`."""
    if isinstance(obs, Mapping):
        return {_PREFIX + key: tensor for key, tensor in obs.items()}
    return {FIELD: obs}


def is_field(name: str) -> bool:
    """Whether a field of a dataset, or a port of a contract, is a part of the observation."""
    return name == FIELD or name.startswith(_PREFIX)


def count(obs: Any) -> int:
    """N of a batch of observations, arrays or tensors ``[N, ...]``, also in (nested) dicts."""
    while isinstance(obs, Mapping):
        obs = next(iter(obs.values()))
    return len(obs)


def first(obs: Observation, n: int) -> Observation:
    """The first `n` rows."""
    if isinstance(obs, Mapping):
        return {key: tensor[:n] for key, tensor in obs.items()}
    return obs[:n]


def pieces(obs: Observation, size: int) -> Iterator[Observation]:
    """Pieces of at most `size` rows."""
    if not isinstance(obs, Mapping):
        yield from torch.split(obs, size)
        return
    for parts in zip(*(torch.split(tensor, size) for tensor in obs.values()), strict=True):
        yield dict(zip(obs, parts, strict=True))


def on_device(obs: Observation, device: torch.device) -> Observation:
    """The same observations on another device."""
    if isinstance(obs, Mapping):
        return {key: tensor.to(device) for key, tensor in obs.items()}
    return obs.to(device)


def batch_of_one(obs: Any) -> Any:
    """An observation of an environment with a batch axis in front, also within a Dict observation."""
    if isinstance(obs, Mapping):
        return {key: batch_of_one(value) for key, value in obs.items()}
    return np.asarray(obs)[None]
