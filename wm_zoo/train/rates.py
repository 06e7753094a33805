"""How many updates a round has, and which part of the whole run's learning-rate schedule they cover."""

from __future__ import annotations

from wm_zoo.recipe import MEMBER_PHASES, TrainController, TrainDynamics


def rounds_since_restart(table: TrainController, round: int) -> int:
    """Rounds that the C of this round has behind it."""
    if not table.restart_every:
        return round
    last = round if table.restart_until is None else min(round, table.restart_until - 1)  # that might have restarted
    return round - last // table.restart_every * table.restart_every


def updates_of(table: TrainDynamics | TrainController, round: int) -> int:
    """Updates of one round."""
    fresh = round == 0 or (isinstance(table, TrainController) and rounds_since_restart(table, round) == 0)
    return table.first_updates if fresh else table.updates


def member_phase(table: TrainDynamics, number: int) -> tuple[int, int]:
    """Which member (from 1) learns in stage `number` of the members, and in which phase (from 0)."""
    phase, member = divmod(number, table.members - 1)
    return member + 1, phase


def member_updates(table: TrainDynamics, phase: int) -> int:
    """Updates of one phase of a member; together they are `member_updates`."""
    total = table.member_updates
    return total * (phase + 1) // MEMBER_PHASES - total * phase // MEMBER_PHASES


def updates_before(table: TrainDynamics | TrainController, round: int) -> int:
    """Updates of all rounds before it."""
    return sum(updates_of(table, number) for number in range(round))


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


def controller_rates(
    table: TrainController, rates: tuple[float, float], round: int, rounds: int
) -> tuple[float, float]:
    """Factors of C in one round; a C that begins anew begins the schedule anew.

    Args:
        table: `[train.controller]`.
        rates: of the recipe.
        round: this one.
        rounds: practice rounds of the run.
    """
    first = round - rounds_since_restart(table, round)
    last = next((k for k in range(first + 1, rounds) if not rounds_since_restart(table, k)), rounds)
    begin = updates_before(table, first)
    before, total = updates_before(table, round) - begin, updates_before(table, last) - begin
    return window_of_rates(rates, before, updates_of(table, round), total)
