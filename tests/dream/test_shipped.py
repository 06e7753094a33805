"""The worlds and agents that ship: whole, small, described, dreamt in by one line, and honest about what they know."""

from __future__ import annotations

import warnings
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import wm_envs  # noqa: F401  (registers the ids)
from wm_zoo import load_agent, load_world
from wm_zoo.cards import read_card
from wm_zoo.evaluation.open_loop import open_loop
from wm_zoo.evaluation.record import record_episodes
from wm_zoo.manager import manager
from wm_zoo.recipe_load import load_recipe
from wm_zoo.saved import find_folder

SHIPPED = {"wm/DreamCarRacing-v0": "carracing", "wm/DreamDriving-v0": "driving"}
HELD_OUT = range(300_000, 300_008)  # met by no training, validation or test


@pytest.fixture(params=SHIPPED)
def env_id(request):
    return request.param


def test_one_line_makes_a_dream(env_id):
    env = gym.make(env_id)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped, skip_render_check=True)
        sb3_check_env(env.unwrapped)
    envs = gym.make_vec(env_id, num_envs=3, horizon=5)
    obs, _ = envs.reset(seed=2)
    alone, _ = gym.make(env_id, horizon=5).reset(seed=3)
    assert np.array_equal(obs[1], alone)
    for _ in range(12):
        obs, reward, _, _, info = envs.step(envs.action_space.sample())
        assert np.isfinite(reward).all()
        assert (info["uncertainty"] >= 0).all()


def test_it_travels_light_and_with_its_card(env_id):
    name = SHIPPED[env_id]
    folder = find_folder(name, "world")
    card = read_card(folder / "world.toml")  # vouches for itself
    recipe = load_recipe(name)
    assert card["name"] == name == recipe.name
    assert card["provenance"]["recipe"] == name
    assert card["provenance"]["licence"] == "MIT"
    assert card["provenance"]["real_decisions"] > 100_000
    assert set(card["files"]) == {"encoder.safetensors", "dynamics.safetensors", "starts.safetensors"}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6e6
    text = (folder / "README.md").read_text()
    for word in ("real decisions", "seed", "minutes", "commit", "licence", "rank correlation of uncertainty and error"):
        assert word in text, word


def test_it_is_what_its_recipe_makes(env_id):
    world, recipe = load_world(SHIPPED[env_id]), load_recipe(SHIPPED[env_id])
    assert world.card.env["id"] == recipe.env.id
    assert dict(world.card.env["kwargs"]) == dict(recipe.env.kwargs)
    for part, wanted in ((world.card.encoder, recipe.encoder), (world.card.dynamics, recipe.dynamics)):
        assert part["id"].split("/")[-1].startswith(wanted.id)
        assert {k: part["config"][k] for k in wanted.config} == {k: v for k, v in wanted.config.items()}
    assert dict(world.dream) == recipe.dream.model_dump(exclude_none=True)


def test_registered_files_are_there():
    for section in ("world", "agent"):
        for asset in manager().assets(section):
            if asset.id.startswith("wm/"):
                assert Path(find_folder(asset.id, section)).is_dir()


@pytest.mark.parametrize("name", SHIPPED.values())
def test_uncertainty_ranks_the_true_error_on_drives_that_nobody_has_met(name):
    """Spearman's rank correlation of the uncertainty summed over h steps with the latent error after them."""
    agent = load_agent(name)
    episodes = record_episodes(agent, tuple(HELD_OUT), max_episode_steps=120, deterministic=False)
    table = open_loop(load_world(name), episodes, (1, 4, 8, 16))
    print(name, [f"{h}: {rank:.2f}" for h, rank in zip(table["horizons"], table["uncertainty_spearman"], strict=True)])
    assert all(value > 0.1 for value in table["uncertainty_spearman"]), table["uncertainty_spearman"]


@pytest.mark.parametrize("name", SHIPPED.values())
def test_the_agent_drives(name):
    """A smoke test: the numbers are in benchmarks/results."""
    from wm_zoo.evaluation.agent import evaluate_agent

    agent, card = load_agent(name), load_world(name).card.env
    result = evaluate_agent(
        agent, card["id"], card["kwargs"], tuple(HELD_OUT), max_episode_steps=card.get("max_episode_steps")
    )
    assert result.summary()["mean"] > {"carracing": 700, "driving": 0}[name]


@pytest.mark.parametrize(("name", "other"), [("carracing", "wm/Highway-v0"), ("driving", "wm/CarRacing-v0")])
def test_a_world_for_other_spaces_is_refused(name, other):
    from wm_zoo.errors import WorldError
    from wm_zoo.sb3 import make_real_vec_env
    from wm_zoo.world_features import make_real_env

    learned = load_world(name).card.env["id"]
    for make in (
        lambda: make_real_vec_env(name, 2, env_id=other),
        lambda: make_real_env(load_world(name), env_id=other),
    ):
        with pytest.raises(WorldError, match=f"world '{name}' does not fit .*; use {learned} with the options"):
            make()
