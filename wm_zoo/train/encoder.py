"""Training V: gradient steps on frames, or one pass of a closed-form fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor, nn

from wm_zoo.api import Encoder, Observation
from wm_zoo.observations import count, first
from wm_zoo.train.trainer import optimizer_tensors, pack, restore_optimizer, unpack

Frames = Callable[[torch.Generator], Observation]
"""Draws one batch of observations ``[B, *obs]``."""


class EncoderTrainer:
    """Gradient steps on `Encoder.loss` with Adam; a `Trainer`."""

    def __init__(
        self, encoder: Encoder, frames: Frames, *, updates: int, rate: float, generator: torch.Generator
    ) -> None:
        assert isinstance(encoder, nn.Module)
        self.encoder, self.updates, self.done = encoder, updates, 0
        self._module: nn.Module = encoder
        self._frames, self._generator = frames, generator
        self._optimizer = torch.optim.Adam(self._module.parameters(), lr=rate)

    def update(self) -> dict[str, float]:
        """One gradient step."""
        self._module.train()
        loss = self.encoder.loss(self._frames(self._generator), generator=self._generator)
        self._optimizer.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self.done += 1
        return {"loss": float(loss.total.detach()), **{key: float(value) for key, value in loss.metrics.items()}}

    def state(self) -> dict[str, Tensor]:
        """Weights, moments, generator and counter."""
        loop = {"generator": self._generator.get_state(), "done": torch.tensor(self.done)}
        return pack(model=self._module.state_dict(), optimizer=optimizer_tensors(self._optimizer), loop=loop)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from `state`."""
        self._module.load_state_dict(unpack(state, "model"))
        restore_optimizer(self._optimizer, unpack(state, "optimizer"))
        loop = unpack(state, "loop")
        self._generator.set_state(loop["generator"])
        self.done = int(loop["done"])


def limited(batches: Iterator[Observation], frames: int) -> Iterator[Observation]:
    """Batches until `frames` observations have passed; the last one is cut."""
    for batch in batches:
        if frames <= 0:
            return
        yield first(batch, frames)
        frames -= count(batch)
