"""What the host expects of each kind of component. Classes need not inherit: matching methods are enough.

Every encoder, dynamics model and controller is a `torch.nn.Module` built as ``Class(config, dims)``. Randomness comes
only from the `generator` passed in, through `wm_zoo.api.nn.normal` / `uniform`, so that a dream gives the same bits
whatever the batch size; global random state is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from wm_zoo.api.types import Loss, Observation, SequenceBatch, Spaces, State, Step

if TYPE_CHECKING:
    from torch import Tensor

    from wm_zoo.api.nn import ActionDistribution, Generator


@runtime_checkable
class Encoder(Protocol):
    """Observation to latent, and back. Observations of a Dict space are dicts of tensors by key."""

    latent_dim: int
    latent_limit: float  # |z| never exceeds it: encodings and dreams are clamped there

    def encode(self, obs: Observation, *, generator: Generator | None = None) -> Tensor:
        """Observations ``[B, *obs]`` in the environment's dtype to latents float32 ``[B, Z]``.

        Without a generator the result is deterministic (the mean); with one, a stochastic encoder samples.
        """
        ...

    def decode(self, latent: Tensor) -> Observation:
        """Latents ``[B, Z]`` to observations ``[B, *obs]`` in the environment's dtype (capability `decode`)."""
        ...

    def loss(self, obs: Observation, *, generator: Generator) -> Loss:
        """Loss of a batch of observations ``[B, *obs]`` (capability `gradient`)."""
        ...

    def fit(self, batches: Iterator[Observation]) -> dict[str, float]:
        """Learn from one pass over batches ``[B, *obs]`` (capability `fit`); returns metrics."""
        ...


@runtime_checkable
class Dynamics(Protocol):
    """(state, action) to the next state, with reward and termination. Its state holds the current latent."""

    feature_dim: int

    def initial(self, n: int) -> State:
        """Blank state of n lanes, before anything was seen; on the module's device."""
        ...

    def observe(self, state: State, action: Tensor, latent: Tensor) -> State:
        """Posterior after `action` ``[B, A]`` led to `latent` ``[B, Z]``; a zero action for the first latent."""
        ...

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """Prior step. Without a generator the most likely continuation, with one a sample at `temperature`."""
        ...

    def features(self, state: State) -> Tensor:
        """What a controller sees, float32 ``[B, F]``."""
        ...

    def latent(self, state: State) -> Tensor:
        """The latent that a decoder can show, float32 ``[B, Z]``."""
        ...

    def sequence(self, initial: State, latent: Tensor, action: Tensor) -> State:
        """States after seeing ``latent[:, t]`` for every t: the `observe` steps at once.

        Args:
            initial: state before ``latent[:, 0]``, tensors ``[B, ...]``.
            latent: float32 ``[B, T, Z]``.
            action: float32 ``[B, T, A]``, ``action[:, t]`` being the one that *led to* ``latent[:, t]``.

        Returns:
            A state with tensors ``[B, T, ...]``.
        """
        ...

    def loss(self, batch: SequenceBatch, *, generator: Generator) -> Loss:
        """Loss of a batch of windows."""
        ...


@runtime_checkable
class Controller(Protocol):
    """Features to action, learned."""

    def act(self, features: Tensor, *, deterministic: bool = False, generator: Generator | None = None) -> Tensor:
        """Features ``[B, F]`` to action vectors ``[B, A]`` inside the action space (Discrete: one-hot)."""
        ...


@runtime_checkable
class ActorCritic(Controller, Protocol):
    """A controller that policy gradients can train (capability `actor-critic`)."""

    def distribution(self, features: Tensor) -> ActionDistribution:
        """Distribution over raw actions; ``dist.action(raw)`` maps them into the action space."""
        ...

    def value(self, features: Tensor) -> Tensor:
        """State value, float32 ``[B]``."""
        ...


@runtime_checkable
class FlatParameters(Controller, Protocol):
    """A controller that evolution strategies can train (capability `flat-parameters`)."""

    def flat_parameters(self) -> Tensor:
        """All parameters as one float32 vector ``[P]`` (a copy)."""
        ...

    def load_flat_parameters(self, vector: Tensor) -> None:
        """Inverse of `flat_parameters`."""
        ...

    def act_population(self, vectors: Tensor, features: Tensor) -> Tensor:
        """Actions ``[N, B, A]`` of N parameter vectors ``[N, P]`` on features ``[N, B, F]``."""
        ...


@runtime_checkable
class World(Protocol):
    """A trained encoder and dynamics of one environment: what dreams, planners and controllers see."""

    spaces: Spaces
    feature_dim: int
    feature_limit: float  # |features| never exceeds it

    def initial(self, n: int, *, generator: Generator, where: str = "anywhere") -> State:
        """States of n lanes, each made by burn-in on real frames; `where` is "anywhere" or "episode"."""
        ...

    def observe(self, state: State, action: Tensor, obs: Observation) -> State:
        """Posterior after `action` led to `obs` ``[B, *obs]``."""
        ...

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """Prior step."""
        ...

    def decode(self, state: State) -> Observation:
        """Observations ``[B, *obs]``, environment dtype."""
        ...

    def features(self, state: State) -> Tensor:
        """What a controller sees, float32 ``[B, F]``."""
        ...

    def latent(self, state: State) -> Tensor:
        """Latents, float32 ``[B, Z]``."""
        ...


@runtime_checkable
class Planner(Protocol):
    """World and state to action, searched. Built as ``Class(config, dims)``; holds no per-episode state itself."""

    def plan(
        self, world: World, state: State, *, memory: Any = None, generator: Generator | None = None
    ) -> tuple[Tensor, Any]:
        """Plan for every lane at once.

        Args:
            world: imagines; never changed.
            state: of B lanes; never changed.
            memory: what the last call returned (warm start), or None at the start of an episode.
            generator: noise of the search.

        Returns:
            Actions ``[B, A]`` inside the action space, and the memory for the next call.
        """
        ...
