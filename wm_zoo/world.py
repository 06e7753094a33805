"""A world: trained encoder + dynamics of one environment, and real moments to start from. What one can dream in."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from wm_zoo import atomic
from wm_zoo.actions import ActionCodec
from wm_zoo.api import Capability, Dims, Dynamics, Encoder, Observation, Spaces, State, Step
from wm_zoo.api.nn import Generator, StepProgram
from wm_zoo.cards import new_folder, read_card, write_card
from wm_zoo.ensemble import Ensemble, memory_names
from wm_zoo.errors import WorldError
from wm_zoo.manager import component, list_components
from wm_zoo.observations import on_device
from wm_zoo.saved import build_part, find_folder, full_part
from wm_zoo.spaces import space_from_json, space_to_json
from wm_zoo.starts import StartBank

CARD = "world.toml"
LICENCE = "MIT"
"""Of the worlds that runs leave, whose data come from driving, not from somebody's recordings."""

HEADS = (Capability.REWARD, Capability.TERMINATION)


@dataclass(frozen=True)
class WorldCard:
    """What a world is made of.

    Attributes:
        name: for people.
        encoder: ``{"id": …, "config": {…}}`` of the encoder.
        dynamics: likewise; ``{"members": K}`` too where K > 1 of them make an `Ensemble`.
        env: ``{"id": …, "kwargs": {…}}`` of the real environment.
        provenance: free facts about how it was made (seed, frames, versions).
        dream: defaults of its dreams that differ from everybody's, see `wm_envs.dream.options.DreamOptions`.
    """

    name: str
    encoder: Mapping[str, Any]
    dynamics: Mapping[str, Any]
    env: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    dream: Mapping[str, Any] = field(default_factory=dict)


class ComposedWorld:
    """The `wm_zoo.api.World` of an encoder and a dynamics model; never changes, computes no gradients.

    Args:
        encoder: built and trained; put into eval mode.
        dynamics: likewise.
        spaces: of the real environment.
        starts: real start states; without them the world can filter and imagine, but no dream can begin.
        card: ids and configs of the two, for checking capabilities and for `save`.

    Raises:
        WorldError: the dynamics model predicts no reward or no termination: nothing is ever filled in silently.

    Attributes:
        latent_dim: Z.
        latent_limit: |latent| never exceeds it.
        feature_dim: F.
        feature_limit: |features| never exceeds it.
        action_dim: A.
        codec: actions of the environment to vectors and back.
        can_decode: whether latents can be shown as observations.
        members: dynamics models; more than one make an `Ensemble`.
        memory: entries of a state that are neither its latent nor the choice of a member.
    """

    def __init__(
        self, encoder: Encoder, dynamics: Dynamics, spaces: Spaces, starts: StartBank | None, card: WorldCard
    ) -> None:
        _require_heads(card)
        self.encoder, self.dynamics, self.spaces = encoder, dynamics, spaces
        self.card = replace(card, encoder=full_part(card.encoder), dynamics=full_part(card.dynamics))
        for module in (encoder, dynamics):
            assert isinstance(module, nn.Module)
            module.eval()
        self.starts = starts.to(self.device) if starts is not None else None
        self.codec = ActionCodec(spaces.action)
        self.action_dim = self.codec.size
        self.latent_dim, self.latent_limit = encoder.latent_dim, float(encoder.latent_limit)
        self.feature_dim = dynamics.feature_dim
        self.feature_limit = self._feature_limit()
        self.members = len(dynamics) if isinstance(dynamics, Ensemble) else 1
        self.memory = memory_names(dynamics)
        self.can_decode = Capability.DECODE in component(card.encoder["id"]).capabilities
        self._fingerprint = ""

    def __deepcopy__(self, memo: dict[int, Any]) -> ComposedWorld:
        return self  # it never changes; gymnasium copies the keywords of an environment

    @property
    def device(self) -> torch.device:
        """Where the dynamics model lives."""
        return next(iter(self.dynamics.initial(1).values())).device

    @property
    def dims(self) -> Dims:
        """Sizes for building a controller or planner."""
        return Dims(self.spaces, self.action_dim, self.latent_dim, self.feature_dim)

    @property
    def dream(self) -> Mapping[str, Any]:
        """Defaults of its dreams."""
        return self.card.dream

    @property
    def row_independent(self) -> bool:
        """Whether dreams give a lane the same bits in a batch of any size (the dynamics model says so)."""
        return bool(getattr(self.dynamics, "row_independent", False))

    @property
    def step_program(self) -> StepProgram | None:
        """What one imagined step computes, where the dynamics model can say it now: dreams then run it natively."""
        native_step = getattr(self.dynamics, "native_step", None)
        return native_step() if native_step is not None else None

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of ids, weights and start states: equal for equal worlds."""
        if not self._fingerprint:
            parts = json.dumps([dict(self.card.encoder), dict(self.card.dynamics)], sort_keys=True)
            digest = hashlib.sha256(parts.encode())
            for name, tensor in sorted(self._tensors().items()):
                digest.update(name.encode())
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
            self._fingerprint = digest.hexdigest()
        return self._fingerprint

    @torch.no_grad()
    def initial(self, n: int, *, generator: Generator, where: str = "anywhere") -> State:
        """Stored real moments for n lanes; `where` is "anywhere" or "episode"."""
        return self._bank().sample(n, generator=generator, where=where)

    def start_states(self, where: str = "anywhere") -> State:
        """All stored real moments ``[M, ...]``; `initial` takes row ``floor(M * uniform)`` of them for each lane."""
        return self._bank().states(where)

    def blank(self, n: int) -> State:
        """States of n lanes before anything was seen: what an agent has at the start of a real episode."""
        return self.dynamics.initial(n)

    @torch.no_grad()
    def encode(self, obs: Observation) -> Tensor:
        """Observations ``[B, *obs]`` (Dict: by key) to latents float32 ``[B, Z]``, inside the latent limit."""
        return self.encoder.encode(on_device(obs, self.device)).clamp(-self.latent_limit, self.latent_limit)

    @torch.no_grad()
    def observe(self, state: State, action: Tensor, obs: Observation) -> State:
        """Posterior after `action` ``[B, A]`` led to `obs` ``[B, *obs]``; a zero action for the first one."""
        return self.dynamics.observe(state, action.to(self.device), self.encode(obs))

    @torch.no_grad()
    def observe_latent(self, state: State, action: Tensor, latent: Tensor) -> State:
        """`observe` of what is encoded already, ``[B, Z]``."""
        return self.dynamics.observe(state, action, latent)

    @torch.no_grad()
    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """Prior step; the most likely one without a generator or at temperature 0."""
        step = self.dynamics.imagine(
            state, action, temperature=temperature, generator=generator if temperature > 0 else None
        )
        return replace(step, state=self._clamped(step.state))

    @torch.no_grad()
    def decode(self, state: State) -> Observation:
        """Observations ``[B, *obs]`` (Dict: by key) in the environment's dtype."""
        if not self.can_decode:
            raise WorldError(f"{self.card.encoder['id']} cannot decode: pixels need an encoder that can")
        return self.encoder.decode(self.latent(state))

    @torch.no_grad()
    def features(self, state: State) -> Tensor:
        """What a controller sees, float32 ``[B, F]``, inside the feature limit."""
        return self.dynamics.features(state).clamp(-self.feature_limit, self.feature_limit)

    @torch.no_grad()
    def latent(self, state: State) -> Tensor:
        """Latents float32 ``[B, Z]``, inside the latent limit."""
        return self.dynamics.latent(state).clamp(-self.latent_limit, self.latent_limit)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the world as a folder (card and safetensors), whole or not at all."""
        with new_folder(folder) as fresh:
            hashes = {
                f"{part}.safetensors": atomic.save_tensors(fresh / f"{part}.safetensors", tensors)
                for part, tensors in self._parts().items()
            }
            write_card(fresh / CARD, self._card_values(hashes))

    def _card_values(self, hashes: Mapping[str, str]) -> dict[str, Any]:
        card = self.card
        return {
            "name": card.name,
            "env": dict(card.env),
            "encoder": dict(card.encoder),
            "dynamics": dict(card.dynamics),
            "spaces": {
                "observation": space_to_json(self.spaces.observation),
                "action": space_to_json(self.spaces.action),
            },
            "files": dict(hashes),
            "dream": dict(card.dream),
            "provenance": {"torch": torch.__version__, **card.provenance},
        }

    def _parts(self) -> dict[str, Mapping[str, Tensor]]:
        assert isinstance(self.encoder, nn.Module)
        assert isinstance(self.dynamics, nn.Module)
        parts: dict[str, Mapping[str, Tensor]] = {
            "encoder": self.encoder.state_dict(),
            "dynamics": self.dynamics.state_dict(),
        }
        return parts if self.starts is None else {**parts, "starts": self.starts.tensors()}

    def _bank(self) -> StartBank:
        if self.starts is None:
            raise WorldError(f"world {self.card.name!r} has no start states: build them with StartBank.from_sequences")
        return self.starts

    def _tensors(self) -> dict[str, Tensor]:
        return {f"{part}.{name}": t for part, tensors in self._parts().items() for name, t in tensors.items()}

    def _clamped(self, state: State) -> State:
        """The state with its latent inside the limit, wherever the dynamics keeps it."""
        latent = self.dynamics.latent(state)
        inside = latent.clamp(-self.latent_limit, self.latent_limit)
        return {name: inside if tensor is latent else tensor for name, tensor in state.items()}

    def _feature_limit(self) -> float:
        """Declared by the dynamics, or taken from real start states with room to spare (a power of two)."""
        declared = getattr(self.dynamics, "feature_limit", None)
        if declared is not None:
            return float(declared)
        least = max(self.latent_limit, 1.0)  # latents, and hidden units behind tanh
        if self.starts is None:
            return least
        with torch.no_grad():
            banks = (self.starts.anywhere, self.starts.episode)
            seen = max(float(self.dynamics.features(states).abs().max()) for states in banks)
        return least if seen <= least else 2.0 ** math.ceil(math.log2(2.0 * seen))


def load_world(name_or_path: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> ComposedWorld:
    """Load a world by registry name, world folder, or run folder (its ``world``).

    Raises:
        WorldError: no such world (names the nearest), or it lacks a head.
        CheckpointError: a file is missing, truncated or altered; names it.
    """
    folder = find_folder(name_or_path, "world")
    card = read_card(folder / CARD)
    optional = {name: card.get(name, {}) for name in ("env", "provenance", "dream")}
    parts = WorldCard(card["name"], card["encoder"], card["dynamics"], **optional)
    _require_heads(parts)  # before anything is built
    spaces = Spaces(space_from_json(card["spaces"]["observation"]), space_from_json(card["spaces"]["action"]))
    dims = Dims(spaces, ActionCodec(spaces.action).size)
    encoder = build_part(parts.encoder, dims, folder, card, "encoder", device)
    dims = replace(dims, latent=encoder.latent_dim)
    dynamics = build_part(parts.dynamics, dims, folder, card, "dynamics", device)
    starts = None
    if "starts.safetensors" in card["files"]:
        starts = StartBank.from_tensors(
            atomic.load_tensors(folder / "starts.safetensors", card["files"]["starts.safetensors"])
        )
    return ComposedWorld(encoder, dynamics, spaces, starts, parts)


def _require_heads(card: WorldCard) -> None:
    found = component(card.dynamics["id"])
    missing = [head.value for head in HEADS if head not in found.capabilities]
    if missing:
        able = [e.id for e in list_components("dynamics") if set(HEADS) <= set(e.capabilities)]
        raise WorldError(
            f"world {card.name!r}: {found.id} has no {' and no '.join(missing)} head, and a world must predict "
            f"{' and '.join(missing)}; use a dynamics model that does: {', '.join(able) or 'none is installed'}"
        )
