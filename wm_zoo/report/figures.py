"""The pictures of the report, each a function from numbers to PNG bytes; None when there is nothing to draw."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wm_zoo.report.record import Round

REAL, DREAM, QUIET, INK = "#1f6fb2", "#d9730d", "#9aa3ad", "#22272e"  # blue and orange: apart for every eye


def figure(width: float = 7.2, height: float = 3.2, panels: int = 1, **options: Any) -> tuple[Any, Any]:
    """A figure without pyplot: no display, no global state; returns (figure, axes or array of axes)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    fig = Figure(figsize=(width, height), layout="constrained", dpi=150)
    FigureCanvasAgg(fig)
    axes = fig.subplots(1, panels, **options)
    for ax in np.atleast_1d(axes):
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(colors=INK, labelsize=9)
        ax.grid(axis="y", color="#e6e9ec", linewidth=0.8)
        ax.set_axisbelow(True)
    return fig, axes


def png(fig: Any) -> bytes:
    """The figure as PNG."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png")
    return buffer.getvalue()


def learning_curves(rounds: Sequence[Round]) -> bytes | None:
    """Real validation (mean and one standard deviation) and dream return, by real frames and by minutes."""
    seen = [row for row in rounds if row.real is not None]
    if not seen:
        return None
    scales = [
        ("real decisions collected, thousands", [None if r.frames is None else r.frames / 1e3 for r in seen]),
        ("minutes since the start", [r.minutes for r in seen]),
    ]
    scales = [(name, xs) for name, xs in scales if all(x is not None for x in xs)]
    scales = scales or [("round", [float(r.number) for r in seen])]
    fig, axes = figure(3.7 * len(scales) + 0.6, 3.2, len(scales), sharey=True)
    for ax, (name, xs) in zip(np.atleast_1d(axes), scales, strict=True):
        _curve(ax, seen, xs)
        ax.set_xlabel(name)
        ax.set_xlim(left=0)
    first = np.atleast_1d(axes)[0]
    first.set_ylabel("return of an episode")
    first.legend(frameon=False, fontsize=9, loc="lower right")
    return png(fig)


def _curve(ax: Any, rounds: Sequence[Round], xs: Sequence[Any]) -> None:
    real = np.array([row.real for row in rounds], float)
    std = np.array([np.nan if row.std is None else row.std for row in rounds], float)
    dream = np.array([np.nan if row.dream is None else row.dream for row in rounds], float)
    ax.fill_between(xs, real - std, real + std, color=REAL, alpha=0.13, linewidth=0)
    if np.isfinite(dream).any():
        ax.plot(xs, dream, color=DREAM, marker="o", markersize=3.5, linestyle="--", label="dreamt")
    ax.plot(xs, real, color=REAL, marker="o", markersize=3.5, label="real, validation seeds")


def returns(rows: Mapping[str, Mapping[str, Any]]) -> bytes | None:
    """Every episode of every row as a dot, the mean as a bar: a mean hides the tail, this does not."""
    shown = [row for row in rows.values() if row.get("returns")]
    if not shown:
        return None
    fig, ax = figure(7.4, 0.75 + 0.52 * len(shown))
    ax.grid(axis="x", color="#e6e9ec", linewidth=0.8)
    ax.grid(visible=False, axis="y")
    for place, row in enumerate(shown):
        values = np.asarray(row["returns"], float)
        colour = row.get("colour", REAL)
        # Spread evenly by the golden ratio: dots part, and the picture is the same every time.
        height = place + 0.56 * (np.arange(len(values)) * 0.618034 % 1.0 - 0.5)
        ax.scatter(values, height, s=13, color=colour, alpha=0.55, linewidth=0)
        ax.plot([values.mean()] * 2, [place - 0.36, place + 0.36], color=INK, linewidth=2)
    ax.set_yticks(range(len(shown)), [str(row["label"]) for row in shown])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.set_xlabel("return of an episode (dot), mean (bar)")
    return png(fig)


def open_loop(table: Mapping[str, Any]) -> bytes | None:
    """Error by horizon: reward sum, latent beside standing still, what the uncertainty knew."""
    horizons = table.get("horizons") or []
    if not horizons:
        return None
    fig, (left, middle, right) = figure(9.4, 2.9, 3)
    _line(left, horizons, table.get("reward_mae"), REAL, "world")
    _line(left, horizons, table.get("reward_mae_mean"), QUIET, "always the mean", "--")
    left.set_title("reward sum, mean absolute error", fontsize=10)
    _line(middle, horizons, table.get("latent_rmse"), REAL, "world")
    _line(middle, horizons, table.get("latent_rmse_still"), QUIET, "nothing moves", "--")
    middle.set_title("latent, root mean square error", fontsize=10)
    _line(right, horizons, table.get("reward_r2"), REAL, "R² of the reward sum")
    _line(right, horizons, table.get("uncertainty_spearman"), DREAM, "uncertainty ~ error (rank)")
    _line(right, horizons, table.get("termination_auc"), INK, "termination AUC")
    right.set_ylim(float(np.clip(right.get_ylim()[0], -1.0, -0.1)), 1.05)  # R² has no lower end
    right.set_title("1 is perfect", fontsize=10)
    for ax in (left, middle, right):
        ax.set_xscale("log", base=2)
        ax.set_xticks(horizons, [str(h) for h in horizons])
        ax.set_xlabel("steps ahead, never corrected")
        if ax.get_legend_handles_labels()[0]:
            ax.legend(frameon=False, fontsize=8)
    for ax in (left, middle):
        ax.set_ylim(bottom=0)
    return png(fig)


def _line(ax: Any, xs: Sequence[int], ys: Sequence[Any] | None, colour: str, label: str, style: str = "-") -> None:
    points = [(x, y) for x, y in zip(xs, ys or [], strict=False) if y is not None]
    if points:
        ax.plot(*zip(*points, strict=True), style, color=colour, marker="o", markersize=3, label=label)


def stage_times(minutes: Mapping[str, float]) -> bytes | None:
    """Minutes by stage."""
    if not minutes:
        return None
    fig, ax = figure(7.2, 0.7 + 0.34 * len(minutes))
    names = list(minutes)
    ax.barh(names, [minutes[name] for name in names], color=REAL, height=0.6)
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.bar_label(ax.containers[0], fmt=" %.1f", fontsize=9, color=INK)
    ax.set_xlabel("minutes")
    ax.margins(x=0.1)
    return png(fig)
