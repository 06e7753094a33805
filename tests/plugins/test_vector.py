"""The vector encoder: what it keeps, in which order, of a Box and of a Dict; and what it refuses."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

import wm_zoo
from wm_zoo.api import Spaces
from wm_zoo.testing import parametrize_with_checks, toy

ACTION = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
NESTED = gym.spaces.Dict(
    {
        "camera": gym.spaces.Box(0, 255, (8, 8, 3), np.uint8),
        "car": gym.spaces.Dict({"wheels": gym.spaces.Box(-1.0, 1.0, (2, 3), np.float32)}),
        "gear": gym.spaces.Box(0, 6, (1,), np.int64),
    }
)


def build(space, **config):
    return wm_zoo.make("wm/vector-v0", Spaces(space, ACTION), **config)


@parametrize_with_checks("wm/vector-v0")
def test_conformance_of_a_box(check):
    check()


@parametrize_with_checks(
    "wm/vector-v0",
    config={"parts": [{"key": "speed"}, {"key": "position", "dims": 2}]},
    spaces=Spaces(toy.OBSERVATIONS[-1], toy.CONTINUOUS),
)
def test_conformance_of_a_dict(check):
    check()


def correlated(n=4000, seed=0):
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn((n, 2), generator=generator)
    mixing = torch.tensor([[1.0, 2.0, 0.0, 100.0, 0.0], [0.0, 1.0, 1e-2, -50.0, 0.0]])
    return hidden @ mixing + torch.tensor([0.0, -3.0, 5.0, 1000.0, 7.0])


def test_entries_are_standardised_and_a_constant_one_is_zero():
    values = correlated()
    encoder = build(gym.spaces.Box(-np.inf, np.inf, (5,), np.float32))
    assert encoder.fit(iter(values.split(700)))["frames"] == len(values)
    latent = encoder.encode(values)
    torch.testing.assert_close(latent[:, :4].mean(0), torch.zeros(4), atol=1e-3, rtol=0)
    torch.testing.assert_close(latent[:, :4].std(0), torch.ones(4), atol=2e-2, rtol=0)
    assert torch.equal(latent[:, 4], torch.zeros(len(values)))
    torch.testing.assert_close(encoder.decode(latent), values, atol=2e-2, rtol=1e-3)


def test_components_are_white_ordered_and_enough_for_what_has_two_causes():
    values = correlated()
    encoder = build(gym.spaces.Box(-np.inf, np.inf, (5,), np.float32), parts=[{"dims": 3}], latent_limit=20.0)
    assert encoder.fit(iter([values]))["variance_kept"] == pytest.approx(1.0, abs=1e-4)
    latent = encoder.encode(values)[:, :2]
    torch.testing.assert_close(torch.cov(latent.T), torch.eye(2), atol=2e-2, rtol=0)
    assert (encoder.decode(encoder.encode(values)) - values).abs().max() < 0.5  # of a spread of 112


def test_parts_follow_the_config_and_other_keys_do_not_matter():
    encoder = build(NESTED, parts=[{"key": "gear"}, {"key": "car.wheels", "dims": 2}])
    assert encoder.latent_dim == 3
    generator = torch.Generator().manual_seed(0)
    obs = {
        "gear": torch.randint(0, 7, (50, 1), generator=generator),
        "car.wheels": torch.rand((50, 2, 3), generator=generator) * 2 - 1,
        "camera": torch.zeros((50, 8, 8, 3), dtype=torch.uint8),
    }
    encoder.fit(iter([obs]))
    latent = encoder.encode(obs)
    assert torch.equal(latent, encoder.encode({**obs, "camera": obs["camera"] + 9}))
    assert not torch.equal(latent[:, 0], encoder.encode({**obs, "gear": obs["gear"] + 1})[:, 0])
    decoded = encoder.decode(latent)
    assert decoded.keys() == {"gear", "car.wheels"}
    assert torch.equal(decoded["gear"], obs["gear"])
    assert decoded["car.wheels"].shape == (50, 2, 3)


def test_all_keys_are_taken_when_none_is_named():
    space = gym.spaces.Dict({"b": gym.spaces.Box(-1.0, 1.0, (2,)), "a": gym.spaces.Box(-1.0, 1.0, (3,))})
    assert build(space).latent_dim == 5


@pytest.mark.parametrize(
    ("space", "config", "message"),
    [
        (NESTED, {}, "camera is .*wm/pca-v0"),
        (NESTED, {"parts": [{"key": "car"}]}, r"key = 'car', but the observation has camera, car\.wheels, gear"),
        (NESTED, {"parts": [{"key": "gear", "dims": 2}]}, "gear has 1 entries; lower"),
        (gym.spaces.Box(-1.0, 1.0, (3,)), {"parts": [{"key": "gear"}]}, "no keys: leave `key` out"),
        (gym.spaces.Discrete(3), {}, "the observation is Discrete"),
    ],
)
def test_what_it_cannot_encode_is_refused_with_the_fix(space, config, message):
    with pytest.raises(ValueError, match=message):
        build(space, **config)


def test_one_observation_is_too_few_to_fit():
    with pytest.raises(ValueError, match="at least 2"):
        build(gym.spaces.Box(-1.0, 1.0, (3,))).fit(iter([torch.zeros(1, 3)]))
