"""Stage `member`: a further model of the world learns from scratch, on everything that the run has collected.

A member learns in `MEMBER_PHASES` stages. In the first its windows begin blank, in the later ones with what its own
weights of the phase before remember there, as the windows of M's rounds do.
"""

from __future__ import annotations

from wm_zoo.recipe_load import trainer_config
from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor
from wm_zoo.train.rates import member_phase, member_updates
from wm_zoo.train.stages.learn import Span, learn
from wm_zoo.train.stages.outcome import Outcome
from wm_zoo.train.windows import ReplayWindows


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Write the weights, and the optimiser for the next phase."""
    begun = Clock.now()
    recipe = assembly.recipe
    table = recipe.train.dynamics
    member, phase = member_phase(table, stage.round)
    replay = assembly.replay(recipe.train.rounds - 1)
    states = replay.states(assembly.member(member, phase - 1)) if phase else None
    config = trainer_config(recipe, "dynamics").model_copy(update={"recent_fraction": 0.0})  # no round is the newest
    earlier = sum(member_updates(table, number) for number in range(phase))
    span = Span(earlier, member_updates(table, phase), table.member_updates)
    before = assembly.member_stage(member, phase - 1) if phase else None
    windows = ReplayWindows(replay, states, config)
    _, outputs, clock = learn(
        assembly,
        stage,
        monitor,
        assembly.new_dynamics(member),
        windows,
        config=config,
        span=span,
        before=before,
        begun=begun,
    )
    return Outcome({"member": member, "phase": phase, "updates": span.updates}, outputs, clock)
