"""Dict observations through the whole way: collected, encoded, learned from, dreamt of, filtered, driven with."""

from __future__ import annotations

import shutil

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_zoo.agent import load_agent
from wm_zoo.data import Dataset, frame_batches, sample_frames, write_latents
from wm_zoo.errors import AgentError
from wm_zoo.evaluation.drive import drive_one
from wm_zoo.evaluation.drivers import agent_driver
from wm_zoo.evaluation.open_loop import open_loop
from wm_zoo.evaluation.record import record_episodes
from wm_zoo.observations import batch_of_one
from wm_zoo.sb3 import make_real_vec_env
from wm_zoo.world import load_world
from wm_zoo.world_features import make_real_env

ENV = "toy_track:ToyDict-v0"
CHANGES = {
    "env.id": ENV,
    "evaluate.env": ENV,
    "encoder": {"id": "vector", "config": {"parts": [{"key": "place"}, {"key": "sense.walls", "dims": 1}]}},
}


@pytest.fixture
def finished(toy, go, tmp_path_factory):
    """The folder of a whole toy run on Dict observations, made once."""
    folder = tmp_path_factory.getbasetemp() / "dict_run"
    recipe = toy(**CHANGES)  # and the toy environments become known
    if not (folder / "world").exists():
        go(recipe, folder)
    return folder


@pytest.fixture
def env():
    made = gym.make(ENV, max_episode_steps=20)
    yield made
    made.close()


def test_everything_that_takes_observations_takes_dicts(finished, env):
    agent, world = load_agent(finished), load_world(finished)
    assert world.latent_dim == 2
    obs, _ = env.reset(seed=1)
    agent.reset(seed=1)
    assert env.action_space.contains(agent.act(obs))

    one, _ = agent.predict(obs, deterministic=True)
    many, state = agent.predict({key: stacked(value) for key, value in obs.items()}, deterministic=True)
    assert one.shape == (1,)
    assert many.shape == (3, 1)
    assert np.array_equal(many[1], one)
    again, _ = agent.predict(batch_of_one(obs), deterministic=True)
    assert np.array_equal(again[0], one)
    assert len(state.belief.action) == 3

    drive = drive_one(env, agent_driver(agent), seed=1)
    assert drive.length > 0
    (episode,) = record_episodes(agent, [1], max_episode_steps=20)
    assert episode.obs["sense"]["walls"].shape == (len(episode) + 1, 2)
    assert open_loop(world, [episode], [1, 2], burn_in=3, stride=1)["windows"] > 0


def stacked(value):
    if isinstance(value, dict):
        return {key: stacked(inner) for key, inner in value.items()}
    return np.stack([value] * 3)


def test_real_features_of_a_dict_are_those_of_a_batch_and_of_its_last_observation(finished):
    world = load_world(finished)
    env = make_real_env(world)
    obs, _ = env.reset(seed=5)
    venv = make_real_vec_env(world, 2, seed=5)
    assert np.array_equal(venv.reset()[0], obs)
    action = np.full((2, 1), 0.9, np.float32)
    for _ in range(20):
        obs, reward, terminated, truncated, _ = env.step(action[0])
        batch, rewards, dones, infos = venv.step(action)
        assert rewards[0] == np.float32(reward)
        assert dones[0] == (terminated or truncated)
        if dones[0]:
            assert np.array_equal(infos[0]["terminal_observation"], obs)
            break
        assert np.array_equal(batch[0], obs)
    assert dones[0]
    env.close()
    venv.close()


def test_other_observations_are_refused_by_name(finished):
    agent = load_agent(finished)
    place, walls = np.zeros(1, np.float32), np.zeros(2)
    for obs, text in (
        ({"place": place}, r"observations have obs\.place, world 'toy' was learned from obs\.place, obs\.sense\.walls"),
        ({"place": place, "sense": {"walls": walls[:1]}}, r"obs\.sense\.walls is float64 of shape \(1, 1\)"),
        (place, "observations have obs, "),
    ):
        agent.reset()
        with pytest.raises(AgentError, match=text):
            agent.act(obs)


def test_a_dream_shows_features_and_says_why_it_shows_no_pixels(finished):
    dream = gym.make("wm/Dream-v0", world=str(finished), horizon=3)
    obs, _ = dream.reset(seed=0)
    assert dream.observation_space.contains(obs)
    dream.close()
    with pytest.raises(TypeError, match=r"needs observations that are one Box.*use obs='features'"):
        gym.make("wm/Dream-v0", world=str(finished), obs="pixels")


def test_frames_of_a_dict_come_together_and_by_key(finished, tmp_path):
    shutil.copytree(finished / "data" / "00", tmp_path / "00")
    dataset = Dataset.open(tmp_path / "00")
    together = list(frame_batches(dataset, 50))
    assert together[0].keys() == {"place", "sense.walls"}
    for key in together[0]:
        whole = torch.cat([batch[key] for batch in together])
        assert torch.equal(whole, torch.cat(list(frame_batches(dataset, 50, field=f"obs.{key}"))))
    walls = torch.cat([batch["sense.walls"] for batch in together])
    places = torch.cat([batch["place"] for batch in together])
    torch.testing.assert_close(walls[:, :1].float(), places)  # rows belong together
    drawn = next(sample_frames(dataset, 64, np.random.default_rng(0)))
    torch.testing.assert_close(drawn["sense.walls"][:, :1].float(), drawn["place"])

    write_latents(dataset, lambda obs: obs["place"], batch=7, drop_frames=True)
    dataset = Dataset.open(tmp_path / "00", verify=True)
    assert dataset.fields == ("action", "reward", "latent")
    latent = np.concatenate([episode.latent for episode in dataset])
    assert np.array_equal(latent, places.numpy().astype(np.float16))
