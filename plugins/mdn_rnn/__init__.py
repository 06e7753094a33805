"""M of World Models: a recurrent network with a mixture density head, plus reward and termination heads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class MdnRnnConfig(Config):
    """Sizes, loss weights and limits; the defaults are those of Ha & Schmidhuber (2018) for CarRacing."""

    hidden: int = Option(256, ge=1, description="recurrent units")
    cell: Literal["lstm", "gru"] = Option("lstm", description="recurrent cell")
    mixtures: int = Option(5, ge=1, description="Gaussians per latent dimension")
    head: int = Option(0, ge=0, description="hidden units of the latent head; 0 = linear, as in the paper")
    reward_head: int = Option(64, ge=1, description="hidden units of the reward and termination heads")
    residual: bool = Option(True, description="means are added to the current latent")
    log_std_min: float = Option(-4.0, description="lower clamp of the predicted log standard deviation")
    log_std_max: float = Option(1.5, description="upper clamp of the predicted log standard deviation")
    input_noise: float = Option(0.0, ge=0, description="std of Gaussian noise on latents while training")
    reward_scale: float = Option(1.0, gt=0, description="rewards are multiplied by this for the squared error")
    reward_limit: float = Option(10.0, gt=0, description="rewards of steps that do not end the episode are clipped")
    latent_weight: float = Option(1.0, ge=0, description="weight of the latent's negative log likelihood")
    reward_weight: float = Option(1.0, ge=0, description="weight of the reward's squared error")
    termination_weight: float = Option(1.0, ge=0, description="weight of the termination's cross entropy")
    termination_deadband: float = Option(
        0.02, ge=0, lt=1, description="probabilities below this count as 0: rare ends leave a floor of false alarms"
    )


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare the component."""
    yield Component(
        id="wm/mdn-rnn-v0",
        kind=Kind.DYNAMICS,
        target="wm_plugins.mdn_rnn.model:MdnRnn",
        config=MdnRnnConfig,
        contract=Contract(
            inputs={"latent": "float32[B,Z]", "action": "float32[B,A]"}, outputs={"features": "float32[B,F]"}
        ),
        capabilities=frozenset(
            {
                Capability.GRADIENT,
                Capability.STOCHASTIC,
                Capability.RECURRENT,
                Capability.REWARD,
                Capability.TERMINATION,
            }
        ),
        summary="LSTM or GRU with a mixture density head, reward and termination heads",
    )
