"""What is known of N lanes from what they have seen so far: filtering, shared by agents and wrappers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wm_envs.dream import chunks
from wm_zoo.api import State
from wm_zoo.data.episode import flatten
from wm_zoo.errors import AgentError
from wm_zoo.observations import FIELD, fields_of, observation
from wm_zoo.spaces import flat_observation
from wm_zoo.world import ComposedWorld


@dataclass(frozen=True)
class Belief:
    """What was filtered of N lanes.

    Attributes:
        state: of the world, tensors ``[N, ...]``.
        action: that led to the next observation, float32 ``[N, A]``; zero before the first.
    """

    state: State
    action: Tensor

    def forget(self, mask: NDArray[np.bool_], fresh: Belief) -> Belief:
        """This belief with the lanes of `mask` ``[N]`` taken from `fresh`."""
        chosen = torch.from_numpy(mask)
        state = {name: _where(chosen, fresh.state[name], old) for name, old in self.state.items()}
        return Belief(state, _where(chosen, fresh.action, self.action))

    def after(self, action: Tensor) -> Belief:
        """This belief once `action` ``[N, A]`` was done."""
        return replace(self, action=action)


def blank_belief(world: ComposedWorld, n: int) -> Belief:
    """Belief of n lanes before anything was seen."""
    return Belief(world.blank(n), torch.zeros(n, world.action_dim, device=world.device))


def encode(world: ComposedWorld, obs: Any) -> Tensor:
    """Observations ``[N, *obs]`` (Dict: by key) to latents float32 ``[N, Z]``, each lane's to the bit in any batch.

    Raises:
        AgentError: the observations are not those of the environment that the world was learned from.
    """
    arrays = flatten(obs)
    _check(world, arrays)
    size = min(chunks.chunk_for(array.shape[1:]) for array in arrays.values())
    return chunks.in_chunks(lambda rows: world.encode(observation(rows)), fields_of(obs), size)


def see(world: ComposedWorld, belief: Belief, obs: Any) -> Iterator[tuple[NDArray[np.intp], State]]:
    """Filter observations ``[N, *obs]``: lanes and their state, padded to `chunks.CHUNK` rows, piece by piece."""
    latent = encode(world, obs)
    for lanes in chunks.chunks(np.arange(len(latent))):
        before = chunks.gather({**belief.state, "/action": belief.action, "/latent": latent}, lanes)
        action, seen = before.pop("/action"), before.pop("/latent")
        yield lanes, world.observe_latent(before, action, seen)


def _check(world: ComposedWorld, arrays: Mapping[str, NDArray[Any]]) -> None:
    spaces = flat_observation(world.spaces.observation)
    name = world.card.name
    made = f"make the environment as it was then: {dict(world.card.env) or 'unknown'}"
    if arrays.keys() != spaces.keys():
        raise AgentError(
            f"observations have {', '.join(arrays)}, world {name!r} was learned from {', '.join(spaces)}; {made}"
        )
    for field, space in spaces.items():
        array = arrays[field]
        if array.shape[1:] != space.shape or array.dtype != space.dtype:
            what = "observations are" if field == FIELD else f"{field} is"
            raise AgentError(
                f"{what} {array.dtype} of shape {array.shape}, world {name!r} was learned from "
                f"{space.dtype} of shape (N, {', '.join(map(str, space.shape or ()))}); {made}"
            )


def _where(mask: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    return torch.where(mask.to(no.device).reshape(-1, *[1] * (no.ndim - 1)), yes, no)
