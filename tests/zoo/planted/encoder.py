from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from wm_zoo.api import Loss
from wm_zoo.api.nn import mlp, normal


class SoundEncoder(nn.Module):
    def __init__(self, config, dims):
        super().__init__()
        self.shape = dims.spaces.observation.shape
        self.latent_dim, self.latent_limit = config.latent_dim, 4.0
        size = 64 * self.shape[2]
        self.encoder = mlp([size, 48, 2 * config.latent_dim])
        self.decoder = mlp([config.latent_dim, 48, size])

    def encode(self, obs, *, generator=None):
        mean, log_std = self.posterior(obs)
        return self.limit(mean if generator is None else self.sample(mean, log_std, generator))

    def decode(self, latent):
        frame = functional.interpolate(self.paint(latent), self.shape[:2])
        return (frame * 255).round().to(torch.uint8).permute(0, 2, 3, 1)

    def loss(self, obs, *, generator):
        mean, log_std = self.posterior(obs)
        z = self.latent_of_loss(mean, log_std, generator)
        error = (self.paint(z) - self.small(obs)).pow(2).sum((1, 2, 3)).mean()
        divergence = (0.5 * (mean**2 + torch.exp(2 * log_std) - 1) - log_std).sum(-1).mean()
        return Loss(error + 0.01 * divergence, {"error": error.detach()})

    def latent_of_loss(self, mean, log_std, generator):
        return self.sample(mean, log_std, generator)

    def posterior(self, obs):
        mean, log_std = self.encoder(self.small(obs).flatten(1)).chunk(2, -1)
        return mean, log_std.clamp(-4, 2)

    def sample(self, mean, log_std, generator):
        return mean + log_std.exp() * normal(*mean.shape, generator)

    def limit(self, latent):
        return latent.clamp(-self.latent_limit, self.latent_limit)

    def small(self, obs):
        return functional.adaptive_avg_pool2d(obs.permute(0, 3, 1, 2).float() / 255, 8)

    def paint(self, latent):
        return torch.sigmoid(self.decoder(latent)).reshape(-1, self.shape[2], 8, 8)


class MeanWhereSampleWasMeant(SoundEncoder):
    """The sample is drawn and thrown away."""

    def sample(self, mean, log_std, generator):
        super().sample(mean, log_std, generator)
        return mean


class LossOfTheMean(SoundEncoder):
    def latent_of_loss(self, mean, log_std, generator):
        return mean


class FirstChannelsOnly(SoundEncoder):
    """Of stacked frames only the older ones reach the latent."""

    def posterior(self, obs):
        blind = obs.clone()
        blind[..., -1] = 0
        return super().posterior(blind)


class LimitForgotten(SoundEncoder):
    def limit(self, latent):
        return latent * 10


class FloatFrames(SoundEncoder):
    def decode(self, latent):
        return super().decode(latent).float() / 255
