"""Environment actions to the vectors that models see, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


class ActionCodec:
    """Actions of one space as float32 vectors of length A: a Box flattened in its own units, a Discrete one-hot.

    Args:
        space: action space of a single environment.

    Raises:
        TypeError: if the space is neither a Box nor Discrete.
    """

    def __init__(self, space: gym.Space[Any]) -> None:
        self.space = space
        self._bounds: tuple[Tensor, Tensor] | None = None
        if isinstance(space, gym.spaces.Box):
            self.size = int(np.prod(space.shape))
        elif isinstance(space, gym.spaces.Discrete):
            self.size = int(space.n)
        else:
            raise TypeError(f"actions must be a Box or Discrete to become vectors, got {space}")

    def to_vector(self, actions: Any) -> Tensor:
        """Environment actions ``[N, ...]`` to float32 vectors ``[N, A]``.

        Raises:
            ValueError: for NaN or infinite numbers, a wrong shape, or a Discrete action outside the space; names the
                first offending lane.
        """
        import torch

        actions = np.asarray(actions)
        vectors = self._box(actions) if isinstance(self.space, gym.spaces.Box) else self._one_hot(actions)
        return torch.from_numpy(vectors)

    def rows(self, actions: NDArray[Any]) -> NDArray[np.float32]:
        """`to_vector` as an array, which may be the given one; numbers of a Box may be NaN or infinite."""
        return self._shaped(actions) if isinstance(self.space, gym.spaces.Box) else self._one_hot(actions)

    def bounds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Lowest and highest vector ``[A]``."""
        if isinstance(self.space, gym.spaces.Box):
            return self.space.low.ravel().astype(np.float32), self.space.high.ravel().astype(np.float32)
        return np.zeros(self.size, np.float32), np.ones(self.size, np.float32)

    @property
    def first_class(self) -> int | None:
        """Smallest action of a Discrete space; None for a Box."""
        return int(self.space.start) if isinstance(self.space, gym.spaces.Discrete) else None

    def to_env(self, vectors: Tensor) -> NDArray[Any]:
        """Vectors ``[N, A]`` to environment actions ``[N, ...]`` in the space's dtype, clipped to a Box's bounds."""
        array = vectors.detach().cpu().numpy()
        if isinstance(self.space, gym.spaces.Discrete):
            classes: NDArray[Any] = array.argmax(-1) + self.space.start
            return classes
        assert isinstance(self.space, gym.spaces.Box)
        shaped = array.reshape(len(array), *self.space.shape)
        if np.issubdtype(self.space.dtype, np.integer):
            shaped = np.rint(shaped)
        inside: NDArray[Any] = np.clip(shaped, self.space.low, self.space.high).astype(self.space.dtype)
        return inside

    def clip(self, vectors: Tensor) -> Tensor:
        """Vectors ``[N, A]`` inside the bounds of the Box; one-hot vectors stay as they are."""
        import torch

        if isinstance(self.space, gym.spaces.Discrete):
            return vectors
        if self._bounds is None:
            low, high = self.bounds()
            self._bounds = torch.from_numpy(low), torch.from_numpy(high)
        return torch.minimum(torch.maximum(vectors, self._bounds[0]), self._bounds[1])

    def _shaped(self, actions: NDArray[Any]) -> NDArray[np.float32]:
        if actions.shape[1:] != self.space.shape:
            raise ValueError(f"actions have shape {actions.shape}, expected (N, *{self.space.shape}) for {self.space}")
        return np.ascontiguousarray(actions.reshape(len(actions), self.size), np.float32)  # [N, A]

    def _box(self, actions: NDArray[Any]) -> NDArray[np.float32]:
        vectors = self._shaped(actions).copy()  # [N, A]
        if not np.isfinite(vectors).all():
            lane = int(np.flatnonzero(~np.isfinite(vectors).all(-1))[0])
            raise ValueError(f"action of lane {lane} is not finite: {actions[lane]}; expected numbers in {self.space}")
        return vectors

    def _one_hot(self, actions: NDArray[Any]) -> NDArray[np.float32]:
        space = self.space
        assert isinstance(space, gym.spaces.Discrete)
        if actions.ndim != 1 or not np.issubdtype(actions.dtype, np.integer):
            raise ValueError(f"expected integer actions of shape (N,), got {actions.dtype} of shape {actions.shape}")
        index = actions - space.start
        if ((index < 0) | (index >= space.n)).any():
            lane = int(np.flatnonzero((index < 0) | (index >= space.n))[0])
            raise ValueError(f"action {actions[lane]} of lane {lane} is not in {space}")
        vectors: NDArray[np.float32] = np.eye(self.size, dtype=np.float32)[index]
        return vectors
