"""EnvPool's half of benchmarks/car_racing.py: reads seconds, writes steps per second, one JSON object a line.

    python car_racing_envpool.py LANES THREADS

It needs envpool and numpy, nothing of ours, so that it can live in an environment of its own.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")


def plan(lanes: int, length: int = 997) -> np.ndarray:
    """The same driving as car_racing_contestants.plan."""
    rng = np.random.default_rng(0)
    state, rows = np.zeros((lanes, 3)), []
    for _ in range(length):
        state = np.clip(0.9 * state + 0.35 * rng.normal(size=state.shape) + [0, 0.04, -0.08], [-1, 0, 0], 1)
        rows.append(state.astype(np.float32))
    return np.array(rows)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def main() -> None:
    import envpool

    lanes, threads = int(sys.argv[1]), int(sys.argv[2])
    before = resident()
    env = envpool.make_gymnasium("CarRacing-v3", num_envs=lanes, num_threads=threads, seed=0)
    env.reset()
    facts = {"version": envpool.__version__, "bytes_per_environment": (resident() - before) / lanes}
    actions = plan(lanes)
    for action in actions[:60]:
        env.step(action)
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        seconds, begin, calls = float(line), time.perf_counter(), 0
        while (elapsed := time.perf_counter() - begin) < seconds:
            env.step(actions[calls % len(actions)])
            calls += 1
        print(json.dumps({"rate": calls * lanes / elapsed}), flush=True)


if __name__ == "__main__":
    main()
