from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from wm_zoo.data import ConstantPolicy, CorrelatedRandomPolicy, Dataset, RandomPolicy, env_spaces
from wm_zoo.data.collect import Limits, _Drive, collect
from wm_zoo.data.envs import make_lanes
from wm_zoo.data.schedule import EpisodeSchedule
from wm_zoo.data.sink import Sink
from wm_zoo.errors import WMError


def same(a, b):
    return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))


def _equal(a, b):
    left, right = a.fields(), b.fields()
    flags = (a.seed, a.terminated, a.truncated, a.policy) == (b.seed, b.terminated, b.truncated, b.policy)
    return flags and left.keys() == right.keys() and all(np.array_equal(left[k], right[k]) for k in left)


def aligned(episode):
    """obs = [seed, step, last action]: one episode only, T + 1 observations, each after the action before it."""
    steps = np.arange(len(episode) + 1)
    assert np.all(episode.obs[:, 0] == episode.seed)
    assert np.array_equal(episode.obs[:, 1], steps)
    assert np.array_equal(episode.obs[1:, 2].astype(np.float32), episode.action[:, 0])
    assert np.array_equal(episode.reward, steps[1:].astype(np.float32))


def test_episodes_are_whole_and_aligned(gather_episodes, counting):
    episodes = gather_episodes(episodes=20).episodes
    assert len({e.seed for e in episodes}) == 20
    for episode in episodes:
        aligned(episode)
        assert len(episode) == counting.length(episode.seed)
        assert (episode.terminated, episode.truncated) == (True, False)


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_every_autoreset_mode_keeps_the_final_observation(counting, gather_episodes, mode):
    env = gym.make_vec(counting.ID, num_envs=3, vector_kwargs={"autoreset_mode": gym.vector.AutoresetMode(mode)})
    sink = Sink(None, None, first=0)
    policy = CorrelatedRandomPolicy(env.single_action_space)
    _Drive(env, policy, EpisodeSchedule(5, 3, 10, set()), Limits(), None, sink, lambda _: None).run(5)
    env.close()
    assert same(sink.kept, gather_episodes(episodes=10).episodes)
    for episode in sink.kept:
        aligned(episode)


def test_data_do_not_depend_on_lanes(gather_episodes):
    one, many = (gather_episodes(episodes=11, lanes=n).episodes for n in (1, 8))
    assert same(one, many)
    assert not same(one, gather_episodes(episodes=11, seed=6).episodes)


def test_lanes_of_a_step_collection_do_not_depend_on_their_number(gather_episodes):
    few, many = (gather_episodes(steps_per_lane=30, lanes=n).episodes for n in (2, 5))
    assert sum(map(len, few)) == 60
    assert same(few, many[: len(few)])
    for episode in many:
        aligned(episode)
    cut = [e for e in many if not e.terminated]
    assert all(e.truncated for e in cut)
    assert len(cut) <= 5


def test_limits_cut_but_never_terminate(gather_episodes, counting):
    for episode in gather_episodes(episodes=20, max_episode_steps=5).episodes:
        aligned(episode)
        assert len(episode) == min(5, counting.length(episode.seed))
        assert episode.terminated == (counting.length(episode.seed) <= 5)
        assert episode.truncated != episode.terminated
    idle = gather_episodes(episodes=5, idle_limit=2, idle_reward=100.0).episodes
    assert [len(e) for e in idle] == [2] * 5
    active = gather_episodes(episodes=5, idle_limit=2, idle_reward=0.0).episodes
    assert all(e.terminated for e in active)


def test_long_episodes_span_blocks(gather_episodes, counting, monkeypatch):
    monkeypatch.setattr("wm_zoo.data.recorder.CHUNK", 4)
    for episode in gather_episodes(episodes=12).episodes:
        aligned(episode)


def test_discrete_actions_become_one_hot(gather_episodes, counting):
    policy = CorrelatedRandomPolicy(env_spaces(counting.DISCRETE_ID).action)
    for episode in gather_episodes(env_id=counting.DISCRETE_ID, policy=policy, episodes=8).episodes:
        assert episode.action.shape[1] == 3
        assert np.array_equal(episode.action.sum(1), np.ones(len(episode)))
        assert np.array_equal(episode.action.argmax(1) + 1, episode.obs[1:, 2])


def test_dict_observations_are_fields_of_their_own(gather_episodes, counting, new_writer):
    writer = new_writer(env_id=counting.DICT_ID)
    gather_episodes(env_id=counting.DICT_ID, episodes=6, writer=writer)
    dataset = Dataset.open(writer.folder, verify=True)
    assert set(dataset.fields) == {"obs.count", "obs.pixel", "action", "reward"}
    for episode in dataset:
        assert np.array_equal(episode.obs["pixel"][:, 0, 0], np.arange(len(episode) + 1))
        assert np.all(episode.obs["count"][:, 0] == episode.seed)
    assert dataset.array(0, "obs.pixel").dtype == np.uint8


def test_transform_replaces_frames_by_latents(gather_episodes, new_writer):
    writer = new_writer()
    gather_episodes(episodes=4, writer=writer, transform=lambda e: e.without_obs(e.obs[:, 1:2] / 8))
    dataset = Dataset.open(writer.folder)
    assert set(dataset.fields) == {"latent", "action", "reward"}
    assert np.array_equal(dataset.episode(2).latent[:, 0] * 8, np.arange(len(dataset.episode(2)) + 1))


def test_continuing_collects_only_what_is_missing(gather_episodes, new_writer, counting):
    writer = new_writer()
    assert len(gather_episodes(episodes=4, writer=writer).lengths) == 4
    assert len(gather_episodes(episodes=10, writer=writer, lanes=2).lengths) == 6
    assert gather_episodes(episodes=10, writer=writer).lengths == []
    assert same(list(Dataset.open(writer.folder)), gather_episodes(episodes=10).episodes)
    other = RandomPolicy(env_spaces(counting.ID).action)
    assert len(gather_episodes(policy=other, episodes=3, writer=writer).lengths) == 3  # same seeds, another driver


def test_ctrl_c_keeps_finished_episodes(gather_episodes, new_writer):
    writer = new_writer()

    def stop(progress):
        if progress.done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gather_episodes(episodes=10, writer=writer, progress=stop)
    assert 1 <= writer.episodes <= 6
    gather_episodes(episodes=10, writer=writer)
    assert same(list(Dataset.open(writer.folder)), gather_episodes(episodes=10).episodes)
    steps = new_writer("steps")
    with pytest.raises(KeyboardInterrupt):
        gather_episodes(steps_per_lane=10, writer=steps, progress=stop)
    assert steps.episodes == 0  # all at once or nothing


def test_refuses_what_cannot_fit_on_the_disk(gather_episodes, new_writer, monkeypatch):
    monkeypatch.setattr("wm_zoo.data.sink.free_space", lambda _: 1000)
    with pytest.raises(WMError, match=r"up to 1010 frames of 36 B need 36\.4 kB, 1\.0 kB are free"):
        gather_episodes(episodes=10, writer=new_writer())


def test_a_vector_env_that_ignores_reset_masks_is_not_used():
    env = make_lanes("CartPole-v1", 2)
    assert isinstance(env, gym.vector.SyncVectorEnv)
    env.close()


def test_bad_requests_are_one_clear_error(gather_episodes, counting):
    with pytest.raises(WMError, match="did you mean 'CartPole-v1'"):
        collect("CartPol-v1", None, RandomPolicy(gym.spaces.Discrete(2)), lanes=1, seed=0, episodes=1)
    with pytest.raises(WMError, match="give episodes or steps_per_lane"):
        gather_episodes()
    with pytest.raises(WMError, match=r"cannot make CartPole-v1.*wheels"):
        env_spaces("CartPole-v1", {"wheels": 3})
    with pytest.raises(WMError, match="is not in Box"):
        ConstantPolicy(env_spaces(counting.ID).action, [3.0, 0.0])


def test_native_racing_lanes_do_not_depend_on_their_number():
    kwargs = {"obs_size": 64, "frame_skip": 4}
    policy = CorrelatedRandomPolicy(env_spaces("wm/CarRacing-v0", kwargs).action)
    few, many = (
        collect("wm/CarRacing-v0", kwargs, policy, lanes=n, seed=1, episodes=3, max_episode_steps=12).episodes
        for n in (1, 3)
    )
    assert same(few, many)
    assert few[0].obs.shape == (13, 64, 64, 3)
    assert few[0].obs.dtype == np.uint8
    assert not np.array_equal(few[0].obs[0], few[1].obs[0])
