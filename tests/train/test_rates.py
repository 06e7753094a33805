"""Learning-rate windows join without a gap and cover the whole schedule."""

from __future__ import annotations

import itertools

import pytest

from wm_zoo.recipe import TrainController, TrainDynamics
from wm_zoo.train.rates import (
    controller_rates,
    rounds_since_restart,
    updates_before,
    updates_in_all,
    updates_of,
    window_of_rates,
)


def test_rounds_join() -> None:
    table = TrainDynamics(first_updates=200, updates=50)
    total = updates_in_all(table, 5)
    assert total == 400
    windows = [window_of_rates((1.0, 0.2), updates_before(table, k), updates_of(table, k), total) for k in range(5)]
    assert windows[0][0] == 1.0
    assert windows[-1][1] == pytest.approx(0.2)
    assert windows[0][1] == pytest.approx(0.6)  # half of all updates are in round 0
    assert all(a[1] == pytest.approx(b[0]) for a, b in itertools.pairwise(windows))


def test_a_restarted_controller_begins_its_schedule_anew_until_restarts_end() -> None:
    table = TrainController(first_updates=30, updates=20, restart_every=3, restart_until=8)
    ages = [rounds_since_restart(table, k) for k in range(11)]
    assert ages == [0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 4]  # round 9 would have been the next restart
    assert [updates_of(table, k) for k in range(5, 10)] == [20, 30, 20, 20, 20]
    windows = [controller_rates(table, (1.0, 0.2), k, 11) for k in range(11)]
    assert all(windows[k][0] == 1.0 for k in (0, 3, 6))
    assert all(windows[k][1] == pytest.approx(0.2) for k in (2, 5, 10))
    assert windows[8][1] == pytest.approx(windows[9][0])
