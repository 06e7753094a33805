"""What every stage does in which a dynamics model learns."""

from __future__ import annotations

from dataclasses import dataclass

from wm_zoo import atomic
from wm_zoo.api import Dynamics
from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly, save_module, trainable
from wm_zoo.train.dynamics import DynamicsConfig, DynamicsTrainer, Windows
from wm_zoo.train.loop import Monitor, carry_over, drive
from wm_zoo.train.rates import window_of_rates
from wm_zoo.train.seeding import torch_generator


@dataclass(frozen=True)
class Span:
    """Updates of a stage within the learning-rate schedule of its model.

    Attributes:
        before: of earlier stages.
        updates: of this one.
        in_all: of the model's whole life.
    """

    before: int
    updates: int
    in_all: int


def learn(  # noqa: PLR0913 (what a lesson is)
    assembly: Assembly,
    stage: StageFolder,
    monitor: Monitor,
    dynamics: Dynamics,
    windows: Windows,
    *,
    config: DynamicsConfig,
    span: Span,
    before: StageFolder | None,
    begun: Clock,
) -> tuple[Dynamics, dict[str, str], Clock]:
    """Drive a model to the end of its stage and write its weights and its trainer.

    Args:
        assembly: of the run.
        stage: whose name and round seed the randomness.
        monitor: is told how far it is.
        dynamics: with its first weights.
        windows: what it learns from.
        config: of the trainer.
        span: of the schedule.
        before: stage whose weights and optimiser it goes on with; None begins.
        begun: when the stage began.

    Returns:
        The model, evaluating; the SHA-256 of each file; the time since `begun`, earlier sessions included.
    """
    recipe, model = assembly.recipe, trainable(dynamics)
    trainer = DynamicsTrainer(
        model,
        windows,
        config,
        updates=span.updates,
        generator=torch_generator(recipe.seed, stage.name, stage.round),
        rates=window_of_rates(recipe.train.rates, span.before, span.updates, span.in_all),
    )
    if before is not None:
        carry_over(trainer, before.tensors("trainer.safetensors"))
    prepared = Clock.now().since(begun)
    clock = drive(trainer, stage, monitor, checkpoint_seconds=recipe.train.checkpoint_seconds)
    finishing = Clock.now()
    model.eval()
    outputs = {
        "dynamics.safetensors": save_module(model, stage, "dynamics.safetensors"),
        "trainer.safetensors": atomic.save_tensors(stage.file("trainer.safetensors"), trainer.state()),
    }
    return model, outputs, clock.plus(prepared).plus(Clock.now().since(finishing))
