"""The card that travels with a world: what it learned from, how, how long, and what it is worth."""

from __future__ import annotations

from pathlib import Path

from wm_zoo import atomic
from wm_zoo.report.record import RunRecord, number, read_run
from wm_zoo.world import LICENCE


def write_model_card(run_dir: str | Path) -> Path:
    """Write ``world/README.md`` of a finished run; numbers that the run has not measured are left out.

    Returns:
        Path of the card.

    Raises:
        ReportError: the folder is no run.
        StorageError: the card cannot be written.
    """
    record = read_run(run_dir)
    path = record.folder / "world" / "README.md"
    atomic.write_text(path, render(record))
    return path


def render(record: RunRecord) -> str:
    """The card as Markdown."""
    name = str(record.recipe.get("name", "?"))
    env = record.recipe.get("env", {})
    summary = str(record.recipe.get("summary", "")) or f"A world of {env.get('id')}"
    lines = [
        f"# World `{name}`",
        "",
        f"{summary}.",
        "",
        f'Dream in it: `gym.make("wm_envs:wm/Dream-v0", world="{name}")`. Made by `wm train {name}` of WM Suite.',
        "",
        "| what | |",
        "|---|---|",
        *(f"| {what} | {value} |" for what, value in _facts(record) if value),
        "",
        *_trust(record),
        *_agent(record),
        "Limits: it knows what its drivers met and nothing else; a policy that practises in it must be tried outside,",
        "and the real return, never the dream's, says what it is worth.",
        "",
    ]
    return "\n".join(lines)


def _facts(record: RunRecord) -> list[tuple[str, str]]:
    recipe, run, results = record.recipe, record.run, record.results
    env, dynamics = recipe.get("env", {}), recipe.get("dynamics", {})
    members = int(recipe.get("train", {}).get("dynamics", {}).get("members", 1))
    decisions = number(results, "run.real_decisions")
    minutes, cpu = number(run, "wall_seconds"), number(run, "cpu_seconds")
    machine = run.get("machine", {})
    options = ", ".join(f"{key}={value!r}" for key, value in env.get("kwargs", {}).items())
    return [
        ("environment", f"`{env.get('id')}`{f' with {options}' if options else ''}"),
        ("data", f"{decisions:,.0f} real decisions: correlated random driving, then drivers that practised in earlier "
                 "worlds, with noise" if decisions else ""),
        ("encoder", f"`{recipe.get('encoder', {}).get('id')}`"),
        ("dynamics", f"{members} x `{dynamics.get('id')}`" if members > 1 else f"`{dynamics.get('id')}`"),
        ("seed", str(recipe.get("seed", ""))),
        ("commit", f"`{run['git']}`" if run.get("git") else ""),
        ("time", f"{minutes / 60:.0f} minutes, {(cpu or 0.0) / 60:.0f} of CPU" if minutes else ""),
        ("machine", f"{machine.get('cpus')} cores of {machine.get('cpu')}" if machine else ""),
        ("versions", ", ".join(f"{key} {value}" for key, value in run.get("versions", {}).items())),
        ("licence", LICENCE),
    ]  # fmt: skip


_COLUMNS = {
    "reward_r2": "R² of the reward sum",
    "latent_rmse": "latent error",
    "latent_rmse_still": "if nothing moved",
    "termination_auc": "termination AUC",
    "uncertainty_spearman": "rank correlation of uncertainty and error",
}


def _trust(record: RunRecord) -> list[str]:
    """Open-loop error by horizon, on episodes that the world was not learned from."""
    table = record.results.get("open_loop", {})
    columns = [name for name in _COLUMNS if any(value is not None for value in table.get(name, []))]
    if not columns:
        return []
    lines = [
        f"How far it can be trusted, open loop on {table.get('episodes')} held-out episodes:",
        "",
        "| steps ahead | " + " | ".join(_COLUMNS[name] for name in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for row, horizon in enumerate(table["horizons"]):
        cells = ("" if table[name][row] is None else f"{table[name][row]:.2f}" for name in columns)
        lines.append(f"| {horizon} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _agent(record: RunRecord) -> list[str]:
    """What the driver of the same run, trained in dreams only, is worth."""
    rows = record.results.get("rows", {})
    dream = number(record.results, "dream.summary.mean")
    lines = []
    for name in ("real", "native"):
        mean, std = number(rows.get(name, {}), "summary.mean"), number(rows.get(name, {}), "summary.std")
        if mean is not None and std is not None:
            row = rows[name]
            where = row.get("env_id", row.get("label", name))
            lines.append(f"- {where}: {mean:.0f} ± {std:.0f} over {len(row['returns'])} unseen seeds")
    if not lines:
        return []
    said = "" if dream is None else f" (its dream promised {dream:.0f})"
    return [f"The driver of the same run, which practised in dreams only{said}:", "", *lines, ""]
