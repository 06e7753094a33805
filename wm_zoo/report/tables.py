"""The words and tables of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from wm_zoo.report.record import RunRecord, number

_HEAD = ("", "mean", "std", "95 % interval of the mean", "IQM", "min", "median", "max", "episodes")


def headline_sentence(record: RunRecord) -> str:
    """The result in one sentence, with its uncertainty and the dream beside it."""
    rows = _rows(record)
    row = rows.get("real") or rows.get("native")
    if row is None or "summary" not in row:
        last = next((r for r in reversed(record.rounds) if r.real is not None), None)
        if last is None:
            return "This run has produced no score yet."
        return f"Not evaluated yet; the last validation (round {last.number}) returned {last.real:.0f} on average."
    summary = row["summary"]
    low, high = summary["interval_95"]
    text = (
        f"{escape(str(row['label']))}: <strong>{summary['mean']:.0f} ± {summary['std']:.0f}</strong> over "
        f"{summary['episodes']} episodes on unused seeds (95 % interval of the mean: {low:.0f} to {high:.0f})."
    )
    if (dream := number(record.results, "gap.dream")) is not None:
        difference = number(record.results, "gap.dream_minus_real") or 0.0
        text += (
            f" In its own dream it returns {dream:.0f}, {abs(difference):.0f} {'more' if difference > 0 else 'less'}."
        )
    return text


def headline_table(record: RunRecord) -> str:
    """Agent, baselines and dream, one row each."""
    body = [_row(str(row["label"]), row, "headline" if name == "real" else "") for name, row in _rows(record).items()]
    dream = record.results.get("dream")
    if isinstance(dream, Mapping) and "summary" in dream:
        body.append(_row(str(dream.get("label", "in its own dream")), dream, ""))
    difference = number(record.results, "gap.dream_minus_real")
    note = "" if difference is None else f"<p>Dream minus real: <strong>{difference:+.0f}</strong>.</p>"
    return _table(_HEAD, body, "names") + note


def open_loop_table(table: Mapping[str, Any]) -> str:
    """Every number behind the open-loop picture."""
    columns = {
        "reward_mae": ("reward error", 2),
        "reward_bias": ("bias", 2),
        "reward_r2": ("R²", 2),
        "latent_rmse": ("latent RMSE", 3),
        "latent_rmse_still": ("standing still", 3),
        "termination_auc": ("termination AUC", 2),
        "uncertainty_spearman": ("uncertainty ~ error", 2),
        "windows_at": ("moments", 0),
        "terminations_at": ("of them ending", 0),
    }
    shown = {name: head for name, head in columns.items() if table.get(name)}
    rows = []
    for place, horizon in enumerate(table["horizons"]):
        cells = [f"<td>{horizon}</td>"]
        cells += [f"<td>{_number(table[name][place], digits)}</td>" for name, (_, digits) in shown.items()]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return _table(("steps ahead", *(head for head, _ in shown.values())), rows)


def honest_notes(record: RunRecord) -> list[str]:
    """What was chosen on which seeds, and what the numbers do not say."""
    notes = []
    selection = record.results.get("selection")
    if isinstance(selection, Mapping):
        notes.append(_selection(selection))
    for row in _rows(record).values():
        if row.get("seeds"):
            notes.append(f"{escape(str(row['label']))}: {_seeds(row['seeds'])}{_ends(row)}.")
    plain = [row for name, row in _rows(record).items() if name not in ("real", "native")]
    if any(row.get("env_id") == "wm/CarRacing-v0" for row in plain):
        notes.append(
            "The baselines drive wm/CarRacing-v0, whose tracks, rewards and flags equal stock CarRacing-v3's to the "
            "bit; they look at no picture, so their returns there are their returns on stock."
        )
    real = _rows(record).get("real", {})
    if real.get("env_id") == "CarRacing-v3" and (number(real, "env_kwargs.frame_skip") or 1) > 1:
        notes.append(
            "Stock CarRacing-v3 is Gymnasium's own, with one saving: frames that the frame skip throws away are not "
            "drawn. Drawing feeds back into nothing; a test compares every observation, reward and flag."
        )
    notes.append(
        "One run is one training seed. Other seeds of the same recipe differ by more than the interval above, which "
        "speaks of episodes only; compare recipes over three or more seeds (<code>wm_zoo.stats</code>)."
    )
    if record.results.get("dream"):
        notes.append("The dream return is the agent's own opinion: it chose nothing, and it is shown to be distrusted.")
    if record.problems:
        notes.append("The run is incomplete or was read in part; see “Missing” below.")
    return notes


def facts(record: RunRecord) -> str:
    """Versions, machine and seeds, as a definition list."""
    rows = [(key, value) for key, value in _flat(record.run) if value not in (None, "")]
    if not rows:
        return "<p>Unknown.</p>"
    items = "".join(f"<dt>{escape(key)}</dt><dd>{escape(_text(value))}</dd>" for key, value in rows)
    return f"<dl>{items}</dl>"


def recipe_text(record: RunRecord) -> str:
    """The recipe as it was run."""
    path = Path(record.folder) / "recipe.toml"
    if not record.recipe:
        return "<p>Unknown.</p>"
    return f"<pre><code>{escape(path.read_text(encoding='utf-8'))}</code></pre>"


def _rows(record: RunRecord) -> dict[str, Mapping[str, Any]]:
    rows = record.results.get("rows")
    return {k: v for k, v in rows.items() if isinstance(v, Mapping)} if isinstance(rows, Mapping) else {}


def _row(label: str, row: Mapping[str, Any], style: str) -> str:
    summary = row.get("summary", {})
    low, high = summary.get("interval_95", (None, None))
    cells = [summary.get("mean"), summary.get("std")]
    texts = [_number(value, 1) for value in cells] + [f"{_number(low, 0)} to {_number(high, 0)}"]
    texts += [_number(summary.get(key), 0) for key in ("iqm", "min", "median", "max", "episodes")]
    return f'<tr class="{style}"><td>{escape(label)}</td>{"".join(f"<td>{text}</td>" for text in texts)}</tr>'


def _table(head: tuple[str, ...], rows: list[str], style: str = "") -> str:
    heads = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide"><table class="{style}">{body}</table></div>'


def _number(value: Any, digits: int) -> str:
    return "–" if not isinstance(value, int | float) else f"{value:.{digits}f}".replace("-", "−")


def _selection(selection: Mapping[str, Any]) -> str:
    seeds = _seeds(selection.get("seeds", []))
    if selection.get("keep") == "last":
        return f"Nothing was selected: this is the agent of the last round. Validation ({seeds}) was only watched."
    return (
        f"The round was chosen by its mean return on the validation seeds ({seeds}) in the environment that was "
        "learned from, never by a dream and never on the seeds of the score. The best of several means is optimistic "
        "on its own seeds, which is why the score comes from others."
    )


def _seeds(seeds: Any) -> str:
    from wm_zoo.evaluation.result import describe_seeds

    return describe_seeds(seeds) if seeds else "no seeds"


def _ends(row: Mapping[str, Any]) -> str:
    flags = row.get("terminated") or []
    limit = row.get("max_episode_steps")
    limits = f"; time limit {limit} decisions" if limit else ""
    policy = "" if row.get("deterministic", True) else "; actions sampled"
    return f"; {sum(map(bool, flags))} of {len(flags)} episodes ended by themselves{limits}{policy}"


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, child in value.items():
        if isinstance(child, Mapping):
            yield from _flat(child, f"{prefix}{key} ")
        elif isinstance(child, list) and child and isinstance(child[0], Mapping):
            yield f"{prefix}{key}".replace("_", " "), len(child)  # sessions, stages: how many
        else:
            yield f"{prefix}{key}".replace("_", " "), child


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(map(_text, value)) if isinstance(value, list | tuple) else str(value)
