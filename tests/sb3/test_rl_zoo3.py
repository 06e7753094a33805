"""examples/rl-zoo3/*.yml: every key is one that somebody reads (rl-zoo3 itself is not installed here)."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import gymnasium as gym
import pytest
import stable_baselines3
import yaml

import wm_envs
from wm_envs.car_racing.options import CarRacingOptions
from wm_envs.dream.options import DreamOptions

FOLDER = Path(__file__).parents[2] / "examples" / "rl-zoo3"
IDS = {"wm/DreamCarRacing-v0", "wm/DreamDriving-v0", "wm/CarRacing-v0"}
# what rl_zoo3.exp_manager takes out of an entry before the rest goes to the algorithm
ITS_OWN = {"env_kwargs", "env_wrapper", "frame_stack", "n_envs", "n_timesteps", "normalize", "callback"}


def algorithm(name):
    if name == "ppo_lstm":
        return pytest.importorskip("sb3_contrib", reason="pip install .[contrib]").RecurrentPPO
    return getattr(stable_baselines3, name.upper())


def words(callable_):
    return set(inspect.signature(callable_).parameters)


def import_name(text):
    module, _, name = text.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", ["ppo", "sac", "ppo_lstm"])
def test_every_key_is_read(name):
    entries = yaml.safe_load((FOLDER / f"{name}.yml").read_text())
    kind = algorithm(name)
    assert set(entries) == IDS
    for entry in entries.values():
        assert set(entry) <= ITS_OWN | words(kind.__init__), set(entry) - ITS_OWN - words(kind.__init__)
        assert words(kind.__init__) >= {"policy", "seed", "device"}
        policy = kind.policy_aliases[entry["policy"]]
        call = ast.parse(entry.get("policy_kwargs", "dict()"), mode="eval").body  # rl-zoo3 evaluates it
        accepted = set().union(*(words(base.__init__) for base in policy.__mro__[:2]))
        assert {keyword.arg for keyword in call.keywords} <= accepted
        assert set(entry.get("normalize", {})) <= {"norm_obs", "norm_reward"}  # gamma is rl-zoo3's to fill in


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yml")), ids=lambda file: file.stem)
def test_options_and_callbacks_exist(file):
    wm_envs.register_all()
    for env_id, entry in yaml.safe_load(file.read_text()).items():
        assert env_id in gym.registry
        options = DreamOptions if "Dream" in env_id else CarRacingOptions
        options(**entry["env_kwargs"])
        for path, arguments in (item for one in entry.get("env_wrapper", []) for item in one.items()):
            assert set(arguments) <= words(import_name(path))
        callbacks = dict(item for one in entry.get("callback", []) for item in one.items())
        for path, arguments in callbacks.items():
            assert set(arguments) <= words(import_name(path))
            assert arguments["world"] == gym.spec(env_id).kwargs["world"]
            assert arguments.get("obs", "features") == entry["env_kwargs"].get("obs", "features")
        assert ("wm_zoo.sb3.RealEvalCallback" in callbacks) == ("Dream" in env_id)  # a dream is never trusted alone


def test_off_policy_frame_stacks_are_not_normalised():
    """rl-zoo3 stacks outside VecNormalize, whose original observations SB3 would store unstacked (ValueError)."""
    for entry in yaml.safe_load((FOLDER / "sac.yml").read_text()).values():
        assert not ("frame_stack" in entry and "normalize" in entry)


def test_horizons_fit_the_rollouts():
    """An update of PPO sees whole dreams."""
    for name in ("ppo", "ppo_lstm"):
        for env_id, entry in yaml.safe_load((FOLDER / f"{name}.yml").read_text()).items():
            if "Dream" in env_id:
                assert entry["n_steps"] == entry["env_kwargs"]["horizon"]
                assert entry["n_envs"] * entry["n_steps"] % entry["batch_size"] == 0
