"""V of vector sensors: standardised numbers, or their principal components, of a Box or of some keys of a Dict."""

from __future__ import annotations

from collections.abc import Iterable

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class Part(Config):
    """One vector, on its own scale."""

    key: str = Option("", description="key of a Dict observation (`outer.inner` in nested ones); unset: the whole Box")
    dims: int | None = Option(None, ge=1, description="principal components kept; unset: every entry, standardised")


class VectorConfig(Config):
    """What `Vector` looks at and how many numbers it keeps."""

    parts: tuple[Part, ...] = Option((), description="vectors in the order of z; none: all of the observation")
    latent_limit: float = Option(6.0, gt=0, description="latents, in standard deviations, are clamped to ± this")
    least_std: float = Option(1e-3, gt=0, description="entries that vary less are divided by this, in their own unit")


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare the component."""
    yield Component(
        id="wm/vector-v0",
        kind=Kind.ENCODER,
        target="wm_plugins.vector.model:Vector",
        config=VectorConfig,
        contract=Contract(inputs={"obs.*": "any[B,...]"}, outputs={"latent": "float32[B,Z]"}),
        capabilities=frozenset({Capability.DECODE, Capability.FIT}),
        summary="Standardised vectors or their principal components, from a Box or keys of a Dict",
    )
