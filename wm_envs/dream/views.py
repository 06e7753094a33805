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
            raise TypeError(
                f"obs={kind!r} (and rendering) needs observations that are one Box, this world's are {self.space}; "
                "use obs='features' or obs='latent'"
            )
        self.shape: tuple[int, ...] = shape

    def look(
        self, state: Mapping[str, Tensor], lanes: NDArray[np.intp], *, whole: bool = False, out: Any = None
    ) -> NDArray[Any]:
        """Observations ``[M, ...]`` of `lanes` of a state ``[N, ...]``, inside the space.

        Args:
            state: of the world.
            lanes: indices.
            whole: these are all lanes, in order.
            out: array to write into; None for a fresh one.
        """
        world, size = self._world, chunks.CHUNK
        show: Any = world.features
        if self._kind == "latent":
            show = world.latent  # type: ignore[attr-defined]
        elif self._kind == "pixels":
            show, size = world.decode, chunks.chunk_for(self.shape)  # type: ignore[attr-defined]
        if self._kind != "pixels" and chunks.independent(world):
            seen = show(state if whole else chunks.gather(state, lanes, len(lanes))).cpu().numpy()
        else:
            pieces = chunks.chunks(lanes, size)
            seen = np.concatenate([show(chunks.gather(state, p, size))[: len(p)].cpu().numpy() for p in pieces])
        return self._inside(seen, out)

    def _inside(self, seen: NDArray[Any], out: NDArray[Any] | None) -> NDArray[Any]:
        out = np.empty(seen.shape, self.space.dtype) if out is None else out
        if not isinstance(self.space, gym.spaces.Box):
            out[...] = seen
            return out
        np.maximum(seen.astype(out.dtype, copy=False), self.space.low, out=out)
        np.minimum(out, self.space.high, out=out)
        return out

    def _space(self) -> gym.Space[Any]:
        if self._kind == "pixels":
            return self._world.spaces.observation
        world: Any = self._world
        limit, size = world.feature_limit, world.feature_dim
        if self._kind == "latent":
            limit, size = world.latent_limit, world.latent_dim
        bound = np.full(size, limit, np.float32)
        return gym.spaces.Box(-bound, bound, dtype=np.float32)
