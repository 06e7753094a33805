"""Vector encoder: one pass over the data, closed form."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from wm_zoo.api import Dims, Observation
from wm_zoo.api.nn import Generator

from . import VectorConfig
from .moments import Moments


class Vector(nn.Module):
    """Every part standardised, or projected on its whitened principal components; clamped to ``±latent_limit``.

    Everything learned is a buffer, so that a checkpoint holds it and no optimiser touches it.

    Raises:
        ValueError: a part names no vector of the observation space, or asks for more components than it has entries.
    """

    def __init__(self, config: VectorConfig, dims: Dims) -> None:
        super().__init__()
        self.config = config
        self.latent_limit = config.latent_limit
        spaces = _spaces(dims.spaces.observation)
        self._parts = [(part.key, part.dims) for part in config.parts] or [(key, None) for key in spaces]
        self._sizes = [_size(key, kept, spaces) for key, kept in self._parts]
        self._spaces = {key: spaces[key] for key, _ in self._parts}
        self._widths = [kept or size for (_, kept), size in zip(self._parts, self._sizes, strict=True)]
        self.latent_dim = sum(self._widths)
        for i, (size, width) in enumerate(zip(self._sizes, self._widths, strict=True)):
            self.register_buffer(f"mean{i}", torch.zeros(size))
            self.register_buffer(f"std{i}", torch.ones(size))
            if self._parts[i][1] is not None:  # else z is the standardised entry itself
                self.register_buffer(f"into{i}", torch.zeros(size, width))
                self.register_buffer(f"back{i}", torch.zeros(width, size))

    def encode(self, obs: Observation, *, generator: Generator | None = None) -> Tensor:
        """Vectors ``[B, *shape]`` (Dict: by key) to float32 ``[B, Z]`` in standard deviations; deterministic."""
        latent = torch.cat([self._encoded(i, _flat(obs, key).float()) for i, (key, _) in enumerate(self._parts)], -1)
        return latent.clamp(-self.latent_limit, self.latent_limit)

    def decode(self, latent: Tensor) -> Observation:
        """Latents ``[B, Z]`` to vectors in the environment's shape, dtype and bounds (Dict: the keys of the parts)."""
        decoded = {}
        for i, part in enumerate(latent.split(self._widths, -1)):
            key, kept = self._parts[i]
            scaled = part if kept is None else part @ self.get_buffer(f"back{i}")
            values = self.get_buffer(f"mean{i}") + scaled * self.get_buffer(f"std{i}")
            decoded[key] = _inside(values, self._spaces[key])
        return decoded.get("", decoded)

    def fit(self, batches: Iterator[Observation]) -> dict[str, float]:
        """Estimate means, scales and components in one pass over batches ``[B, *shape]`` (Dict: by key)."""
        moments = {key: Moments(size) for (key, _), size in zip(self._parts, self._sizes, strict=True)}
        for batch in batches:
            for key, moment in moments.items():
                moment.add(_flat(batch, key).double())
        count = min(moment.count for moment in moments.values())
        if count < 2:
            raise ValueError(f"wm/vector-v0 needs at least 2 observations to fit, got {count}")
        kept = [self._solve(i, moments[key]) for i, (key, _) in enumerate(self._parts)]
        return {"frames": float(count), "variance_kept": sum(kept) / len(kept)}

    def _encoded(self, i: int, values: Tensor) -> Tensor:
        scaled = (values - self.get_buffer(f"mean{i}")) / self.get_buffer(f"std{i}")
        return scaled if self._parts[i][1] is None else scaled @ self.get_buffer(f"into{i}")

    def _solve(self, i: int, moments: Moments) -> float:
        """Fit one part; returns the share of the variance of its standardised entries that it keeps."""
        covariance = moments.covariance()
        std = covariance.diagonal().clamp_min(0.0).sqrt().clamp_min(self.config.least_std)
        self.get_buffer(f"mean{i}").copy_(moments.mean)
        self.get_buffer(f"std{i}").copy_(std)
        dims = self._parts[i][1]
        if dims is None:
            return 1.0
        correlation = covariance / torch.outer(std, std)
        variance, vectors = torch.linalg.eigh(correlation)
        variance, vectors = variance[-dims:].flip(0).clamp_min(1e-8), vectors[:, -dims:].flip(1)
        # An eigenvector's sign is arbitrary: fix it, so that two fits of the same data agree.
        vectors = vectors * torch.sign(vectors.gather(0, vectors.abs().argmax(0, keepdim=True)))
        self.get_buffer(f"into{i}").copy_(vectors / variance.sqrt())
        self.get_buffer(f"back{i}").copy_((vectors * variance.sqrt()).T)
        return float(variance.sum() / correlation.diagonal().sum().clamp_min(1e-12))


def _flat(obs: Observation, key: str) -> Tensor:
    """One vector of a batch of observations, ``[B, entries]``."""
    values = obs[key] if isinstance(obs, Mapping) else obs
    return values.reshape(len(values), -1)


def _inside(values: Tensor, space: Any) -> Tensor:
    """Decoded values ``[B, entries]`` in the shape and dtype of a Box, rounded if need be, within its bounds."""
    kind = getattr(torch, str(space.dtype))
    values = values.double() if kind.is_floating_point else values.double().round()
    low, high = (torch.as_tensor(bound.ravel()).double().to(values.device) for bound in (space.low, space.high))
    return torch.minimum(torch.maximum(values, low), high).to(kind).reshape(len(values), *space.shape)


def _spaces(space: Any, key: str = "") -> dict[str, Any]:
    """Every part of an observation space by key; "" for what is no Dict."""
    nested = getattr(space, "spaces", None)
    if not isinstance(nested, Mapping):
        return {key: space}
    found: dict[str, Any] = {}
    for name, inner in nested.items():
        found |= _spaces(inner, f"{key}.{name}" if key else str(name))
    return found


def _size(key: str, kept: int | None, spaces: Mapping[str, Any]) -> int:
    """Entries of one part; ValueError when it cannot be encoded."""
    if key not in spaces:
        have = "no keys: leave `key` out" if "" in spaces else ", ".join(spaces)
        raise ValueError(f"wm/vector-v0: parts[].key = {key!r}, but the observation has {have}")
    space, name = spaces[key], key or "the observation"
    shape = getattr(space, "shape", None)
    if shape is None or not hasattr(space, "low") or len(shape) > 2:
        raise ValueError(
            f"wm/vector-v0 encodes vectors: Box spaces of one axis (or two, flattened), but {name} is {space}; name "
            "other keys in `parts`, or take wm/pca-v0 or wm/conv-vae-v0 for pictures"
        )
    size = math.prod(shape)
    if kept is not None and kept > size:
        raise ValueError(f"wm/vector-v0: {name} has {size} entries; lower parts[].dims = {kept}")
    return size
