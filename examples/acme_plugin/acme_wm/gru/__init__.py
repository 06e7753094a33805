"""Declares `acme/gru-v0`. Light: torch is imported by model.py, only when a model is built."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class GruConfig(Config):
    """Sizes of the network."""

    hidden: int = Option(64, ge=1, description="recurrent units")
    head: int = Option(64, ge=1, description="hidden units of each head")
    members: int = Option(3, ge=2, description="heads whose disagreement is the uncertainty")


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare the component; registry.toml says the same."""
    yield Component(
        id="acme/gru-v0",
        kind=Kind.DYNAMICS,
        target="acme_wm.gru.model:Gru",
        config=GruConfig,
        contract=Contract(
            inputs={"latent": "float32[B,Z]", "action": "float32[B,A]"}, outputs={"features": "float32[B,F]"}
        ),
        capabilities=frozenset(
            {
                Capability.GRADIENT,
                Capability.RECURRENT,
                Capability.REWARD,
                Capability.STOCHASTIC,
                Capability.TERMINATION,
            }
        ),
        summary="GRU with an ensemble of Gaussian heads",
    )


@hookimpl
def wm_checks(component: Component) -> Iterable[Any]:
    """A check of our own, beside those of the kit."""
    from wm_zoo.testing import Check

    yield Check("members_disagree", _members_disagree, "Heads differ before training: uncertainty is above zero.")


def _members_disagree(subject: Any) -> None:
    model = subject.build()
    step = model.imagine(model.initial(3), subject.inputs(3)["action0"])
    assert float(step.uncertainty.detach().min()) > 0, "all heads predict the same"
