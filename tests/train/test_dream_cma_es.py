"""The CMA-ES trainer: improves in a dream, resumes to the same numbers, takes over weights from an earlier round."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from wm_plugins.linear import LinearConfig
from wm_plugins.linear.model import Linear
from wm_zoo import atomic
from wm_zoo.api import Dims, Spaces, Step
from wm_zoo.api.nn import normal
from wm_zoo.train.dream_cma_es import DreamCmaEs, DreamCmaEsConfig
from wm_zoo.train.loop import carry_over

SPACES = Spaces(gym.spaces.Box(-10, 10, (2,), np.float32), gym.spaces.Box(-1.0, 1.0, (1,), np.float32))
CONFIG = DreamCmaEsConfig(population=8, sigma=0.5, dreams=4, horizon=12, temperature=0.3)


class PointMass:
    """A point pushed along a line, rewarded near the origin."""

    spaces, feature_dim, feature_limit = SPACES, 2, 100.0

    def imagine(self, state, action, *, temperature=1.0, generator=None):
        push = action[:, 0]
        if generator is not None:
            push = push + temperature * normal(len(push), 1, generator)[:, 0]
        v = 0.8 * state["v"] + 0.5 * push
        x = state["x"] + 0.5 * v
        return Step({"x": x, "v": v}, -(x**2), torch.zeros_like(x), push.abs())

    def features(self, state):
        return torch.stack([state["x"], state["v"]], -1)


def starts(n, generator):
    return dict(zip("xv", (2.0 * normal(n, 2, generator)).unbind(-1), strict=True))


def trainer(seed=0, updates=6, config=CONFIG):
    policy = Linear(LinearConfig(), Dims(SPACES, 1, latent=2, features=2))
    generator = torch.Generator().manual_seed(seed)
    return DreamCmaEs(policy, PointMass(), starts, config, updates=updates, generator=generator, seed=seed)


def run(t, until):
    rows = []
    while t.done < until:
        rows.append(t.update())
    return rows


def test_improves_and_the_policy_holds_the_mean():
    t = trainer()
    rows = run(t, 12)
    assert np.mean([row["dream_reward"] for row in rows[-3:]]) > np.mean([row["dream_reward"] for row in rows[:3]])
    assert all(row["worst"] <= row["dream_reward"] <= row["best"] for row in rows)
    assert torch.equal(t.policy.flat_parameters(), t._search.result())


@pytest.mark.parametrize("killed_at", [0, 1, 4])
def test_resumes_to_the_same_numbers_through_a_file(tmp_path, killed_at):
    whole = trainer()
    expected = run(whole, 6)
    killed = trainer()
    head = run(killed, killed_at)
    atomic.save_tensors(tmp_path / "checkpoint.safetensors", killed.state())
    resumed = trainer(seed=99)  # generator and seed come from the checkpoint
    resumed.restore(atomic.load_tensors(tmp_path / "checkpoint.safetensors"))
    assert resumed.done == killed_at
    assert head + run(resumed, 6) == expected
    assert torch.equal(resumed.policy.flat_parameters(), whole.policy.flat_parameters())


def test_next_round_starts_afresh_around_the_last_mean():
    first = trainer()
    run(first, 6)
    second = trainer(seed=1)
    carry_over(second, first.state())
    assert second.done == 0
    assert torch.equal(second.policy.flat_parameters(), first.policy.flat_parameters())
    assert torch.equal(second._search.result(), first._search.result())
    assert second._search.sigma == CONFIG.sigma
    rows = run(second, 3)
    again = trainer(seed=1)
    carry_over(again, first.state())
    assert run(again, 3) == rows
    resumed = trainer(seed=5)  # killed in the middle of the second round
    carry_over(half := trainer(seed=1), first.state())
    run(half, 1)
    resumed.restore(half.state())
    assert run(resumed, 3) == rows[1:]


def test_temperature_zero_is_the_most_likely_future():
    quiet = CONFIG.model_copy(update={"temperature": 0.0})
    t = trainer(config=quiet)
    t.world.imagine = lambda *a, generator=None, **k: (
        pytest.fail("noise") if generator is not None else PointMass().imagine(*a, generator=None, **k)
    )
    t.update()


def test_config_is_checked():
    with pytest.raises(ValidationError):
        DreamCmaEsConfig(population=2)
    with pytest.raises(ValidationError):
        DreamCmaEsConfig(lanes=2)
