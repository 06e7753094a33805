"""How many updates a round has, and which part of the whole run's learning-rate schedule they cover."""

from __future__ import annotations

from wm_zoo.recipe import TrainController, TrainDynamics


def updates_of(table: TrainDynamics | TrainController, round: int) -> int:
    """Updates of one round."""
    return table.updates if round else table.first_updates


def updates_before(table: TrainDynamics | TrainController, round: int) -> int:
    """Updates of all rounds before it."""
    return table.first_updates + (round - 1) * table.updates if round else 0


def updates_in_all(table: TrainDynamics | TrainController, rounds: int) -> int:
    """Updates of the whole run."""
    return updates_before(table, rounds)


def window_of_rates(rates: tuple[float, float], before: int, updates: int, total: int) -> tuple[float, float]:
    """Learning-rate factors at the first and after the last update of a round.

    Over the run the factor goes linearly from ``rates[0]`` to ``rates[1]``.
    """
    first, last = rates
    begin, end = (first + (last - first) * done / max(total, 1) for done in (before, before + updates))
    return begin, end
