"""Learning-rate windows join without a gap and cover the whole schedule."""

from __future__ import annotations

import itertools

import pytest

from wm_zoo.recipe import TrainDynamics
from wm_zoo.train.rates import updates_before, updates_in_all, updates_of, window_of_rates


def test_rounds_join() -> None:
    table = TrainDynamics(first_updates=200, updates=50)
    total = updates_in_all(table, 5)
    assert total == 400
    windows = [window_of_rates((1.0, 0.2), updates_before(table, k), updates_of(table, k), total) for k in range(5)]
    assert windows[0][0] == 1.0
    assert windows[-1][1] == pytest.approx(0.2)
    assert windows[0][1] == pytest.approx(0.6)  # half of all updates are in round 0
    assert all(a[1] == pytest.approx(b[0]) for a, b in itertools.pairwise(windows))
