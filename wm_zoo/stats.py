"""Statistics of few, noisy scores: IQM, stratified bootstrap intervals, profiles; names as in rliable.

Source: Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice". A score matrix is
``[runs, tasks]``: a run is a training seed, a task an environment. One environment: ``[runs, 1]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scores = NDArray[np.float64]
Aggregate = Callable[[Scores], Any]

REPS = 5_000
"""Bootstrap resamples; the ends of a 95 % interval then move by about 1 % of its width between seeds."""


def aggregate_mean(scores: ArrayLike) -> float:
    """Mean over tasks of the mean over runs, of ``[runs, tasks]``."""
    return float(np.mean(np.mean(_matrix(scores), axis=0)))


def aggregate_median(scores: ArrayLike) -> float:
    """Median over tasks of the mean over runs, of ``[runs, tasks]``."""
    return float(np.median(np.mean(_matrix(scores), axis=0)))


def aggregate_iqm(scores: ArrayLike) -> float:
    """Interquartile mean of all runs and tasks: the mean of the middle half, a quarter cut off at each end."""
    ordered = np.sort(np.asarray(scores, np.float64), axis=None)
    if ordered.size == 0:
        raise ValueError("the interquartile mean of no scores")
    cut = ordered.size // 4
    return float(ordered[cut : ordered.size - cut].mean())


def aggregate_optimality_gap(scores: ArrayLike, gamma: float = 1.0) -> float:
    """How far scores fall short of `gamma` on average; more than `gamma` counts as `gamma`."""
    return gamma - aggregate_mean(np.minimum(_matrix(scores), gamma))


def probability_of_improvement(scores_x: ArrayLike, scores_y: ArrayLike) -> float:
    """Mean over tasks of P(X > Y) + P(X = Y) / 2 for a run of x and one of y (the Mann-Whitney statistic)."""
    x, y = _matrix(scores_x), _matrix(scores_y)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"x has {x.shape[1]} tasks and y has {y.shape[1]}: expected the same tasks in the same order")
    wins = (x[:, None] > y[None]) + 0.5 * (x[:, None] == y[None])  # [runs x, runs y, tasks]
    return float(wins.mean())


def performance_profile(scores: ArrayLike, taus: ArrayLike) -> Scores:
    """Fraction of runs (mean over tasks) that score above each threshold: ``[len(taus)]``, the score distribution."""
    matrix, thresholds = _matrix(scores), np.asarray(taus, np.float64)
    profile: Scores = (matrix[..., None] > thresholds).mean(axis=(0, 1))
    return profile


def get_interval_estimates(
    score_dict: Mapping[str, ArrayLike],
    func: Aggregate,
    *,
    reps: int = REPS,
    confidence_interval_size: float = 0.95,
    seed: int = 0,
) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """Point estimates and percentile intervals by the stratified bootstrap: runs are resampled within each task.

    Args:
        score_dict: name to scores ``[runs, tasks]``.
        func: aggregate of a score matrix: a number, or an array ``[k]`` of several.
        reps: resamples.
        confidence_interval_size: 0.95 for a 95 % interval.
        seed: of the resampling; the same seed gives the same interval.

    Returns:
        ``{name: [k]}`` and ``{name: [2, k]}`` (low, high).
    """
    points, intervals = {}, {}
    for name, scores in score_dict.items():
        matrix = _matrix(scores)
        points[name] = np.atleast_1d(np.asarray(func(matrix), np.float64))
        resampled = _bootstrap(matrix, func, reps, np.random.default_rng(seed))  # [reps, k]
        intervals[name] = _ends(resampled, confidence_interval_size)
    return points, intervals


def bootstrap_interval(
    values: ArrayLike, func: Aggregate = np.mean, *, reps: int = REPS, size: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of `func` over single values ``[n]``, such as the returns of n episodes."""
    column = np.asarray(values, np.float64).reshape(-1, 1)
    low, high = _ends(_bootstrap(column, func, reps, np.random.default_rng(seed)), size)[:, 0]
    return float(low), float(high)


def episode_summary(returns: Sequence[float] | NDArray[Any], *, seed: int = 0) -> dict[str, Any]:
    """What a table shows of the returns of n episodes of one agent.

    Returns:
        mean, std (population), interval_95 [low, high] of the mean, iqm, min, median, max, episodes.
    """
    values = np.asarray(returns, np.float64)
    if values.size == 0:
        raise ValueError("no episodes to summarise; run at least one")
    low, high = bootstrap_interval(values, seed=seed)
    return {
        "mean": float(values.mean()),
        "std": float(values.std()),
        "interval_95": [low, high],
        "iqm": aggregate_iqm(values),
        "min": float(values.min()),
        "median": float(np.median(values)),
        "max": float(values.max()),
        "episodes": int(values.size),
    }


def spearman(x: ArrayLike, y: ArrayLike) -> float | None:
    """Rank correlation in [-1, 1] (ties share their mean rank); None when a side is constant or has < 3 values."""
    a, b = _ranks(np.asarray(x, np.float64)), _ranks(np.asarray(y, np.float64))
    if a.size < 3 or a.std() == 0 or b.std() == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def auc(positive: ArrayLike, score: ArrayLike) -> float | None:
    """Area under the ROC curve of `score` for the boolean `positive`; None without both classes."""
    truth, values = np.asarray(positive, bool), np.asarray(score, np.float64)
    n_positive = int(truth.sum())
    n_negative = truth.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return None
    rank_sum = float((_ranks(values)[truth] + 1).sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def _matrix(scores: ArrayLike) -> Scores:
    matrix = np.asarray(scores, np.float64)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(f"expected scores [runs, tasks], got shape {matrix.shape}; one environment is [runs, 1]")
    return matrix


def _bootstrap(matrix: Scores, func: Aggregate, reps: int, rng: np.random.Generator) -> Scores:
    runs, tasks = matrix.shape
    columns = np.arange(tasks)
    rows = rng.integers(runs, size=(reps, runs, tasks))
    return np.stack([np.atleast_1d(np.asarray(func(matrix[pick, columns]), np.float64)) for pick in rows])


def _ends(resampled: Scores, size: float) -> Scores:
    tail = 50.0 * (1.0 - size)
    ends: Scores = np.percentile(resampled, [tail, 100.0 - tail], axis=0)  # [2, k]
    return ends


def _ranks(values: Scores) -> Scores:
    """Ranks from 0; ties get the mean of their places."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    ranks: Scores = (first + (counts - 1) / 2.0)[inverse]
    return ranks
