"""SB3 over many agents: its conventions, and that rows of agents that left teach nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO

from wm_zoo.errors import ConfigError
from wm_zoo.sb3.self_play import Living, LivingRolloutBuffer, make_agents_vec_env, self_play

LIMIT = 60
OPTIONS: dict[str, Any] = {"scenario": "intersection", "sensors": ["state"], "actions": "accel"}
OPTIONS["max_episode_steps"] = LIMIT


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def test_sb3_conventions() -> None:
    venv = make_agents_vec_env(2, 3, seed=0, **OPTIONS)
    obs = venv.reset()
    assert venv.num_envs == 6
    lived = np.zeros(6, int)
    returns = np.zeros(6)
    driving = np.ones(6, bool)
    episodes = 0
    for _ in range(150):
        assert venv.worlds.active.tolist() == driving.tolist()
        obs, rewards, dones, infos = venv.step(np.tile(np.array([0.0, 1.0], np.float32), (6, 1)))
        assert rewards.dtype == np.float32
        assert venv.living.rows.tolist() == driving.tolist()
        assert not (dones & ~driving).any()
        assert (rewards[~driving] == 0).all()
        lived += driving
        returns += rewards
        for row in np.flatnonzero(dones):
            info = infos[row]
            assert info["episode"]["l"] == lived[row]
            parts = [value for key, value in info.items() if key.startswith("episode_cost_")]
            assert len(parts) == 8
            assert info["episode_cost"] == pytest.approx(sum(parts), abs=1e-4)
            assert info["episode_cost"] >= info["cost"]
            assert info["episode"]["r"] == pytest.approx(returns[row], abs=1e-4)
            assert info["terminal_observation"]["state"].any()
            assert venv.observation_space.contains(info["terminal_observation"])
            assert info["TimeLimit.truncated"] == (
                lived[row] == LIMIT and not info["success"] and not info["collision"]
            )
            lived[row], returns[row] = 0, 0.0
            episodes += 1
        driving = venv.worlds.active.copy()
        assert not obs["state"][~driving & ~dones].any()
    assert episodes > 6
    images = venv.get_images()
    assert images[0] is not None
    assert images[0].shape == (480, 640, 3)
    assert images[1] is None
    venv.close()


def test_same_seed_same_learning() -> None:
    weights = []
    for _ in range(2):
        venv = make_agents_vec_env(2, 2, seed=1, flat=True, **OPTIONS)
        model = PPO("MlpPolicy", venv, n_steps=32, batch_size=64, n_epochs=1, seed=0, device="cpu", **self_play(venv))
        model.learn(256)
        weights.append(model.policy.state_dict()["action_net.weight"])
    assert torch.equal(*weights)


def test_dict_observations_learn_too(tmp_path: Path) -> None:
    venv = make_agents_vec_env(2, 2, seed=1, **{**OPTIONS, "sensors": ["lidar", "state"], "lidar_beams": 8})
    model = PPO("MultiInputPolicy", venv, n_steps=32, batch_size=64, n_epochs=1, device="cpu", **self_play(venv))
    model.learn(256)
    model.save(tmp_path / "policy")
    again = PPO.load(tmp_path / "policy", device="cpu")
    obs = venv.reset()
    np.testing.assert_array_equal(model.predict(obs, deterministic=True)[0], again.predict(obs, deterministic=True)[0])


def test_rows_that_did_not_drive_teach_nothing() -> None:
    venv = make_agents_vec_env(1, 2, flat=True, **OPTIONS)
    living = Living(2)
    buffer = LivingRolloutBuffer(4, venv.observation_space, venv.action_space, device="cpu", n_envs=2, living=living)
    for step in range(4):
        living.rows = np.array([True, step < 2])  # the second agent leaves after two steps
        obs = np.full((2, *venv.observation_space.shape), step + 1.0, np.float32) * np.array([[1.0], [-1.0]])
        buffer.add(obs, np.zeros((2, 2)), np.zeros(2), np.zeros(2), torch.zeros(2), torch.zeros(2))
    for size, batches in [(None, 1), (4, 2), (100, 1)]:
        found = [batch.observations[:, 0].numpy() for batch in buffer.get(size)]
        assert len(found) == batches
        assert sorted(np.concatenate(found).tolist()) == [-2.0, -1.0, 1.0, 2.0, 3.0, 4.0]


def test_errors() -> None:
    with pytest.raises(ConfigError, match="flat=True is for one sensor"):
        make_agents_vec_env(1, 2, flat=True, scenario="highway")
    venv = make_agents_vec_env(1, 2, **OPTIONS)
    with pytest.raises(ConfigError, match="all worlds"):
        venv.set_attr("num_worlds", 3, indices=[0])
    assert venv.get_attr("num_agents") == [2, 2]


@pytest.mark.slow
def test_the_example_learns() -> None:
    root = Path(__file__).parents[2]
    script, paths = root / "examples/selfplay_sb3.py", os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True)
    rows = dict(re.findall(r"(before|after): (.*)", done.stdout))
    before, after = ({k: float(v) for k, v in re.findall(r"([a-z ]+?) (-?[\d.]+)", rows[key])} for key in rows)
    after = {key.strip(): value for key, value in after.items()}
    before = {key.strip(): value for key, value in before.items()}
    assert after["return"] > before["return"] + 10
    assert after["success"] > 0.3
    assert after["cost per km"] < before["cost per km"] / 1.5
