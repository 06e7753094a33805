"""Speed of wm/Driving-v0 beside HighwayEnv, EnvPool's highway tasks, MetaDrive and PufferLib, in turns in the same run.

    python -m venv /tmp/highway && /tmp/highway/bin/pip install highway-env
    python benchmarks/driving.py --highway-python /tmp/highway/bin/python --envpool-python … --metadrive-python …

Peers that are not given are left out. PufferLib has no wheel and its build downloads: --puffer-python is a Python with
its requirements, --puffer-folder the unpacked source distribution with `pufferlib/ocean/gpudrive/binding` built in
place and its one map copied to `pufferlib/resources/gpudrive/binaries/map_000.bin`.

One thread unless a row says otherwise. Absolute numbers depend on the machine; everybody is measured in every round, a
figure is the median over the rounds. Writes driving.json and driving.md into --out.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import driving_report as report
from car_racing import in_turns
from car_racing_contestants import bytes_per_environment
from car_racing_report import steady_ratio
from driving_contestants import Agents, Batch, Peer, Resets

CARS = 20


def ours(lanes: int) -> dict[str, Any]:
    """Our contestants; names are what the report's claims refer to."""

    def highway(**options: Any) -> Batch:
        return Batch("wm/Highway-v0", lanes, cars=CARS, **options)

    def agents(**options: Any) -> Agents:
        return Agents(16, 32, scenario="highway", vehicles=0, sensors=("lidar",), **options)

    return {
        "state, 1 thread": highway(sensors=("state",)),
        "state, 2 threads": highway(sensors=("state",), num_threads=2),
        "lidar 72, 1 thread": highway(sensors=("lidar",)),
        "camera 64x64, 1 thread": highway(sensors=("camera",)),
        "camera 64x64, 2 threads": highway(sensors=("camera",), num_threads=2),
        "camera, lidar and state, 1 thread": highway(),
        "town, state, 1 thread": Batch("wm/Town-v0", lanes, sensors=("state",)),
        "agents with lidar, 1 thread": agents(),
        "agents with lidar, 2 threads": agents(num_threads=2),
        "town resets, 1 thread": Resets("wm/Town-v0", 16, sensors=("state",)),
    }


def peers(args: argparse.Namespace) -> dict[str, Any]:
    """Those whose Python was given."""
    found: dict[str, Any] = {}
    if args.highway_python:
        found["HighwayEnv highway-v0"] = Peer(args.highway_python, "highway-env", "highway-v0")
        found["HighwayEnv highway-fast-v0"] = Peer(args.highway_python, "highway-env", "highway-fast-v0")
    if args.envpool_python:
        for name in ("highway-v0", "highway-fast-v0", "racetrack-v0"):
            found[f"EnvPool {name}"] = Peer(args.envpool_python, "envpool", name)
    if args.metadrive_python:
        found["MetaDrive, lidar"] = Peer(args.metadrive_python, "metadrive", "lidar")
        found["MetaDrive, 25 agents"] = Peer(args.metadrive_python, "metadrive", "multi-agent roundabout")
    if args.puffer_python:
        for name in ("reload", "no reload"):
            found[f"PufferLib gpudrive, {name}"] = Peer(args.puffer_python, "puffer", name, args.puffer_folder)
    return found


def pairs(runners: dict[str, Any], turns: int) -> dict[str, dict[str, float]]:
    """How much faster two threads are than one."""
    found = {}
    for name, one in runners.items():
        two = runners.get(name.replace("1 thread", "2 threads")) if name.endswith("1 thread") else None
        if two is not None:
            found[name.removesuffix(", 1 thread")] = steady_ratio(one, two, turns)
    return found


def beside_base(runners: dict[str, Any], turns: int) -> dict[str, dict[str, float]]:
    """What is claimed, each in turns with the base alone: a round of all is longer than a machine's mood."""
    if report.BASE not in runners:
        return {}
    return {name: steady_ratio(runners[report.BASE], runners[name], turns) for name in report.ASKED}


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the results")
    for name in ("highway", "envpool", "metadrive", "puffer"):
        parser.add_argument(f"--{name}-python", help=f"a Python that has {name}")
    parser.add_argument("--puffer-folder", type=Path, help="PufferLib's source tree, built")
    parser.add_argument("--envs", type=int, default=256, help="lanes of our batches")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="per contestant and round")
    args = parser.parse_args()
    load = os.getloadavg()[0]
    runners = {**ours(args.envs), **peers(args)}
    rates = in_turns(runners, args.rounds, args.seconds)
    import gymnasium as gym

    make = lambda: gym.make_vec("wm_envs:wm/Town-v0", num_envs=256, sensors=("state",))  # noqa: E731
    result = {
        "machine": report.machine(load),
        "settings": {"envs": args.envs, "rounds": args.rounds, "seconds": args.seconds, "cars": CARS},
        "rates": report.table(rates, runners),
        "second_core": pairs(runners, 6 * args.rounds),
        "beside_base": beside_base(runners, 3 * args.rounds),
        "bytes_per_environment": {"town, state, of 256": bytes_per_environment(make, 256)},
    }
    result["claims"] = report.claims(result)
    text = report.markdown(result)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "driving.json").write_text(json.dumps(result, indent=2) + "\n")
    (args.out / "driving.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
