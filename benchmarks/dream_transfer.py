"""What policies that learned only in a dream are worth outside: training seeds, real episodes, dream returns.

    python benchmarks/dream_transfer.py --world carracing --agents carracing --stock
    python benchmarks/dream_transfer.py --world driving
    python benchmarks/dream_transfer.py --world carracing --ablate  # each switch against exploitation, once

Training is `learn` of examples/sb3_ppo.py and examples/sb3_sac.py, settings untouched; validation seeds (100000 …) pick
the checkpoint, and every number of the tables is of seeds 200000 …, which picked nothing. Results are added to
benchmarks/results/dream_transfer.json (dream_ablation.json) one at a time, and what is there already is not run
again; the tables are written anew each time.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from dream_transfer_parts import FIRST_SEED, dream_scales, drive_dream, drive_real, load_example, software, train
from dream_transfer_report import ablation_table, transfer_table

from wm_zoo import load_agent
from wm_zoo.evaluate import dream_returns, evaluate_agent
from wm_zoo.stats import episode_summary
from wm_zoo.world import load_world

RESULTS = Path(__file__).parent / "results"
STOCK = "CarRacing-v3"


class Store:
    """A JSON file of entries, one a key, written whole after each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        empty: dict[str, Any] = {**software(), "entries": {}}
        self.content = json.loads(path.read_text()) if path.exists() else empty

    @property
    def entries(self) -> dict[str, Any]:
        return self.content["entries"]

    def add(self, key: str, entry: dict[str, Any]) -> None:
        self.entries[key] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.content, indent=1) + "\n")
        new.replace(self.path)  # killed at any time, the file is whole


def named(returns: list[float], env_id: str) -> dict[str, Any]:
    """Returns with what is needed to repeat them."""
    return {"env_id": env_id, "first_seed": FIRST_SEED, "returns": returns, "summary": episode_summary(returns)}


class Bench:
    """What every job of one call shares.

    Args:
        store: where results go, and where finished ones are.
        world: dreamt in.
        runs: folder of the checkpoints.
        episodes: of every test.
        steps: dreamt steps of a training; None: the example's own.
    """

    def __init__(self, store: Store, world: str, runs: Path, episodes: int, steps: int | None) -> None:
        self.store, self.world, self.runs = store, world, runs / Path(world).name
        self.seeds = list(range(FIRST_SEED, FIRST_SEED + episodes))
        self.extra = {} if steps is None else {"steps": steps}
        self.card = load_world(world).card

    def run(self, algo: str, seed: int, folder: Path, **options: Any) -> dict[str, Any]:
        """Train, drive outside, drive in the dream."""
        facts = train(load_example(algo), self.world, seed, folder, **self.extra, **options)
        model = str(folder / "best_model.zip")
        return {
            "world": self.world,
            "algo": algo,
            "seed": seed,
            "train": facts,
            "native": named(drive_real(self.world, algo, model, self.seeds), self.card.env["id"]),
            "dream": named(drive_dream(self.world, algo, model, self.seeds), "wm/Dream-v0"),
        }


def on_stock(bench: Bench, algo: str, model: Path, processes: int = 2) -> list[float]:
    """Stock is slow: each process takes its share of the seeds."""
    shares = [part.tolist() for part in np.array_split(bench.seeds, processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(drive_real, bench.world, algo, str(model), part, STOCK) for part in shares if part]
        return [one for job in jobs for one in job.result()]


def transfer(bench: Bench, algo: str, seed: int, stock: bool) -> None:
    """One training; a finished one that lacks only stock gets only that."""
    key, folder = f"{bench.world}/{algo}/{seed}", bench.runs / f"{algo}-seed{seed}"
    entry = bench.store.entries.get(key)
    if entry is None:
        print(f"{key}: training", flush=True)
        entry = bench.run(algo, seed, folder)
        bench.store.add(key, entry)
    if stock and "stock" not in entry:
        model = folder / "best_model.zip"
        if not model.exists():
            raise SystemExit(f"{key} has results but {model} is gone: delete its entry to train again")
        print(f"{key}: stock", flush=True)
        entry["stock"] = named(on_stock(bench, algo, model), STOCK)
        bench.store.add(key, entry)


def shipped(bench: Bench, name: str, stock: bool) -> None:
    """An agent of the zoo on the same seeds."""
    key, entry = f"{bench.world}/agent/{name}", bench.store.entries.get(f"{bench.world}/agent/{name}")
    if entry is None:
        print(f"{key}: driving", flush=True)
        agent = load_agent(name)
        limit = agent.world.card.env.get("max_episode_steps")
        result = evaluate_agent(name, seeds=bench.seeds, max_episode_steps=limit)
        mind = agent.controller or agent.planner
        dream = dream_returns(agent.world, mind, seeds=bench.seeds, horizon=int(limit or 1000))
        entry = {"world": bench.world, "algo": f"agent {name}", "seed": None}
        entry["native"] = named(list(result.returns), result.env_id)
        entry["dream"] = named(dream["returns"], "wm/Dream-v0")
        bench.store.add(key, entry)
    if stock and "stock" not in entry:
        entry["stock"] = named(list(evaluate_agent(name, STOCK, seeds=bench.seeds).returns), STOCK)
        bench.store.add(key, entry)


def switches(bench: Bench) -> dict[str, dict[str, Any]]:
    """Each switch once; those in units of the model's own uncertainty are scaled to what this world shows."""
    scales = dream_scales(bench.world)
    found: dict[str, dict[str, Any]] = {"baseline": {}}
    found |= {f"temperature {t}": {"temperature": t} for t in (0.5, 1.5, 2.0)}
    found["dropout 0.1"] = {"dropout": 0.1}
    if int(bench.card.dynamics.get("members", 1)) > 1:  # a member for each episode is the baseline
        found |= {"member step": {"member": "step"}, "member 0": {"member": 0}}
    k, most = round(scales["pessimism"], 3), round(scales["max_uncertainty"], 3)
    return found | {f"pessimism {k}": {"pessimism": k}, f"max_uncertainty {most}": {"max_uncertainty": most}}


def ablate(bench: Bench, seeds: list[int]) -> None:
    """PPO with each switch: the best checkpoint's test, and what the last one was worth on validation seeds."""
    known = bench.store.content.setdefault("switches", {})
    if bench.world not in known:
        known[bench.world] = switches(bench)  # once: they must not drift between calls
    for name, options in known[bench.world].items():
        for seed in seeds:
            key = f"{bench.world}/{name}/{seed}"
            if key not in bench.store.entries:
                print(f"{key}: training", flush=True)
                folder = bench.runs / f"ablate-{name.replace(' ', '-')}-seed{seed}"
                entry = bench.run("ppo", seed, folder, **options)
                bench.store.add(key, entry | {"switch": name, "options": options})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="carracing", help="registry name, run folder or world folder")
    parser.add_argument("--algos", nargs="*", default=["ppo", "sac"], choices=["ppo", "sac"])
    parser.add_argument("--seeds", type=int, nargs="+", help="training seeds; 0 to 4, with --ablate 0 to 2")
    parser.add_argument("--agents", nargs="*", default=[], help="agents of the zoo (or folders) on the same seeds")
    parser.add_argument("--stock", action="store_true", help=f"also on stock {STOCK}, in two processes")
    parser.add_argument("--ablate", action="store_true", help="the switches against exploitation instead")
    parser.add_argument("--episodes", type=int, default=100, help="of every test")
    parser.add_argument("--steps", type=int, help="dreamt steps of a training instead of the example's")
    parser.add_argument("--runs", type=Path, default=Path("runs/dream_transfer"), help="checkpoints")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the JSON and the table")
    args = parser.parse_args()
    torch.set_num_threads(1)
    name = "dream_ablation" if args.ablate else "dream_transfer"
    bench = Bench(Store(args.out / f"{name}.json"), args.world, args.runs, args.episodes, args.steps)
    if args.ablate:
        ablate(bench, args.seeds or [0, 1, 2])
        text = ablation_table(bench.store.content)
    else:
        for seed in args.seeds or range(5):
            for algo in args.algos:
                transfer(bench, algo, seed, args.stock)
        for agent in args.agents:
            shipped(bench, agent, args.stock)
        text = transfer_table(bench.store.content)
    (args.out / f"{name}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
