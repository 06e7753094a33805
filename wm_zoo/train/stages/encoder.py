"""Stage `encoder`: V learns from the frames of round 0, once, and writes latents beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from wm_zoo.api import Capability, Encoder, Observation
from wm_zoo.data.dataset import Dataset
from wm_zoo.data.frames import frame_batches, sample_frames, write_latents
from wm_zoo.errors import RecipeError
from wm_zoo.manager import component
from wm_zoo.run import Clock, StageFolder
from wm_zoo.train.assembly import Assembly, save_module
from wm_zoo.train.encoder import EncoderTrainer, limited
from wm_zoo.train.loop import Monitor, drive
from wm_zoo.train.seeding import numpy_generator, torch_generator
from wm_zoo.train.stages.outcome import Outcome

FIT_BATCH = 512
ENCODE_BATCH = 1024


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Train, or fit, whichever the encoder can; then encode the frames that it learned from."""
    dataset = Dataset.open(assembly.run.data(0))
    encoder = assembly.new_encoder()
    can = component(assembly.recipe.encoder.id).capabilities
    start, clock = Clock.now(), Clock()
    numbers: dict[str, Any] = {}
    if Capability.FIT in can:
        numbers = _fit(assembly, encoder, dataset)
    elif Capability.GRADIENT in can:
        clock = _train(assembly, encoder, dataset, stage, monitor)
        start = Clock.now()
    else:
        raise RecipeError(f"encoder {assembly.recipe.encoder.id!r} can neither `fit` nor `gradient`: nothing trains it")
    assert isinstance(encoder, torch.nn.Module)
    encoder.eval()
    digest = save_module(encoder, stage, "encoder.safetensors")
    write_latents(dataset, encoder.encode, batch=ENCODE_BATCH)
    return Outcome(numbers, {"encoder.safetensors": digest}, clock.plus(Clock.now().since(start)))


def _fit(assembly: Assembly, encoder: Encoder, dataset: Dataset) -> dict[str, Any]:
    generator = numpy_generator(assembly.recipe.seed, "encoder frames")
    frames = frame_batches(dataset, FIT_BATCH, generator=generator)
    with torch.no_grad():
        return dict(encoder.fit(limited(frames, assembly.recipe.train.encoder.frames)))


def _train(assembly: Assembly, encoder: Encoder, dataset: Dataset, stage: StageFolder, monitor: Monitor) -> Clock:
    config = assembly.recipe.train.encoder
    sampler = _Frames(dataset, config.batch)
    generator = torch_generator(assembly.recipe.seed, "encoder")
    trainer = EncoderTrainer(encoder, sampler, updates=config.updates, rate=config.rate, generator=generator)
    return drive(trainer, stage, monitor, checkpoint_seconds=assembly.recipe.train.checkpoint_seconds)


class _Frames:
    """Random frames whose randomness comes from a torch generator, so that a checkpoint holds it."""

    def __init__(self, dataset: Dataset, batch: int) -> None:
        self._source = np.random.default_rng(0)
        self._batches = sample_frames(dataset, batch, self._source)

    def __call__(self, generator: torch.Generator) -> Observation:
        seed = int(torch.randint(2**62, (1,), generator=generator))
        self._source.bit_generator.state = np.random.default_rng(seed).bit_generator.state
        return next(self._batches)
