"""Several dynamics models of one kind as one: what they disagree on is what none of them knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from wm_zoo.api import State, Step
from wm_zoo.api.nn import Generator, normal, uniform

MEMBER = "member"
"""Entry of a state: the member that imagines the lane, float32 ``[B]``; below zero, another one in every step."""


class Ensemble(nn.Module):
    """K dynamics models that learned the same data from other first weights (Lakshminarayanan et al. 2017).

    One member a lane imagines the next latent, the reward and the end; the others then see that latent as if it had
    been observed, so that everybody remembers the same dream. A controller sees the features of member 0, in dreams
    and in reality alike. The uncertainty of a step is the standard deviation of the members' next latents under the
    same noise, averaged over the latent's dimensions: zero where all agree, however noisy the world is there.

    The state holds the entries of member 0 under their own names, those of member k as ``NAME@k`` (a latent that all
    share only once), and `MEMBER`.

    Args:
        members: built from the same id and configuration; the order matters.
    """

    def __init__(self, members: Sequence[Any]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.first: Any = members[0]
        self.feature_dim: int = self.first.feature_dim
        blank = self.first.initial(1)
        latent = self.first.latent(blank)
        self._shared = {name for name, tensor in blank.items() if tensor is latent}

    def __len__(self) -> int:
        return len(self.members)

    @property
    def row_independent(self) -> bool:
        """Whether every member gives a row the same bits in a batch of any size."""
        return all(bool(getattr(member, "row_independent", False)) for member in self.members)

    def initial(self, n: int) -> State:
        """Blank state of n lanes, imagined by member 0."""
        state = self._joined([member.initial(n) for member in self._models()])
        return {**state, MEMBER: next(iter(state.values())).new_zeros(n)}

    def observe(self, state: State, action: Tensor, latent: Tensor) -> State:
        """Every member's posterior after `action` ``[B, A]`` led to `latent` ``[B, Z]``."""
        parts = [member.observe(self._of(state, k), action, latent) for k, member in enumerate(self._models())]
        return {**self._joined(parts), MEMBER: state[MEMBER]}

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """Prior step of the lane's member; without a generator, a lane without one takes the mean of all."""
        noise = None if generator is None else _SharedNoise(generator)
        steps: list[Step] = []
        for k, member in enumerate(self._models()):
            if noise is not None:
                noise.rewind()
            steps.append(member.imagine(self._of(state, k), action, temperature=temperature, generator=noise))
        latents = torch.stack([m.latent(s.state) for m, s in zip(self._models(), steps, strict=True)])  # [K, B, Z]
        weights = self._weights(state[MEMBER], generator)  # [K, B]
        latent = _mixed(weights, latents)
        reward = _mixed(weights, torch.stack([step.reward for step in steps]))
        terminated = _mixed(weights, torch.stack([step.terminated for step in steps]))
        return Step(self.observe(state, action, latent), reward, terminated, latents.std(0, correction=0).mean(-1))

    def features(self, state: State) -> Tensor:
        """Member 0's, float32 ``[..., F]``."""
        features: Tensor = self.first.features(self._of(state, 0))
        return features

    def latent(self, state: State) -> Tensor:
        """The latent, float32 ``[..., Z]``."""
        latent: Tensor = self.first.latent(self._of(state, 0))
        return latent

    def sequence(self, initial: State, latent: Tensor, action: Tensor) -> State:
        """All `observe` steps of ``latent [B, T, Z]`` and ``action [B, T, A]`` at once; tensors ``[B, T, ...]``."""
        parts = [m.sequence(self._of(initial, k), latent, action) for k, m in enumerate(self._models())]
        return {**self._joined(parts), MEMBER: initial[MEMBER][:, None].expand(latent.shape[:2])}

    def _models(self) -> list[Any]:
        return list(self.members)

    def _of(self, state: State, k: int) -> State:
        """Member k's own state."""
        if k == 0:
            return {name: tensor for name, tensor in state.items() if name != MEMBER and "@" not in name}
        end = f"@{k}"
        own = {name.removesuffix(end): tensor for name, tensor in state.items() if name.endswith(end)}
        return {**{name: state[name] for name in self._shared}, **own}

    def _joined(self, parts: Sequence[State]) -> dict[str, Tensor]:
        joined = dict(parts[0])
        for k, part in enumerate(parts[1:], 1):
            joined |= {f"{name}@{k}": tensor for name, tensor in part.items() if name not in self._shared}
        return joined

    def _weights(self, member: Tensor, generator: Generator | None) -> Tensor:
        """One-hot ``[K, B]`` of each lane's member; 1 / K for a lane without one when nothing is drawn."""
        count = len(self.members)
        index = member.long()
        free = index < 0
        if generator is not None and bool(free.any()):
            drawn = (uniform(len(member), 1, generator, member.device)[:, 0] * count).long().clamp_max(count - 1)
            index, free = torch.where(free, drawn, index), torch.zeros_like(free)
        chosen = torch.nn.functional.one_hot(index.clamp_min(0), count).T.float()
        return torch.where(free, torch.full_like(chosen, 1.0 / count), chosen)


class _SharedNoise:
    """The draws of a generator, given to every member anew."""

    def __init__(self, source: Generator) -> None:
        self._source = source
        self._drawn: list[Tensor] = []
        self._next = 0

    def rewind(self) -> None:
        """The next draw is the first again."""
        self._next = 0

    def normal(self, n: int, k: int) -> Tensor:
        """Standard normal noise ``[n, k]``."""
        return self._draw(normal, n, k)

    def uniform(self, n: int, k: int) -> Tensor:
        """Uniform noise in [0, 1), ``[n, k]``."""
        return self._draw(uniform, n, k)

    def _draw(self, kind: Any, n: int, k: int) -> Tensor:
        if self._next == len(self._drawn):
            self._drawn.append(kind(n, k, self._source))
        self._next += 1
        return self._drawn[self._next - 1]


def _mixed(weights: Tensor, values: Tensor) -> Tensor:
    """Values ``[K, B, ...]`` weighted by ``[K, B]``; a member of weight zero adds nothing, not even its NaN."""
    spread = weights.reshape(*weights.shape, *[1] * (values.dim() - 2))
    return torch.where(spread > 0, spread * values, torch.zeros_like(values)).sum(0)


def memory_names(dynamics: Any) -> tuple[str, ...]:
    """Entries of a dynamics model's state that are its memory: neither its latent nor the choice of a member."""
    state: Mapping[str, Tensor] = dynamics.initial(1)
    latent = dynamics.latent(state)
    return tuple(
        name
        for name, tensor in state.items()
        if tensor is not latent and name != MEMBER and tensor.is_floating_point() and tensor.dim() == 2
    )
