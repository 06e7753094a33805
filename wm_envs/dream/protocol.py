"""The world that a dream needs. Anything with these members can be dreamt in; `wm_zoo.world.ComposedWorld` is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import gymnasium as gym

if TYPE_CHECKING:
    from torch import Tensor

    from wm_envs.dream.lanes import LaneGenerator


class WorldSpaces(Protocol):
    """Spaces of the real environment."""

    @property
    def observation(self) -> gym.Space[Any]:
        """Of one environment."""
        ...

    @property
    def action(self) -> gym.Space[Any]:
        """Of one environment."""
        ...


class ImaginedStep(Protocol):
    """One prior step of B lanes."""

    @property
    def state(self) -> Mapping[str, Tensor]:
        """Tensors ``[B, ...]``."""
        ...

    @property
    def reward(self) -> Tensor:
        """float32 ``[B]``, environment units."""
        ...

    @property
    def terminated(self) -> Tensor:
        """float32 ``[B]``, probability that the episode ended."""
        ...

    @property
    def uncertainty(self) -> Tensor:
        """float32 ``[B]``, >= 0."""
        ...


@runtime_checkable
class DreamWorld(Protocol):
    """A trained world. Tensors are torch's, batch first; states are never modified in place.

    Optional members: `latent_dim`, `latent_limit` and `latent` (for ``obs="latent"``), `decode` (for ``obs="pixels"``
    and rendering), `fingerprint` (str; lets a snapshot refuse the states of another world), `row_independent` (bool:
    initial, imagine, features and latent give a row the same bits in a batch of any size, so none is padded),
    `memory` (names of the state's entries that `dropout` may forget), `members` (int; above one, the state's entry
    ``"member"``, float32 ``[B]``, says which of so many models imagines a lane, below zero another one in every step),
    `dream` (a mapping: defaults of this world's dreams, see `wm_envs.dream.options.DreamOptions`),
    `step_program` and `start_states` (what a step computes, and where episodes begin, for native steps: see `native`).
    """

    feature_dim: int
    feature_limit: float  # |features| never exceeds it

    @property
    def spaces(self) -> WorldSpaces:
        """Spaces of the real environment."""
        ...

    def initial(self, n: int, *, generator: LaneGenerator, where: str = "anywhere") -> Mapping[str, Tensor]:
        """Real start states of n lanes; `where` is "anywhere" or "episode"."""
        ...

    def imagine(
        self,
        state: Mapping[str, Tensor],
        action: Tensor,
        *,
        temperature: float = 1.0,
        generator: LaneGenerator | None = None,
    ) -> ImaginedStep:
        """Prior step; the most likely continuation without a generator."""
        ...

    def features(self, state: Mapping[str, Tensor]) -> Tensor:
        """float32 ``[B, F]``."""
        ...
