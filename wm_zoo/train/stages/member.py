"""Stage `member`: a further model of the world learns from scratch, on everything that the run has collected.

A member learns in `MEMBER_PHASES` stages. In the first its windows begin blank, in the later ones with what its own
weights of the phase before remember there, as the windows of M's rounds do.
"""

from __future__ import annotations

from wm_zoo import atomic
from wm_zoo.recipe_load import trainer_config
from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly, save_module, trainable
from wm_zoo.train.dynamics import DynamicsTrainer
from wm_zoo.train.loop import Monitor, carry_over, drive
from wm_zoo.train.rates import member_phase, member_updates, window_of_rates
from wm_zoo.train.seeding import torch_generator
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
    dynamics = trainable(assembly.new_dynamics(member))
    config = trainer_config(recipe, "dynamics").model_copy(update={"recent_fraction": 0.0})  # no round is the newest
    trainer = DynamicsTrainer(
        dynamics,
        ReplayWindows(replay, states, config),
        config,
        updates=member_updates(table, phase),
        generator=torch_generator(recipe.seed, "member", stage.round),
        rates=window_of_rates(
            recipe.train.rates,
            sum(member_updates(table, before) for before in range(phase)),
            member_updates(table, phase),
            table.member_updates,
        ),
    )
    if phase:
        carry_over(trainer, assembly.member_stage(member, phase - 1).tensors("trainer.safetensors"))
    prepared = Clock.now().since(begun)
    clock = drive(trainer, stage, monitor, checkpoint_seconds=recipe.train.checkpoint_seconds)
    dynamics.eval()
    outputs = {
        "dynamics.safetensors": save_module(dynamics, stage, "dynamics.safetensors"),
        "trainer.safetensors": atomic.save_tensors(stage.file("trainer.safetensors"), trainer.state()),
    }
    return Outcome({"member": member, "phase": phase, "updates": trainer.done}, outputs, clock.plus(prepared))
