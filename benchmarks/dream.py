"""How fast dreams are beside the bare network that they are made of, on one core; contestants take turns.

    python benchmarks/dream.py --world runs/quickstart-seed0 --out benchmarks/results/dream [--onnx /venv/bin/python]

The bare network is what the model computes before it samples: numbers in, numbers out, no noise, no heads' arithmetic,
no environment. `--onnx` names a Python with onnx and onnxruntime; the same weights run there as one graph.
Writes OUT.json (every median) and OUT.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import gymnasium as gym
import numpy as np
import torch

import wm_envs  # noqa: F401  (registers the dreams)
from wm_zoo.world import ComposedWorld, load_world

BATCHES = (1, 16, 64, 256, 1024)
Timer = Callable[[int], list[float]]


def timed(action: Callable[[], Any]) -> Timer:
    """Seconds of each of so many calls."""

    def run(repeats: int) -> list[float]:
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            action()
            seconds.append(time.perf_counter() - start)
        return seconds

    return run


def bare(world: ComposedWorld, n: int) -> dict[str, Timer]:
    """The network alone, in torch and in the native kernel."""
    model: Any = world.dynamics
    state = {name: tensor.normal_() for name, tensor in model.initial(n).items()}
    action = torch.zeros(n, world.action_dim)
    names = [name for name in ("h", "c") if name in state]
    network = model._imagine_rows.of(model)

    def in_torch() -> None:
        with torch.inference_mode():
            x, r = torch.cat([state["z"], action], -1), model.rnn
            weights = (r.weight_ih_l0, r.weight_hh_l0, r.bias_ih_l0, r.bias_hh_l0)
            if "c" in state:
                hidden, _ = torch.lstm_cell(x, (state["h"], state["c"]), *weights)
            else:
                hidden = torch.gru_cell(x, state["h"], *weights)
            context = torch.cat([hidden, state["z"], action], -1)
            model.latent_head(context)
            model.reward_head(context)

    def native() -> None:
        with torch.inference_mode():
            network(state["z"], action, *(state[name] for name in names))

    return {"torch": timed(in_torch), "native": timed(native)}


def onnx(python: str | None, world: ComposedWorld, folder: str) -> tuple[str, Callable[[int], Timer]] | None:
    """ONNX Runtime in a process of its own, asked line by line."""
    if python is None:
        return None
    model: Any = world.dynamics
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    sizes = np.array([world.latent_dim, world.action_dim, model.config.hidden])
    np.savez(Path(folder) / "weights.npz", sizes=sizes, **weights)
    script = Path(__file__).with_name("dream_onnx.py")
    command = [python, str(script), str(Path(folder) / "weights.npz")]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin is not None
    assert worker.stdout is not None
    to, answers = worker.stdin, worker.stdout
    version = answers.readline().strip()

    def at(n: int) -> Timer:
        def run(repeats: int) -> list[float]:
            to.write(f"{n} {repeats}\n")
            to.flush()
            return [float(word) for word in answers.readline().split()]

        return run

    return version, at


def dreams(world: ComposedWorld, n: int, horizon: int) -> dict[str, Timer]:
    """Whole steps: NumPy actions in, observations, rewards, ends and infos out, sampled, resets included."""
    found = {}
    vector = gym.make_vec("wm/Dream-v0", num_envs=n, world=world, horizon=horizon)
    copies = None
    if 1 < n <= 256:
        makers = [lambda: gym.make("wm/Dream-v0", world=world, horizon=horizon)] * n
        copies = gym.vector.SyncVectorEnv(makers)
    single = gym.make("wm/Dream-v0", world=world, horizon=None).unwrapped if n == 1 else None
    for name, env in (("dream vector", vector), ("SyncVectorEnv", copies), ("single dream", single)):
        if env is not None:
            env.reset(seed=0)
            action = env.action_space.sample()
            found[name] = timed(lambda env=env, action=action: env.step(action))
    return found


def medians(contestants: dict[str, Timer], repeats: int, rounds: int) -> dict[str, float]:
    """Microseconds of one call; contestants take turns, so that a busy moment hits them all."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run(3)
    for _ in range(rounds):
        for name, run in contestants.items():
            seconds[name] += run(1 + repeats // (20 if name == "SyncVectorEnv" else 1))
    return {name: 1e6 * statistics.median(times) for name, times in seconds.items()}


def report(rows: dict[int, dict[str, float]], facts: dict[str, Any]) -> str:
    """Markdown."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [
        "# Dreams beside the bare network\n",
        f"{facts}\n",
        "Median microseconds of one call for the whole batch.\n",
    ]
    lines += [
        "| N | " + " | ".join(names) + " | of torch's throughput | of the kernel's | × SyncVectorEnv | dream steps/s |"
    ]
    lines += ["|---" * (len(names) + 5) + "|"]
    for n, row in rows.items():
        step = row["dream vector"]
        cells = [f"{row[name]:.1f}" if name in row else "" for name in names]
        cells += [f"{row['bare torch'] / step:.0%}", f"{row['bare native'] / step:.0%}"]
        cells += [f"{row['SyncVectorEnv'] / step:.1f}" if "SyncVectorEnv" in row else "", f"{n / step * 1e6:,.0f}"]
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", required=True, help="run or world folder with a wm/mdn-rnn-v0")
    parser.add_argument("--out", default="benchmarks/results/dream", help="path without the extension")
    parser.add_argument("--onnx", help="a Python with onnx and onnxruntime")
    parser.add_argument("--horizon", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(1)
    world = load_world(args.world)
    facts: dict[str, Any] = {"dynamics": dict(world.card.dynamics), "torch": torch.__version__, "threads": 1}
    facts |= {"machine": platform.machine(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        other = onnx(args.onnx, world, folder)
        if other is not None:
            facts["onnx"] = other[0]
        for n in BATCHES:
            contestants = {f"bare {name}": run for name, run in bare(world, n).items()}
            if other is not None:
                contestants["bare ONNX Runtime"] = other[1](n)
            rows[n] = medians(contestants | dreams(world, n, args.horizon), max(10, 4000 // (n + 16)), args.rounds)
            print(n, {name: round(value, 1) for name, value in rows[n].items()}, flush=True)
    out = Path(args.out)
    out.with_suffix(".json").write_text(json.dumps({"facts": facts, "microseconds": rows}, indent=1) + "\n")
    out.with_suffix(".md").write_text(report(rows, facts))


if __name__ == "__main__":
    main()
