"""Stable-Baselines3's PPO, taught only by dreams; real tracks pick the checkpoint, others test it.

    python examples/sb3_ppo.py                                        # in the world that ships, half a minute
    python examples/sb3_ppo.py --world driving                        # in the other one, two minutes
    python examples/sb3_ppo.py --env CarRacing-v3 --episodes 20       # tested on stock (slow)
    python examples/sb3_ppo.py --world runs/quickstart-seed0 --seed 1 # in a world of your own

docs/sb3.md says what each number is for.
"""

import argparse

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecNormalize

from wm_zoo import load_world
from wm_zoo.sb3 import RealEvalCallback, make_real_vec_env, make_vec_env

SETTINGS = {"driving": {"steps": 1_500_000, "batch_size": 1024, "max_grad_norm": 5.0}}  # by the name on a world's card
OTHERS = {"steps": 500_000, "batch_size": 4096, "max_grad_norm": 0.5}


def learn(world="carracing", seed=0, steps=None, out=None, **options):
    """The model with the weights of its best validation, and the callback that tells how it went."""
    numbers = dict(SETTINGS.get(load_world(world).card.name, OTHERS))
    usual = numbers.pop("steps")
    dream = make_vec_env("wm/Dream-v0", 1024, seed=seed, world=world, **{"horizon": 16} | options)
    dream = VecNormalize(dream, norm_obs=False, norm_reward=True, gamma=0.98)
    net = {"net_arch": [128, 128], "activation_fn": torch.nn.ReLU, "log_std_init": -0.7}
    model = PPO(
        "MlpPolicy", dream, n_steps=16, n_epochs=4, learning_rate=LinearSchedule(1e-3, 1e-4, 1.0), gamma=0.98,
        ent_coef=1e-3, policy_kwargs=net, seed=seed, device="cpu", **numbers,
    )  # fmt: skip
    check = RealEvalCallback(world, eval_freq=usual // 8, n_eval_episodes=32, best_model_save_path=out, verbose=1)
    model.learn(steps or usual, callback=check)
    return model, check


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="carracing", help="registry name, run folder or world folder")
    parser.add_argument("--env", help="test here instead of where the world was learned, e.g. CarRacing-v3")
    parser.add_argument("--episodes", type=int, default=100, help="of the test")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    model, check = learn(args.world, args.seed, out="runs/sb3_ppo")  # best_model.zip goes there
    real = make_real_vec_env(args.world, args.episodes, seed=200_000, env_id=args.env)  # seeds that picked nothing
    returns, _ = evaluate_policy(model, real, args.episodes, return_episode_rewards=True)
    print(f"validation: {check.best_real_return:.1f}")
    print(f"{args.episodes} unseen seeds: {np.mean(returns):.1f} ± {np.std(returns):.1f}")
