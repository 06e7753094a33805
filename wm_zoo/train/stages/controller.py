"""Stage `controller`: C practises in the dream, from real moments, and never touches the environment."""

from __future__ import annotations

from typing import Any

from wm_zoo import atomic
from wm_zoo.api import Capability
from wm_zoo.errors import RecipeError
from wm_zoo.manager import component, list_components
from wm_zoo.recipe_load import trainer_config
from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly, save_module, trainable
from wm_zoo.train.dream_ppo import DreamPpo, Starts
from wm_zoo.train.loop import Monitor, carry_over, drive
from wm_zoo.train.rates import controller_rates, rounds_since_restart, updates_of
from wm_zoo.train.seeding import numpy_generator, stage_seed, torch_generator
from wm_zoo.train.stages.outcome import Outcome
from wm_zoo.train.starts import DreamStarts
from wm_zoo.train.trainer import Trainer

NEEDS = {"ppo": Capability.ACTOR_CRITIC, "cma-es": Capability.FLAT_PARAMETERS}


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Write the controller's weights, and the optimiser for the next round."""
    begun = Clock.now()
    recipe, k = assembly.recipe, stage.round
    controller = trainable(assembly.new_controller(k))
    world = assembly.world(assembly.world_round(k))
    replay = assembly.replay(k)
    starts = DreamStarts(
        replay, replay.states(world.dynamics), recipe.starts, numpy_generator(recipe.seed, "dream starts", k)
    )
    trainer = _trainer(assembly, k, controller, world, starts)
    if rounds_since_restart(recipe.train.controller, k):
        carry_over(trainer, assembly.run.stage("controller", k - 1).tensors("trainer.safetensors"))
    prepared = Clock.now().since(begun)
    clock = drive(trainer, stage, monitor, checkpoint_seconds=recipe.train.checkpoint_seconds)
    outputs = {
        "controller.safetensors": save_module(controller, stage, "controller.safetensors"),
        "trainer.safetensors": atomic.save_tensors(stage.file("trainer.safetensors"), trainer.state()),
    }
    return Outcome({"updates": trainer.done, "world_round": assembly.world_round(k)}, outputs, clock.plus(prepared))


def check_method(controller_id: str, method: str) -> None:
    """Refuse a controller that the method cannot train, before anything is collected; raises RecipeError."""
    needed = NEEDS[method]
    if needed not in component(controller_id).capabilities:
        able = [entry.id for entry in list_components("controller") if needed in entry.capabilities]
        raise RecipeError(
            f"[train.controller] method = {method!r} needs a controller that is {needed.value}, and {controller_id} is "
            f"not; set controller.id to one of: {', '.join(able) or 'none is installed'}"
        )


def _trainer(assembly: Assembly, k: int, controller: Any, world: Any, starts: Starts) -> Trainer:
    recipe = assembly.recipe
    table, generator = recipe.train.controller, torch_generator(recipe.seed, "controller", k)
    config = trainer_config(recipe, table.method)
    if table.method == "cma-es":
        from wm_zoo.train.dream_cma_es import DreamCmaEs

        seed = stage_seed(recipe.seed, "evolution", k)
        return DreamCmaEs(
            controller, world, starts, config, updates=updates_of(table, k), generator=generator, seed=seed
        )
    rates = controller_rates(table, recipe.train.rates, k, recipe.practice_rounds)
    return DreamPpo(controller, world, starts, config, updates=updates_of(table, k), generator=generator, rates=rates)
