"""From the rates of benchmarks/car_racing.py to figures, claims and a page."""

from __future__ import annotations

import os
import platform
import statistics
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Figure = dict[str, float]


def _figure(values: list[float]) -> Figure:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def against(rates: dict[str, list[float]], base: str) -> dict[str, dict[str, Figure]]:
    """Rate and, round by round, ratio to `base` of everybody."""
    return {
        name: {
            "rate": _figure(values),
            "ratio": _figure([value / other for value, other in zip(values, rates[base], strict=True)]),
        }
        for name, values in rates.items()
    }


def second_core(rates: dict[str, list[float]], one: str, two: str) -> Figure:
    """How much faster two threads are than one."""
    return _figure([b / a for a, b in zip(rates[one], rates[two], strict=True)])


STEADY = 0.05
"""A turn counts if the one-thread turns before and after it differ by no more: then the machine kept its speed."""


def steady_ratio(one: Any, two: Any, turns: int, seconds: float = 0.4) -> Figure:
    """How much faster `two` is than `one`, in turns one, two, one, …, of which the steady ones count.

    A shared machine changes its speed by the second. Which turns count is decided by `one` alone.
    """
    ones, twos = [one.rate(seconds)], []
    for _ in range(turns):
        twos.append(two.rate(seconds))
        ones.append(one.rate(seconds))
    pairs = [(twos[i], ones[i], ones[i + 1]) for i in range(turns)]
    steady = [row for row in pairs if abs(row[1] - row[2]) <= STEADY * max(row[1:])]
    counted = steady or pairs
    return _figure([b / ((a + c) / 2) for b, a, c in counted]) | {"turns": turns, "steady": len(steady)}


def steady_lines(figures: dict[str, Figure], digits: int) -> list[str]:
    """Figures of `steady_ratio` as a list."""
    return [
        f"- {name}: {row['median']:.{digits}f} x ({row['least']:.{digits}f} to {row['most']:.{digits}f}), "
        f"{row['steady']} of {row['turns']} turns steady"
        for name, row in figures.items()
    ]


def claims(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What issue 3 asks for, and what was found."""
    stock = {name: figure["median"] for name, figure in result["beside_stock"].items()}
    rows = [
        ("96x96, fast painter, one core", 200, stock["96x96, 1 thread"], "x stock"),
        ("64x64, one core", 300, stock["64x64, 1 thread"], "x stock"),
        ("96x96, exact painter, one core", 25, stock["96x96, exact painter, 1 thread"], "x stock"),
        ("second core, idle", 1.8, result["second_core_idle"]["median"], "x one thread"),
        ("second core, busy", 0.9, result["second_core_busy"]["median"], "x one thread"),
        ("resets", 100, stock["resets"], "x stock"),
    ]
    return [{"what": w, "at_least": a, "found": f, "unit": u, "holds": f >= a} for w, a, f, u in rows]


def machine(load: float, runners: dict[str, Any]) -> dict[str, Any]:
    """Where this ran, with what, and how quiet it was."""
    facts: dict[str, Any] = {
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "load_before": load,
        "python": platform.python_version(),
        "libc": " ".join(platform.libc_ver()),
    }
    for name in ("gymnasium", "pygame-ce", "box2d", "numpy"):
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            facts[name] = "?"
    for runner in runners.values():
        if hasattr(runner, "facts"):
            facts["envpool"] = runner.facts["version"]
    return facts


def cpu() -> str:
    """The processor's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _rows(table: dict[str, dict[str, Figure]]) -> list[str]:
    rows = ["| | per second | x stock | (least to most) |", "|---|---:|---:|---|"]
    for name, row in table.items():
        rate, ratio = row["rate"], row["ratio"]
        rows.append(
            f"| {name} | {rate['median']:,.0f} | {ratio['median']:.1f} | {ratio['least']:.1f} to {ratio['most']:.1f} |"
        )
    return rows


def markdown(result: dict[str, Any]) -> str:
    """The page."""
    facts, settings = result["machine"], result["settings"]
    lines = [
        "# CarRacing: speed",
        "",
        "Written by `benchmarks/car_racing.py`; everybody in turns in one run, medians over the rounds.",
        "",
        ", ".join(f"{key} {value if not isinstance(value, float) else round(value, 2)}" for key, value in facts.items())
        + ".",
        f"{settings['envs']} environments a batch, {settings['rounds']} rounds of {settings['seconds']} s each.",
        "",
        "## Steps",
        "",
        *_rows(result["steps_per_second"]),
        "",
        "## Resets (first picture included)",
        "",
        *_rows(result["resets_per_second"]),
        "",
        "## Memory per environment",
        "",
        *(f"- {name}: {size / 1024:,.0f} KiB" for name, size in result["bytes_per_environment"].items()),
        "",
        "## Claims",
        "",
        "| | at least | found | |",
        "|---|---:|---:|---|",
    ]
    for claim in result["claims"]:
        verdict = "holds" if claim["holds"] else "**does not hold**"
        lines.append(f"| {claim['what']} | {claim['at_least']} | {claim['found']:.2f} {claim['unit']} | {verdict} |")
    lines += [
        "",
        "Claims against stock: turns of 0.4 s with stock alone, of which those count whose stock turns before and",
        f"after agree within {STEADY:.0%} (a shared machine changes its speed by the second):",
        "",
    ]
    lines += steady_lines(result["beside_stock"], 1)
    return "\n".join(lines) + "\n"
