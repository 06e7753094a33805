import numpy as np
import pytest
from scipy import stats as scipy_stats

from wm_zoo import stats


@pytest.fixture
def scores():
    return np.random.default_rng(0).normal(500, 200, (10, 3))


def test_aggregates_agree_with_scipy(scores):
    assert stats.aggregate_iqm(scores) == pytest.approx(scipy_stats.trim_mean(scores, 0.25, axis=None))
    assert stats.aggregate_mean(scores) == pytest.approx(scores.mean())
    assert stats.aggregate_median(scores) == pytest.approx(np.median(scores.mean(0)))


def test_optimality_gap_ignores_what_is_above_gamma():
    assert stats.aggregate_optimality_gap([[0.5], [3.0]], gamma=1.0) == pytest.approx(0.25)


def test_probability_of_improvement_is_mann_whitney(scores):
    other = scores[:7] + 60
    expected = np.mean(
        [scipy_stats.mannwhitneyu(other[:, t], scores[:, t]).statistic / (7 * 10) for t in range(scores.shape[1])]
    )
    assert stats.probability_of_improvement(other, scores) == pytest.approx(expected)
    assert stats.probability_of_improvement(scores, scores) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="same tasks"):
        stats.probability_of_improvement(scores, scores[:, :2])


def test_profile_counts_runs_above_the_threshold():
    np.testing.assert_allclose(stats.performance_profile([[1.0, 2.0], [3.0, 4.0]], [0, 1, 3.5, 9]), [1, 0.75, 0.25, 0])


def test_bootstrap_interval_covers_the_mean_about_95_times_in_100():
    rng = np.random.default_rng(5)
    covered = 0
    for trial in range(200):
        low, high = stats.bootstrap_interval(rng.normal(10, 3, 40), reps=400, seed=trial)
        covered += low <= 10 <= high
    assert 180 <= covered <= 199  # binomial(200, 0.95) is 190 +- 3.1; the percentile interval is slightly short


def test_bootstrap_is_stratified_and_repeatable():
    """Tasks of very different level: resampling runs within each task leaves the mean almost still."""
    apart = np.array([[0.0, 1000.0]] * 5) + np.arange(5)[:, None] * 0.01
    point, interval = stats.get_interval_estimates({"a": apart}, lambda s: np.array([s.mean(), s.max()]), reps=200)
    assert interval["a"].shape == (2, 2)
    assert point["a"][0] == pytest.approx(500.02)
    assert interval["a"][1, 0] - interval["a"][0, 0] < 0.05
    again = stats.get_interval_estimates({"a": apart}, lambda s: np.array([s.mean(), s.max()]), reps=200)[1]
    np.testing.assert_array_equal(again["a"], interval["a"])


def test_auc_and_spearman_agree_with_scipy():
    rng = np.random.default_rng(2)
    x = rng.normal(size=50).round(1)  # rounding makes ties
    y = (x + rng.normal(size=50)).round(1)
    assert stats.spearman(x, y) == pytest.approx(scipy_stats.spearmanr(x, y).statistic)
    truth = rng.random(50) < 0.3
    statistic = scipy_stats.mannwhitneyu(x[truth], x[~truth]).statistic
    assert stats.auc(truth, x) == pytest.approx(statistic / (truth.sum() * (~truth).sum()))
    assert stats.auc(np.zeros(5), np.arange(5)) is None
    assert stats.spearman([1, 1, 1], [1, 2, 3]) is None


def test_episode_summary():
    summary = stats.episode_summary([1.0, 2.0, 3.0, 10.0])
    assert summary["mean"] == 4.0
    assert summary["iqm"] == 2.5
    assert summary["std"] == pytest.approx(np.std([1, 2, 3, 10]))
    low, high = summary["interval_95"]
    assert 1.0 <= low < 4.0 < high <= 10.0
    with pytest.raises(ValueError, match="no episodes"):
        stats.episode_summary([])
