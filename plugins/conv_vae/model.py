"""Convolutional VAE; architecture and loss of Ha & Schmidhuber (2018), arXiv:1803.10122, appendix A.1."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wm_zoo.api import Dims, Loss
from wm_zoo.api.nn import Generator, normal

from . import ConvVAEConfig

SIZE = 64
"""Height and width of a frame: four stride-2 convolutions without padding take 64 to 2, nothing else fits."""


class ConvVAE(nn.Module):
    """Frames uint8 ``[B, 64, 64, C]`` to latents float32 ``[B, Z]`` and back.

    Args:
        config: sizes and loss weights.
        dims: `dims.spaces.observation` must be a uint8 Box of shape (64, 64, C).

    Raises:
        ValueError: for any other observation space.
    """

    def __init__(self, config: ConvVAEConfig, dims: Dims) -> None:
        super().__init__()
        self.config = config
        self.latent_dim = config.latent_dim
        self.latent_limit = config.latent_limit
        channels = _frame_channels(dims.spaces.observation)
        a, b, c, d = (max(1, round(n * config.width)) for n in (32, 64, 128, 256))
        self.encoder = nn.Sequential(
            *_down(channels, a), *_down(a, b), *_down(b, c), *_down(c, d), nn.Flatten()
        )  # 64 -> 31 -> 14 -> 6 -> 2
        self.posterior_head = nn.Linear(d * 4, 2 * config.latent_dim)
        self.decoder_input = nn.Linear(config.latent_dim, d * 4)
        self.decoder = nn.Sequential(
            *_up(d * 4, c, 5), *_up(c, b, 5), *_up(b, a, 6), nn.ConvTranspose2d(a, channels, 6, stride=2), nn.Sigmoid()
        )  # 1 -> 5 -> 13 -> 30 -> 64
        self.to(memory_format=torch.channels_last)  # NHWC frames then need no copy, and CPU convolutions run faster

    def posterior(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log standard deviation, each ``[B, Z]``, of the (unclamped) Gaussian posterior."""
        mean, log_std = self.posterior_head(self.encoder(_to_unit(obs))).chunk(2, -1)
        return mean, log_std.clamp(-8.0, 4.0)  # exp() stays finite however odd the frame

    def encode(self, obs: Tensor, *, generator: Generator | None = None) -> Tensor:
        """Frames ``[B, 64, 64, C]`` to latents ``[B, Z]``: the mean, or a sample when given a generator."""
        mean, log_std = self.posterior(obs)
        if generator is not None:
            mean = _sample(mean, log_std, generator)
        return mean.clamp(-self.latent_limit, self.latent_limit)

    def decode(self, latent: Tensor) -> Tensor:
        """Latents ``[B, Z]`` to frames uint8 ``[B, 64, 64, C]``."""
        frames = self._reconstruct(latent).permute(0, 2, 3, 1)
        return (frames * 255.0).round().to(torch.uint8).contiguous()

    def loss(self, obs: Tensor, *, generator: Generator) -> Loss:
        """Squared error summed over the pixels (in [0, 1]) + beta x KL, averaged over the batch.

        The reference floors the *total* KL at 0.5 nats x Z; here every dimension has its own floor (of its batch mean),
        which keeps all of them in use.
        """
        mean, log_std = self.posterior(obs)
        frames = self._reconstruct(_sample(mean, log_std, generator))
        error = ((frames - _to_unit(obs)) ** 2).sum((1, 2, 3)).mean()
        kl = (0.5 * (mean**2 + torch.exp(2 * log_std) - 1.0) - log_std).mean(0)  # [Z] nats
        total = error + self.config.beta * kl.clamp_min(self.config.free_nats).sum()
        metrics = {
            "loss": total,
            "squared_error": error,
            "mse": error / frames[0].numel(),
            "kl": kl.sum(),
            "active_dims": (kl > 0.01).sum().float(),
        }
        return Loss(total, {name: value.detach() for name, value in metrics.items()})

    def _reconstruct(self, latent: Tensor) -> Tensor:
        """Latents to frames in (0, 1), ``[B, C, 64, 64]``."""
        seed = self.decoder_input(latent)[:, :, None, None].contiguous(memory_format=torch.channels_last)
        frames: Tensor = self.decoder(seed)
        return frames


def _down(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 4, stride=2), nn.ReLU()


def _up(inputs: int, outputs: int, kernel: int) -> tuple[nn.Module, nn.Module]:
    return nn.ConvTranspose2d(inputs, outputs, kernel, stride=2), nn.ReLU()


def _to_unit(obs: Tensor) -> Tensor:
    """Frames uint8 NHWC to float32 NCHW in [0, 1] (a channels_last view: no transposition in memory)."""
    return obs.permute(0, 3, 1, 2).float() / 255.0


def _sample(mean: Tensor, log_std: Tensor, generator: Generator) -> Tensor:
    return mean + torch.exp(log_std) * normal(mean.shape[0], mean.shape[1], generator, mean.device)


def _frame_channels(space: object) -> int:
    shape, dtype = getattr(space, "shape", None), str(getattr(space, "dtype", None))
    if shape is None or len(shape) != 3 or tuple(shape[:2]) != (SIZE, SIZE) or dtype != "uint8":
        raise ValueError(
            f"wm/conv-vae-v0 encodes uint8 frames of shape (64, 64, C), but the observation space is {space}; "
            "make the environment with 64x64 frames (wm/CarRacing-v0: obs_size=64) or choose another encoder"
        )
    return int(shape[2])
