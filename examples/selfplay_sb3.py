"""Self-play: one PPO policy of Stable-Baselines3 drives every car at an intersection.

    python examples/selfplay_sb3.py                            # about a minute on one core
    python examples/selfplay_sb3.py --scenario roundabout --steps 10_000_000

docs/multi_agent.md has what came of it.

All cars share the weights and learn from one another's presence; each has its own route. Evaluation is on worlds of
other seeds, with the deterministic policy. Costs are those of info["cost"]: collisions, leaving the road, red lights,
speeding, following too closely. Steering noise starts small (log_std_init): with more of it cars are off the road
before they have learnt anything, and PPO learns to stand still.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from stable_baselines3 import PPO

from wm_zoo.sb3.self_play import AgentsVecEnv, make_agents_vec_env, self_play


def evaluate(model: PPO, venv: AgentsVecEnv, episodes: int) -> dict[str, float]:
    """Means over the first episodes of all agents, those that take long included."""
    obs = venv.reset()
    each = episodes // venv.num_envs + 1
    found: list[list[dict[str, float]]] = [[] for _ in range(venv.num_envs)]
    while any(len(rows) < each for rows in found):
        actions, _ = model.predict(obs, deterministic=True)
        obs, _, dones, infos = venv.step(actions)
        for row in np.flatnonzero(dones):
            found[row].append(infos[row])
    ended = [info for rows in found for info in rows[:each]]
    kilometres = sum(max(info["progress"], 0.0) for info in ended) / 1000
    return {
        "return": float(np.mean([info["episode"]["r"] for info in ended])),
        "success": float(np.mean([info["success"] for info in ended])),
        "route driven": float(np.mean([info["route_completion"] for info in ended])),
        "cost": float(np.mean([info["episode_cost"] for info in ended])),
        "cost per km": sum(info["episode_cost"] for info in ended) / kilometres,
        "collisions per km": sum(info["collision"] for info in ended) / kilometres,
    }


def show(title: str, numbers: dict[str, float]) -> None:
    print(f"{title:>8}: " + ", ".join(f"{name} {value:.2f}" for name, value in numbers.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="intersection")
    parser.add_argument("--agents", type=int, default=4, help="cars of the policy in every world")
    parser.add_argument("--worlds", type=int, default=16)
    parser.add_argument("--vehicles", type=int, default=4, help="cars of the traffic in every world")
    parser.add_argument("--steps", type=int, default=2_000_000, help="decisions of agents to learn from")
    parser.add_argument("--episodes", type=int, default=200, help="episodes of each evaluation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where to save the policy, e.g. runs/selfplay.zip")
    args = parser.parse_args()

    torch.set_num_threads(1)
    options = {
        "scenario": args.scenario, "vehicles": args.vehicles, "sensors": ["state"], "actions": "accel",
        "route_length": 150.0, "max_episode_steps": 300, "reward_weights": {"rules": 5.0}, "flat": True,
    }  # fmt: skip
    venv = make_agents_vec_env(args.worlds, args.agents, seed=args.seed, **options)
    model = PPO(
        "MlpPolicy", venv, n_steps=128, batch_size=1024, n_epochs=5, gamma=0.99, gae_lambda=0.95,
        learning_rate=lambda left: 1e-3 * left,  # from 1e-3 to 0
        policy_kwargs={"net_arch": [64, 64], "log_std_init": -1.5}, seed=args.seed, device="cpu",
        **self_play(venv),
    )  # fmt: skip
    held_out = make_agents_vec_env(8, args.agents, **options)
    held_out.seed(10_000)
    show("before", evaluate(model, held_out, args.episodes))
    start = time.monotonic()
    model.learn(args.steps, progress_bar=True)
    held_out.seed(10_000)
    show("after", evaluate(model, held_out, args.episodes))
    print(f"learnt from {model.num_timesteps} decisions of agents in {time.monotonic() - start:.0f} s")
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        model.save(args.out)


if __name__ == "__main__":
    main()
