"""What an agent sees of a dream: features, latents, or decoded pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_envs.dream import chunks
from wm_envs.dream.protocol import DreamWorld

if TYPE_CHECKING:
    from torch import Tensor

_NEEDS = {"features": (), "latent": ("latent", "latent_dim", "latent_limit"), "pixels": ("decode",)}


class View:
    """One way to look at the states of a world.

    Args:
        world: what is looked at.
        kind: "features", "latent" or "pixels".

    Raises:
        TypeError: if the world cannot be looked at in this way.

    Attributes:
        space: observation space of one lane, with finite bounds.
    """

    def __init__(self, world: DreamWorld, kind: str) -> None:
        missing = [name for name in _NEEDS[kind] if not hasattr(world, name)]
        if missing or (kind == "pixels" and not getattr(world, "can_decode", True)):
            raise TypeError(
                f"obs={kind!r} (and rendering, for 'pixels') needs a world with {', '.join(missing) or 'a decoder'}; "
                "use obs='features', or an encoder with the capability 'decode'"
            )
        self._world, self._kind = world, kind
        self.space = self._space()
        shape = self.space.shape
        if shape is None:
            raise TypeError(f"cannot dream pixels of {self.space}: expected a Box observation")
        self.shape: tuple[int, ...] = shape

    def look(self, state: Mapping[str, Tensor], lanes: NDArray[np.intp]) -> NDArray[Any]:
        """Observations ``[M, ...]`` of `lanes` of a state ``[N, ...]``, inside the space."""
        world, size = self._world, chunks.CHUNK
        show: Any = world.features
        if self._kind == "latent":
            show = world.latent  # type: ignore[attr-defined]
        elif self._kind == "pixels":
            show, size = world.decode, chunks.chunk_for(self.shape)  # type: ignore[attr-defined]
        parts = [
            show(chunks.gather(state, part, size))[: len(part)].cpu().numpy() for part in chunks.chunks(lanes, size)
        ]
        seen: NDArray[Any] = np.concatenate(parts).astype(self.space.dtype, copy=False)
        if isinstance(self.space, gym.spaces.Box):
            seen = np.clip(seen, self.space.low, self.space.high)
        return seen

    def _space(self) -> gym.Space[Any]:
        if self._kind == "pixels":
            return self._world.spaces.observation
        world: Any = self._world
        limit, size = world.feature_limit, world.feature_dim
        if self._kind == "latent":
            limit, size = world.latent_limit, world.latent_dim
        bound = np.full(size, limit, np.float32)
        return gym.spaces.Box(-bound, bound, dtype=np.float32)
