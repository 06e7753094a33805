"""What benchmarks/car_racing.py lets run: stock Gymnasium, ours, and EnvPool in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

ID = "wm_envs:wm/CarRacing-v0"
WARMUP = 60  # steps: the opening zoom draws the whole field


def plan(lanes: int, length: int = 997) -> np.ndarray:
    """Smooth random driving, float32 [length, lanes, 3]: the same for everybody."""
    rng = np.random.default_rng(0)
    state, rows = np.zeros((lanes, 3)), []
    for _ in range(length):
        state = np.clip(0.9 * state + 0.35 * rng.normal(size=state.shape) + [0, 0.04, -0.08], [-1, 0, 0], 1)
        rows.append(state.astype(np.float32))
    return np.array(rows)


def timed(step: Callable[[int], Any], per_call: int, seconds: float) -> float:
    """What step(i) does, per second of calling it for about that long."""
    begin, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - begin) < seconds:
        step(calls)
        calls += 1
    return calls * per_call / elapsed


class Single:
    """One environment behind gym.make: stock or ours."""

    def __init__(self, env_id: str, **options: Any) -> None:
        self.env, self.plan = gym.make(env_id, **options), plan(1)
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


class Vector:
    """A vector environment with Gymnasium's interface."""

    def __init__(self, make: Callable[[], Any], lanes: int) -> None:
        self.env, self.plan, self.lanes = make(), plan(lanes), lanes
        self.env.reset(seed=0)
        for i in range(WARMUP):
            self.env.step(self.plan[i])

    def rate(self, seconds: float) -> float:
        """Steps per second, all lanes together."""
        return timed(lambda i: self.env.step(self.plan[i % len(self.plan)]), self.lanes, seconds)


def native(lanes: int, **options: Any) -> Vector:
    """Ours as a batch."""
    return Vector(lambda: gym.make_vec(ID, num_envs=lanes, copy=False, **options), lanes)


def stock_workers(count: int) -> Vector:
    """Stock in worker processes, as one gets it out of the box."""
    return Vector(lambda: gym.make_vec("CarRacing-v3", num_envs=count, vectorization_mode="async"), count)


class Resets:
    """Resets per second, the first picture included."""

    def __init__(self, env_id: str | None, lanes: int = 1) -> None:
        self.env: Any = gym.make(env_id) if env_id else gym.make_vec(ID, num_envs=lanes, copy=False)
        self.lanes = lanes
        self.env.reset(seed=0)

    def rate(self, seconds: float) -> float:
        """Resets per second."""
        return timed(lambda _: self.env.reset(), self.lanes, seconds)


class EnvPool:
    """EnvPool's CarRacing-v3 in a Python that has it; it sleeps while the others run."""

    def __init__(self, python: str, lanes: int, threads: int) -> None:
        worker = Path(__file__).with_name("car_racing_envpool.py")
        command = [python, str(worker), str(lanes), str(threads)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(
                "the EnvPool worker ended: is envpool installed for the Python given with --envpool-python?"
            )
        facts: dict[str, Any] = json.loads(line)
        return facts

    def rate(self, seconds: float) -> float:
        """Steps per second, all lanes together."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return float(self._read()["rate"])


class Burner:
    """Keeps one core busy while it is open."""

    def __enter__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        time.sleep(0.3)

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def resident() -> int:
    """Bytes of this process that lie in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def bytes_per_environment(make: Callable[[], Any], lanes: int) -> float:
    """Growth of this process by making and resetting `lanes` environments; the observations are part of it."""
    before = resident()
    env = make()
    env.reset(seed=0)
    grown = resident() - before
    env.close()
    return grown / lanes
