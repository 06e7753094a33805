"""Stable-Baselines3's SAC, taught only by dreams; real tracks pick the checkpoint, others test it.

    python examples/sb3_sac.py                                        # in the world that ships, about two minutes
    python examples/sb3_sac.py --env CarRacing-v3 --episodes 20       # tested on stock (slow)
    python examples/sb3_sac.py --world runs/quickstart-seed0 --seed 1 # in a world of your own

docs/sb3.md says what each number is for.
"""

import argparse

import numpy as np
from stable_baselines3 import SAC
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecNormalize

from wm_zoo.sb3 import RealEvalCallback, make_real_vec_env, make_vec_env


def learn(world="carracing", seed=0, steps=300_000, out=None, **options):
    """The model with the weights of its best validation, and the callback that tells how it went."""
    dream = make_vec_env("wm/Dream-v0", 128, seed=seed, world=world, **{"horizon": 16} | options)
    dream = VecNormalize(dream, norm_obs=False, norm_reward=True, gamma=0.98)
    model = SAC(
        "MlpPolicy", dream, train_freq=1, gradient_steps=2, batch_size=512, learning_rate=1e-3, gamma=0.98, tau=0.01,
        ent_coef="auto_0.1", target_entropy=0.0, buffer_size=300_000, learning_starts=10_000,
        policy_kwargs={"net_arch": [128, 128]}, seed=seed, device="cpu",
    )  # fmt: skip
    check = RealEvalCallback(world, eval_freq=25_000, n_eval_episodes=32, best_model_save_path=out, verbose=1)
    model.learn(steps, callback=check)
    return model, check


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="carracing", help="registry name, run folder or world folder")
    parser.add_argument("--env", help="test here instead of where the world was learned, e.g. CarRacing-v3")
    parser.add_argument("--episodes", type=int, default=100, help="of the test")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    model, check = learn(args.world, args.seed, out="runs/sb3_sac")  # best_model.zip goes there
    real = make_real_vec_env(args.world, args.episodes, seed=200_000, env_id=args.env)  # seeds that picked nothing
    returns, _ = evaluate_policy(model, real, args.episodes, return_episode_rewards=True)
    print(f"validation: {check.best_real_return:.1f}")
    print(f"{args.episodes} unseen seeds: {np.mean(returns):.1f} ± {np.std(returns):.1f}")
