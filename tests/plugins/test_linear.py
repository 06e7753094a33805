"""The linear controller: actions by hand, the flat vector, whole populations at once."""

from __future__ import annotations

import importlib

import gymnasium as gym
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from wm_plugins.linear import LinearConfig, wm_components
from wm_plugins.linear.model import Linear
from wm_zoo.api import Dims, Spaces
from wm_zoo.testing import parametrize_with_checks

BOX = gym.spaces.Box(np.array([-1.0, 0.0, -3.0], np.float32), np.array([1.0, 1.0, 5.0], np.float32))
SPACES = {"box": BOX, "discrete": gym.spaces.Discrete(3)}
OBS = gym.spaces.Box(-1.0, 1.0, (6,), np.float32)


def build(space=BOX, features=6, **config):
    return Linear(LinearConfig(**config), Dims(Spaces(OBS, space), 3, latent=6, features=features))


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@parametrize_with_checks("wm/linear-v0")
def test_conformance(check):
    check()


def test_component_points_at_the_class():
    (component,) = wm_components()
    module, name = component.target.split(":")
    assert getattr(importlib.import_module(module), name) is Linear


def test_the_papers_867_parameters():
    assert build(features=288).flat_parameters().shape == (867,)
    assert build(features=288, bias=False).flat_parameters().shape == (864,)


def test_box_action_by_hand():
    model, features = build(), noise(4, 6)
    model.load_flat_parameters(noise(21, seed=1))
    low, high = torch.as_tensor(BOX.low), torch.as_tensor(BOX.high)
    raw = torch.stack([model.weight @ row + model.bias for row in features])
    expected = low + (high - low) * (torch.tanh(raw) + 1) / 2
    assert torch.allclose(model.act(features), expected, atol=1e-6)


def test_starts_in_the_middle_of_the_box():
    assert torch.equal(build().act(noise(2, 6)), torch.tensor([[0.0, 0.5, 1.0]] * 2))


def test_discrete_action_is_the_largest_output_one_hot():
    model, features = build(SPACES["discrete"]), noise(8, 6)
    model.load_flat_parameters(noise(21, seed=1))
    action = model.act(features)
    best = (features @ model.weight.T + model.bias).argmax(-1)
    assert torch.equal(action, torch.eye(3)[best])
    assert len(best.unique()) > 1


def test_huge_features_stay_inside_the_bounds():
    model = build()
    model.load_flat_parameters(1e3 * noise(21, seed=1))
    action = model.act(1e3 * noise(64, 6))
    assert (action >= torch.as_tensor(BOX.low)).all()
    assert (action <= torch.as_tensor(BOX.high)).all()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("space", SPACES)
def test_population_equals_one_by_one(space, bias):
    model = build(SPACES[space], bias=bias)
    vectors, features = noise(5, model.flat_parameters().numel(), seed=1), noise(5, 7, 6, seed=2)
    together = model.act_population(vectors, features)
    assert together.shape == (5, 7, 3)
    assert not torch.allclose(together[0], together[1])
    for i in range(5):
        model.load_flat_parameters(vectors[i])
        assert torch.allclose(model.act(features[i]), together[i], atol=1e-6)


def test_flat_parameters_round_trip_and_are_copies():
    model, vector = build(), noise(21)
    model.load_flat_parameters(vector)
    assert torch.equal(model.flat_parameters(), vector)
    before = model.act(noise(2, 6))
    vector.zero_()
    model.flat_parameters().zero_()
    assert torch.equal(model.act(noise(2, 6)), before)
    clone = build()
    clone.load_state_dict(model.state_dict())
    assert torch.equal(clone.flat_parameters(), model.flat_parameters())


def test_lanes_do_not_leak():
    model, features = build(), noise(5, 6)
    model.load_flat_parameters(noise(21, seed=1))
    order = [4, 2, 0, 1, 3]
    assert torch.allclose(model.act(features[order]), model.act(features)[order], atol=1e-6)
    assert torch.allclose(model.act(features[2:3]), model.act(features)[2:3], atol=1e-6)


def test_wrong_vector_is_refused():
    with pytest.raises(ValueError, match="expected 21 parameters"):
        build().load_flat_parameters(torch.zeros(20))


def test_unsuitable_spaces_are_refused():
    with pytest.raises(TypeError, match="MultiBinary"):
        build(gym.spaces.MultiBinary(3))
    with pytest.raises(ValueError, match="bound it first"):
        build(gym.spaces.Box(-np.inf, np.inf, (3,), np.float32))


def test_config_is_checked():
    with pytest.raises(ValidationError):
        LinearConfig(biass=True)
