"""Ensembles: one member imagines, all remember, their disagreement is the uncertainty; dropout forgets by episode."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

import wm_zoo
from wm_zoo.api import Dims, Spaces
from wm_zoo.ensemble import MEMBER, Ensemble
from wm_zoo.starts import StartBank
from wm_zoo.world import ComposedWorld, WorldCard, load_world

SPACES = Spaces(gym.spaces.Box(0, 255, (12, 8, 3), np.uint8), gym.spaces.Box(-1, 1, (2,), np.float32))
VIEWS = [{"dims": 4, "pool": [2, 2]}]
CONFIGS = {
    "gru": {"hidden": 8, "cell": "gru", "mixtures": 1},
    "lstm": {"hidden": 8, "cell": "lstm", "mixtures": 3},
}


def make_world(cell: str = "gru", members: int = 3) -> ComposedWorld:
    config = CONFIGS[cell]
    torch.manual_seed(0)
    encoder = wm_zoo.make("pca", Dims(SPACES, 2), views=VIEWS, decoder_frames=20)
    frames = torch.randint(0, 256, (64, 12, 8, 3), dtype=torch.uint8)
    encoder.fit(iter([frames]))
    models = [wm_zoo.make("mdn-rnn", Dims(SPACES, 2, latent=4), **config).eval() for _ in range(members)]
    dynamics = Ensemble(models) if members > 1 else models[0]
    g = torch.Generator().manual_seed(1)
    episodes = [(torch.randn(20, 4, generator=g), torch.rand(19, 2, generator=g)) for _ in range(6)]
    starts = StartBank.from_sequences(dynamics, episodes, generator=g)
    part = {"id": "mdn-rnn", "config": config, "members": members}
    return ComposedWorld(
        encoder, dynamics, SPACES, starts, WorldCard("many", {"id": "pca", "config": {"views": VIEWS}}, part)
    )


@pytest.fixture(params=["gru", "lstm"])
def many(request):
    return make_world(request.param)


def actions(n: int, steps: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (steps, n, 2)).astype(np.float32)


@torch.no_grad()
def test_each_lane_is_imagined_by_its_member_and_seen_by_all(many) -> None:
    ensemble = many.dynamics
    state = dict(many.starts.anywhere)
    n = len(state["z"])
    state[MEMBER] = torch.arange(n).float() % 3
    action = torch.from_numpy(actions(n, 1)[0])
    step = ensemble.imagine(state, action, generator=torch.Generator().manual_seed(7))
    for k in range(3):
        own = ensemble._of(state, k)
        alone = ensemble.members[k].imagine(own, action, generator=torch.Generator().manual_seed(7))
        chosen = state[MEMBER] == k
        torch.testing.assert_close(step.state["z"][chosen], alone.state["z"][chosen])
        torch.testing.assert_close(step.reward[chosen], alone.reward[chosen])
        torch.testing.assert_close(step.terminated[chosen], alone.terminated[chosen])
        seen = ensemble.members[k].observe(own, action, step.state["z"])
        name = f"h@{k}" if k else "h"
        torch.testing.assert_close(step.state[name], seen["h"])


@torch.no_grad()
def test_features_are_those_of_the_first_member_in_dream_and_reality() -> None:
    many = make_world()
    first = many.dynamics.members[0]
    state, alone = many.blank(5), first.initial(5)
    for t in range(4):
        action, latent = torch.full((5, 2), 0.1 * t), torch.full((5, 4), 0.2 * t)
        state, alone = many.observe_latent(state, action, latent), first.observe(alone, action, latent)
    torch.testing.assert_close(many.features(state), first.features(alone))
    assert many.feature_dim == first.feature_dim


@torch.no_grad()
def test_members_that_agree_know_everything() -> None:
    torch.manual_seed(0)
    model = wm_zoo.make("mdn-rnn", Dims(SPACES, 2, latent=4), **CONFIGS["gru"]).eval()
    state = Ensemble([model, model]).initial(3)
    same = Ensemble([model, model]).imagine(state, torch.zeros(3, 2), generator=torch.Generator().manual_seed(0))
    assert torch.equal(same.uncertainty, torch.zeros(3))  # the same noise for all: what differs is what they know
    step = make_world().imagine(make_world().blank(3), torch.zeros(3, 2), generator=torch.Generator().manual_seed(0))
    assert (step.uncertainty > 0).all()


@torch.no_grad()
def test_without_a_member_and_without_noise_it_is_the_mean_of_all() -> None:
    many = make_world()
    state = {**many.blank(2), MEMBER: torch.full((2,), -1.0)}
    step = many.imagine(state, torch.zeros(2, 2), temperature=0.0)
    each = [m.imagine(many.dynamics._of(state, k), torch.zeros(2, 2)) for k, m in enumerate(many.dynamics.members)]
    torch.testing.assert_close(step.reward, torch.stack([one.reward for one in each]).mean(0))
    torch.testing.assert_close(step.state["z"], torch.stack([one.state["z"] for one in each]).mean(0))


def test_the_steps_of_a_sequence_are_its_observe_steps(many) -> None:
    latent, action = torch.randn(2, 6, 4), torch.randn(2, 6, 2)
    with torch.no_grad():
        whole = many.dynamics.sequence(many.blank(2), latent, action)
        state = many.blank(2)
        for t in range(6):
            state = many.observe_latent(state, action[:, t], latent[:, t])
    assert whole.keys() == state.keys()
    for name, tensor in state.items():
        torch.testing.assert_close(whole[name][:, -1], tensor)


@pytest.mark.parametrize("options", [{}, {"member": "step"}, {"member": 2}, {"dropout": 0.3}])
def test_a_lane_of_a_batch_is_the_single_dream_to_the_bit(many, options) -> None:
    options = {"world": many, "termination": "threshold", "threshold": 0.999, **options}
    envs = gym.make_vec("wm/Dream-v0", num_envs=5, **options)
    obs, _ = envs.reset(seed=3)
    for lane in (0, 4):
        env = gym.make("wm/Dream-v0", **options)
        alone, _ = env.reset(seed=3 + lane)
        assert np.array_equal(alone, obs[lane])
    for row in actions(5, 12):
        seen, reward, _, _, info = envs.step(row)
        one, paid, _, _, told = env.step(row[4])
        assert np.array_equal(seen[4], one)
        assert (reward[4], info["uncertainty"][4]) == (paid, told["uncertainty"])


def test_an_episode_has_one_member_and_episodes_differ(many) -> None:
    envs = gym.make_vec("wm/Dream-v0", num_envs=64, world=many, threshold=0.999)
    envs.reset(seed=0)
    core = envs.unwrapped._core
    before = core.state[MEMBER].clone()
    assert sorted(before.unique().tolist()) == [0, 1, 2]
    for row in actions(64, 5):
        envs.step(row)
    assert torch.equal(core.state[MEMBER], before)


def test_dropout_forgets_the_same_entries_until_the_episode_ends(many) -> None:
    envs = gym.make_vec("wm/Dream-v0", num_envs=16, world=many, dropout=0.5, horizon=4, threshold=0.999)
    envs.reset(seed=0)
    core = envs.unwrapped._core
    first = core.state["keep.h"].clone()
    assert set(first.unique().tolist()) == {0.0, 2.0}
    snapshot = envs.unwrapped.get_state()
    for row in actions(16, 4):
        last = envs.step(row)[0]
    assert torch.equal(core.state["keep.h"], first)
    envs.step(actions(16, 1)[0])  # the horizon is over: a new episode
    assert not torch.equal(core.state["keep.h"], first)
    envs.unwrapped.set_state(snapshot)
    for row in actions(16, 4):
        again = envs.step(row)[0]
    assert np.array_equal(last, again)


def test_a_saved_ensemble_dreams_on_as_before(many, tmp_path) -> None:
    many.save(tmp_path / "many")
    loaded = load_world(tmp_path / "many")
    assert loaded.members == 3
    assert loaded.card.dynamics["members"] == 3
    assert loaded.fingerprint == many.fingerprint
    envs = [gym.make("wm/Dream-v0", world=world) for world in (many, loaded)]
    for env in envs:
        env.reset(seed=1)
    one, two = (env.step(np.zeros(2, np.float32)) for env in envs)
    assert np.array_equal(one[0], two[0])


def test_a_member_that_is_not_there_is_refused(many) -> None:
    with pytest.raises(ValueError, match=r"member=3: expected 'episode', 'step' or a number below 3"):
        gym.make("wm/Dream-v0", world=many, member=3)
    with pytest.raises(ValueError, match="did you mean 'episode'"):
        gym.make("wm/Dream-v0", world=many, member="episodes")
    with pytest.raises(ValueError, match="a number below 1"):
        gym.make("wm/Dream-v0", world=make_world(members=1), member=1)


def test_dropout_is_refused_out_of_range_and_without_a_memory(many, world) -> None:
    with pytest.raises(ValueError, match=r"dropout=1.0: expected a probability in \[0, 1\)"):
        gym.make("wm/Dream-v0", world=many, dropout=1.0)
    del world.memory
    with pytest.raises(TypeError, match="names no `memory`"):
        gym.make("wm/Dream-v0", world=world, dropout=0.1)
