"""The cross-entropy method, with the improvements of iCEM."""

from collections.abc import Iterable
from typing import Any, Literal

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class CEMConfig(Config):
    """Configuration of `wm/cem-v0`. Spreads are in half ranges of the action Box (1.0 reaches both bounds)."""

    horizon: int = Option(12, ge=1, description="imagined steps")
    samples: int = Option(128, ge=2, description="candidate action sequences in the first iteration")
    elites: int = Option(12, ge=1, description="best candidates that the next iteration is fitted to")
    iterations: int = Option(4, ge=1, description="rounds of sampling and fitting for every decision")
    decay: float = Option(1.25, ge=1, description="samples shrink by this factor every iteration")
    momentum: float = Option(0.1, ge=0, lt=1, description="share of the old distribution kept in a fit")
    noise_beta: float = Option(2.0, ge=0, le=4, description="power spectrum 1/f^beta of the noise along time; 0: white")
    initial_spread: float = Option(0.5, gt=0, le=2, description="std at the start (Discrete: share of uniform, max 1)")
    min_spread: float = Option(0.05, ge=0, le=1, description="floor of the std (Discrete: share of uniform)")
    keep_elites: float = Option(0.3, ge=0, le=1, description="share of the elites that is tried again")
    warm_start: bool = Option(True, description="start from the last decision's plan, shifted by one step")
    execute: Literal["best", "mean"] = Option("best", description="best candidate ever tried, or the final mean")
    discount: float = Option(0.99, gt=0, le=1, description="weight of the next step's reward")
    uncertainty_penalty: float = Option(0.0, ge=0, description="k in reward - k x uncertainty")
    particles: int = Option(0, ge=0, description="sampled continuations to average; 0: the most likely one")
    temperature: float = Option(1.0, gt=0, description="of the sampled continuations")

    def model_post_init(self, context: Any, /) -> None:
        """Refuse more elites than samples."""
        if self.elites > self.samples:
            raise ValueError(f"elites={self.elites} cannot exceed samples={self.samples}; lower elites")


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare `wm/cem-v0`."""
    yield Component(
        id="wm/cem-v0",
        kind=Kind.PLANNER,
        target="wm_plugins.cem.planner:CEM",
        config=CEMConfig,
        contract=Contract(outputs={"action": "float32[B,A]"}),
        capabilities=frozenset({Capability.CONTINUOUS, Capability.DISCRETE}),
        requires={"dynamics": frozenset({Capability.REWARD, Capability.TERMINATION})},
        summary="cross-entropy method with iCEM's coloured noise, kept elites and warm start",
    )
