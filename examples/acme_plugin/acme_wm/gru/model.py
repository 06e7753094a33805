"""A GRU whose next latent is predicted by several heads."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from wm_zoo.api import Dims, Loss, SequenceBatch, State, Step
from wm_zoo.api.nn import Generator, gaussian_nll, masked_mean, mlp, normal

from . import GruConfig


class Gru(nn.Module):
    """State {"z", "h"}: the latent, and a memory of what led to it. Features are [z, h]."""

    def __init__(self, config: GruConfig, dims: Dims) -> None:
        super().__init__()
        self.latent_dim, self.hidden = dims.latent, config.hidden
        self.feature_dim = dims.latent + config.hidden
        self.cell = nn.GRUCell(dims.latent + dims.action, config.hidden)
        context = config.hidden + dims.latent + dims.action
        self.heads = nn.ModuleList(mlp([context, config.head, 2 * dims.latent]) for _ in range(config.members))
        self.outcome = mlp([context, config.head, 2])

    def initial(self, n: int) -> State:
        """Zeros."""
        z = self.cell.weight_ih.new_zeros(n, self.latent_dim)
        return {"z": z, "h": z.new_zeros(n, self.hidden)}

    def observe(self, state: State, action: Tensor, latent: Tensor) -> State:
        """The memory takes in the old latent and the action; the new latent is the observed one."""
        return {"z": latent, "h": self._remember(state, action)}

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """As observe, with a predicted latent: the mean of the heads, plus noise when there is a generator."""
        h = self._remember(state, action)
        context = torch.cat([h, state["z"], action], -1)
        means, log_stds = self._gaussians(context, state["z"])  # [M, B, Z] each
        z, std = means.mean(0), log_stds.exp().mean(0)
        if generator is not None:
            z = z + temperature * std * normal(*z.shape, generator, z.device)
        reward, logit = self.outcome(context).unbind(-1)
        return Step({"z": z, "h": h}, reward, torch.sigmoid(logit), means.std(0).mean(-1))

    def features(self, state: State) -> Tensor:
        """[z, h], float32 [..., F]."""
        return torch.cat([state["z"], state["h"]], -1)

    def latent(self, state: State) -> Tensor:
        """z, float32 [..., Z]."""
        return state["z"]

    def sequence(self, initial: State, latent: Tensor, action: Tensor) -> State:
        """The observe steps of latent [B, T, Z] and action [B, T, A]; tensors [B, T, ...]."""
        state, states = initial, []
        for t in range(latent.shape[1]):
            state = self.observe(state, action[:, t], latent[:, t])
            states.append(state)
        return {key: torch.stack([one[key] for one in states], 1) for key in initial}

    def loss(self, batch: SequenceBatch, *, generator: Generator) -> Loss:
        """Mean negative log likelihood of the heads, reward error, cross entropy of the termination."""
        blank = self.initial(len(batch.mask))
        seen = batch.initial or self.observe(blank, torch.zeros_like(batch.action[:, 0]), batch.latent[:, 0])
        states = self.sequence(seen, batch.latent[:, 1:], batch.action)  # h[:, t] has taken in action[:, t]
        now, target = batch.latent[:, :-1], batch.latent[:, 1:]
        context = torch.cat([states["h"], now, batch.action], -1)
        means, log_stds = self._gaussians(context, now)  # [M, B, T, Z]
        nll = masked_mean(gaussian_nll(target, means, log_stds).sum(-1).mean(0), batch.mask)
        reward, logit = self.outcome(context).unbind(-1)
        error = masked_mean((reward - batch.reward) ** 2, batch.mask)
        # A time limit is no end: the target is `terminated`, and steps past the end have mask 0.
        entropy = functional.binary_cross_entropy_with_logits(logit, batch.terminated, reduction="none")
        termination = masked_mean(entropy, batch.mask)
        metrics = {"latent_nll": nll, "reward_mse": error, "termination_bce": termination}
        return Loss(nll + error + termination, {key: value.detach() for key, value in metrics.items()})

    def _remember(self, state: State, action: Tensor) -> Tensor:
        return self.cell(torch.cat([state["z"], action], -1), state["h"])

    def _gaussians(self, context: Tensor, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log standard deviations of all heads, [M, ..., Z]."""
        change, log_std = torch.stack([head(context) for head in self.heads]).chunk(2, -1)
        return latent + change, log_std.clamp(-4.0, 2.0)
