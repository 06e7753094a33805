"""Training M on windows of real episodes: likelihood of the next latent, reward and termination."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from wm_zoo.api import Config, Dynamics, Option, SequenceBatch
from wm_zoo.train.trainer import clip_gradients, optimizer_tensors, pack, restore_optimizer, set_learning_rate, unpack

Windows = Callable[[torch.Generator], SequenceBatch]
"""Draws one batch of windows."""


class DynamicsConfig(Config):
    """Hyperparameters of `DynamicsTrainer` and of the windows it learns from."""

    batch: int = Option(48, ge=1, description="windows of one gradient step")
    length: int = Option(20, ge=1, description="steps of a window")
    recent_fraction: float = Option(0.4, ge=0, le=1, description="share of windows from the newest round")
    rate: float = Option(1e-3, gt=0, description="Adam's learning rate")
    gradient_norm: float = Option(10.0, gt=0, description="gradient norm limit")


class DynamicsTrainer:
    """Gradient steps on `Dynamics.loss`; a `Trainer`."""

    def __init__(
        self,
        dynamics: Dynamics,
        windows: Windows,
        config: DynamicsConfig,
        *,
        updates: int,
        generator: torch.Generator,
        rates: tuple[float, float] = (1.0, 1.0),
        moments: Mapping[str, Tensor] | None = None,
    ) -> None:
        assert isinstance(dynamics, nn.Module)
        self.dynamics, self.config, self.updates, self.done = dynamics, config, updates, 0
        self._windows, self._generator, self._rates = windows, generator, rates
        self._module: nn.Module = dynamics
        self._optimizer = torch.optim.Adam(self._module.parameters(), lr=config.rate)
        if moments:
            restore_optimizer(self._optimizer, moments)

    def update(self) -> dict[str, float]:
        """One gradient step."""
        first, last = self._rates
        set_learning_rate(
            self._optimizer, [self.config.rate * (first + (last - first) * self.done / max(1, self.updates))]
        )
        self._module.train()
        loss = self.dynamics.loss(self._windows(self._generator), generator=self._generator)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss.total)
        clip_gradients(self._module, self.config.gradient_norm)
        self._optimizer.step()
        self.done += 1
        return {"loss": float(loss.total.detach()), **{key: float(value) for key, value in loss.metrics.items()}}

    def moments(self) -> dict[str, Tensor]:
        """Optimiser moments, to carry over into the next round."""
        return optimizer_tensors(self._optimizer)

    def state(self) -> dict[str, Tensor]:
        """Weights, moments, generator and counter."""
        loop = {"generator": self._generator.get_state(), "done": torch.tensor(self.done)}
        return pack(model=self._module.state_dict(), optimizer=self.moments(), loop=loop)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from `state`."""
        self._module.load_state_dict(unpack(state, "model"))
        restore_optimizer(self._optimizer, unpack(state, "optimizer"))
        loop = unpack(state, "loop")
        self._generator.set_state(loop["generator"])
        self.done = int(loop["done"])
