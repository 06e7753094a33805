"""`wm train quickstart` over several training seeds: what the main job is worth, and how much it varies.

    python benchmarks/quickstart.py --runs runs/seeds --seeds 0 1 2 3 4 --out benchmarks/results/quickstart

Runs that are there already are not run again; a killed one is resumed. Writes one JSON a seed, `summary.json` and
`summary.md`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from wm_zoo.stats import aggregate_iqm


def train(seed: int, folder: Path, extra: list[str]) -> dict:
    """Run (or finish) one seed and return its results."""
    results = folder / "results.json"
    if not results.exists():
        command = [sys.executable, "-m", "wm_zoo.cli", "train", "quickstart", "--set", f"seed={seed}", *extra]
        command += ["--out", str(folder)] + (["--resume"] if folder.exists() else [])
        subprocess.run(command, check=True)
    found = json.loads(results.read_text())
    run = json.loads((folder / "run.json").read_text())
    kept = ("versions", "git", "machine", "wall_seconds", "cpu_seconds")
    return {"seed": seed, "results": found, "run": {key: run[key] for key in kept}}


def row(one: dict) -> dict:
    """The numbers of one seed that go into the table."""
    rows, run = one["results"]["rows"], one["run"]
    pick = {name: rows[name]["summary"] for name in ("real", "native", "random", "constant_throttle") if name in rows}
    return {
        "seed": one["seed"],
        **{name: summary["mean"] for name, summary in pick.items()},
        "real_std": pick["real"]["std"],
        "native_std": pick["native"]["std"],
        "dream": one["results"]["dream"]["summary"]["mean"],
        "real_frames": 4 * one["results"]["run"]["real_decisions"],
        "minutes": run["wall_seconds"] / 60,
        "cpu_minutes": run["cpu_seconds"] / 60,
    }


def table(rows: list[dict], episodes: tuple[int, int]) -> str:
    """Markdown."""
    head = (
        f"| training seed | stock CarRacing-v3, {episodes[0]} tracks | wm/CarRacing-v0, {episodes[1]} tracks "
        "| dream | random | constant throttle | real frames | minutes |\n|---|---|---|---|---|---|---|---|\n"
    )
    lines = [
        f"| {r['seed']} | {r['real']:.1f} ± {r['real_std']:.1f} | {r['native']:.1f} ± {r['native_std']:.1f} "
        f"| {r['dream']:.0f} | {r['random']:.0f} | {r['constant_throttle']:.0f} "
        f"| {r['real_frames'] / 1e6:.2f} M | {r['minutes']:.1f} |"
        for r in rows
    ]
    return head + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/seeds"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/quickstart"))
    parser.add_argument("--set", action="append", default=[], dest="extra", help="passed on to `wm train`")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    extra = [word for item in args.extra for word in ("--set", item)]
    found = [train(seed, args.runs / f"seed{seed}", extra) for seed in args.seeds]
    for one in found:
        (args.out / f"seed{one['seed']}.json").write_text(json.dumps(one, indent=1) + "\n")
    rows = [row(one) for one in found]
    first = found[0]["results"]["rows"]
    text = table(rows, (len(first["real"]["seeds"]), len(first["native"]["seeds"])))
    real = [one["results"]["rows"]["native"]["returns"] for one in found]
    summary = {
        "rows": rows,
        "seeds_at_least_800": sum(r["real"] >= 800 for r in rows),
        "iqm_native": float(aggregate_iqm(real)),
        "machine": found[0]["run"]["machine"],
        "versions": found[0]["run"]["versions"],
    }
    (args.out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    (args.out / "summary.md").write_text(text)
    print(text)
    reached = f"{summary['seeds_at_least_800']} of {len(rows)} training seeds reach 800 on stock"
    print(f"{reached}; IQM {summary['iqm_native']:.1f}")


if __name__ == "__main__":
    main()
