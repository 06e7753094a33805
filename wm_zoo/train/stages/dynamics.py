"""Stage `dynamics`: M goes on learning, on everything collected so far."""

from __future__ import annotations

from wm_zoo import atomic
from wm_zoo.recipe_load import trainer_config
from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor
from wm_zoo.train.rates import updates_before, updates_in_all, updates_of
from wm_zoo.train.seeding import numpy_generator
from wm_zoo.train.stages.learn import Span, learn
from wm_zoo.train.stages.outcome import Outcome
from wm_zoo.train.starts import world_starts
from wm_zoo.train.windows import ReplayWindows


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Write the weights, the optimiser for the next round, and the start states of the world that is now finished."""
    begun = Clock.now()
    recipe, k = assembly.recipe, stage.round
    table = recipe.train.dynamics
    replay = assembly.replay(k)
    states = replay.states(assembly.dynamics(k - 1)) if k else None
    config = trainer_config(recipe, "dynamics")
    span = Span(updates_before(table, k), updates_of(table, k), updates_in_all(table, recipe.train.rounds))
    before = assembly.run.stage("dynamics", k - 1) if k else None
    windows = ReplayWindows(replay, states, config)
    dynamics, outputs, clock = learn(
        assembly, stage, monitor, assembly.new_dynamics(), windows, config=config, span=span, before=before, begun=begun
    )
    finishing = Clock.now()
    starts = world_starts(dynamics, replay, recipe.starts, numpy_generator(recipe.seed, "world starts", k))
    outputs["starts.safetensors"] = atomic.save_tensors(stage.file("starts.safetensors"), starts.tensors())
    numbers = {"updates": span.updates, "steps": replay.steps, "episodes": len(replay.length)}
    return Outcome(numbers, outputs, clock.plus(Clock.now().since(finishing)))
