"""From the microseconds of `dream.py` to claims and a page."""

from __future__ import annotations

from typing import Any

Row = dict[str, float]

ONE = ("torch", "onnxruntime", "openvino", "native kernel")
TWO = tuple(f"{name}, 2 threads" for name in ONE)


def best(row: Row, names: tuple[str, ...]) -> tuple[str, float]:
    """The fastest of those that took part."""
    name = min((name for name in names if name in row), key=row.__getitem__)
    return name, row[name]


def claims(rows: dict[int, Row]) -> list[dict[str, Any]]:
    """What was asked, and what was found."""
    one, many = rows[1], rows[256]
    name, forward = best(one, ONE)
    graph, other = best(one, tuple(key for key in ONE if key != "native kernel"))
    found = [
        (f"a single step beside the best forward at batch 1 ({name})", "at most 1.3 x", one["step"] / forward),
        (
            f"the same through gym.make, beside the best library ({graph})",
            "at most 1.3 x",
            one["step, gym.make"] / other,
        ),
    ]
    for threads, names in ((1, ONE), (2, TWO)):
        name, forward = best(many, names)
        key = f"dream, {threads} thread{'s'[: threads - 1]}"
        label = f"256 dreams on {threads} beside the best forward ({name})"
        found.append((label, "at least 0.6 of its throughput", forward / many[key]))
        label = f"256 dreams on {threads} beside SyncVectorEnv"
        found.append((label, "at least 20 x", many["SyncVectorEnv"] / many[key]))
    label = "256 dreams of a model without a native step (torch, 1 thread) beside SyncVectorEnv"
    found.append((label, "at least 20 x", many["SyncVectorEnv, by torch"] / many["dream, by torch"]))
    return [{"what": what, "asked": asked, "found": round(value, 3)} for what, asked, value in found]


def _holds(claim: dict[str, Any]) -> bool:
    words = claim["asked"].split()
    limit = float(words[2])
    return bool(claim["found"] <= limit if words[1] == "most" else claim["found"] >= limit)


def _table(rows: dict[int, Row], names: list[str]) -> list[str]:
    lines = ["| N | " + " | ".join(names) + " |", "|---:" * (len(names) + 1) + "|"]
    for n, row in rows.items():
        cells = [f"{row[name]:,.1f}" if name in row else "" for name in names]
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    return lines


def _dreams(rows: dict[int, Row]) -> list[str]:
    lines = [
        "| N | steps/s, 1 thread | of the best forward | steps/s, 2 threads | of the best forward | x SyncVectorEnv |"
    ]
    lines.append("|---:" * 6 + "|")
    for n, row in rows.items():
        cells = []
        for threads, names in ((1, ONE), (2, TWO)):
            step = row[f"dream, {threads} thread{'s'[: threads - 1]}"]
            share = f"{best(row, names)[1] / step:.0%}" if any(name in row for name in names) else ""
            cells += [f"{n / step * 1e6:,.0f}", share]
        sync = [
            f"{row['SyncVectorEnv'] / row[f'dream, {t}']:.1f}"
            for t in ("1 thread", "2 threads")
            if "SyncVectorEnv" in row
        ]
        lines.append(f"| {n} | " + " | ".join([*cells, ", ".join(sync)]) + " |")
    return lines


def report(result: dict[str, Any]) -> str:
    """Markdown."""
    rows = result["microseconds"]
    names = {name: None for row in rows.values() for name in row}
    single = rows[1]
    lines = [
        "# Dreams beside the bare network",
        "",
        "Written by `benchmarks/dream.py`. "
        + ", ".join(f"{key} {value}" for key, value in result["facts"].items())
        + ".",
        "",
        "## Claims",
        "",
        "| | asked | found | |",
        "|---|---|---:|---|",
        *(
            f"| {one['what']} | {one['asked']} | {one['found']:.2f} | {'holds' if _holds(one) else 'does not hold'} |"
            for one in result["claims"]
        ),
        "",
        "## One dream",
        "",
        f"A step takes {single['step']:.1f} µs, through `gym.make` {single['step, gym.make']:.1f} µs; sampled.",
        "",
        "## Batches",
        "",
        "Whole episodes, resets and infos included; the second number of the last column is with two threads.",
        "",
        *_dreams(rows),
        "",
        "## Microseconds of one call for the whole batch (medians)",
        "",
        *_table(rows, [name for name in names if name in ONE]),
        "",
        *_table({n: row for n, row in rows.items() if n > 1}, [name for name in names if name in TWO]),
        "",
        *_table(rows, [name for name in names if name.startswith(("dream", "SyncVectorEnv"))]),
    ]
    return "\n".join(lines) + "\n"
