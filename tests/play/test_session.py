"""Falling asleep and waking up: where a dream begins, and what reality does meanwhile."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import torch

from wm_envs.dream.filter import Filter

PUSH = np.array([0.7], np.float32)
BACK = np.array([-0.4], np.float32)


def _steps(session, actions):
    return [session.step(action) for action in actions]


def _same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_a_dream_begins_at_the_filtered_present(make_session, world):
    session = make_session("toy/Real-v0", env_kwargs={})
    session.dream.temperature = 0.0
    assert session.mode == "real"
    frames = [session.real.obs]
    for action in (PUSH, PUSH, BACK):
        session.step(action)
        frames.append(session.real.obs)
    by_hand = Filter(world)
    by_hand.begin(frames[0])
    for action, frame in zip((PUSH, PUSH, BACK), frames[1:], strict=True):
        by_hand.advance(action, frame)
    assert session.toggle() == "dreaming from this moment"
    assert session.mode == "dream"
    assert _same(session.dream._core.state, by_hand.state)
    np.testing.assert_array_equal(session.dream.obs, frames[-1])  # the toy's encoder loses nothing


def test_the_toy_dream_is_what_really_would_have_happened(make_session):
    """At temperature 0 the toy world is exact up to the rounding of a picture, so both sides stay together."""
    session = make_session("toy/Real-v0", env_kwargs={})
    session.dream.temperature = 0.0
    _steps(session, [PUSH] * 3)
    assert session.compare().startswith("real beside dream")
    for action in [PUSH, BACK, BACK, PUSH] * 2:
        session.step(action)
        assert np.abs(session.real.obs.astype(int) - session.dream.obs).max() <= 6
    assert session.scores["dream"].steps == 8
    assert session.scores["real"].steps == 11
    assert [name for name, _ in session.pictures()] == ["real", "dream"]


def test_reality_waits_while_one_dreams(make_session):
    undisturbed, session = make_session("toy/Real-v0", env_kwargs={}), make_session("toy/Real-v0", env_kwargs={})
    _steps(undisturbed, [PUSH] * 5)
    _steps(session, [PUSH] * 2)
    left = session.real.obs
    session.toggle()
    _steps(session, [BACK] * 9)
    assert session.score.steps == 9
    assert session.toggle() == "awake: reality goes on where it was left"
    np.testing.assert_array_equal(session.real.obs, left)
    assert session.score.steps == 2
    _steps(session, [PUSH] * 3)
    np.testing.assert_array_equal(session.real.obs, undisturbed.real.obs)
    assert session.score.total == undisturbed.score.total
    assert _same(session.real.filter.state, undisturbed.real.filter.state)


def test_dream_first_is_the_environment_of_this_name(make_session, saved):
    session = make_session()
    assert (session.mode, session.comparing) == ("dream", False)
    assert [name for name, _ in session.pictures()] == ["dream"]
    env = gym.make("wm/Dream-v0", world=saved, obs="pixels", temperature=0.0)
    np.testing.assert_array_equal(session.dream.obs, env.reset(seed=5)[0])
    first = session.real.obs
    obs, reward, *_, info = env.step(PUSH)
    env.close()
    outcome = session.step(PUSH)
    np.testing.assert_array_equal(session.dream.obs, obs)
    assert (outcome.reward, outcome.uncertainty) == (reward, info["uncertainty"])
    _steps(session, [PUSH, -PUSH] * 30)  # no horizon unless one is asked for
    assert not session.dream.ended
    session.toggle()
    np.testing.assert_array_equal(session.real.obs, first)


def test_a_world_without_start_states_begins_with_reality(toy, tmp_path, make_session):
    world = toy.toy_world()
    world.starts = None
    world.save(tmp_path / "startless")
    session = make_session(world=str(tmp_path / "startless"))
    np.testing.assert_array_equal(session.dream.obs, session.real.obs)
    session.step(PUSH)
    session.reset()
    np.testing.assert_array_equal(session.dream.obs, session.real.obs)


def test_the_options_of_the_dream_count(make_session):
    session = make_session(env_kwargs={"horizon": 3, "temperature": 2.0})
    assert session.dream.temperature == 2.0
    outcomes = _steps(session, [BACK] * 3)
    assert [outcome.truncated for outcome in outcomes] == [False, False, True]
    assert session.side.ended


def test_the_same_seed_and_actions_dream_the_same(make_session):
    pictures = []
    for _ in range(2):
        session = make_session(env_kwargs={"temperature": 1.0})
        _steps(session, [PUSH, BACK] * 4)
        pictures.append(session.dream.obs)
    np.testing.assert_array_equal(*pictures)


def test_another_temperature_goes_on_with_the_same_dream(make_session):
    steady, changed = (make_session(env_kwargs={"temperature": 1.0}) for _ in range(2))
    for session in (steady, changed):
        _steps(session, [PUSH] * 3)
    changed.dream.temperature = 3.0
    changed.dream.temperature = 1.0
    np.testing.assert_array_equal(steady.dream.obs, changed.dream.obs)
    assert [o.reward for o in _steps(steady, [BACK] * 3)] == [o.reward for o in _steps(changed, [BACK] * 3)]
    changed.dream.temperature = 0.0
    assert steady.step(BACK).reward != changed.step(BACK).reward


def test_temperature_stays_in_its_range(make_session):
    session = make_session()
    session.dream.temperature -= 1
    assert session.dream.temperature == 0
    session.dream.temperature += 100
    assert session.dream.temperature == 4


def test_episodes_count_up_from_the_seed(make_session):
    session = make_session()
    session.reset()
    assert session.episode_seed == 6
    assert session.real.env.unwrapped.seeds == [5, 6]


def test_without_a_world_or_without_a_real_side(make_session, toy, tmp_path):
    session = make_session("toy/Real-v0", world=None, env_kwargs={})
    assert "--world" in session.toggle()
    assert "needs a world" in session.compare()
    assert session.mode == "real"
    world = toy.toy_world()
    world.card.env.clear()
    world.save(tmp_path / "nameless")
    session = make_session(world=str(tmp_path / "nameless"))
    assert "does not say" in session.toggle()
    assert session.mode == "dream"
    session.step(PUSH)
    assert session.pictures()[0][1].shape == (36, 36, 3)


def test_one_cannot_dream_on_from_the_end(make_session):
    session = make_session("toy/Real-v0", env_kwargs={})
    while not session.step(np.ones(1, np.float32)).ended:
        pass
    assert session.toggle() == session.compare() == "the real episode is over: reset first"
    session.reset()
    assert session.toggle() == "dreaming from this moment"


def test_a_side_that_ended_waits_for_the_other(make_session):
    session = make_session(env_kwargs={"horizon": 4})
    session.compare()
    session.toggle()  # reality is driven, the dream is beside it
    _steps(session, [BACK] * 6)
    assert session.scores["dream"].steps == 4
    assert session.scores["real"].steps == 6


def test_the_worlds_own_dream_options_hold(make_session, world, tmp_path):
    world.card = replace(world.card, dream={"max_reward": 0.05, "temperature": 0.5})
    world.save(tmp_path / "capped")
    capped = make_session(world=str(tmp_path / "capped"), env_kwargs={"temperature": 0.0})
    options = capped.dream._core.options
    assert (options.max_reward, options.temperature, options.horizon) == (0.05, 0.0, None)
    rewards = [capped.step(PUSH).reward for _ in range(4)]
    free = make_session()
    assert rewards == [min(free.step(PUSH).reward, 0.05) for _ in range(4)]
    assert 0.05 in rewards
