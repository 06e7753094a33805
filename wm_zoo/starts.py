"""Where dreams begin: states made by burn-in on real frames, never from noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from wm_zoo.api import Dynamics, State
from wm_zoo.api.nn import Generator, uniform
from wm_zoo.errors import WorldError

MIN_BURN_IN = 3
"""Real frames that a recurrent state must have seen before a dream may begin (DIAMOND, Hauf3n: 3 to 5)."""

PLACES = ("anywhere", "episode")


@dataclass(frozen=True)
class StartBank:
    """Stored start states of a world.

    Attributes:
        anywhere: states in the middle of real episodes, after the burn-in; tensors ``[M, ...]``.
        episode: states right after the first frame of real episodes; tensors ``[E, ...]``.
    """

    anywhere: State
    episode: State

    def __post_init__(self) -> None:
        for place in PLACES:
            if not any(len(tensor) for tensor in self.states(place).values()):
                raise WorldError(f"no start states {place!r}: give StartBank at least one")

    def states(self, where: str) -> State:
        """States of "anywhere" or "episode"; raises WorldError for another word."""
        if where not in PLACES:
            raise WorldError(f"start={where!r}: expected one of {', '.join(PLACES)}")
        return self.anywhere if where == "anywhere" else self.episode

    def sample(self, n: int, *, generator: Generator, where: str = "anywhere") -> State:
        """Draw n states uniformly with replacement; with lane generators, each lane's own draw."""
        states = self.states(where)
        first = next(iter(states.values()))
        index = (uniform(n, 1, generator).view(n).double() * len(first)).long().to(first.device)
        return {name: tensor.index_select(0, index) for name, tensor in states.items()}

    def to(self, device: torch.device | str) -> StartBank:
        """The same states on another device."""
        moved = ({name: t.to(device) for name, t in self.states(place).items()} for place in PLACES)
        return StartBank(*moved)

    def tensors(self) -> dict[str, Tensor]:
        """Flat form for a file: ``anywhere.<state key>`` and ``episode.<state key>``; float16 where nothing is lost."""
        return {f"{place}.{name}": _smallest(t) for place in PLACES for name, t in self.states(place).items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> StartBank:
        """Inverse of `tensors`."""
        parts = ({k[len(p) + 1 :]: _single(t) for k, t in tensors.items() if k.startswith(p + ".")} for p in PLACES)
        return cls(*parts)

    @classmethod
    def from_sequences(
        cls,
        dynamics: Dynamics,
        sequences: Iterable[tuple[Tensor, Tensor]],
        *,
        generator: torch.Generator,
        per_episode: int = 32,
        burn_in: int = 5,
    ) -> StartBank:
        """Run the dynamics over real episodes and keep some of the states.

        Args:
            dynamics: trained; used without gradients.
            sequences: of every episode the latents ``[T + 1, Z]`` and actions ``[T, A]`` (``action[t]`` leads from
                ``latent[t]`` to ``latent[t + 1]``).
            generator: chooses which states are kept.
            per_episode: most states "anywhere" of one episode.
            burn_in: real frames seen before the first state that may be kept, at least 3.

        Raises:
            WorldError: the burn-in is too short, or no episode is longer than it.
        """
        if burn_in < MIN_BURN_IN:
            raise WorldError(f"burn_in={burn_in}: a dream must begin after at least {MIN_BURN_IN} real frames")
        anywhere: list[State] = []
        episode: list[State] = []
        for states in _filtered(dynamics, sequences):
            episode.append({name: tensor[:1] for name, tensor in states.items()})
            # The last state is left out: it may be the end of an episode, where no dream should begin.
            last = len(next(iter(states.values()))) - 1
            if last > burn_in - 1:
                chosen = burn_in - 1 + torch.randperm(last - burn_in + 1, generator=generator)[:per_episode].sort()[0]
                anywhere.append({name: tensor[chosen.to(tensor.device)] for name, tensor in states.items()})
        if not anywhere:
            raise WorldError(f"none of {len(episode)} episodes is longer than burn_in={burn_in} steps: no start states")
        return cls(_join(anywhere), _join(episode))


@torch.no_grad()
def _filtered(dynamics: Dynamics, sequences: Iterable[tuple[Tensor, Tensor]]) -> Iterator[State]:
    """States ``[T + 1, ...]`` of every episode."""
    for latent, action in sequences:
        blank = dynamics.initial(1)
        device = next(iter(blank.values())).device
        led_by = torch.cat([action.new_zeros(1, action.shape[-1]), action]).float().to(device)  # nothing led to frame 0
        states = dynamics.sequence(blank, latent.float().to(device)[None], led_by[None])
        yield {name: tensor[0] for name, tensor in states.items()}


def _join(states: list[State]) -> State:
    return {name: torch.cat([state[name] for state in states]).contiguous() for name in states[0]}


def _smallest(tensor: Tensor) -> Tensor:
    """Float16 instead of float32 if every number stays what it is: that of a run's states, which are stored so."""
    half = tensor.half() if tensor.dtype == torch.float32 else tensor
    return half if torch.equal(half.float(), tensor.float()) else tensor


def _single(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype == torch.float16 else tensor
