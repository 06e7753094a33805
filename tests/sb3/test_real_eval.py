"""RealEvalCallback: every kind of algorithm, normalised observations, stopping, what it saves and logs."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import VecNormalize

from wm_zoo.errors import ConfigError
from wm_zoo.sb3 import RealEvalCallback, make_vec_env

ON = {"n_steps": 32, "batch_size": 128, "n_epochs": 2, "learning_rate": 2e-3, "gamma": 0.9, "device": "cpu"}
OFF = {"batch_size": 64, "learning_starts": 64, "gradient_steps": 2, "gamma": 0.9, "buffer_size": 4096, "device": "cpu"}
SMALL = {"n_eval_episodes": 3, "dream_episodes": 2, "dream_horizon": 20}


def dreams(world, n=8, **options):
    return make_vec_env("wm/Dream-v0", n, seed=0, world=world, horizon=20, **options)


def real_return(model, real, check, wrap=lambda env: env):
    real.seed(check.seed)
    return evaluate_policy(model, wrap(real), check.n_eval_episodes)[0]


def test_off_policy_with_normalised_rewards(world, make_real, tmp_path):
    model = SAC("MlpPolicy", VecNormalize(dreams(world), norm_obs=False), seed=0, **OFF)
    real = make_real()
    check = RealEvalCallback(world, real_env=real, eval_freq=200, best_model_save_path=tmp_path, **SMALL)
    model.learn(600, callback=check)
    assert [row["step"] for row in check.history] == [200, 400, 600]
    assert check.best_real_return == max(row["real/return"] for row in check.history)
    assert real_return(model, real, check) == check.best_real_return  # unnormalised, and the best weights are back
    assert real_return(SAC.load(tmp_path / "best_model"), real, check) == check.best_real_return
    assert not (tmp_path / "vecnormalize.pkl").exists()  # nothing that the policy needs


def test_recurrent_policies_of_sb3_contrib(world, make_real, tmp_path):
    contrib = pytest.importorskip("sb3_contrib", reason="pip install .[contrib]")
    net = {"lstm_hidden_size": 8, "net_arch": [8]}
    model = contrib.RecurrentPPO("MlpLstmPolicy", dreams(world, obs="latent"), policy_kwargs=net, seed=0, **ON)
    real = make_real("latent")
    check = RealEvalCallback(
        world, real_env=real, obs="latent", eval_freq=256, best_model_save_path=tmp_path, **SMALL
    )  # fmt: skip
    model.learn(768, callback=check)
    assert len(check.history) == 3
    assert real_return(model, real, check) == check.best_real_return
    assert real_return(contrib.RecurrentPPO.load(tmp_path / "best_model"), real, check) == check.best_real_return


def test_normalised_observations_are_normalised_outside_too(world, make_real, tmp_path):
    dream = VecNormalize(dreams(world))
    model = PPO("MlpPolicy", dream, seed=0, **ON)
    real = make_real()
    check = RealEvalCallback(world, real_env=real, eval_freq=512, best_model_save_path=tmp_path, **SMALL)
    model.learn(2048, callback=check)

    def wrap(statistics):
        def wrapped(env):
            env = VecNormalize(env, training=False, norm_reward=False)
            env.obs_rms = statistics
            return env

        return wrapped

    assert real_return(model, real, check, wrap(dream.obs_rms)) == check.best_real_return
    kept = VecNormalize.load(str(tmp_path / "vecnormalize.pkl"), dreams(world))
    assert np.array_equal(kept.obs_rms.mean, dream.obs_rms.mean)
    assert kept.obs_rms.count == pytest.approx(check.best_step, abs=20)  # of its time, not of the end
    best = PPO.load(tmp_path / "best_model")
    assert real_return(best, real, check, wrap(kept.obs_rms)) == check.best_real_return


def test_statistics_are_of_the_moment_and_learn_nothing_outside(world, make_real):
    dream, given = VecNormalize(dreams(world)), VecNormalize(make_real())
    seen = []

    class Look(BaseCallback):
        def _on_step(self):
            seen.append((given.obs_rms is dream.obs_rms, given.training, dream.obs_rms.count))
            return True

    check = RealEvalCallback(world, real_env=given, eval_freq=128, **SMALL)
    PPO("MlpPolicy", dream, seed=0, **ON).learn(256, callback=[check, Look()])
    assert all(shared and not learns for shared, learns, _ in seen)
    counts = np.diff([count for *_, count in seen])
    assert np.allclose(counts, dream.num_envs)  # evaluations add nothing


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"obs": "latent"}, r"shape \(2,\).*learns from \(19,\)"),
        ({"norm": True}, "normalises observations, the training environment does not"),
    ],
)
def test_what_does_not_fit_is_refused(world, make_real, options, words):
    real = make_real(options.get("obs", "features"))
    real = VecNormalize(real) if "norm" in options else real
    with pytest.raises(ConfigError, match=words):
        PPO("MlpPolicy", dreams(world), **ON).learn(256, callback=RealEvalCallback(world, real_env=real, **SMALL))


def test_patience(world, make_real):
    model = SAC("MlpPolicy", dreams(world), seed=0, **OFF)
    check = RealEvalCallback(world, real_env=make_real(decay=0.5), eval_freq=64, patience=2, **SMALL)
    model.learn(1_000_000, callback=check)
    assert model.num_timesteps == 192  # the first was the best: every later episode pays less
    assert check.best_step == 64
    assert check.stopped == "no better real return in 2 evaluations"


def test_stops_when_dream_and_reality_part_company(world, make_real):
    model = PPO("MlpPolicy", dreams(world), seed=0, **ON)
    check = RealEvalCallback(world, real_env=make_real(decay=0.5), eval_freq=256, max_gap=15.0, **SMALL)
    model.learn(1_000_000, callback=check)
    assert model.num_timesteps == check.history[-1]["step"] < 1_000_000
    assert check.history[-1]["dream/gap"] > 15
    assert "more than the real environment" in check.stopped


def test_the_curves_are_logged_at_every_evaluation(world, make_real, tmp_path):
    model = PPO("MlpPolicy", dreams(world), seed=0, **ON)
    model.set_logger(configure(str(tmp_path), ["csv"]))
    check = RealEvalCallback(world, real_env=make_real(), eval_freq=64, **SMALL)
    model.learn(512, callback=check, log_interval=100)
    model.logger.close()
    with (tmp_path / "progress.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name in ("real/return", "real/std", "dream/return", "dream/gap"):
        assert [float(row[name]) for row in rows] == pytest.approx([row[name] for row in check.history])


def test_learning_again(world, make_real):
    """rl-zoo3 calls `on_training_end` twice; `learn` may be called again, from the start or going on."""
    model = PPO("MlpPolicy", dreams(world), seed=0, **ON)
    check = RealEvalCallback(world, real_env=make_real(), eval_freq=256, **SMALL)
    check.on_training_end()  # nothing was trained yet
    model.learn(256, callback=check)
    check.on_training_end()
    model.learn(256, callback=check, reset_num_timesteps=False)
    assert [row["step"] for row in check.history] == [256, 512]
    model.learn(256, callback=check)
    assert [row["step"] for row in check.history] == [256]


def test_pixels(world, toy, real_class):
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv

    model = PPO("CnnPolicy", dreams(world, 2, obs="pixels"), n_steps=8, batch_size=16, n_epochs=1, device="cpu")
    real = DummyVecEnv([lambda: Monitor(real_class(toy))])
    check = RealEvalCallback(world, real_env=real, obs="pixels", n_eval_episodes=1, dream_episodes=1, dream_horizon=5)
    model.learn(16, callback=check)
    assert set(check.history[0]) >= {"real/return", "dream/return"}
