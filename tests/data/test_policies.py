from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from wm_zoo.data import BatchPolicy, ConstantPolicy, CorrelatedRandomPolicy, NoisyPolicy, RandomPolicy
from wm_zoo.errors import WMError

BOX = gym.spaces.Box(np.array([-1, 0, 2], np.float32), np.array([1, 1, 6], np.float32))
CLASSES = gym.spaces.Discrete(4, start=2)


def roll(policy, lanes, steps, seed=0):
    policy.reset(lanes, seed)
    return np.stack([policy.act(None) for _ in range(steps)])  # [steps, lanes, ...]


def _makers(space):
    constant = np.clip(0, space.low, space.high) if isinstance(space, gym.spaces.Box) else int(space.start)
    return {
        "random": lambda: RandomPolicy(space),
        "correlated": lambda: CorrelatedRandomPolicy(space),
        "constant": lambda: ConstantPolicy(space, constant),
        "noisy": lambda: NoisyPolicy(ConstantPolicy(space, constant), space, most=0.5),
    }


@pytest.mark.parametrize("space", [BOX, CLASSES, gym.spaces.Box(-np.inf, np.inf, (2,))], ids=str)
@pytest.mark.parametrize("name", ["random", "correlated", "constant", "noisy"])
def test_valid_actions_that_do_not_depend_on_the_number_of_lanes(space, name):
    make = _makers(space)[name]
    assert isinstance(make(), BatchPolicy)
    few, many = roll(make(), 2, 300), roll(make(), 5, 300)
    assert np.array_equal(few, many[:, :2])
    assert all(space.contains(action if action.shape else action[()]) for action in many.reshape(-1, *space.shape))
    if name != "constant":
        assert not np.array_equal(many[:, 0], many[:, 1])
        assert not np.array_equal(few, roll(make(), 2, 300, seed=1))


def test_an_episode_depends_on_its_seed_alone():
    policy = CorrelatedRandomPolicy(BOX)
    policy.reset(3, 0)
    for _ in range(7):
        policy.act(None)
    policy.reset_lanes(np.array([False, True, False]), np.array([0, 99, 0]))
    later = np.stack([policy.act(None)[1] for _ in range(200)])
    policy.reset(1, 4)
    policy.reset_lanes(np.array([True]), np.array([99]))
    assert np.array_equal(later, np.stack([policy.act(None)[0] for _ in range(200)]))


def test_correlation_and_scale_are_those_asked_for():
    space = gym.spaces.Box(-1.0, 1.0, (1,), np.float64)
    policy = CorrelatedRandomPolicy(space, rho=0.85, bias_std=0.0, scale=0.2, scale_range=(1.0, 1.0))
    x = roll(policy, 40, 1500)[:, :, 0]
    assert np.corrcoef(x[1:].ravel(), x[:-1].ravel())[0, 1] == pytest.approx(0.85, abs=0.01)
    assert x.std() == pytest.approx(0.2, rel=0.03)
    assert x[0].std() == pytest.approx(0.2, rel=0.4)  # stationary from the first step
    biased = CorrelatedRandomPolicy(BOX, bias_mean=(0.0, 0.5, -0.5), bias_std=0.0, scale=0.0)
    assert np.allclose(roll(biased, 2, 3), [0.0, 0.75, 3.0])


def test_opposed_dimensions_share_one_signal():
    space = gym.spaces.Box(np.array([-1, 0, 0], np.float32), np.ones(3, np.float32))
    policy = CorrelatedRandomPolicy(space, scale=0.8, scale_range=(1.0, 1.0), opposed=((1, 2),))
    actions = roll(policy, 4, 200)
    assert np.all((actions[..., 1] == 0) | (actions[..., 2] == 0))
    assert (actions[..., 1] > 0).mean() > 0.2
    assert (actions[..., 2] > 0).mean() > 0.2
    assert actions[..., 2].max() <= 0.8 + 1e-6


def test_sticky_classes_stay_with_probability_rho():
    chosen = roll(CorrelatedRandomPolicy(CLASSES, rho=0.6), 20, 1000)
    assert (chosen[1:] == chosen[:-1]).mean() == pytest.approx(0.6 + 0.4 / 4, abs=0.02)
    assert set(np.unique(chosen)) == {2, 3, 4, 5}


def test_noise_reaches_its_share_of_episodes_and_no_further():
    space = gym.spaces.Box(-1.0, 1.0, (1,), np.float64)
    actions = roll(NoisyPolicy(ConstantPolicy(space, [0.0]), space, lanes=0.7, most=0.3), 600, 5)[..., 0]
    noisy = np.any(actions != 0, 0)
    assert noisy.mean() == pytest.approx(0.7, abs=0.06)
    assert np.abs(actions).max() <= 0.3
    classes = NoisyPolicy(ConstantPolicy(CLASSES, 2), CLASSES, lanes=1.0, most=0.0)
    assert np.all(roll(classes, 5, 50) == 2)


def test_bad_arguments_are_named():
    with pytest.raises(WMError, match=r"rho=1\.0"):
        CorrelatedRandomPolicy(BOX, rho=1.0)
    with pytest.raises(WMError, match=r"bias_mean has shape.*3 numbers"):
        CorrelatedRandomPolicy(BOX, bias_mean=(0.0, 1.0))
    with pytest.raises(WMError, match=r"most=1\.5"):
        NoisyPolicy(RandomPolicy(BOX), BOX, most=1.5)
    with pytest.raises(WMError, match="opposed"):
        CorrelatedRandomPolicy(BOX, opposed=((1, 3),))
