"""What a run folder says, read with tolerance: whatever is absent or damaged is listed, never fatal.

Read here: `run.json` (versions, machine, seed), `recipe.toml`, `metrics.jsonl` (only to say whether it is whole),
`rounds/NN/STAGE/done.json`, `rounds/NN/validate.json` (for its minutes), `results.json` (see
`wm_zoo.evaluation.full`), `filmstrip.png`, `video.mp4`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wm_zoo.errors import WMError


class ReportError(WMError):
    """The folder is no run, or the report cannot be written."""


@dataclass(frozen=True)
class Round:
    """Real validation after one round, and what the dream said.

    Attributes:
        number: of the round.
        real: mean return of the validation episodes, or None.
        std: of them.
        dream: mean dream return, or None.
        frames: real decisions collected so far, or None.
        minutes: since the run began, or None.
    """

    number: int
    real: float | None
    std: float | None
    dream: float | None
    frames: float | None
    minutes: float | None


@dataclass(frozen=True)
class RunRecord:
    """Everything that the report shows.

    Attributes:
        folder: of the run.
        run: `run.json`.
        recipe: `recipe.toml`.
        metrics: rows of `metrics.jsonl`.
        rounds: validations in order.
        results: `results.json`.
        problems: what is missing or unreadable, one sentence each.
    """

    folder: Path
    run: Mapping[str, Any]
    recipe: Mapping[str, Any]
    metrics: Sequence[Mapping[str, Any]]
    rounds: Sequence[Round]
    results: Mapping[str, Any]
    problems: Sequence[str]


def read_run(folder: str | Path) -> RunRecord:
    """Read a run folder.

    Raises:
        ReportError: the folder does not exist or holds nothing of a run.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ReportError(f"{folder}: no such run folder; `wm train RECIPE --out {folder}` would make one")
    known = ("run.json", "recipe.toml", "metrics.jsonl", "results.json", "rounds")
    if not any((folder / name).exists() for name in known):
        raise ReportError(f"{folder}: not a run folder: it holds none of {', '.join(known)}")
    problems: list[str] = []
    metrics = _metrics(folder / "metrics.jsonl", problems)
    return RunRecord(
        folder=folder,
        run=_json(folder / "run.json", problems, "the versions, machine and seed are unknown"),
        recipe=_toml(folder / "recipe.toml", problems),
        metrics=metrics,
        rounds=_rounds(folder, problems),
        results=_json(folder / "results.json", problems, "the run has not been evaluated yet"),
        problems=problems,
    )


def stage_minutes(folder: Path) -> dict[str, float]:
    """Wall minutes by stage, from the `done.json` of every finished stage (stages that overlap count in full)."""
    totals: dict[str, float] = {}
    for record in sorted(_done(folder), key=_place):
        stage, seconds = str(record.get("stage", "?")), number(record, "wall_seconds") or 0.0
        totals[stage] = totals.get(stage, 0.0) + seconds / 60
    return totals


_ORDER = ("collect", "encoder", "dynamics", "controller", "validate", "export", "evaluate", "report")


def _place(record: Mapping[str, Any]) -> int:
    """Place of a stage in a run; unknown ones come last."""
    stage = str(record.get("stage"))
    return _ORDER.index(stage) if stage in _ORDER else len(_ORDER)


def _done(folder: Path) -> list[dict[str, Any]]:
    """Records of all finished stages, in order of rounds; damaged ones are left out."""
    found = []
    for path in [*sorted((folder / "rounds").glob("*/*/done.json")), *sorted((folder / "final").glob("*/done.json"))]:
        record = _json(path, [], "")
        if record:
            found.append(record)
    return found


def number(row: Mapping[str, Any], *names: str) -> float | None:
    """First of the (dotted) names that is a number in `row`."""
    for name in names:
        node: Any = row
        for part in name.split("."):
            node = node.get(part) if isinstance(node, Mapping) else None
        if isinstance(node, int | float) and not isinstance(node, bool):
            return float(node)
    return None


def _rounds(folder: Path, problems: list[str]) -> list[Round]:
    """What every `validate` stage found; the decisions and minutes before it are summed from the stages before it."""
    rounds, frames, seconds = [], 0.0, 0.0
    for path in sorted((folder / "rounds").glob("*")):
        stages = {str(record.get("stage")): record for record in map(_quiet, path.glob("*/done.json"))}
        frames += number(stages.get("collect", {}), "numbers.decisions") or 0.0
        seconds += sum(number(record, "wall_seconds") or 0.0 for record in stages.values())
        if "validate" in stages and path.name.isdigit():
            minutes = number(_quiet(path / "validate.json"), "minutes") or seconds / 60  # overlapping stages count once
            known = {"decisions": frames or None, "minutes": minutes}
            rounds.append(_round(int(path.name), known | dict(stages["validate"].get("numbers", {}))))
    if not rounds:
        problems.append("rounds/NN/validate/done.json: none yet, so there is no learning curve")
    return rounds


def _quiet(path: Path) -> dict[str, Any]:
    return _json(path, [], "")


def _round(index: int, row: Mapping[str, Any]) -> Round:
    return Round(
        number=index,
        real=number(row, "mean"),
        std=number(row, "std"),
        dream=number(row, "dream_mean"),
        frames=number(row, "real_decisions", "decisions"),
        minutes=number(row, "minutes"),
    )


def _json(path: Path, problems: list[str], consequence: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(value, dict):
            return value
        problems.append(f"{path.name}: holds no table; {consequence}")
    except FileNotFoundError:
        problems.append(f"{path.name}: missing; {consequence}")
    except (OSError, ValueError) as error:
        problems.append(f"{path.name}: unreadable ({error}); {consequence}")
    return {}


def _toml(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append("recipe.toml: missing; the recipe is unknown")
    except (OSError, ValueError) as error:
        problems.append(f"recipe.toml: unreadable ({error})")
    return {}


def _metrics(path: Path, problems: list[str]) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        problems.append("metrics.jsonl: missing; there are no training curves")
        return []
    rows, bad = [], 0
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            rows.append(row)
        else:
            bad += 1
    if bad:
        problems.append(f"metrics.jsonl: {bad} of {len(lines)} lines are damaged and were skipped")
    return rows
