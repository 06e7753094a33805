"""A small but whole agent: PCA, MDN-RNN and MLP policy with their first weights, on real frames of CarRacing."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest

ENV_KWARGS = {"obs_size": 64, "frame_skip": 4, "actions": "accel"}


@pytest.fixture(scope="session")
def agent_folder(tmp_path_factory):
    """Folder of the agent."""
    import torch

    import wm_envs
    from wm_zoo.agent import Agent
    from wm_zoo.api import Dims
    from wm_zoo.manager import make
    from wm_zoo.starts import StartBank
    from wm_zoo.train.seeding import seeded_weights
    from wm_zoo.world import ComposedWorld, WorldCard

    wm_envs.register_all()
    frames, actions, spaces = _drive(4, 40)
    dims = Dims(spaces, 2)
    with seeded_weights(0, "test agent"):
        encoder = make("pca", dims)
        encoder.fit(iter(torch.from_numpy(frames.reshape(-1, 64, 64, 3)).split(64)))
        dims = dataclasses.replace(dims, latent=encoder.latent_dim)
        dynamics = make("mdn-rnn", dims)
        controller = make("mlp-policy", dataclasses.replace(dims, features=dynamics.feature_dim))
    sequences = [
        (encoder.encode(torch.from_numpy(f)), torch.from_numpy(a)) for f, a in zip(frames, actions, strict=True)
    ]
    starts = StartBank.from_sequences(dynamics, sequences, generator=torch.Generator().manual_seed(0))
    env = {"id": "wm/CarRacing-v0", "kwargs": ENV_KWARGS}
    world = ComposedWorld(encoder, dynamics, spaces, starts, WorldCard("test", {"id": "pca"}, {"id": "mdn-rnn"}, env))
    folder = tmp_path_factory.mktemp("agents") / "agent"
    Agent(world, controller, part={"id": "mlp-policy", "config": {}}, name="test agent").save(folder)
    return folder


def _drive(lanes, steps):
    from wm_zoo.api import Spaces

    envs = gym.make_vec("wm/CarRacing-v0", num_envs=lanes, **ENV_KWARGS)
    rng = np.random.default_rng(0)
    obs, _ = envs.reset(seed=0)
    frames, actions = [obs], []
    for _ in range(steps):
        action = rng.uniform([-0.5, -0.1], [0.5, 0.9], (lanes, 2)).astype(np.float32)
        frames.append(envs.step(action)[0])
        actions.append(action)
    spaces = Spaces(envs.single_observation_space, envs.single_action_space)
    envs.close()
    return np.stack(frames, 1), np.stack(actions, 1), spaces


@pytest.fixture(scope="session")
def agent(agent_folder):
    """The agent, loaded."""
    from wm_zoo.agent import load_agent

    return load_agent(agent_folder)
