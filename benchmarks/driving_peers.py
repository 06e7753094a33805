"""The peers' half of benchmarks/driving.py: reads seconds, writes rates, one JSON object a line.

    python driving_peers.py highway-env|envpool|metadrive|puffer NAME

Each runs in a Python of its own (they ask for different NumPys) and needs nothing of ours. `updates` counts vehicle
updates: environment steps x vehicles x simulation sub-steps, where the peer has such a number.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
warnings.simplefilter("ignore")

LANES = 64
Step = Callable[[], Any]


def highway_env(name: str) -> tuple[Step, dict[str, Any]]:
    """highway-env, one environment, IDLE action."""
    import gymnasium
    import highway_env as package

    gymnasium.register_envs(package)
    env = gymnasium.make(name)
    env.reset(seed=0)
    config = env.unwrapped.config  # type: ignore[attr-defined]
    idle = 1 if hasattr(env.action_space, "n") else env.action_space.sample() * 0  # type: ignore[union-attr]

    def step() -> None:
        if any(env.step(idle)[2:4]):
            env.reset()

    vehicles = len(env.unwrapped.road.vehicles)  # type: ignore[attr-defined]
    sub_steps = config["simulation_frequency"] // config["policy_frequency"]
    return step, {"steps": 1, "updates": vehicles * sub_steps, "what": f"{vehicles} vehicles, {sub_steps} sub-steps"}


def envpool(name: str) -> tuple[Step, dict[str, Any]]:
    """EnvPool's native copies of highway-env, one thread."""
    import envpool as package
    import numpy as np

    env = package.make_gymnasium(name, num_envs=LANES, num_threads=1, seed=0)
    env.reset()
    space = env.action_space
    idle = np.ones(LANES, np.int32) if hasattr(space, "n") else np.zeros((LANES, *space.shape), np.float32)
    vehicles, sub_steps = {"highway-v0": (51, 15), "highway-fast-v0": (21, 5)}.get(name, (0, 0))
    return lambda: env.step(idle), {"steps": LANES, "updates": LANES * vehicles * sub_steps, "what": f"{LANES} lanes"}


def metadrive(name: str) -> tuple[Step, dict[str, Any]]:
    """MetaDrive's lidar environment. It wants a download at its first reset: empty stand-ins do, no model is drawn."""
    import metadrive as package
    from metadrive.constants import VERSION

    assets = Path(package.__file__).parent / "assets"
    texture = assets / "textures" / "grass1" / "GroundGrassGreen002_COL_1K.jpg"
    if not texture.exists():
        texture.parent.mkdir(parents=True, exist_ok=True)
        texture.write_bytes(b"")
        (assets / "version.txt").write_text(VERSION)
    kinds = {
        "lidar": lambda: package.MetaDriveEnv({"log_level": 50}),
        "multi-agent roundabout": lambda: package.MultiAgentRoundaboutEnv({"log_level": 50, "num_agents": 25}),
    }
    env = kinds[name]()
    env.reset(seed=0)
    if name == "lidar":

        def step() -> None:
            if any(env.step([0.0, 0.3])[2:4]):
                env.reset()

        return step, {"steps": 1, "updates": 0, "what": "259 floats, default traffic, resets included"}

    def all_step() -> None:
        _, _, terminated, truncated, _ = env.step({agent: [0.0, 0.3] for agent in env.agents})
        if terminated["__all__"] or truncated["__all__"]:
            env.reset()

    return all_step, {"steps": 25, "updates": 0, "what": "25 agents, 91 floats"}


def puffer(name: str) -> tuple[Step, dict[str, Any]]:
    """PufferLib's driving environment on the one map of its archive; the working directory is its source tree."""
    import numpy as np

    sys.path.insert(0, str(Path.cwd()))
    os.chdir("pufferlib")
    from pufferlib.ocean.gpudrive.gpudrive import GPUDrive

    env = GPUDrive(num_agents=512, num_maps=1, resample_frequency=91 if name == "reload" else 0)
    env.reset()
    actions = np.random.default_rng(0).integers(0, 7, (64, env.num_agents, 2)).astype(np.int32)
    tick = iter(range(10**12))
    return lambda: env.step(actions[next(tick) % 64]), {
        "steps": env.num_agents,
        "updates": 0,
        "what": f"{env.num_agents} agents, map reload {'every 91 steps' if name == 'reload' else 'never'}",
    }


PEERS = {"highway-env": highway_env, "envpool": envpool, "metadrive": metadrive, "puffer": puffer}


def main() -> None:
    out, sys.stdout = sys.stdout, sys.stderr  # peers print to stdout
    step, facts = PEERS[sys.argv[1]](sys.argv[2])
    for _ in range(3):
        step()
    print(json.dumps(facts), file=out, flush=True)
    for line in sys.stdin:
        seconds, begin, calls = float(line), time.perf_counter(), 0
        while (elapsed := time.perf_counter() - begin) < seconds:
            step()
            calls += 1
        print(json.dumps({"rate": calls / elapsed}), file=out, flush=True)


if __name__ == "__main__":
    main()
