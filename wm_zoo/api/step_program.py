"""What one imagined step computes, as data: a dream then runs all of it natively, without the model or torch."""

from __future__ import annotations

from dataclasses import dataclass

from wm_zoo.api.rows import RowNetwork

ACTION = "action"
"""Stands for the action among the inputs of a `StepProgram`; no state entry may have this name."""


@dataclass(frozen=True)
class StepProgram:
    """A dynamics model's `imagine` and `features` for models of this form, to the bit; offered as `native_step()`.

    State entries are float32 ``[B, width]``. One is the latent: a sample of independent Gaussian mixtures, one for each
    dimension (`sample_gaussian_mixture`). Those in `memory` are computed by the network. Others stay as they are.

    With p the network's probability of the end, d the deadband and s the scale, the step's `terminated` is
    ``t = max(p - d, 0) / (1 - d)``, its `reward` ``(1 - t) * clip(rewards[0] / s, ±limit) + t * rewards[1] / s``, and
    its `uncertainty` the mean over dimensions of the mixtures' standard deviation. Noise is drawn in the order normal
    ``[B, Z]``, then, for more than one component, uniform ``[B, Z * components]``.

    Attributes:
        network: its outputs are the memory entries, the mixtures ``[B, parts * Z * components]``, two rewards
            ``[B, 2]`` (of an ordinary step, of a step that ends the episode) and the probability of the end ``[B, 1]``.
        inputs: what each input of the network is: the name of a state entry (as it was before the step), or "action".
        latent: name of the state entry that holds the latent.
        memory: names of the state entries that the network's first outputs become.
        features: names of the state entries that, side by side, are the features (as they are after the step).
        components: Gaussians for each dimension of the latent.
        log_std_limits: ends of the soft clamp on the log standard deviation.
        residual: whether the means are added to the latent before the step.
        reward_scale: s; the network's rewards are this many times the environment's.
        reward_limit: of an ordinary step, environment units.
        end_deadband: d, in [0, 1).
    """

    network: RowNetwork
    inputs: tuple[str, ...]
    latent: str
    memory: tuple[str, ...]
    features: tuple[str, ...]
    components: int
    log_std_limits: tuple[float, float]
    residual: bool = False
    reward_scale: float = 1.0
    reward_limit: float = float("inf")
    end_deadband: float = 0.0
