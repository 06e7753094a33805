"""Independent Gaussian mixtures, one for each latent dimension (as in the paper's code, not one joint mixture)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from wm_zoo.api.nn import Generator, gaussian_nll, normal, uniform


class Mixture:
    """K Gaussians per latent dimension; all tensors ``[..., Z, K]``."""

    def __init__(self, outputs: Tensor, base: Tensor, k: int, log_std_min: float, log_std_max: float) -> None:
        parts = outputs.unflatten(-1, (3 if k > 1 else 2, base.shape[-1], k))
        self.mean = parts.select(-3, 0) + base[..., None]
        # A soft clamp keeps a gradient at both ends, where a hard one would freeze the head.
        log_std = parts.select(-3, 1)
        log_std = log_std_max - torch.nn.functional.softplus(log_std_max - log_std)
        self.log_std = log_std_min + torch.nn.functional.softplus(log_std - log_std_min)
        self.logits = parts.select(-3, 2) if k > 1 else torch.zeros_like(self.mean)
        self._k = k

    @staticmethod
    def parameters(latent_dim: int, k: int) -> int:
        """Length of the output vector that describes the mixtures."""
        return latent_dim * k * (3 if k > 1 else 2)

    def nll(self, target: Tensor) -> Tensor:
        """Negative log likelihood per dimension, ``[..., Z]``."""
        log_p = -gaussian_nll(target[..., None], self.mean, self.log_std)
        if self._k == 1:
            return -log_p[..., 0]
        return -torch.logsumexp(log_p + torch.log_softmax(self.logits, -1), -1)

    def mode(self) -> Tensor:
        """Mean of the heaviest component, ``[B, Z]``."""
        return self._pick(self.mean, self.logits.argmax(-1, keepdim=True))

    def sample(self, temperature: float, generator: Generator) -> Tensor:
        """Sample ``[B, Z]``: logits divided by the temperature, noise multiplied by its root."""
        n, z = self.mean.shape[:2]
        noise = normal(n, z, generator, self.mean.device) * math.sqrt(temperature)
        if self._k == 1:
            return self.mean[..., 0] + self.log_std[..., 0].exp() * noise
        u = uniform(n, z * self._k, generator, self.mean.device).reshape(n, z, self._k)
        gumbel = -torch.log(-torch.log(u.clamp(1e-10, 1.0 - 1e-7)))
        index = (self.logits / max(temperature, 1e-4) + gumbel).argmax(-1, keepdim=True)
        return self._pick(self.mean, index) + self._pick(self.log_std, index).exp() * noise

    def std(self) -> Tensor:
        """Standard deviation of the whole mixture, ``[B, Z]``."""
        if self._k == 1:
            return self.log_std[..., 0].exp()
        weight = torch.softmax(self.logits, -1)
        mean = (weight * self.mean).sum(-1, keepdim=True)
        return (weight * ((2 * self.log_std).exp() + (self.mean - mean) ** 2)).sum(-1).sqrt()

    def _pick(self, values: Tensor, index: Tensor) -> Tensor:
        return values.gather(-1, index)[..., 0]
