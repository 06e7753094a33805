"""The batch behind every dream; a single dream is a batch of one.

Lanes are independent to the bit: noise comes from each lane's own counter (`lanes`), and the world is evaluated in
padded chunks of one size (`chunks`), or, where it promises independent rows, on all lanes at once. Autoreset and the
Gymnasium forms live in `env` and `vector`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_envs.dream import chunks, dropout
from wm_envs.dream.actions import ActionCodec
from wm_envs.dream.lanes import LaneGenerator
from wm_envs.dream.native import NativeStep, native_step
from wm_envs.dream.options import DreamOptions
from wm_envs.dream.protocol import DreamWorld, ImaginedStep
from wm_envs.dream.views import View

if TYPE_CHECKING:
    from torch import Tensor

_REQUIRED = ("spaces", "feature_dim", "feature_limit", "initial", "imagine", "features")

Lanes = NDArray[np.intp]
Piece = tuple[Lanes, slice, int]


class Outcome(NamedTuple):
    """What one step brought to M lanes; arrays ``[M]``.

    Attributes:
        reward: float64, environment units, less the pessimism.
        terminated: bool.
        truncated: bool.
        uncertainty: float64, >= 0; infinite where the world gave NaN.
        invalid: bool, where the world gave NaN: the lane kept its last state, reward 0, and is truncated.
    """

    reward: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    uncertainty: NDArray[np.float64]
    invalid: NDArray[np.bool_]


def resolve_world(world: Any) -> DreamWorld:
    """The world itself, or the one with this name, folder or run folder (then wm_zoo is imported).

    Raises:
        TypeError: for an object that lacks something a dream needs; names it.
    """
    if isinstance(world, str) or hasattr(world, "__fspath__"):
        from wm_zoo.world import load_world

        return load_world(world)
    missing = [name for name in _REQUIRED if not hasattr(world, name)]
    if missing:
        raise TypeError(
            f"world must be a name, a folder or a World object; {type(world).__name__} lacks {', '.join(missing)}"
        )
    return world  # type: ignore[no-any-return]


class DreamCore:
    """N dreams side by side.

    Args:
        world: what is dreamt in; never changed.
        n: number of lanes.
        options: of every lane.
        seeds: of the lanes' noise until they are seeded by `reset`.
        num_threads: threads that share the lanes of native steps; 0 for one a core. Results do not depend on it.

    Attributes:
        native: what steps the lanes natively, where the world allows it (looked up in every reset).
        all_lanes: indices of all lanes, in order.
    """

    def __init__(
        self, world: DreamWorld, n: int, options: DreamOptions, seeds: Sequence[int], num_threads: int = 1
    ) -> None:
        self.world, self.n, self.options, self.num_threads = world, n, options, num_threads
        self.codec = ActionCodec(world.spaces.action)
        self.view = View(world, options.obs)
        self._forgets = dropout.require_memory(world) if options.dropout else ()
        options.check_member(int(getattr(world, "members", 1)))
        self.noise = LaneGenerator(seeds)
        self.state: dict[str, Tensor] = {}  # [N, ...], ours: written in place
        self.obs = np.zeros((n, *self.view.shape), self.view.space.dtype)  # [N, ...]
        self.steps = np.zeros(n, np.int64)
        self.alive = np.zeros(n, np.bool_)  # has ever been reset
        self.all_lanes = np.arange(n)
        self.native: NativeStep | None = None
        self._taken = False  # `obs` is somebody else's: never written again

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles: native memory goes as plain arrays."""
        state = {name: tensor.cpu().numpy().copy() for name, tensor in self.state.items()}
        made = (self.world, self.n, self.options, self.num_threads)
        return _revived, (*made, state, self.steps.copy(), self.alive.copy(), self.noise.get_state())

    def take_obs(self) -> NDArray[Any]:
        """Observations ``[N, ...]`` of all lanes, the caller's to keep."""
        self._taken = True
        return self.obs

    def reset(self, lanes: Lanes, seeds: Sequence[int | None] | None = None) -> None:
        """Begin a new episode in `lanes` ``[M]``; a lane whose seed is None goes on with its own noise."""
        given = [(lane, seed) for lane, seed in zip(lanes, seeds, strict=True) if seed is not None] if seeds else []
        if given:
            self.noise.reseed([lane for lane, _ in given], [seed for _, seed in given])
        if self.native is not None:
            self.native = native_step(self)
        if self.native is not None and self.native.begins:
            return self._begin_natively(self.native, lanes)
        with _evaluation():
            for part, _, size in self._pieces(lanes):
                generator = self.noise.select(part, pad_to=size)
                state = self.world.initial(size, generator=generator, where=self.options.start)
                state = self._begun(state, size, generator)
                self._store(part, state, np.arange(len(part)))
            self.native = native_step(self)
            self._look(lanes)
        self.steps[lanes] = 0
        self.alive[lanes] = True

    def step(self, lanes: Lanes, actions: Any) -> Outcome:
        """Imagine one step of `lanes` ``[M]`` with environment actions ``[M, ...]``.

        Raises:
            ValueError: for actions that are not finite, before anything has changed.
            gymnasium.error.ResetNeeded: before the first reset.
        """
        if not self.alive[lanes].all():
            raise gym.error.ResetNeeded("a dream must be reset before its first step")
        if self.native is not None:
            return self._step_natively(self.native, lanes, np.asarray(actions))
        vectors = self.codec.clip(self.codec.to_vector(actions))  # [M, A]
        with _evaluation():
            parts = [self._advance(piece, vectors) for piece in self._pieces(lanes)]
            columns = parts[0] if len(parts) == 1 else [np.concatenate(column) for column in zip(*parts, strict=True)]
            reward, terminated, uncertainty, invalid = columns
            self._look(lanes)
        self.steps[lanes] += 1
        truncated = invalid | self._out_of_bounds(lanes, uncertainty)
        if self.options.pessimism:
            reward = reward - self.options.pessimism * np.where(invalid, 0.0, uncertainty)
        if self.options.max_reward is not None:
            reward = np.minimum(reward, self.options.max_reward)
        return Outcome(reward, terminated, truncated, uncertainty, invalid)

    def step_or_begin(self, ended: NDArray[np.bool_], actions: NDArray[Any]) -> Outcome | None:
        """Step all lanes, but begin a new episode where `ended` ``[N]``; None where that is no single native call.

        Arrays of the outcome have all lanes: reward, flags and uncertainty are zero where an episode begins.
        """
        native = self.native = native_step(self) if self.native is not None else None
        if native is None or not (native.begins and native.sees and self.alive.all()):
            return None
        if self.codec.first_class is not None and actions.ndim == 1:
            actions = np.where(ended, self.codec.first_class, actions)  # a lane that begins may be told anything
        obs = self._obs_to_write(whole=True)
        columns = native.batch.step_or_begin(ended, self.codec.rows(actions), obs)
        if columns is None:
            return None  # an action that is not finite: `step` says whose
        self.obs, self._taken = obs, False
        return Outcome._make(columns)

    def decode(self, lanes: Lanes) -> Any:
        """What `lanes` ``[M]`` would look like now: ``[M, *real observation]``, of a Dict a list of M dicts."""
        with _evaluation():
            if isinstance(self.world.spaces.observation, gym.spaces.Dict):
                world: Any = self.world
                parts = world.decode(chunks.gather(self.state, lanes, len(lanes)))
                arrays = {name: part.cpu().numpy() for name, part in parts.items()}
                return [{name: array[i] for name, array in arrays.items()} for i in range(len(lanes))]
            return View(self.world, "pixels").look(self.state, lanes)

    def restore(self, state: Mapping[str, Any], steps: Any, alive: Any, noise: NDArray[np.uint64]) -> None:
        """Put every lane where arrays of state ``[N, ...]``, steps, liveness and noise say."""
        import torch

        with _evaluation():
            if not self.state:
                self._store(self.all_lanes, self._sizes(), np.zeros(self.n, np.intp))
            for name, stored in self.state.items():
                stored.copy_(torch.from_numpy(state[name]))
            self.steps[:], self.alive[:] = steps, alive
            self.noise.set_state(noise)
            self.native = native_step(self)
            self._look(np.flatnonzero(self.alive))

    def _sizes(self) -> Mapping[str, Tensor]:
        """Some start state ``[1, ...]``, drawn from nobody's noise."""
        return self.world.initial(1, generator=LaneGenerator([0]), where=self.options.start)

    def _begin_natively(self, native: NativeStep, lanes: Lanes) -> None:
        whole = self._whole(lanes)
        if native.sees:
            self.obs, self._taken = self._obs_to_write(whole), False
        native.batch.begin(None if whole else lanes, self.obs if native.sees else None)
        if not native.sees:
            with _evaluation():
                self._look(lanes)

    def _step_natively(self, native: NativeStep, lanes: Lanes, actions: NDArray[Any]) -> Outcome:
        whole = self._whole(lanes)
        obs = self._obs_to_write(whole)
        columns = native.batch.step(self.codec.rows(actions), None if whole else lanes, obs if native.sees else None)
        if columns is None:
            self.codec.to_vector(actions)  # says which lane's action is not finite
            raise AssertionError("the native step refused finite actions")
        self.obs, self._taken = obs, False
        if not native.sees:
            with _evaluation():
                self._look(lanes)
        return Outcome._make(columns)

    def _advance(self, piece: Piece, vectors: Tensor) -> tuple[NDArray[Any], ...]:
        """Imagine one (padded) piece; rows of real lanes only."""
        part, rows, size = piece
        generator = self.noise if self._whole(part) and size == self.n else self.noise.select(part, pad_to=size)
        rows_before = self._rows(part, size)
        step = self.world.imagine(
            dropout.forgetful(rows_before) if self._forgets else rows_before,
            chunks.pad(vectors[rows], size).to(_device(self.state)),
            temperature=self.options.temperature,
            generator=generator if self.options.temperature > 0 else None,
        )
        _require_heads(step)
        heads = (step.reward, step.terminated, step.uncertainty)
        reward, probability, uncertainty = (head.cpu().numpy()[: len(part)].astype(np.float64) for head in heads)
        invalid, kept = np.zeros(len(part), np.bool_), np.arange(len(part))
        if not chunks.all_finite([*heads, *step.state.values()]):
            invalid = ~chunks.finite_rows(*heads, *step.state.values())[: len(part)]
            kept = np.flatnonzero(~invalid)
        self._store(part[kept], {**step.state, **dropout.kept(rows_before)} if self._forgets else step.state, kept)
        ended = self._ended(generator, probability) & ~invalid
        return np.where(invalid, 0.0, reward), ended, np.where(invalid, np.inf, uncertainty), invalid

    def _begun(self, state: Mapping[str, Tensor], size: int, generator: LaneGenerator) -> Mapping[str, Tensor]:
        """Start states ``[size, ...]`` with what an episode draws once: its member and what it forgets."""
        if (members := int(getattr(self.world, "members", 1))) > 1:
            member = self.options.member
            chosen = state["member"]
            if member == "episode":
                drawn = generator.uniform(size, 1)[:, 0].to(chosen.device)
                chosen = (drawn * members).floor().clamp_max(members - 1)
            else:
                chosen = chosen.new_full((size,), -1 if member == "step" else int(member))
            state = {**state, "member": chosen}
        if self._forgets:
            state = {**state, **dropout.masks(self._forgets, state, self.options.dropout, generator)}
        return state

    def _ended(self, generator: LaneGenerator, probability: NDArray[np.float64]) -> NDArray[np.bool_]:
        if self.options.termination == "threshold":
            return probability > self.options.threshold
        drawn = generator.uniform(len(generator), 1).numpy()[: len(probability), 0]
        return drawn < probability

    def _out_of_bounds(self, lanes: Lanes, uncertainty: NDArray[np.float64]) -> NDArray[np.bool_]:
        horizon, limit = self.options.horizon, self.options.max_uncertainty
        out = np.zeros(len(lanes), np.bool_) if horizon is None else self.steps[lanes] >= horizon
        return out if limit is None else out | (uncertainty > limit)

    def _store(self, lanes: Lanes, state: Mapping[str, Tensor], rows: NDArray[Any]) -> None:
        """Copy `rows` of a padded chunk into `lanes` of the stored state."""
        import torch

        if not self.state:
            self.state = {name: part.new_zeros((self.n, *part.shape[1:])) for name, part in state.items()}
        whole = self._whole(lanes)
        to, source = torch.from_numpy(lanes), torch.from_numpy(rows)
        for name, stored in self.state.items():
            part = state[name]
            if whole and len(part) == self.n:
                stored.copy_(part)
            else:
                stored[to.to(stored.device)] = part[source.to(stored.device)]

    def _look(self, lanes: Lanes) -> None:
        whole = self._whole(lanes)
        self.obs, self._taken = self._obs_to_write(whole), False
        if self.native is not None and self.native.sees:
            self.native.batch.look(None if whole else lanes, self.obs)
        elif whole:
            self.view.look(self.state, lanes, whole=True, out=self.obs)
        elif len(lanes):
            self.obs[lanes] = self.view.look(self.state, lanes)

    def _obs_to_write(self, whole: bool) -> NDArray[Any]:
        """Our own observations, after they were taken as a copy (or unwritten, where all lanes will be written)."""
        if not self._taken:
            return self.obs
        return np.empty_like(self.obs) if whole else self.obs.copy()

    def _whole(self, lanes: Lanes) -> bool:
        """Whether these are all lanes, in order."""
        return lanes is self.all_lanes or (len(lanes) == self.n and bool((lanes == self.all_lanes).all()))

    def _rows(self, part: Lanes, size: int) -> Mapping[str, Tensor]:
        return self.state if self._whole(part) and size == self.n else chunks.gather(self.state, part, size)

    def _pieces(self, lanes: Lanes) -> list[Piece]:
        """Lanes that are evaluated together, with their rows of the step's arrays, and the size to pad them to."""
        if chunks.independent(self.world):
            return [(lanes, slice(None), len(lanes))]
        size = chunks.CHUNK
        return [(lanes[i : i + size], slice(i, i + size), size) for i in range(0, len(lanes), size)]


def _revived(
    world: DreamWorld, n: int, options: DreamOptions, num_threads: int, state: Mapping[str, Any], *rest: Any
) -> DreamCore:
    core = DreamCore(world, n, options, [0] * n, num_threads)
    if state:
        core.restore(state, *rest)
    else:
        core.noise.set_state(rest[-1])
    return core


def _require_heads(step: ImaginedStep) -> None:
    """Nothing is ever filled in: a world without a head is refused, not given zeros."""
    for head in ("reward", "terminated", "uncertainty"):
        if getattr(step, head, None) is None:
            raise TypeError(f"this world predicts no {head!r}: a dream needs a model with that head")


def _device(state: Mapping[str, Tensor]) -> Any:
    return next(iter(state.values())).device


class _evaluation:
    """No gradients, no parallel loops."""

    def __enter__(self) -> None:
        import torch

        self._modes = (torch.inference_mode(), chunks.one_thread())
        for mode in self._modes:
            mode.__enter__()

    def __exit__(self, *error: Any) -> None:
        for mode in reversed(self._modes):
            mode.__exit__(*error)
