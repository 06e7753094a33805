"""The whole dream step as one native call, for worlds that say what their step computes.

A world may have an optional member `step_program`: None, or an object with the attributes of
`wm_zoo.api.nn.StepProgram`. Then states, noise and step counts of all lanes live in a native batch, whose memory the
Python side sees as arrays, and a step neither calls the model nor touches torch. With a method `start_states(where)`
as well, whose row ``floor(M * uniform(n, 1))`` is what `initial` takes for a lane, episodes begin there too.
The Python path of `core` gives the same bits and is the reference; it stays in charge of snapshots, pictures, and of
every option that is not listed here.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from wm_envs import _native
from wm_envs.dream.options import DreamOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from wm_envs.dream.core import DreamCore

_KNOWN = frozenset(
    {"obs", "horizon", "temperature", "start", "termination", "threshold", "pessimism", "max_reward", "max_uncertainty"}
)
_ACTION = "action"  # among a program's inputs


class NativeStep:
    """The native batch of a `DreamCore`; takes over its states, noise and counts.

    Args:
        core: has states.
        program: of its world.

    Raises:
        ValueError: the program does not fit the states or the action.

    Attributes:
        batch: steps the lanes.
        program: as given.
        sees: whether the batch writes observations (features and latents, not pixels).
        state: the batch's own memory as tensors ``[N, ...]``.
        starts: where the world lets episodes begin, if it says so.
        begins: whether the batch begins episodes there.
    """

    def __init__(self, core: DreamCore, program: Any) -> None:
        self.program, self.sees = program, core.options.obs != "pixels"
        self.batch = _make_batch(core, program)
        self.state = _tensors(dict(zip(core.state, self.batch.states, strict=True)))
        for name, tensor in self.state.items():
            tensor.copy_(core.state[name])
        self.batch.steps[:], self.batch.alive[:] = core.steps, core.alive
        core.noise.move_to(self.batch.noise_keys, self.batch.noise_counts)
        core.state, core.steps, core.alive = self.state, self.batch.steps, self.batch.alive
        self.starts = _starts(core)
        self.begins = self.starts is not None and _set_starts(self, self.starts)

    def fits(self, core: DreamCore, program: Any) -> bool:
        """Whether the world still has this program and these starts."""
        return (self.program is program or self.program == program) and self.starts is _starts(core)


def native_step(core: DreamCore) -> NativeStep | None:
    """What steps these dreams natively: as before while the world is the same, or new, or None."""
    program = getattr(core.world, "step_program", None) if _knows(core.options) and core.state else None
    if program is None:
        return None
    if core.native is not None and core.native.fits(core, program):
        return core.native
    return NativeStep(core, program) if _plain(core.state, program) else None


def _starts(core: DreamCore) -> Mapping[str, Tensor] | None:
    start_states = getattr(core.world, "start_states", None)
    return None if start_states is None else start_states(core.options.start)


def _set_starts(native: NativeStep, starts: Mapping[str, Tensor]) -> bool:
    """Give the batch its starts, if they are states like its own."""
    import torch

    same = starts.keys() == native.state.keys() and all(
        t.dtype == torch.float32 and t.is_cpu and t.is_contiguous() and t.shape[1:] == native.state[name].shape[1:]
        for name, t in starts.items()
    )
    if same:
        native.batch.set_starts([starts[name].detach().numpy() for name in native.state])
    return same


def _knows(options: DreamOptions) -> bool:
    """Whether every option that is not at its default is understood here."""
    others = (field for field in fields(options) if field.name not in _KNOWN)
    return all(getattr(options, field.name) == field.default for field in others)


def _plain(state: Mapping[str, Tensor], program: Any) -> bool:
    """Whether all entries are float32 ``[N, width]`` on the CPU, those of the program among them."""
    import torch

    named = {*program.inputs, program.latent, *program.memory, *program.features} - {_ACTION}
    return named <= state.keys() and all(t.dtype == torch.float32 and t.is_cpu and t.ndim == 2 for t in state.values())


def _make_batch(core: DreamCore, program: Any) -> _native.DreamBatch:
    options, codec, names = core.options, core.codec, list(core.state)
    world: Any = core.world
    low, high = codec.bounds()
    observed = {"features": program.features, "latent": (program.latent,), "pixels": ()}[options.obs]
    limit = {"features": world.feature_limit, "latent": world.latent_limit, "pixels": 0.0}[options.obs]
    return _native.DreamBatch(
        network=program.network.native,
        lanes=core.n,
        widths=[tensor.shape[1] for tensor in core.state.values()],
        inputs=[-1 if name == _ACTION else names.index(name) for name in program.inputs],
        memory=[names.index(name) for name in program.memory],
        latent=names.index(program.latent),
        components=program.components,
        log_std_limits=program.log_std_limits,
        residual=program.residual,
        latent_limit=world.latent_limit,
        reward_scale=program.reward_scale,
        reward_limit=program.reward_limit,
        end_deadband=program.end_deadband,
        action_low=low.tolist(),
        action_high=high.tolist(),
        action_shape=codec.space.shape or (),
        first_class=codec.first_class,
        temperature=options.temperature,
        sample_latent=options.temperature > 0,
        sample_end=options.termination == "sample",
        threshold=options.threshold,
        pessimism=options.pessimism,
        max_reward=options.max_reward,
        max_uncertainty=options.max_uncertainty,
        horizon=options.horizon,
        observed=[names.index(name) for name in observed],
        observed_limit=limit,
        num_threads=core.num_threads,
    )


def _tensors(arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Tensor]:
    import torch

    return {name: torch.from_numpy(array) for name, array in arrays.items()}
