"""Real moments to dream from: what a world makes of a real episode, and a dream that begins there.

A dream can begin at any real moment. The other way round there is no way: a real environment cannot be put into a state
that was dreamt, so it only ever goes on from where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from wm_envs.dream import chunks
from wm_envs.dream.actions import ActionCodec

if TYPE_CHECKING:
    from torch import Tensor

    from wm_envs.dream.core import DreamCore

_NEEDS = ("blank", "observe")


class Filter:
    """What a world knows of one real episode from what it has seen so far.

    Args:
        world: with the members `blank` and `observe` of `wm_zoo.api.World`; never changed.

    Attributes:
        state: tensors ``[1, ...]``, after the last observation; a dream of the present begins here.

    Raises:
        TypeError: the world cannot filter; names what it lacks.
    """

    def __init__(self, world: Any) -> None:
        missing = [name for name in _NEEDS if not hasattr(world, name)]
        if missing:
            raise TypeError(f"{type(world).__name__} cannot follow a real environment: it lacks {', '.join(missing)}")
        self.world = world
        self.state: Mapping[str, Tensor] = {}
        self._codec = ActionCodec(world.spaces.action)

    def begin(self, obs: Any) -> None:
        """See the first observation of an episode: nothing led to it."""
        import torch

        with torch.inference_mode(), chunks.one_thread():
            self.state = self.world.observe(self.world.blank(1), torch.zeros(1, self._codec.size), _row(obs))

    def advance(self, action: Any, obs: Any) -> None:
        """See what an environment action led to."""
        import torch

        with torch.inference_mode(), chunks.one_thread():
            self.state = self.world.observe(self.state, self._vector(action), _row(obs))

    def uncertainty(self, action: Any) -> float:
        """How unsure the world is of the step that `action` would lead to from here."""
        import torch

        with torch.inference_mode(), chunks.one_thread():
            return float(self.world.imagine(self.state, self._vector(action)).uncertainty[0])

    def _vector(self, action: Any) -> Tensor:
        return self._codec.clip(self._codec.to_vector(np.asarray(action)[None]))


def begin_at(core: DreamCore, state: Mapping[str, Tensor]) -> None:
    """Begin a dream of one lane at a real moment that was filtered, tensors ``[1, ...]``; its noise goes on."""
    arrays = {name: np.ascontiguousarray(tensor.cpu().numpy()) for name, tensor in state.items()}
    core.state = core.state or {name: tensor.clone() for name, tensor in state.items()}  # also without stored starts
    core.restore(arrays, np.zeros(1, np.int64), np.ones(1, np.bool_), core.noise.get_state())


def _row(obs: Any, prefix: str = "") -> Any:
    """An observation as a batch of one: a tensor, or for a Dict a dict of them by (dotted) key."""
    import torch

    if not isinstance(obs, Mapping):
        return torch.from_numpy(np.ascontiguousarray(obs)[None])
    rows: dict[str, Any] = {}
    for key, child in obs.items():
        row = _row(child, f"{prefix}{key}.")
        rows |= row if isinstance(row, dict) else {f"{prefix}{key}": row}
    return rows
