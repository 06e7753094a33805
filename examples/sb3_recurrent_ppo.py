"""RecurrentPPO of sb3-contrib, taught only by dreams that hide the world's memory: `obs="latent"`.

    pip install -c constraints.txt ".[contrib]"
    python examples/sb3_recurrent_ppo.py                              # in the world that ships, one and a half minutes
    python examples/sb3_recurrent_ppo.py --env CarRacing-v3 --episodes 20
    python examples/sb3_recurrent_ppo.py --world runs/quickstart-seed0 --seed 1

The latent alone is one picture: what came before, the policy's own LSTM has to remember. docs/sb3.md says more.
"""

import argparse

import numpy as np
import torch
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecNormalize

from wm_zoo.sb3 import RealEvalCallback, make_real_vec_env, make_vec_env

try:
    from sb3_contrib import RecurrentPPO
except ImportError:
    raise SystemExit('RecurrentPPO comes with sb3-contrib: pip install -c constraints.txt ".[contrib]"') from None


def learn(world="carracing", seed=0, steps=500_000, out=None, **options):
    """The model with the weights of its best validation, and the callback that tells how it went."""
    dream = make_vec_env("wm/Dream-v0", 512, seed=seed, world=world, obs="latent", **{"horizon": 32} | options)
    dream = VecNormalize(dream, norm_obs=False, norm_reward=True, gamma=0.98)
    net = {"net_arch": [128], "activation_fn": torch.nn.ReLU, "log_std_init": -0.7}
    net |= {"lstm_hidden_size": 128, "shared_lstm": True, "enable_critic_lstm": False}
    model = RecurrentPPO(
        "MlpLstmPolicy", dream, n_steps=32, batch_size=4096, n_epochs=4, learning_rate=1e-3, gamma=0.98, ent_coef=1e-3,
        policy_kwargs=net, seed=seed, device="cpu",
    )  # fmt: skip
    check = RealEvalCallback(
        world, obs="latent", eval_freq=62_500, n_eval_episodes=32, best_model_save_path=out, verbose=1
    )  # fmt: skip
    model.learn(steps, callback=check)
    return model, check


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="carracing", help="registry name, run folder or world folder")
    parser.add_argument("--env", help="test here instead of where the world was learned, e.g. CarRacing-v3")
    parser.add_argument("--episodes", type=int, default=100, help="of the test")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    model, check = learn(args.world, args.seed, out="runs/sb3_recurrent_ppo")  # best_model.zip goes there
    real = make_real_vec_env(args.world, args.episodes, seed=200_000, obs="latent", env_id=args.env)
    returns, _ = evaluate_policy(model, real, args.episodes, return_episode_rewards=True)
    print(f"validation: {check.best_real_return:.1f}")
    print(f"{args.episodes} unseen seeds: {np.mean(returns):.1f} ± {np.std(returns):.1f}")
