"""MDN-RNN on native kernels: torch's numbers to within 1e-5, and a row's own bits whatever the batch."""

from __future__ import annotations

import copy
import dataclasses

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_zoo.api import Dims, Spaces
from wm_zoo.lanes import LaneGenerator
from wm_zoo.manager import make

LATENT, ACTION = 11, 3

CONFIGS = [
    {"cell": "gru", "mixtures": 1, "head": 24, "hidden": 37},
    {"cell": "gru", "mixtures": 5, "head": 0, "hidden": 64},
    {"cell": "lstm", "mixtures": 5, "head": 0, "hidden": 37},
    {"cell": "lstm", "mixtures": 1, "head": 16, "hidden": 32, "residual": False},
]


def build(config):
    spaces = Spaces(gym.spaces.Box(0, 255, (8, 8, 3), np.uint8), gym.spaces.Box(-1, 1, (ACTION,), np.float32))
    torch.manual_seed(0)
    return make("wm/mdn-rnn-v0", Dims(spaces, ACTION, LATENT), **config).eval()


def start(model, n):
    rng = torch.Generator().manual_seed(1)
    state = {name: torch.randn(tensor.shape, generator=rng) for name, tensor in model.initial(n).items()}
    return state, torch.rand(n, ACTION, generator=rng) * 2 - 1


def flat(step):
    return {**step.state, "reward": step.reward, "terminated": step.terminated, "uncertainty": step.uncertainty}


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("temperature", [None, 0.5, 1.3])
def test_agrees_with_torch(config, temperature):
    model = build(config)
    state, action = start(model, 19)
    results = []
    for native in (True, False):
        noise = None if temperature is None else LaneGenerator(range(19))
        with torch.set_grad_enabled(not native):  # gradients keep to torch
            step = model.imagine(state, action, temperature=temperature or 1.0, generator=noise)
            seen = model.observe(state, action, state["z"])
        assert any(tensor.requires_grad for tensor in seen.values()) is not native
        results.append({**flat(step), **{f"seen.{name}": tensor for name, tensor in seen.items()}})
    for name, value in results[0].items():
        torch.testing.assert_close(value, results[1][name].detach(), atol=1e-5, rtol=1e-5, msg=name)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@torch.no_grad()
def test_a_row_keeps_its_bits_in_any_batch(config):
    model = build(config)
    assert model.row_independent
    n = 101
    state, action = start(model, n)
    everyone = flat(model.imagine(state, action, generator=LaneGenerator(range(n))))
    for size in (1, 2, 7, 33):
        lanes = np.arange(n)[::-1][:size].copy()
        rows = {name: tensor[lanes] for name, tensor in state.items()}
        noise = LaneGenerator(range(n)).select(lanes)
        for name, value in flat(model.imagine(rows, action[lanes], generator=noise)).items():
            assert torch.equal(value, everyone[name][lanes]), (size, name)


@torch.no_grad()
def test_changed_weights_are_seen():
    model = build(CONFIGS[0])
    state, action = start(model, 4)
    before = model.imagine(state, action).reward
    model.reward_head[-1].bias.add_(1.0)
    after = model.imagine(state, action).reward
    assert (after != before).all()
    twin = copy.deepcopy(model)
    twin.reward_head[-1].bias.add_(1.0)
    assert (twin.imagine(state, action).reward != after).all()
    assert torch.equal(model.imagine(state, action).reward, after)
    model.load_state_dict(twin.state_dict())
    assert torch.equal(model.imagine(state, action).reward, twin.imagine(state, action).reward)


@torch.no_grad()
def test_training_keeps_to_torch():
    model = build(CONFIGS[0]).train()
    assert not model.row_independent
    state, action = start(model, 4)
    torch.testing.assert_close(model.imagine(state, action).reward, model.eval().imagine(state, action).reward)


@torch.no_grad()
def test_nan_stays_in_its_row():
    model = build(CONFIGS[2])
    state, action = start(model, 5)
    state["h"][3, 0] = float("nan")
    step = model.imagine(state, action, generator=LaneGenerator(range(5)))
    assert step.uncertainty.isnan().tolist() == [False, False, False, True, False]
    assert step.reward.isnan().tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("change", [{"residual": False}, {"reward_scale": 2.0}, {"features": ("h", "z")}])
def test_the_conformance_kit_catches_a_wrong_program(monkeypatch, change):
    from wm_plugins.mdn_rnn.model import MdnRnn
    from wm_zoo.testing.checks_dynamics_native import native_step_is_the_step
    from wm_zoo.testing.subject import Subject

    subject = Subject("wm/mdn-rnn-v0", {"hidden": 16})
    native_step_is_the_step(subject)
    right = MdnRnn.native_step
    monkeypatch.setattr(MdnRnn, "native_step", lambda self: dataclasses.replace(right(self), **change))
    with pytest.raises(AssertionError, match="native step is not what imagine gives"):
        native_step_is_the_step(subject)
