from __future__ import annotations

import json

import gymnasium as gym
import numpy as np
import pytest

from wm_zoo.errors import WMError
from wm_zoo.spaces import action_vectors, actions_from_vectors, space_from_json, space_to_json

Box, Discrete, Dict = gym.spaces.Box, gym.spaces.Discrete, gym.spaces.Dict
SPACES = [
    Box(0, 255, (64, 64, 3), np.uint8),
    Box(np.array([-1, 0, 0.1], np.float32), np.array([1, np.inf, 0.3], np.float32)),
    Box(-np.inf, np.inf, (2, 2), np.float64),
    Box(-3.5, 2.0, (), np.float32),
    Discrete(5, start=-2),
    Dict({"camera": Box(0, 255, (4, 4, 3), np.uint8), "more": Dict({"gear": Discrete(6), "a": Box(0, 1, (1,))})}),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_round_trip_is_exact(space):
    back = space_from_json(json.loads(json.dumps(space_to_json(space), allow_nan=False)))
    assert back == space
    assert back.dtype == space.dtype


def test_unsupported_space_and_type_are_named():
    with pytest.raises(WMError, match=r"MultiBinary.*supported: Box"):
        space_to_json(gym.spaces.MultiBinary(3))
    with pytest.raises(WMError, match="did you mean 'Discrete'"):
        space_from_json({"type": "Discret", "n": 3})
    with pytest.raises(WMError, match="lacks the key 'low'"):
        space_from_json({"type": "Box", "shape": [1], "dtype": "float32"})


@pytest.mark.parametrize("space", [Box(-1, 1, (2, 2), np.float64), Discrete(4, start=3)], ids=str)
def test_actions_and_vectors(space):
    space.seed(0)
    actions = np.array([space.sample() for _ in range(6)]).astype(np.float32).astype(space.dtype)
    vectors = action_vectors(space, actions)
    assert vectors.shape == (6, 4)
    assert vectors.dtype == np.float32
    assert np.array_equal(actions_from_vectors(space, vectors), actions)
