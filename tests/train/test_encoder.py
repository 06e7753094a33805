"""Gradient training of an encoder, resumed to the same bits."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import torch

from wm_plugins.conv_vae import ConvVAEConfig
from wm_plugins.conv_vae.model import ConvVAE
from wm_zoo.api import Dims, Spaces
from wm_zoo.train.encoder import EncoderTrainer, limited

SPACES = Spaces(gym.spaces.Box(0, 255, (64, 64, 1), np.uint8), gym.spaces.Box(-1, 1, (1,), np.float32))


def trainer() -> EncoderTrainer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = ConvVAE(ConvVAEConfig(latent_dim=2, width=0.1), Dims(SPACES, 1))
    frames = torch.randint(0, 255, (20, 64, 64, 1), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))

    def draw(generator):
        return frames[torch.randint(20, (4,), generator=generator)]

    return EncoderTrainer(encoder, draw, updates=8, rate=1e-3, generator=torch.Generator().manual_seed(2))


def test_resumes_to_the_same_bits() -> None:
    whole, first, second = trainer(), trainer(), trainer()
    losses = [whole.update()["loss"] for _ in range(8)]
    for _ in range(3):
        first.update()
    second.restore(first.state())
    assert [second.update()["loss"] for _ in range(5)] == losses[3:]
    mine, theirs = whole.state(), second.state()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    assert losses[-1] < losses[0]


def test_limited_cuts_the_last_batch() -> None:
    batches = [torch.zeros(4, 2) for _ in range(5)]
    assert [len(batch) for batch in limited(iter(batches), 10)] == [4, 4, 2]
