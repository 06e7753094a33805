"""Train Stable-Baselines3's PPO inside a dream and watch what it is worth outside.

    wm train quickstart                                          # makes a world: runs/quickstart-seed0
    python examples/train_sb3_in_dream.py runs/quickstart-seed0

No gradient comes from the real environment: it only picks the checkpoint, and a policy that has begun to exploit the
model shows as a gap between the dreamt and the real reward per step.
"""

import argparse
from pathlib import Path

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy

from wm_zoo.sb3 import RealEvalCallback, make_real_vec_env, make_vec_env


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", help="run folder, world folder, or registry name")
    parser.add_argument("--steps", type=int, default=400_000, help="dreamt steps to learn from")
    parser.add_argument("--dreams", type=int, default=256, help="dreams side by side")
    parser.add_argument("--episodes", type=int, default=20, help="real episodes of the last evaluation")
    parser.add_argument("--eval-freq", type=int, default=50_000, help="dreamt steps between real evaluations")
    parser.add_argument("--env", help="evaluate here instead, e.g. CarRacing-v3 (stock; needs gymnasium[box2d])")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/sb3"))
    args = parser.parse_args()

    dream = make_vec_env("wm/Dream-v0", args.dreams, seed=args.seed, world=args.world, horizon=16, temperature=1.5)
    model = PPO(
        "MlpPolicy", dream, n_steps=16, batch_size=1024, n_epochs=4, learning_rate=5e-4, gamma=0.98, ent_coef=1e-3,
        policy_kwargs={"net_arch": [128, 128], "log_std_init": -0.7}, seed=args.seed, device="cpu", verbose=0,
    )  # fmt: skip
    check = RealEvalCallback(args.world, eval_freq=args.eval_freq, best_model_save_path=args.out, verbose=1)
    model.learn(args.steps, callback=check, progress_bar=True)  # ends with the best checkpoint

    real = make_real_vec_env(args.world, args.episodes, seed=200_000, env_id=args.env)  # tracks that picked nothing
    returns, _ = evaluate_policy(model, real, args.episodes, return_episode_rewards=True)
    print(f"best checkpoint on {args.episodes} unseen tracks: {np.mean(returns):.1f} ± {np.std(returns):.1f}")


if __name__ == "__main__":
    main()
