"""Ha & Schmidhuber's V: a convolutional variational autoencoder of 64x64 frames."""

from collections.abc import Iterable

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class ConvVAEConfig(Config):
    """Configuration of `wm/conv-vae-v0`; the defaults are the paper's, with the KL floor taken per dimension."""

    latent_dim: int = Option(32, ge=1, le=4096, description="size of z")
    width: float = Option(1.0, gt=0, le=8, description="multiplies every channel count (1.0: 32-64-128-256)")
    beta: float = Option(1.0, ge=0, description="weight of the KL term")
    free_nats: float = Option(0.5, ge=0, description="floor of the KL of each latent dimension, in nats")
    latent_limit: float = Option(10.0, gt=0, description="latents are clamped to [-latent_limit, latent_limit]")


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare `wm/conv-vae-v0`."""
    yield Component(
        id="wm/conv-vae-v0",
        kind=Kind.ENCODER,
        target="wm_plugins.conv_vae.model:ConvVAE",
        config=ConvVAEConfig,
        contract=Contract(
            inputs={"obs": "uint8[B,64,64,C]"}, outputs={"latent": "float32[B,Z]"}, bind={"Z": "latent_dim"}
        ),
        capabilities=frozenset({Capability.DECODE, Capability.STOCHASTIC, Capability.GRADIENT}),
        summary="convolutional VAE of 64x64 frames (Ha & Schmidhuber's V)",
    )
