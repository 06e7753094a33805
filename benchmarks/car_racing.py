"""Speed of wm/CarRacing-v0 beside stock CarRacing-v3 and EnvPool's, measured in turns in the same run.

    python -m venv /tmp/envpool && /tmp/envpool/bin/pip install envpool
    python benchmarks/car_racing.py --envpool-python /tmp/envpool/bin/python

Absolute numbers depend on the machine and on what else it does; the ratios are the claim. Each round measures stock
first and then everybody else, so that a busy machine slows all alike; a figure is the median over the rounds, with the
smallest and the largest. Writes car_racing.json and car_racing.md into --out.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import car_racing_contestants as contestants
import car_racing_report as report
import gymnasium as gym
from car_racing_contestants import ID, Burner, EnvPool, Resets, Single, native

Rates = dict[str, list[float]]
STOCK = "stock CarRacing-v3"


def in_turns(runners: dict[str, Any], rounds: int, seconds: float) -> Rates:
    """Rates of everybody, one a round."""
    rates: Rates = {name: [] for name in runners}
    for number in range(rounds):
        for name, runner in runners.items():
            rates[name].append(runner.rate(seconds))
        print(f"round {number + 1} of {rounds}", flush=True)
    return rates


def steppers(lanes: int, envpool: str | None) -> dict[str, Any]:
    """Who steps. Names are what the report's claims refer to."""
    runners: dict[str, Any] = {
        STOCK: Single("CarRacing-v3"),
        "stock, 2 worker processes": contestants.stock_workers(2),
        "gym.make, 96x96": Single(ID),
        "gym.make, 96x96, exact painter": Single(ID, painter="exact"),
        "96x96, 1 thread": native(lanes),
        "96x96, 2 threads": native(lanes, num_threads=2),
        "64x64, 1 thread": native(lanes, obs_size=64),
        "64x64, 2 threads": native(lanes, obs_size=64, num_threads=2),
        "64x64 grey, 1 thread": native(lanes, obs_size=64, grayscale=True),
        "64x64, frame_skip 4, 1 thread (frames)": FramesOf(native(lanes, obs_size=64, frame_skip=4), 4),
        "96x96, exact painter, 1 thread": native(lanes, painter="exact"),
        "96x96, exact painter, 2 threads": native(lanes, painter="exact", num_threads=2),
    }
    if envpool:
        for threads in (1, 2):
            runners[f"EnvPool, {threads} thread{'s' if threads > 1 else ''}"] = EnvPool(envpool, lanes, threads)
    return runners


def beside_stock(runners: dict[str, Any], resetters: dict[str, Any], turns: int) -> dict[str, report.Figure]:
    """What is claimed against stock, each in turns with it alone: a round of all is longer than a machine's mood."""
    found = {
        name: report.steady_ratio(runners[STOCK], runners[name], turns)
        for name in ("96x96, 1 thread", "64x64, 1 thread", "96x96, exact painter, 1 thread")
    }
    return found | {"resets": report.steady_ratio(resetters[STOCK], resetters["gym.make"], turns)}


class FramesOf:
    """Counts physics frames instead of decisions."""

    def __init__(self, runner: Any, frame_skip: int) -> None:
        self._runner, self._frame_skip = runner, frame_skip

    def rate(self, seconds: float) -> float:
        return self._runner.rate(seconds) * self._frame_skip


def busy(lanes: int, rounds: int, seconds: float) -> Rates:
    """One thread and two, while another process keeps a core busy."""
    runners = {"busy, 1 thread": native(lanes), "busy, 2 threads": native(lanes, num_threads=2)}
    with Burner():
        return in_turns(runners, rounds, seconds)


def memory(lanes: int, runners: dict[str, Any]) -> dict[str, float]:
    """Bytes per environment."""
    many: Callable[[], Any] = lambda: gym.make_vec(ID, num_envs=1024)  # noqa: E731
    found = {
        STOCK: contestants.bytes_per_environment(lambda: gym.make("CarRacing-v3"), 1),
        "ours, of 1024": contestants.bytes_per_environment(many, 1024),
    }
    for name, runner in runners.items():
        if isinstance(runner, EnvPool):
            found[f"{name}, of {lanes}"] = runner.facts["bytes_per_environment"]
    return found


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the results")
    parser.add_argument("--envpool-python", help="a Python that has envpool; left out: without EnvPool")
    parser.add_argument("--envs", type=int, default=64, help="lanes of the batches")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="per contestant and round")
    args = parser.parse_args()
    load = os.getloadavg()[0]
    runners = steppers(args.envs, args.envpool_python)
    steps = in_turns(runners, args.rounds, args.seconds)
    resetters = {STOCK: Resets("CarRacing-v3"), "gym.make": Resets(ID), "batch": Resets(None, args.envs)}
    resets = in_turns(resetters, args.rounds, args.seconds)
    result = {
        "machine": report.machine(load, runners),
        "settings": {"envs": args.envs, "rounds": args.rounds, "seconds": args.seconds},
        "steps_per_second": report.against(steps, STOCK),
        "resets_per_second": report.against(resets, STOCK),
        "beside_stock": beside_stock(runners, resetters, 3 * args.rounds),
        "second_core_idle": report.steady_ratio(
            runners["96x96, 1 thread"], runners["96x96, 2 threads"], 5 * args.rounds
        ),
        "second_core_busy": report.second_core(
            busy(args.envs, args.rounds, args.seconds), "busy, 1 thread", "busy, 2 threads"
        ),
        "bytes_per_environment": memory(args.envs, runners),
    }
    result["claims"] = report.claims(result)
    text = report.markdown(result)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "car_racing.json").write_text(json.dumps(result, indent=2) + "\n")
    (args.out / "car_racing.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
