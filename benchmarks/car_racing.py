"""Speed of wm/CarRacing-v0 against stock CarRacing-v3, measured in turns in the same run.

    python benchmarks/car_racing.py --out results.json

Absolute numbers depend on the machine and on what else it does; the ratios are the claim. Every figure is the median
over the rounds; each round measures stock first and then every variant, so that a busy machine slows all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import gymnasium as gym
import numpy as np

ID = "wm_envs:wm/CarRacing-v0"
WARMUP = 60  # steps: the opening zoom draws the whole field


def plan(lanes: int, length: int = 997) -> np.ndarray:
    """Smooth random driving, float32 [length, lanes, 3]."""
    rng = np.random.default_rng(0)
    state, rows = np.zeros((lanes, 3)), []
    for _ in range(length):
        state = np.clip(0.9 * state + 0.35 * rng.normal(size=state.shape) + [0, 0.04, -0.08], [-1, 0, 0], 1)
        rows.append(state.astype(np.float32))
    return np.array(rows)


def timed(step: Callable[[int], Any], steps_per_call: int, seconds: float) -> float:
    """Steps per second of calling step(i) for about that long."""
    begin, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - begin) < seconds:
        step(calls)
        calls += 1
    return calls * steps_per_call / elapsed


class Stock:
    """Gymnasium's CarRacing-v3, with its picture."""

    def __init__(self) -> None:
        self.env, self.plan = gym.make("CarRacing-v3"), plan(1)
        self.env.reset(seed=0)
        for i in range(WARMUP):
            self.step(i)

    def step(self, i: int) -> None:
        """One step, and a reset where the episode ends."""
        if any(self.env.step(self.plan[i % len(self.plan), 0])[2:4]):
            self.env.reset()

    def rate(self, seconds: float) -> float:
        """Steps per second."""
        return timed(self.step, 1, seconds)


class Native:
    """The native batch; frames counts physics frames, steps decisions."""

    def __init__(self, lanes: int, **options: Any) -> None:
        self.env, self.plan = gym.make_vec(ID, num_envs=lanes, copy=False, **options), plan(lanes)
        self.env.reset(seed=0)
        for i in range(WARMUP):
            self.env.step(self.plan[i])

    def rate(self, seconds: float) -> float:
        """Steps per second, all lanes together."""
        return timed(lambda i: self.env.step(self.plan[i % len(self.plan)]), self.env.num_envs, seconds)


class Single:
    """The native environment behind gym.make, one step a call."""

    def __init__(self) -> None:
        self.env, self.plan = gym.make(ID), plan(1)
        self.env.reset(seed=0)

    def step(self, i: int) -> None:
        """One step, and a reset where the episode ends."""
        if any(self.env.step(self.plan[i % len(self.plan), 0])[2:4]):
            self.env.reset()

    def rate(self, seconds: float) -> float:
        """Steps per second."""
        return timed(self.step, 1, seconds)


def measure(lanes: int, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Median steps/s and ratio to stock of every variant."""
    cores = os.cpu_count() or 1
    variants: dict[str, Stock | Native | Single] = {
        "stock CarRacing-v3": Stock(),
        "single, 96x96": Single(),
        f"{lanes} envs, 96x96, 1 thread": Native(lanes),
        f"{lanes} envs, 96x96, {cores} threads": Native(lanes, num_threads=0),
        f"{lanes} envs, 64x64, 1 thread": Native(lanes, obs_size=64),
        f"{lanes} envs, 64x64 grey, frame_skip 4, 1 thread": Native(lanes, obs_size=64, grayscale=True, frame_skip=4),
    }
    rates: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, variant in variants.items():
            rates[name].append(variant.rate(seconds))
    stock = rates["stock CarRacing-v3"]
    return {
        name: {
            "steps_per_second": statistics.median(values),
            "ratio": statistics.median(value / base for value, base in zip(values, stock, strict=True)),
        }
        for name, values in rates.items()
    }


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the results as JSON")
    parser.add_argument("--envs", type=int, default=64, help="lanes of the batch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="per variant and round")
    args = parser.parse_args()
    results = measure(args.envs, args.rounds, args.seconds)
    print(f"{'':52} {'steps/s':>10} {'x stock':>8}")
    for name, row in results.items():
        print(f"{name:52} {row['steps_per_second']:10.0f} {row['ratio']:8.1f}")
    if args.out is not None:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
        settings = {"envs": args.envs, "rounds": args.rounds, "seconds": args.seconds}
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps({"machine": machine, "settings": settings, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
