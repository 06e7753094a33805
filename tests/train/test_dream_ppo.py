"""PPO in a dream: learns a toy task, weighs ends right, resumes to the same bits."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_plugins.mlp_policy import MlpPolicyConfig
from wm_plugins.mlp_policy.model import MlpPolicy
from wm_zoo.api import Dims, Spaces, Step
from wm_zoo.api.nn import normal
from wm_zoo.train.dream_ppo import DreamPpo, DreamPpoConfig

OBS = gym.spaces.Box(-10, 10, (2,), np.float32)
BOX = Spaces(OBS, gym.spaces.Box(-1.0, 1.0, (1,), np.float32))
DISCRETE = Spaces(OBS, gym.spaces.Discrete(2))
CONFIG = DreamPpoConfig(dreams=64, horizon=12, minibatch=256, gamma=0.9, reward_scale=0.3)


class PointMass:
    """A point pushed along a line, rewarded near the origin; it ends beyond |x| = 8 when `deadly`."""

    feature_dim, feature_limit = 2, 100.0

    def __init__(self, spaces: Spaces, deadly: bool = False) -> None:
        self.spaces, self.deadly = spaces, deadly

    def imagine(self, state, action, *, temperature=1.0, generator=None):
        push = action[:, 0] if isinstance(self.spaces.action, gym.spaces.Box) else action[:, 1] - action[:, 0]
        noise = normal(len(push), 1, generator)[:, 0] if generator is not None else 0.0
        v = 0.8 * state["v"] + 0.5 * push + 0.05 * temperature * noise
        x = state["x"] + 0.5 * v
        end = (x.abs() > 8).float() if self.deadly else torch.zeros_like(x)
        return Step({"x": x, "v": v}, -(x**2), end, push.abs())

    def features(self, state):
        return torch.stack([state["x"], state["v"]], -1)


def starts(n, generator):
    return dict(zip("xv", (2.0 * normal(n, 2, generator)).unbind(-1), strict=True))


def trainer(spaces=BOX, seed=0, updates=40, config=CONFIG):
    torch.manual_seed(seed)
    policy = MlpPolicy(MlpPolicyConfig(hidden=(32,)), Dims(spaces, 1 if spaces is BOX else 2, latent=2, features=2))
    generator = torch.Generator().manual_seed(seed)
    return DreamPpo(policy, PointMass(spaces), starts, config, updates=updates, generator=generator)


@pytest.mark.parametrize("spaces", [BOX, DISCRETE], ids=["box", "discrete"])
def test_learns_to_stay_near_the_origin(spaces):
    t = trainer(spaces)
    rows = [t.update() for _ in range(t.updates)]
    before = np.mean([row["dream_reward"] for row in rows[:5]])
    after = np.mean([row["dream_reward"] for row in rows[-5:]])
    assert after > 0.6 * before  # both are negative: at least 40 % of the cost is gone
    assert t.done == t.updates


def test_restored_trainer_goes_on_to_the_same_bits():
    whole, first = trainer(), trainer()
    for _ in range(6):
        whole.update()
    for _ in range(3):
        first.update()
    second = trainer(seed=1)
    second.restore(first.state())
    for _ in range(3):
        second.update()
    for a, b in zip(whole.policy.parameters(), second.policy.parameters(), strict=True):
        assert torch.equal(a, b)


def test_advantage_stops_at_an_end():
    t = trainer()
    reward = torch.tensor([[1.0], [1.0], [1.0]])
    value = torch.tensor([[5.0], [5.0], [5.0], [5.0]])
    ended = torch.tensor([[0.0], [1.0], [0.0]])
    advantage = t._advantage(reward, ended, value)
    assert advantage[1].item() == pytest.approx(1.0 - 5.0)  # nothing behind the end counts
    first = 1.0 + CONFIG.gamma * 5.0 - 5.0 + CONFIG.gamma * CONFIG.gae_lambda * (1.0 - 5.0)
    assert advantage[0].item() == pytest.approx(first)


def test_a_dream_that_ended_has_no_weight():
    t = trainer()
    t.world = PointMass(BOX, deadly=True)
    t.starts = lambda n, g: {"x": torch.full((n,), 20.0), "v": torch.zeros(n)}
    weight = t._dream().weight.reshape(CONFIG.horizon, CONFIG.dreams)
    assert torch.all(weight[0] == 1)
    assert torch.all(weight[1:] == 0)


def test_global_random_state_is_left_alone():
    t = trainer()
    before = torch.random.get_rng_state()
    t.update()
    assert torch.equal(before, torch.random.get_rng_state())
