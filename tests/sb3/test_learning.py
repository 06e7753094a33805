"""SB3's PPO learns in a dream, and the same policy is worth as much outside."""

from __future__ import annotations

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy

from wm_zoo.sb3 import RealEvalCallback, make_vec_env
from wm_zoo.world_features import WorldFeatures

SETTINGS = {"n_steps": 64, "batch_size": 256, "n_epochs": 5, "learning_rate": 2e-3, "gamma": 0.9, "device": "cpu"}


def test_ppo_learns_in_the_dream_and_it_transfers(world, make_real, tmp_path):
    venv = make_vec_env("wm/Dream-v0", 32, seed=0, world=world, horizon=40)
    model = PPO("MlpPolicy", venv, seed=0, **SETTINGS)
    real = make_real()
    real.seed(5)
    before = evaluate_policy(model, real, 10)[0]
    check = RealEvalCallback(
        world, real_env=real, eval_freq=10_000, n_eval_episodes=5, dream_episodes=8, dream_horizon=40,
        best_model_save_path=tmp_path / "new" / "best",
    )  # fmt: skip
    model.learn(20_480, callback=check)
    real.seed(5)
    after = evaluate_policy(model, real, 10)[0]
    assert before < 30
    assert after > 35  # of 40; the best is limited by where an episode starts
    assert [row["step"] for row in check.history] == [10_016.0, 20_000.0, 20_480.0]
    assert abs(check.history[-1]["dream/gap"]) < 6
    assert check.best_real_return == max(row["real/return"] for row in check.history)
    real.seed(check.seed)
    assert evaluate_policy(model, real, 5)[0] == check.best_real_return  # the best weights are back
    assert (tmp_path / "new" / "best" / "best_model.zip").exists()


def test_training_is_reproducible(world):
    def train():
        venv = make_vec_env("wm/Dream-v0", 4, seed=0, world=world)
        model = PPO("MlpPolicy", venv, seed=0, **SETTINGS).learn(512)
        return model.predict(np.zeros((1, 19), np.float32), deterministic=True)[0]

    assert np.array_equal(train(), train())


@pytest.mark.filterwarnings("ignore::tqdm.TqdmExperimentalWarning")  # tqdm's own, silenced by SB3 outside pytest
def test_progress_bar(world, capfd):
    venv = make_vec_env("wm/Dream-v0", 4, seed=0, world=world)
    PPO("MlpPolicy", venv, seed=0, **SETTINGS).learn(256, progress_bar=True)
    assert "256/256" in "".join(capfd.readouterr())


def test_pixels_dreams_train_with_a_cnn(world):
    venv = make_vec_env("wm/Dream-v0", 4, seed=0, world=world, obs="pixels")
    PPO("CnnPolicy", venv, seed=0, n_steps=8, batch_size=32, n_epochs=1, device="cpu").learn(32)


def test_world_features_equal_the_agents(world, toy, real_class):
    """The wrapper filters as an agent does: previous action, blank at a reset."""
    import torch

    env = WorldFeatures(real_class(toy), world)
    twin = real_class(toy)
    for seed in (1, 2):
        obs, frame = env.reset(seed=seed)[0], twin.reset(seed=seed)[0]
        state, action = world.blank(1), torch.zeros(1, 1)
        for t in range(5):
            state = world.observe(state, action, torch.from_numpy(frame[None]))
            np.testing.assert_allclose(obs, world.features(state)[0].numpy(), rtol=0, atol=1e-6)
            push = np.array([np.sin(t)], np.float32)
            obs, frame = env.step(push)[0], twin.step(push)[0]
            action = torch.from_numpy(push[None])
    assert env.observation_space.contains(obs)
    assert WorldFeatures(real_class(toy), world, obs="latent").reset(seed=0)[0].shape == (2,)
