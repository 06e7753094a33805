"""Dream returns and open-loop error, on worlds whose truth is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from wm_zoo.api import Step
from wm_zoo.data.episode import Episode
from wm_zoo.evaluate import EvaluationError, dream_returns, gap, open_loop

EDGE = 3.0


class LineWorld:
    """A point on a line: z' = z + a, reward a, ends beyond EDGE. `fault` plants what a bad model does."""

    latent_limit = 100.0
    device = torch.device("cpu")

    def __init__(self, fault="", mortality=0.0):
        self.fault, self.mortality = fault, mortality
        self.dynamics = SimpleNamespace(sequence=self._sequence)

    def _sequence(self, initial, latent, action):
        return {"z": latent, "last": action}

    def blank(self, n):
        return {"z": torch.zeros(n, 1), "last": torch.zeros(n, 1)}

    def initial(self, n, *, generator, where="anywhere"):
        return self.blank(n)

    def features(self, state):
        return state["z"]

    def latent(self, state):
        return state["z"]

    def imagine(self, state, action, *, temperature=1.0, generator=None):
        used = state["last"] if self.fault == "action off by one" else action
        z = state["z"] + used
        if self.fault == "drifts":
            z = z + 0.1 * z.abs()
        ended = (
            torch.sigmoid(20 * (z[:, 0].abs() - EDGE)) if not self.mortality else torch.full((len(z),), self.mortality)
        )
        return Step({"z": z, "last": action}, used[:, 0], ended, z[:, 0].abs())


def episodes(n=12, steps=30):
    rng = np.random.default_rng(0)
    found = []
    for seed in range(n):
        action = rng.normal(0, 0.6, (steps, 1)).astype(np.float32)
        z = np.concatenate([[[0.0]], np.cumsum(action, 0)]).astype(np.float16)
        beyond = np.flatnonzero(np.abs(z[:, 0]) > EDGE)
        length = int(beyond[0]) if len(beyond) else steps
        found.append(
            Episode(
                action=action[:length],
                reward=action[:length, 0],
                terminated=bool(len(beyond)),
                truncated=not len(beyond),
                seed=seed,
                latent=z[: length + 1],
            )
        )
    return [episode for episode in found if len(episode) > 6]


def test_a_perfect_world_has_no_error():
    table = open_loop(LineWorld(), episodes(), [1, 4, 8], stride=1)
    np.testing.assert_allclose(table["reward_mae"], 0, atol=1e-6)
    np.testing.assert_allclose(table["reward_r2"], 1, atol=1e-6)
    assert max(table["latent_rmse"]) < 0.01  # float16 storage
    assert min(table["latent_rmse_still"]) > 0.3
    assert all(value > 0.99 for value in table["termination_auc"])
    assert table["windows_at"][0] > table["windows_at"][-1] > 0


@pytest.mark.parametrize("fault", ["action off by one", "drifts"])
def test_a_planted_fault_is_seen(fault):
    good, bad = (open_loop(LineWorld(f), episodes(), [1, 2, 4, 8], stride=1) for f in ("", fault))
    assert bad["latent_rmse"][0] > good["latent_rmse"][0] + 0.05
    if fault == "drifts":
        assert bad["latent_rmse"] == sorted(bad["latent_rmse"])  # it grows with the horizon
        assert bad["uncertainty_spearman"][0] > 0.9  # uncertainty is |z|, and so is the error
    else:
        assert bad["reward_r2"][0] < 0.1


def test_bias_and_mean_baseline_of_the_reward():
    class Optimist(LineWorld):
        def imagine(self, state, action, **kwargs):
            step = super().imagine(state, action, **kwargs)
            return Step(step.state, step.reward + 0.5, step.terminated, step.uncertainty)

    table = open_loop(Optimist(), episodes(), [2], stride=1)
    assert table["reward_bias"][0] == pytest.approx(1.0, abs=1e-5)
    assert table["reward_mae"][0] == pytest.approx(1.0, abs=1e-5)


def test_too_short_episodes_are_an_error():
    with pytest.raises(EvaluationError, match="burn-in of 50"):
        open_loop(LineWorld(), episodes(), [1], burn_in=50)
    with pytest.raises(EvaluationError, match="horizons"):
        open_loop(LineWorld(), episodes(), [0, 4])


class Always:
    def act(self, features, *, deterministic=False, generator=None):
        return torch.ones(len(features), 1)


def test_dream_return_is_weighted_with_survival():
    plain = dream_returns(LineWorld(mortality=1e-12), Always(), seeds=range(40), horizon=10)
    np.testing.assert_allclose(plain["returns"], 10.0, rtol=1e-6)
    assert len(plain["returns"]) == 40
    mortal = dream_returns(LineWorld(mortality=0.25), Always(), seeds=range(3), horizon=10)
    expected = sum(0.75**t for t in range(10))  # the step that ends an episode still pays
    np.testing.assert_allclose(mortal["returns"], expected, rtol=1e-6)
    np.testing.assert_allclose(mortal["lengths"], expected, rtol=1e-6)


def test_dreams_of_an_agent_depend_on_their_seed_alone(agent):
    many = dream_returns(agent.world, agent.controller, seeds=range(35), horizon=12)
    few = dream_returns(agent.world, agent.controller, seeds=[33, 2], horizon=12)
    assert few["returns"] == [many["returns"][33], many["returns"][2]]
    assert len(set(many["returns"])) > 30
    still = dream_returns(agent.world, agent.controller, seeds=[1], horizon=12, temperature=0.0)
    assert still["returns"] != [many["returns"][1]]


def test_gap():
    assert gap([10.0, 20.0], [5.0]) == {"dream": 15.0, "real": 5.0, "dream_minus_real": 10.0}
