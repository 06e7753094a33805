"""What benchmarks/driving.py lets run: ours in this process, every peer in a process of its own."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from car_racing_contestants import timed

WARMUP = 50
LENGTH = 257  # actions that are played in turn
SUB_STEPS = 2  # of the world in one decision: the default


def plan(lanes: int) -> np.ndarray:
    """Quiet driving, float32 [LENGTH, lanes, 3]: small steering, enough throttle to keep up with the traffic."""
    rng = np.random.default_rng(0)
    steer, rows = np.zeros(lanes), []
    for _ in range(LENGTH):
        steer = 0.8 * steer + 0.004 * rng.normal(size=lanes)
        rows.append(np.stack([steer, np.full(lanes, 0.25), np.zeros(lanes)], 1).astype(np.float32))
    return np.array(rows)


class Batch:
    """Ours: a native batch behind gym.make_vec. Episodes that end are reset by autoreset and counted in."""

    def __init__(self, env_id: str, lanes: int, cars: int | None = None, **options: Any) -> None:
        traffic = {} if cars is None else {"vehicles": cars}
        self.env = gym.make_vec(f"wm_envs:{env_id}", num_envs=lanes, copy=False, **traffic, **options)
        self.plan, self.steps = plan(lanes), lanes
        self.updates = 0 if cars is None else cars * SUB_STEPS  # traffic vehicles only
        self.env.reset(seed=0)
        for i in range(WARMUP):
            self.step(i)

    def step(self, i: int) -> None:
        self.env.step(self.plan[i % LENGTH])

    def rate(self, seconds: float) -> float:
        """Environment steps per second."""
        return timed(self.step, self.steps, seconds)


class Agents:
    """Ours: worlds with many agents each (`wm_envs.multi.DrivingWorlds`); only agents that drive are counted."""

    def __init__(self, worlds: int, agents: int, **options: Any) -> None:
        from wm_envs.multi.worlds import DrivingWorlds

        self.env = DrivingWorlds(num_worlds=worlds, num_agents=agents, **options)
        self.plan, self.steps, self.updates = plan(worlds * agents), worlds * agents, SUB_STEPS
        self.env.reset(seed=0)
        for i in range(WARMUP):
            self.step(i)

    def step(self, i: int) -> int:
        driving = int(self.env.active.sum())
        self.env.step(self.plan[i % LENGTH])
        return driving

    def rate(self, seconds: float) -> float:
        """Agent steps per second."""
        begin, calls, steps = time.perf_counter(), 0, 0
        while (elapsed := time.perf_counter() - begin) < seconds:
            steps += self.step(calls)
            calls += 1
        return steps / elapsed


class Resets:
    """Ours: resets per second, the first observation included."""

    def __init__(self, env_id: str, lanes: int, **options: Any) -> None:
        self.env = gym.make_vec(f"wm_envs:{env_id}", num_envs=lanes, copy=False, **options)
        self.steps, self.updates = lanes, 0
        self.env.reset(seed=0)

    def rate(self, seconds: float) -> float:
        """Resets per second."""
        return timed(lambda _: self.env.reset(), self.steps, seconds)


class Peer:
    """A peer in a Python that has it; it sleeps while the others run."""

    def __init__(self, python: str, peer: str, name: str, folder: Path | None = None) -> None:
        worker = Path(__file__).with_name("driving_peers.py")
        self._process = subprocess.Popen(
            [python, str(worker), peer, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
        )
        self._name = f"{peer} {name}"
        facts = self._read()
        self.steps, self.what = facts["steps"], facts["what"]
        self.updates = facts["updates"] / self.steps  # vehicle updates of one step

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended; run driving_peers.py by hand to see why")
        facts: dict[str, Any] = json.loads(line)
        return facts

    def rate(self, seconds: float) -> float:
        """Steps per second, all lanes or agents together."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return float(self._read()["rate"]) * self.steps
