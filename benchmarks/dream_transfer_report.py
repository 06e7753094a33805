"""Tables of dream_transfer.py."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from wm_zoo.stats import aggregate_iqm, bootstrap_interval


def _grouped(content: dict[str, Any], by: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
    groups = defaultdict(list)
    for entry in content["entries"].values():
        groups[entry["world"], entry[by]].append(entry)
    return groups


def _cell(entry: dict[str, Any], where: str) -> str:
    if where not in entry:
        return ""
    found = entry[where]["summary"]
    low, high = found["interval_95"]
    return f"{found['mean']:.1f} ± {found['std']:.1f} [{low:.1f}, {high:.1f}]"


def _over_seeds(group: list[dict[str, Any]], where: str) -> str:
    """Mean ± std over training seeds, the interval of that mean, and the IQM of their means."""
    means = [entry[where]["summary"]["mean"] for entry in group if where in entry]
    if not means:
        return ""
    if len(means) == 1:
        return f"{means[0]:.1f} (one seed)"
    low, high = bootstrap_interval(means)
    return f"{np.mean(means):.1f} ± {np.std(means):.1f} [{low:.1f}, {high:.1f}], IQM {aggregate_iqm(means):.1f}"


def _spread(values: list[float]) -> str:
    """One seed has no spread: no "± 0"."""
    return f"{values[0]:.0f}" if len(values) == 1 else f"{np.mean(values):.0f} ± {np.std(values):.0f}"


def _mean(group: list[dict[str, Any]], name: str) -> float:
    return float(np.mean([entry["train"][name] for entry in group]))


def transfer_table(content: dict[str, Any]) -> str:
    """Markdown: over training seeds first, then every run."""
    first = next(iter(content["entries"].values()))["native"]
    lines = [
        f"Trained only in the dream (settings of examples/sb3_*.py); {len(first['returns'])} episodes each, on test "
        f"seeds from {first['first_seed']}, which picked nothing. Over training seeds: mean ± standard deviation of "
        "their means, 95 % bootstrap interval, interquartile mean. Minutes are wall (CPU) of training "
        "with its real evaluations.",
        "",
        "| world | learner | seeds | real, native | real, stock CarRacing-v3 | dream | minutes | dream steps |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (world, algo), group in _grouped(content, "algo").items():
        cells = [_over_seeds(group, where) for where in ("native", "stock", "dream")]
        cost = ["", ""]
        if "train" in group[0]:
            minutes = f"{_mean(group, 'wall_minutes'):.1f} ({_mean(group, 'cpu_minutes'):.1f})"
            cost = [minutes, f"{_mean(group, 'dream_steps') / 1e3:.0f} k"]
        lines.append(f"| {world} | {algo} | {len(group)} | {' | '.join([*cells, *cost])} |")
    lines += [
        "",
        "Every run, mean ± standard deviation over episodes [95 % interval of the mean]:",
        "",
        "| world | learner | seed | validation | real, native | real, stock CarRacing-v3 | dream |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in content["entries"].values():
        validation = f"{entry['train']['validation']:.1f}" if "train" in entry else ""
        seed = "" if entry["seed"] is None else entry["seed"]
        cells = [_cell(entry, where) for where in ("native", "stock", "dream")]
        lines.append(f"| {entry['world']} | {entry['algo']} | {seed} | {validation} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _where(content)]) + "\n"


def ablation_table(content: dict[str, Any]) -> str:
    """Markdown: dream and real return side by side, with the checkpoint that validation picked and with the last."""
    lines = [
        "PPO of examples/sb3_ppo.py with one switch of the training dream changed. Picked: the checkpoint with the "
        "best real validation return, on test seeds. Last: the end of training, on validation seeds, as if nobody had "
        "looked. Dream returns are of the unchanged dream. Mean ± standard deviation over training seeds.",
        "",
        "| world | switch | seeds | picked: real | picked: dream | last: real | last: dream | last: gap |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (world, switch), group in _grouped(content, "switch").items():
        values = [[entry[where]["summary"]["mean"] for entry in group] for where in ("native", "dream")]
        ends = [entry["train"]["history"][-1] for entry in group]
        values += [[end[name] for end in ends] for name in ("real/return", "dream/return", "dream/gap")]
        cells = " | ".join(_spread(one) for one in values)
        lines.append(f"| {world} | {switch} | {len(group)} | {cells} |")
    return "\n".join([*lines, "", _where(content)]) + "\n"


def _where(content: dict[str, Any]) -> str:
    machine, versions = content["machine"], content["versions"]
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"Machine: {machine}. Versions: {packages}."
