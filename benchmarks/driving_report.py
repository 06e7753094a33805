"""From the rates of benchmarks/driving.py to figures, claims and a page."""

from __future__ import annotations

import os
import platform
import statistics
from importlib.metadata import version
from typing import Any

from car_racing_report import _figure, cpu, steady_lines

Rates = dict[str, list[float]]
BASE = "EnvPool highway-fast-v0"

LIMITS = {
    "state": "40 vehicle updates of some 60 dependent cycles (two divisions, a root): 0.7 us",
    "lidar": "the same, and 72 beams: the 4 or so that meet each of 20 boxes: 0.3 us",
    "camera": "the same, and 12 KB of pixels: about 100 faces to set up and to fill, 3.5 us",
    "agents": "an agent: 2 steps of RK4 (0.3 us), 72 beams among 31 boxes (0.3 us), judging (0.2 us)",
    "town": "about 100 lanes of 30 points, 20 000 pairs of points to compare in junctions: 0.2 ms",
}
"""What bounds a row on one core of this machine; estimates from operation counts, not measurements."""

BASE_THERE = 28_250.0
"""Steps/s of the base on the machine where the rates below were asked for: elsewhere, ratios to it say more."""

ASKED = {
    "state, 1 thread": 150_000,
    "lidar 72, 1 thread": 150_000,
    "camera 64x64, 1 thread": 60_000,
    "agents with lidar, 1 thread": 400_000,
}
"""Steps/s."""


def table(rates: Rates, runners: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Rate, vehicle updates and ratio to the base, of everybody."""
    rows = {}
    for name, values in rates.items():
        row: dict[str, Any] = {"rate": _figure(values), "updates": statistics.median(values) * runners[name].updates}
        if BASE in rates:
            row["ratio"] = _figure([a / b for a, b in zip(values, rates[BASE], strict=True)])
        if hasattr(runners[name], "what"):
            row["what"] = runners[name].what
        rows[name] = row
    return rows


def claims(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What is asked for, and what was found."""
    rows = result["rates"]

    def rate(name: str) -> float:
        return float(rows[name]["rate"]["median"])

    asked = [
        ("state, 20 IDM cars", ASKED["state, 1 thread"], rate("state, 1 thread"), "steps/s", "state"),
        ("traffic of it", 5_000_000, rows["state, 1 thread"]["updates"], "vehicle updates/s", "state"),
        ("72-beam lidar, 20 IDM cars", ASKED["lidar 72, 1 thread"], rate("lidar 72, 1 thread"), "steps/s", "lidar"),
        (
            "64x64 camera, 20 IDM cars",
            ASKED["camera 64x64, 1 thread"],
            rate("camera 64x64, 1 thread"),
            "steps/s",
            "camera",
        ),
        (
            "agents with lidar",
            ASKED["agents with lidar, 1 thread"],
            rate("agents with lidar, 1 thread"),
            "agent steps/s",
            "agents",
        ),
        ("town resets", 1_000, rate("town resets, 1 thread"), "resets/s", "town"),
        *((f"second core, {name}", 1.8, row["median"], "x", "") for name, row in result["second_core"].items()),
    ]
    for name, row in result["beside_base"].items():
        asked.append((f"{name}, beside {BASE}", round(ASKED[name] / BASE_THERE, 2), row["median"], "x", ""))
    return [
        {"what": w, "at_least": a, "found": f, "unit": u, "holds": f >= a, "bound": LIMITS.get(b, "")}
        for w, a, f, u, b in asked
    ]


def machine(load: float) -> dict[str, Any]:
    """Where this ran."""
    facts = {"cpu": cpu(), "cores": os.cpu_count(), "load_before": round(load, 2), "python": platform.python_version()}
    return facts | {name: version(name) for name in ("gymnasium", "numpy")}


def markdown(result: dict[str, Any]) -> str:
    """The page."""
    settings = result["settings"]
    lines = [
        "# Driving: speed",
        "",
        "Written by `benchmarks/driving.py`; everybody in turns in one run, medians over the rounds. Resets of",
        "episodes that end are counted in for us and for the vectorised peers.",
        "",
        ", ".join(f"{key} {value}" for key, value in result["machine"].items()) + ".",
        f"{settings['envs']} environments a batch, {settings['rounds']} rounds of {settings['seconds']} s each.",
        "",
        "| | steps per second | (least to most) | vehicle updates/s | x EnvPool highway-fast | |",
        "|---|---:|---|---:|---:|---|",
    ]
    for name, row in result["rates"].items():
        rate, ratio = row["rate"], row.get("ratio")
        updates = f"{row['updates']:,.0f}" if row["updates"] else ""
        lines.append(
            f"| {name} | {rate['median']:,.0f} | {rate['least']:,.0f} to {rate['most']:,.0f} | {updates} | "
            f"{'' if ratio is None else format(ratio['median'], '.3g')} | {row.get('what', '')} |"
        )
    lines += ["", "## Claims", "", "| | at least | found | | bound by |", "|---|---:|---:|---|---|"]
    for claim in result["claims"]:
        verdict = "holds" if claim["holds"] else "**does not hold**"
        found = f"{claim['found']:,.0f}" if claim["found"] > 100 else f"{claim['found']:.2f}"
        lines.append(
            f"| {claim['what']} | {claim['at_least']:,} | {found} {claim['unit']} | {verdict} | {claim['bound']} |"
        )
    lines += [
        "",
        "The second core, in turns of 0.4 s; a turn counts if the one-thread turns around it agree within 5 %:",
        "",
    ]
    lines += steady_lines(result["second_core"], 2)
    if result["beside_base"]:
        lines += [
            "",
            f"Beside {BASE}, likewise in turns with it alone; it made {BASE_THERE:,.0f} where the rates were asked:",
            "",
        ]
        lines += steady_lines(result["beside_base"], 2)
    memory = result["bytes_per_environment"]
    lines += ["", "## Memory per environment", "", *(f"- {k}: {v / 1024:,.0f} KiB" for k, v in memory.items())]
    return "\n".join(lines) + "\n"
