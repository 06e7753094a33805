"""The zoo's own models, composed: a tiny world from data to dream, and lanes that keep their bits in any batch."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_envs.dream.env import DreamEnv
from wm_envs.dream.vector import DreamVectorEnv
from wm_zoo.agent import Agent, load_agent
from wm_zoo.api import SequenceBatch, Spaces
from wm_zoo.composition import compose
from wm_zoo.starts import StartBank
from wm_zoo.world import ComposedWorld, WorldCard, load_world

SPACES = Spaces(
    gym.spaces.Box(0, 255, (64, 64, 3), np.uint8), gym.spaces.Box(np.float32([-1, 0, 0]), np.float32([1] * 3))
)
ENCODERS = {
    "pca": {"id": "pca-v0", "config": {"views": [{"pool": [4, 4], "dims": 6}]}},
    "conv-vae": {"id": "conv-vae-v0", "config": {}},
}
DYNAMICS = {
    "lstm": {"id": "mdn-rnn-v0", "config": {"hidden": 256}},
    "gru": {"id": "mdn-rnn-v0", "config": {"hidden": 33, "cell": "gru", "mixtures": 3, "head": 21}},
}


def moving_light(n, seed):
    """Frames ``[n + 1, 64, 64, 3]`` of a light that actions ``[n, 3]`` steer, and its height as reward."""
    rng = np.random.default_rng(seed)
    action = rng.uniform([-1, 0, 0], 1, (n, 3)).astype(np.float32)
    place = np.clip(32 + np.cumsum(np.vstack([[0, 0], action[:, :2] - [0, 0.5]]) * 4, 0), 8, 55).astype(int)
    frames = np.full((n + 1, 64, 64, 3), 40, np.uint8)
    for frame, (x, y) in zip(frames, place, strict=True):
        frame[y - 6 : y + 6, x - 6 : x + 6] = 220
    return torch.from_numpy(frames), torch.from_numpy(action), torch.from_numpy(place[1:, 1] / 32 - 1).float()


def build(encoder, dynamics):
    """A world fitted (PCA) or initialised (VAE) on eight short episodes, its dynamics trained for a few steps."""
    parts = {"encoder": ENCODERS[encoder], "dynamics": DYNAMICS[dynamics]}
    composition = compose(parts, SPACES)
    torch.manual_seed(0)
    v, m = composition.build_encoder(), composition.build_dynamics()
    episodes = [moving_light(24, seed) for seed in range(8)]
    if encoder == "pca":
        v.fit(iter([torch.cat([frames for frames, _, _ in episodes])]))
    with torch.no_grad():
        latents = torch.stack([v.encode(frames) for frames, _, _ in episodes])
    action, reward = (torch.stack([e[i] for e in episodes]) for i in (1, 2))
    batch = SequenceBatch(latents, action, reward, torch.zeros(8, 24), torch.ones(8, 24))
    optimizer, g = torch.optim.Adam(m.parameters(), 3e-3), torch.Generator().manual_seed(0)
    for _ in range(10):
        optimizer.zero_grad()
        m.loss(batch, generator=g).total.backward()
        optimizer.step()
    starts = StartBank.from_sequences(m, zip(latents, action, strict=True), generator=g)
    return ComposedWorld(v, m, SPACES, starts, WorldCard("light", parts["encoder"], parts["dynamics"]))


@pytest.fixture(scope="module")
def worlds():
    """Built once, on demand."""
    made = {}

    def get(encoder="pca", dynamics="lstm"):
        key = encoder, dynamics
        if key not in made:
            made[key] = build(*key)
        return made[key]

    return get


def actions(n, t):
    wave = np.sin(np.arange(n)[:, None] * 0.7 + t + np.arange(3))
    return wave.astype(np.float32)


@pytest.mark.parametrize(
    ("encoder", "dynamics", "obs"),
    [("pca", "lstm", "features"), ("pca", "gru", "features"), ("pca", "lstm", "pixels"), ("conv-vae", "gru", "pixels")],
)
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_lanes_keep_their_bits(worlds, encoder, dynamics, obs, n):
    if encoder == "conv-vae" and n > 7:
        n = 9  # two picture chunks; more only cost time
    world = worlds(encoder, dynamics)
    order = np.random.default_rng(n).permutation(n)
    vector = DreamVectorEnv(world, n, obs=obs, horizon=3, termination="sample", autoreset_mode="SameStep")
    start = vector.reset(seed=[int(i) for i in order])[0]
    steps = [vector.step(actions(n, t)[order]) for t in range(4)]
    for lane in {0, n // 2, n - 1}:
        seed = int(order[lane])
        single = DreamEnv(world, obs=obs, horizon=3, termination="sample")
        assert np.array_equal(start[lane], single.reset(seed=seed)[0])
        for t, (seen, reward, terminated, truncated, infos) in enumerate(steps):
            one = single.step(actions(n, t)[seed])
            assert (reward[lane], terminated[lane], truncated[lane]) == one[1:4]
            if one[2] or one[3]:
                assert np.array_equal(infos["final_obs"][lane], one[0])
                one = single.reset()
            assert np.array_equal(seen[lane], one[0])


def test_world_and_agent_from_data_to_disk_and_back(worlds, tmp_path):
    world = worlds()
    assert world.feature_dim == 6 + 256
    parts = {"encoder": ENCODERS["pca"], "dynamics": DYNAMICS["lstm"], "controller": {"id": "mlp-policy-v0"}}
    composition = compose(parts, SPACES)
    composition.latent_dim, composition.feature_dim = world.latent_dim, world.feature_dim
    agent = Agent(world, composition.build_controller(), part=parts["controller"])
    agent.save(tmp_path / "run" / "agent")
    again = load_agent(tmp_path / "run")
    frames, _, _ = moving_light(6, 9)
    for frame in frames.numpy():
        action = agent.act(frame)
        assert SPACES.action.contains(action)
        assert np.array_equal(action, again.act(frame))
    assert load_world(tmp_path / "run" / "agent" / "world").fingerprint == world.fingerprint


def test_a_dream_made_by_name_is_the_dream_made_by_object(worlds, tmp_path):
    world = worlds()
    world.save(tmp_path / "w")
    by_name = gym.make("wm_envs:wm/Dream-v0", world=str(tmp_path / "w"), render_mode="rgb_array")
    by_object = DreamEnv(world)
    assert np.array_equal(by_name.reset(seed=1)[0], by_object.reset(seed=1)[0])
    assert np.array_equal(by_name.step(actions(1, 0)[0])[0], by_object.step(actions(1, 0)[0])[0])
    assert by_name.render().shape == (256, 256, 3)


@pytest.mark.parametrize("planner", ["random-shooting-v0", "cem-v0"])
def test_planners_keep_lanes_apart(worlds, planner):
    """Another lane's frames change nothing of this lane's plan."""
    from wm_zoo.manager import make

    world = worlds()
    agent = Agent(world, planner=make(planner, world.dims, horizon=3, samples=16))
    frames = [moving_light(3, seed)[0].numpy() for seed in (1, 2, 3)]

    def plan(others):
        agent.reset()
        state, out = None, []
        for t in range(3):
            obs = np.stack([frames[0][t], *(other[t] for other in others)])
            action, state = agent.predict(obs, state, None, deterministic=False)
            out.append(action[0])
        return np.stack(out)

    np.testing.assert_allclose(plan(frames[1:]), plan(frames[:0:-1]), rtol=0, atol=1e-5)
