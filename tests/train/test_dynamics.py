"""The dynamics trainer: the likelihood of a known system rises, and a restored trainer gives the same bits."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_plugins.mdn_rnn import MdnRnnConfig
from wm_plugins.mdn_rnn.model import MdnRnn
from wm_zoo.api import Dims, SequenceBatch, Spaces
from wm_zoo.train.dynamics import DynamicsConfig, DynamicsTrainer

SPACES = Spaces(gym.spaces.Box(-10, 10, (2,), np.float32), gym.spaces.Box(-1.0, 1.0, (1,), np.float32))


def windows(generator):
    """z' = 0.9 z + 0.3 a, reward = z'[0]."""
    action = torch.rand(16, 8, 1, generator=generator) * 2 - 1
    latent = [torch.randn(16, 2, generator=generator)]
    for t in range(8):
        latent.append(0.9 * latent[-1] + 0.3 * action[:, t])
    z = torch.stack(latent, 1)
    zeros = torch.zeros(16, 8)
    return SequenceBatch(z, action, z[:, 1:, 0], zeros, torch.ones(16, 8))


def trainer(cell="gru", seed=0, updates=120):
    torch.manual_seed(seed)
    model = MdnRnn(MdnRnnConfig(hidden=16, cell=cell, mixtures=2, reward_head=16), Dims(SPACES, 1, latent=2))
    generator = torch.Generator().manual_seed(seed)
    return DynamicsTrainer(model, windows, DynamicsConfig(rate=5e-3), updates=updates, generator=generator)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_learns_a_linear_system(cell):
    t = trainer(cell)
    rows = [t.update() for _ in range(t.updates)]
    assert rows[-1]["latent_nll"] < rows[0]["latent_nll"] - 1.0
    assert rows[-1]["reward_mse"] < 0.2 * rows[0]["reward_mse"]


def test_restored_trainer_goes_on_to_the_same_bits():
    whole, first, second = trainer(), trainer(), trainer(seed=1)
    for _ in range(6):
        whole.update()
    for _ in range(3):
        first.update()
    second.restore(first.state())
    for _ in range(3):
        second.update()
    for key, value in whole.dynamics.state_dict().items():
        assert torch.equal(value, second.dynamics.state_dict()[key])


def test_rates_decay_linearly():
    t = trainer(updates=4)
    t._rates = (1.0, 0.0)
    seen = []
    for _ in range(4):
        t.update()
        seen.append(t._optimizer.param_groups[0]["lr"])
    assert seen == pytest.approx([5e-3, 3.75e-3, 2.5e-3, 1.25e-3])
