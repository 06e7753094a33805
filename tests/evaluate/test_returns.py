"""Real returns: batches, single lanes and stock agree, and only the first episode of a lane counts."""

import json

import gymnasium as gym
import numpy as np
import pytest

from wm_zoo.evaluate import EvalResult, EvaluationError, describe_seeds, evaluate_agent, evaluate_baselines, named_seeds
from wm_zoo.evaluation import drive
from wm_zoo.evaluation.workers import Job, drive_in_process

KWARGS = {"obs_size": 64, "frame_skip": 4, "actions": "accel"}


class CountingVector:
    """Lane i pays i + 1 a step and ends after i + 2 steps, then goes on with a new episode as NEXT_STEP says."""

    def __init__(self, lanes, terminal=0):
        self.lanes, self.terminal, self.closed = lanes, terminal, False

    def reset(self, seed):
        self.age = np.zeros(self.lanes, int)
        self.seen = [seed]
        return np.zeros((self.lanes, 1)), {}

    def step(self, actions):
        assert len(actions) == self.lanes
        self.age += 1
        ended = self.age == np.arange(self.lanes) + 2
        self.age[ended] = -1  # the step that resets pays nothing; the test would see it counted
        reward = np.arange(self.lanes) + 1.0
        is_terminal = np.arange(self.lanes) % 2 == self.terminal
        return np.zeros((self.lanes, 1)), reward, ended & is_terminal, ended & ~is_terminal, {}

    def close(self):
        self.closed = True


class Anyone:
    def reset(self, seeds):
        self.n = len(seeds)

    def act(self, obs):
        return np.zeros(self.n)


def test_a_lane_counts_until_its_first_end():
    drives = drive.drive_batches(CountingVector, Anyone(), range(5))
    assert [d.total for d in drives] == [(i + 1) * (i + 2) for i in range(5)]
    assert [d.length for d in drives] == [i + 2 for i in range(5)]
    assert [d.terminated for d in drives] == [True, False, True, False, True]


def test_environments_are_closed_and_progress_is_told(monkeypatch):
    monkeypatch.setattr(drive, "BATCH", 2)
    made, told = [], []
    make = lambda lanes: made.append(CountingVector(lanes)) or made[-1]  # noqa: E731
    drives = drive.drive_batches(make, Anyone(), [7, 8, 9], lambda *args: told.append(args))
    assert [env.lanes for env in made] == [2, 1]
    assert all(env.closed for env in made)
    assert [d.seed for d in drives] == [7, 8, 9]
    assert [t[:2] for t in told] == [(2, 3), (3, 3)]


def test_batch_and_single_lane_give_the_same_bits(agent_folder, agent, monkeypatch):
    seeds = range(5)
    batched = evaluate_agent(agent_folder, seeds=seeds, max_episode_steps=12)
    job = Job("", "wm/CarRacing-v0", {}, 12, True)
    single = drive_in_process(agent, job, seeds, None)
    assert batched.returns == tuple(d.total for d in single)
    assert batched.lengths == tuple(d.length for d in single)
    monkeypatch.setattr(drive, "BATCH", 2)
    assert evaluate_agent(agent, seeds=seeds, max_episode_steps=12).returns == batched.returns
    sampled = evaluate_agent(agent, seeds=seeds, max_episode_steps=12, deterministic=False)
    assert sampled.returns != batched.returns
    assert not sampled.deterministic


def test_stock_is_driven_in_the_clothes_of_the_native_environment(agent):
    """The policy sees stock's picture (not quite the native one), so that returns are near, and the facts are right."""
    stock = evaluate_agent(agent, "CarRacing-v3", seeds=[3, 4], max_episode_steps=8)
    native = evaluate_agent(agent, seeds=[3, 4], max_episode_steps=8)
    assert "stock" in stock.label
    assert stock.env_kwargs == KWARGS
    assert stock.lengths == native.lengths == (8, 8)
    np.testing.assert_allclose(stock.returns, native.returns, atol=8)
    assert stock.gymnasium == gym.__version__


def test_baselines_are_stocks_own_returns():
    """Constant throttle, native beside stock Gymnasium itself: equal to the bit."""
    from wm_envs.stock import make_stock_car_racing

    result = evaluate_baselines("wm/CarRacing-v0", KWARGS, [5, 6], {"throttle": (0.05, 0.4)}, max_episode_steps=12)
    env = make_stock_car_racing(**KWARGS, max_episode_steps=12)
    for seed, expected in zip([5, 6], result["throttle"].returns, strict=True):
        env.reset(seed=seed)
        total, over = 0.0, False
        while not over:
            _, reward, terminated, truncated, _ = env.step(np.array([0.05, 0.4], np.float32))
            total, over = total + reward, terminated or truncated
        assert total == expected
    env.close()


def test_random_baseline_depends_on_the_seed_alone(monkeypatch):
    together = evaluate_baselines("wm/CarRacing-v0", KWARGS, range(4), {}, max_episode_steps=10)["random"]
    monkeypatch.setattr(drive, "BATCH", 3)
    apart = evaluate_baselines("wm/CarRacing-v0", KWARGS, range(4), {}, max_episode_steps=10)["random"]
    assert together.returns == apart.returns
    assert len(set(together.returns)) > 1


def test_result_survives_json(agent):
    result = evaluate_agent(agent, seeds=named_seeds(40, 3), max_episode_steps=5)
    plain = json.loads(json.dumps(result.to_json()))
    assert EvalResult.from_json(plain) == result
    assert plain["summary"]["episodes"] == 3
    assert plain["seeds"] == [40, 41, 42]
    with pytest.raises(EvaluationError, match="returns"):
        EvalResult.from_json({"seeds": [1]})


def test_bad_input_is_one_clear_error(agent, agent_folder):
    with pytest.raises(EvaluationError, match="did you mean 'CarRacing-v3'"):
        evaluate_agent(agent, "CarRacing-v4", seeds=[0])
    with pytest.raises(EvaluationError, match="frame_skip"):
        evaluate_agent(agent, "CarRacing-v3", {"frameskip": 2}, seeds=[0])
    with pytest.raises(EvaluationError, match="no negative seeds"):
        named_seeds(-1, 4)
    with pytest.raises(EvaluationError, match="at least 1"):
        named_seeds(0, 0)
    broken = CountingVector(1)
    broken.step = lambda actions: (np.zeros((1, 1)), np.array([np.nan]), np.array([True]), np.array([False]), {})
    with pytest.raises(EvaluationError, match="seed 9 returned nan"):
        drive.drive_batches(lambda lanes: broken, Anyone(), [9])


def test_seeds_in_words():
    assert describe_seeds([3]) == "seed 3"
    assert describe_seeds([3, 4, 5]) == "3 seeds, 3 to 5"
    assert describe_seeds([3, 9, 5]) == "3 seeds: 3, 9, 5"


def test_baselines_of_an_environment_without_a_batch():
    """CartPole: pushing always right falls over within a dozen steps, and random does better."""
    found = evaluate_baselines("CartPole-v1", {}, range(10), {"right": 1})
    assert all(8 <= length <= 12 for length in found["right"].lengths)
    assert found["right"].returns == tuple(float(length) for length in found["right"].lengths)
    assert np.mean(found["random"].returns) > np.mean(found["right"].returns)
