"""The convolutional VAE: Ha & Schmidhuber's sizes, its loss by hand, and that it learns."""

from __future__ import annotations

import importlib

import gymnasium as gym
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from wm_plugins.conv_vae import ConvVAEConfig, wm_components
from wm_plugins.conv_vae.model import ConvVAE
from wm_zoo.api import Dims, Spaces
from wm_zoo.api.nn import normal
from wm_zoo.testing import parametrize_with_checks

ACTIONS = gym.spaces.Box(-1.0, 1.0, (3,), np.float32)


def dims(*shape, dtype=np.uint8):
    high = 255 if dtype == np.uint8 else 1.0
    return Dims(Spaces(gym.spaces.Box(0, high, shape, dtype), ACTIONS), 3)


def build(**config):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ConvVAE(ConvVAEConfig(**config), dims(64, 64, 3))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def squares(count=8):
    """Grey frames, each with one quarter black or white."""
    frames = torch.full((count, 64, 64, 3), 128, dtype=torch.uint8)
    for i in range(count):
        row, column = 32 * (i % 2), 32 * (i // 2 % 2)
        frames[i, row : row + 32, column : column + 32] = 255 * (i // 4 % 2)
    return frames


class Lanes:
    def __init__(self, seeds):
        self.generators = [seeded(s) for s in seeds]

    def normal(self, n, k):
        assert n == len(self.generators)
        return torch.stack([torch.randn(k, generator=g) for g in self.generators])


@parametrize_with_checks("wm/conv-vae-v0", config={"width": 0.25})
def test_conformance(check):
    check()


def test_component_points_at_the_class():
    (component,) = wm_components()
    module, name = component.target.split(":")
    assert getattr(importlib.import_module(module), name) is ConvVAE
    assert component.contract.bind["Z"] in ConvVAEConfig.model_fields


def test_parameter_count_is_the_papers():
    assert sum(p.numel() for p in build().parameters()) == 4_348_547


@pytest.mark.parametrize("width", [0.125, 0.5])
def test_shapes_and_dtypes(width):
    model = build(width=width, latent_dim=7)
    latent = model.encode(squares(3))
    assert latent.shape == (3, 7)
    assert latent.dtype == torch.float32
    frames = model.decode(latent)
    assert frames.shape == (3, 64, 64, 3)
    assert frames.dtype == torch.uint8
    assert frames.is_contiguous()


def test_decode_is_the_reconstruction_rounded_to_bytes():
    model = build(width=0.25)
    latent = torch.randn(2, 32, generator=seeded())
    assert torch.equal(model.decode(latent)[1, 5, 9, 2], (model._reconstruct(latent)[1, 2, 5, 9] * 255).round().byte())


def test_encode_is_the_mean_and_samples_with_a_generator():
    model, frames = build(width=0.25), squares(4)
    mean, log_std = model.posterior(frames)
    assert torch.equal(model.encode(frames), mean)
    sample = model.encode(frames, generator=seeded(3))
    assert torch.equal(sample, mean + log_std.exp() * normal(4, 32, seeded(3)))
    assert not torch.equal(sample, model.encode(frames, generator=seeded(4)))
    assert torch.equal(sample, model.encode(frames, generator=seeded(3)))


def test_lanes_do_not_leak():
    model, frames = build(width=0.25).eval(), squares(4)
    together = model.encode(frames, generator=Lanes([1, 2, 3, 4]))
    order = [3, 1, 0, 2]
    assert torch.allclose(model.encode(frames[order], generator=Lanes([4, 2, 1, 3])), together[order], atol=1e-5)
    alone = model.encode(frames[2:3], generator=Lanes([3]))
    assert torch.allclose(alone, together[2:3], atol=1e-5)


def test_latents_never_exceed_the_limit():
    model = build(width=0.25, latent_limit=0.01)
    for latent in (model.encode(squares()), model.encode(squares(), generator=seeded())):
        assert latent.abs().max().item() == pytest.approx(0.01)


def test_loss_by_hand():
    model, frames = build(width=0.25, beta=0.3, free_nats=0.2), squares(4)
    mean, log_std = model.posterior(frames)
    z = mean + log_std.exp() * normal(4, 32, seeded(9))
    image = model._reconstruct(z).permute(0, 2, 3, 1)
    error = ((image - frames / 255.0) ** 2).reshape(4, -1).sum(1).mean()
    posterior = torch.distributions.Normal(mean, log_std.exp())
    kl = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).mean(0)
    loss = model.loss(frames, generator=seeded(9))
    assert loss.total.item() == pytest.approx((error + 0.3 * kl.clamp_min(0.2).sum()).item(), rel=1e-4)
    assert loss.metrics["kl"].item() == pytest.approx(kl.sum().item(), rel=1e-3, abs=1e-6)
    assert loss.metrics["mse"].item() == pytest.approx(error.item() / (64 * 64 * 3), rel=1e-4)
    assert not any(value.requires_grad for value in loss.metrics.values())


def test_kl_below_the_floor_costs_and_teaches_nothing():
    frames, floor = squares(4), 5.0
    free = build(width=0.25, free_nats=floor).loss(frames, generator=seeded())
    other = build(width=0.25, free_nats=0.0, beta=0.0).loss(frames, generator=seeded())
    assert free.metrics["kl"] < floor
    assert free.total.item() == pytest.approx(other.total.item() + 32 * floor, rel=1e-5)


def test_overfits_a_small_batch_and_every_parameter_learns():
    model, frames = build(width=0.25, latent_dim=8), squares(8)
    optimiser = torch.optim.Adam(model.parameters(), 2e-3)
    noise = seeded()
    first = model.loss(frames, generator=noise)
    for _ in range(180):
        optimiser.zero_grad()
        model.loss(frames, generator=noise).total.backward()
        optimiser.step()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    last = model.loss(frames, generator=noise)
    average = ((frames.float().mean(0) - frames.float()) / 255).square().sum((1, 2, 3)).mean()
    assert last.metrics["squared_error"] < 0.4 * average  # a decoder that ignores z cannot beat the average frame
    assert last.metrics["squared_error"] < first.metrics["squared_error"]
    error = ((model.decode(model.encode(frames)).float() - frames.float()) / 255).square().sum((1, 2, 3)).mean()
    assert error < 0.4 * average  # and so end to end, in bytes


@pytest.mark.parametrize("shape", [(96, 96, 3), (64, 64), (3, 64, 64)])
def test_other_sizes_are_refused(shape):
    with pytest.raises(ValueError, match=r"obs_size=64"):
        ConvVAE(ConvVAEConfig(), dims(*shape))


def test_float_frames_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        ConvVAE(ConvVAEConfig(), dims(64, 64, 3, dtype=np.float32))


def test_config_is_checked():
    with pytest.raises(ValidationError):
        ConvVAEConfig(beta=-1.0)
    with pytest.raises(ValidationError):
        ConvVAEConfig(z=32)
