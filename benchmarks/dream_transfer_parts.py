"""Training and driving for dream_transfer.py; importable in the processes that drive stock."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from car_racing_report import cpu
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecEnv

from wm_zoo.sb3 import make_real_vec_env, make_vec_env
from wm_zoo.world import load_world

EXAMPLES = Path(__file__).parents[1] / "examples"
ALGOS = {"ppo": PPO, "sac": SAC}
FIRST_SEED = 200_000
LANES = 50
"""Lanes side by side: the real environment's pictures are memory."""


def load_example(algo: str) -> Callable[..., Any]:
    """`learn` of examples/sb3_ALGO.py."""
    spec = importlib.util.spec_from_file_location(f"sb3_{algo}", EXAMPLES / f"sb3_{algo}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.learn


def train(learn: Callable[..., Any], world: str, seed: int, folder: Path, **options: Any) -> dict[str, Any]:
    """Run an example; minutes include its real evaluations."""
    wall, cpu = time.perf_counter(), time.process_time()
    model, check = learn(world, seed, out=folder, **options)
    return {
        "wall_minutes": (time.perf_counter() - wall) / 60,
        "cpu_minutes": (time.process_time() - cpu) / 60,
        "dream_steps": int(model.num_timesteps),
        "best_step": int(check.best_step),
        "validation": float(check.best_real_return),
        "validation_seeds": [check.seed, check.seed + check.n_eval_episodes - 1],
        "history": check.history,
    }


def drive_real(world: str, algo: str, model: str, seeds: Sequence[int], env_id: str | None = None) -> list[float]:
    """Return of one whole real episode on each seed (consecutive), in order."""
    torch.set_num_threads(1)
    policy = ALGOS[algo].load(model, device="cpu")
    returns: list[float] = []
    for first in range(0, len(seeds), LANES):
        part = seeds[first : first + LANES]
        returns += _one_each(policy, make_real_vec_env(world, len(part), seed=part[0], env_id=env_id))
    return returns


def drive_dream(world: str, algo: str, model: str, seeds: Sequence[int]) -> list[float]:
    """The same in the dream: from the beginning of an episode, as long as a real one may be."""
    horizon = int(load_world(world).card.env.get("max_episode_steps") or 1000)
    dream = make_vec_env("wm/Dream-v0", len(seeds), seed=seeds[0], world=world, start="episode", horizon=horizon)
    return _one_each(ALGOS[algo].load(model, device="cpu"), dream)


def _one_each(policy: Any, env: VecEnv) -> list[float]:
    """The first episode of each lane; `evaluate_policy` alone would give them in the order of their ends."""
    returns = [float("nan")] * env.num_envs

    def note(scope: dict[str, Any], _: dict[str, Any]) -> None:
        if scope["done"]:
            returns[scope["i"]] = float(scope["info"]["episode"]["r"])

    evaluate_policy(policy, env, env.num_envs, callback=note)
    env.close()
    assert np.isfinite(returns).all(), returns
    return returns


def dream_scales(world: str, n: int = 256, steps: int = 50) -> dict[str, float]:
    """Sizes for switches in the model's own units, from dreams under random actions.

    Returns:
        pessimism: k at which half the spread of rewards is one spread of uncertainty; max_uncertainty: its 95th
        percentile, so that one dreamt step in twenty would be cut off.
    """
    dream = make_vec_env("wm/Dream-v0", n, seed=0, world=world, horizon=None, info_keys=("uncertainty",))
    dream.reset()
    rewards, doubts = [], []
    rng = np.random.default_rng(0)
    low, high = dream.action_space.low, dream.action_space.high
    for _ in range(steps):
        action = rng.uniform(low, high, (n, *low.shape)).astype(np.float32)
        _, reward, _, infos = dream.step(action)
        rewards.append(reward)
        doubts.append([info["uncertainty"] for info in infos])
    dream.close()
    doubt = np.asarray(doubts)
    k = 0.5 * float(np.std(rewards)) / max(float(doubt.std()), 1e-9)
    return {"pessimism": k, "max_uncertainty": float(np.quantile(doubt, 0.95))}


def software() -> dict[str, Any]:
    """What a reader needs to judge the minutes."""
    names = ("torch", "stable_baselines3", "gymnasium", "numpy", "wm-suite")
    versions = {name: version(name) for name in names}
    return {"machine": f"{cpu()}, {os.cpu_count()} cores", "versions": versions}
