"""Principal components of a few picture regions: the cheapest V that a driver can be trained on."""

from __future__ import annotations

from collections.abc import Iterable

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class View(Config):
    """One region of the picture, averaged down and projected on its own components."""

    rows: tuple[int, int] | None = Option(None, description="first row and one past the last; all rows if unset")
    columns: tuple[int, int] | None = Option(None, description="likewise for columns")
    channels: tuple[int, ...] | None = Option(None, description="colour channels kept; all if unset")
    pool: tuple[int, int] = Option((1, 1), description="rows and columns averaged into one value")
    dims: int = Option(32, ge=1, description="components kept")


class PcaConfig(Config):
    """What `Pca` looks at and how many components it keeps."""

    views: tuple[View, ...] = Option((View(pool=(2, 2)),), min_length=1, description="regions, in the order of z")
    latent_limit: float = Option(6.0, gt=0, description="whitened components are clamped to ± this")
    decoder_frames: int = Option(5000, ge=1, description="frames that the linear decoder is fitted on")

    @property
    def latent_dim(self) -> int:
        """Z: the components of all views together."""
        return sum(view.dims for view in self.views)


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare the component."""
    yield Component(
        id="wm/pca-v0",
        kind=Kind.ENCODER,
        target="wm_plugins.pca.model:Pca",
        config=PcaConfig,
        contract=Contract(
            inputs={"obs": "uint8[B,H,W,C]"}, outputs={"latent": "float32[B,Z]"}, bind={"Z": "latent_dim"}
        ),
        capabilities=frozenset({Capability.DECODE, Capability.FIT}),
        summary="Whitened principal components of picture regions, with a linear decoder",
    )
