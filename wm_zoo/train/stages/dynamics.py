"""Stage `dynamics`: M goes on learning, on everything collected so far."""

from __future__ import annotations

from wm_zoo import atomic
from wm_zoo.recipe_load import trainer_config
from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly, save_module, trainable
from wm_zoo.train.dynamics import DynamicsTrainer
from wm_zoo.train.loop import Monitor, carry_over, drive
from wm_zoo.train.rates import updates_before, updates_in_all, updates_of, window_of_rates
from wm_zoo.train.seeding import numpy_generator, torch_generator
from wm_zoo.train.stages.outcome import Outcome
from wm_zoo.train.starts import world_starts
from wm_zoo.train.windows import ReplayWindows


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Write the weights, the optimiser for the next round, and the start states of the world that is now finished."""
    begun = Clock.now()
    recipe, k = assembly.recipe, stage.round
    replay = assembly.replay(k)
    states = replay.states(assembly.dynamics(k - 1)) if k else None
    dynamics = trainable(assembly.new_dynamics())
    config = trainer_config(recipe, "dynamics")
    trainer = DynamicsTrainer(
        dynamics,
        ReplayWindows(replay, states, config),
        config,
        updates=updates_of(recipe.train.dynamics, k),
        generator=torch_generator(recipe.seed, "dynamics", k),
        rates=window_of_rates(
            recipe.train.rates,
            updates_before(recipe.train.dynamics, k),
            updates_of(recipe.train.dynamics, k),
            updates_in_all(recipe.train.dynamics, recipe.train.rounds),
        ),
    )
    if k:
        carry_over(trainer, assembly.run.stage("dynamics", k - 1).tensors("trainer.safetensors"))
    prepared = Clock.now().since(begun)
    clock = drive(trainer, stage, monitor, checkpoint_seconds=recipe.train.checkpoint_seconds)
    finishing = Clock.now()
    dynamics.eval()
    starts = world_starts(dynamics, replay, recipe.starts, numpy_generator(recipe.seed, "world starts", k))
    outputs = {
        "dynamics.safetensors": save_module(dynamics, stage, "dynamics.safetensors"),
        "trainer.safetensors": atomic.save_tensors(stage.file("trainer.safetensors"), trainer.state()),
        "starts.safetensors": atomic.save_tensors(stage.file("starts.safetensors"), starts.tensors()),
    }
    clock = clock.plus(prepared).plus(Clock.now().since(finishing))
    return Outcome({"updates": trainer.done, "steps": replay.steps, "episodes": len(replay.length)}, outputs, clock)
