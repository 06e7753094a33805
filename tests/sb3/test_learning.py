"""SB3's PPO learns in a dream, and the same policy is worth as much outside."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from wm_zoo.sb3 import RealEvalCallback, make_vec_env
from wm_zoo.world_features import WorldFeatures

SETTINGS = {"n_steps": 64, "batch_size": 256, "n_epochs": 5, "learning_rate": 2e-3, "gamma": 0.9, "device": "cpu"}


class Real(gym.Env):
    """What the toy world is a model of: pictures of position and speed, 40 steps."""

    def __init__(self, toy):
        where = toy.spaces()
        self.observation_space, self.action_space = where.observation, where.action

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.z, self.t = self.np_random.uniform(-1, 1, 2), 0
        return self._picture(), {}

    def step(self, action):
        v = 0.8 * self.z[1] + 0.3 * float(np.clip(action[0], -1, 1))
        self.z, self.t = np.array([self.z[0] + 0.3 * v, v]), self.t + 1
        x = abs(self.z[0])
        return self._picture(), 1 - x, bool(x > 1.9), self.t >= 40, {}

    def _picture(self):
        frame = np.zeros((36, 36, 3), np.uint8)
        frame[..., :2] = np.round((self.z + 2) / 4 * 255).clip(0, 255)
        return frame


def test_ppo_learns_in_the_dream_and_it_transfers(world, toy, tmp_path):
    venv = make_vec_env("wm/Dream-v0", 32, seed=0, world=world, horizon=40)
    model = PPO("MlpPolicy", venv, seed=0, **SETTINGS)
    real = DummyVecEnv([lambda: Monitor(WorldFeatures(Real(toy), world))])
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


def test_training_stops_when_dream_and_reality_part(world, toy):
    venv = make_vec_env("wm/Dream-v0", 8, seed=0, world=world, horizon=40)
    model = PPO("MlpPolicy", venv, seed=0, **SETTINGS)
    real = DummyVecEnv([lambda: Monitor(WorldFeatures(Real(toy), world))])
    check = RealEvalCallback(world, real_env=real, eval_freq=512, n_eval_episodes=2, dream_episodes=0, patience=2)
    model.learn(1_000_000, callback=check)
    assert model.num_timesteps < 1_000_000
    assert "no better real return in 2 evaluations" in check.stopped


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


def test_world_features_equal_the_agents(world, toy):
    """The wrapper filters as an agent does: previous action, blank at a reset."""
    import torch

    env = WorldFeatures(Real(toy), world)
    twin = Real(toy)
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
    assert WorldFeatures(Real(toy), world, obs="latent").reset(seed=0)[0].shape == (2,)
