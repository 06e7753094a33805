"""Actions of the environment as vectors and back."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_zoo.actions import ActionCodec

CAR = gym.spaces.Box(np.float32([-1, 0, 0]), np.float32([1, 1, 1]))


def test_box_round_trip_in_environment_units():
    codec = ActionCodec(CAR)
    actions = np.stack([CAR.sample() for _ in range(5)])
    vectors = codec.to_vector(actions)
    assert vectors.shape == (5, 3)
    assert vectors.dtype == torch.float32
    np.testing.assert_array_equal(codec.to_env(vectors), actions)
    assert CAR.contains(codec.to_env(torch.full((1, 3), 9.0))[0])


def test_a_matrix_box_is_flattened():
    codec = ActionCodec(gym.spaces.Box(-1, 1, (2, 3), np.float64))
    actions = np.linspace(-1, 1, 12).reshape(2, 2, 3)
    assert codec.size == 6
    assert codec.to_env(codec.to_vector(actions)).shape == (2, 2, 3)


def test_discrete_is_one_hot_and_keeps_its_start():
    codec = ActionCodec(gym.spaces.Discrete(3, start=5))
    vectors = codec.to_vector(np.array([7, 5]))
    assert vectors.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert codec.to_env(vectors).tolist() == [7, 5]


def test_clip_keeps_actions_in_the_box():
    assert ActionCodec(CAR).clip(torch.tensor([[-9.0, -9.0, 0.5]])).tolist() == [[-1.0, 0.0, 0.5]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_name_the_lane(bad):
    actions = np.zeros((4, 3))
    actions[2, 1] = bad
    with pytest.raises(ValueError, match="action of lane 2 is not finite"):
        ActionCodec(CAR).to_vector(actions)


def test_wrong_shapes_and_classes_are_refused():
    with pytest.raises(ValueError, match="actions have shape"):
        ActionCodec(CAR).to_vector(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="action 3 of lane 1"):
        ActionCodec(gym.spaces.Discrete(3)).to_vector(np.array([0, 3]))
    with pytest.raises(ValueError, match="expected integer actions"):
        ActionCodec(gym.spaces.Discrete(3)).to_vector(np.array([0.5, 1.0]))
    with pytest.raises(TypeError, match="Box or Discrete"):
        ActionCodec(gym.spaces.MultiBinary(3))
