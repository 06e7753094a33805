"""How fast dreams are beside the bare network that they are made of; contestants take turns.

    python benchmarks/dream.py --world runs/quickstart-seed0 --out benchmarks/results/dream [--onnx /venv/bin/python]

The bare network is what the model computes before it samples: numbers in, numbers out, no noise, no heads' arithmetic,
no environment. `--onnx` names a Python with onnx and onnxruntime (and perhaps openvino); the same weights run there as
one graph, the numbers already bound. Writes OUT.json (every median) and OUT.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import gymnasium as gym
import torch
from car_racing_report import cpu
from dream_contestants import GraphWorkers, Timer, bare, by_torch, episodes, timed
from dream_report import claims, report

import wm_envs  # noqa: F401  (registers the dreams)
from wm_zoo.world import ComposedWorld, load_world

BATCHES = (1, 16, 64, 256, 1024)


def single(world: ComposedWorld) -> dict[str, Timer]:
    """One step of one dream: an action in, what `gymnasium.Env.step` returns out."""
    env = gym.make("wm/Dream-v0", world=world, horizon=None, termination="threshold", threshold=0.999999)
    env.reset(seed=0)
    action, inner = env.action_space.sample(), env.unwrapped
    return {"step": timed(lambda: inner.step(action)), "step, gym.make": timed(lambda: env.step(action))}


def batches(world: ComposedWorld, slow: ComposedWorld, n: int, horizon: int) -> dict[str, Timer]:
    """Steps of whole episodes: NumPy actions in; observations, rewards, ends, infos out; sampled, resets included.

    `slow` is the same world of a model without a native step.
    """
    found = {}
    for threads in (1, 2):
        env = gym.make_vec("wm/Dream-v0", num_envs=n, world=world, horizon=horizon, num_threads=threads)
        found[f"dream, {threads} thread{'s'[: threads - 1]}"] = episodes(env, horizon)
    if 1 < n <= 256:
        found["SyncVectorEnv"] = episodes(one_by_one(world, n, horizon), horizon)
    if n == 256:
        batch = gym.make_vec("wm/Dream-v0", num_envs=n, world=slow, horizon=horizon)
        found["dream, by torch"] = episodes(batch, horizon)
        found["SyncVectorEnv, by torch"] = episodes(one_by_one(slow, n, horizon), horizon)
    return found


def one_by_one(world: ComposedWorld, n: int, horizon: int) -> gym.vector.SyncVectorEnv:
    """Single dreams in a loop."""
    return gym.vector.SyncVectorEnv([lambda: gym.make("wm/Dream-v0", world=world, horizon=horizon)] * n)


def medians(contestants: dict[str, Timer], repeats: int, rounds: int) -> dict[str, float]:
    """Microseconds of one call; contestants take turns, so that a busy moment hits them all."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for one in contestants.values():
        one.run(3)
    for _ in range(rounds):
        for name, one in contestants.items():
            seconds[name] += one.run(1 + repeats // (20 if name.startswith("SyncVectorEnv") else 1))
    return {name: 1e6 * one.typical(seconds[name]) for name, one in contestants.items()}


def facts_of(world: ComposedWorld, horizon: int) -> dict[str, Any]:
    """What the numbers belong to."""
    facts = {"dynamics": world.card.dynamics["id"], **world.card.dynamics["config"], "latent": world.latent_dim}
    facts = {key: facts[key] for key in ("dynamics", "cell", "hidden", "mixtures", "head", "reward_head", "latent")}
    machine = {"cpu": cpu(), "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}
    return facts | {"horizon": horizon, "torch": torch.__version__, "python": platform.python_version()} | machine


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", required=True, help="run or world folder with a wm/mdn-rnn-v0")
    parser.add_argument("--out", default="benchmarks/results/dream", help="path without the extension")
    parser.add_argument("--onnx", help="a Python with onnx and onnxruntime, perhaps openvino")
    parser.add_argument("--horizon", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    torch.set_num_threads(1)
    world, slow = load_world(args.world), by_torch(load_world(args.world))
    assert world.step_program is not None
    facts = facts_of(world, args.horizon)
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        workers = GraphWorkers(args.onnx, world, Path(folder))
        facts |= workers.versions
        for n in BATCHES:
            contestants = bare(world, n) | workers.at(n) | (single(world) if n == 1 else {})
            contestants |= batches(world, slow, n, args.horizon)
            rows[n] = medians(contestants, max(10, 4000 // (n + 16)), args.rounds)
            print(n, {name: round(value, 1) for name, value in rows[n].items()}, flush=True)
        workers.close()
    out = Path(args.out)
    result = {"facts": facts, "microseconds": rows, "claims": claims(rows)}
    out.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    out.with_suffix(".md").write_text(report(result))


if __name__ == "__main__":
    main()
