"""MDN-RNN: Ha & Schmidhuber, World Models (2018), section 2.2, with the reward and termination heads a dream needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from wm_zoo.api import Dims, Loss, SequenceBatch, State, Step
from wm_zoo.api.nn import Generator, PackedRows, StepProgram, can_use_rows, masked_mean, mlp, normal

from . import MdnRnnConfig
from .mixture import Mixture
from .rows import build_observe, build_program, imagine_rows, memory_of


class MdnRnn(nn.Module):
    """``h' = RNN(h, [z, a])``; heads on ``[h', z, a]`` give ``p(z')``, the reward and the end of the episode.

    The state is ``{"z", "h"}`` (and ``"c"`` for an LSTM); features are ``[z, h]``.
    """

    def __init__(self, config: MdnRnnConfig, dims: Dims) -> None:
        super().__init__()
        self.config = config
        self.latent_dim, self.action_dim = dims.latent, dims.action
        self.feature_dim = dims.latent + config.hidden
        cell = nn.LSTM if config.cell == "lstm" else nn.GRU
        self.rnn = cell(dims.latent + dims.action, config.hidden, batch_first=True)
        context = config.hidden + dims.latent + dims.action
        outputs = Mixture.parameters(dims.latent, config.mixtures)
        self.latent_head = mlp([context, config.head, outputs]) if config.head else nn.Linear(context, outputs)
        # Reward of an ordinary step, reward of a step that ends the episode, termination logit.
        self.reward_head = mlp([context, config.reward_head, 3])
        self._observe_rows, self._program = PackedRows(build_observe), PackedRows(build_program)

    @property
    def row_independent(self) -> bool:
        """Whether `observe` and `imagine` without gradients give a row the same bits in a batch of any size."""
        weight = self.rnn.weight_ih_l0
        return not self.training and weight.is_cpu and weight.dtype == torch.float32 and not weight.is_inference()

    def native_step(self) -> StepProgram | None:
        """What `imagine` and `features` compute with the weights as they are now; None where torch must do it."""
        return self._program.of(self) if self.row_independent else None

    def train(self, mode: bool = True) -> Self:
        """Training mode, which keeps to torch; what was packed for evaluation is forgotten."""
        self._observe_rows.clear()
        self._program.clear()
        return super().train(mode)

    def initial(self, n: int) -> State:
        """Blank state of n lanes: zeros."""
        z = self.rnn.weight_ih_l0.new_zeros(n, self.latent_dim)
        h = z.new_zeros(n, self.config.hidden)
        return {"z": z, "h": h, "c": h.clone()} if self.config.cell == "lstm" else {"z": z, "h": h}

    def observe(self, state: State, action: Tensor, latent: Tensor) -> State:
        """Posterior after `action` ``[B, A]`` led to `latent` ``[B, Z]``."""
        return {**self._recur(state, action), "z": latent}

    def imagine(
        self, state: State, action: Tensor, *, temperature: float = 1.0, generator: Generator | None = None
    ) -> Step:
        """Prior step; temperature divides the mixture logits and multiplies the variance (section 3 of the paper)."""
        if self._native(action):
            *heads, latent, spread, memory = imagine_rows(
                self, self._program.of(self).network, state, action, temperature, generator
            )
            return Step({**memory, "z": latent}, *self._mixed(*heads), spread)
        memory = self._recur(state, action)
        context = torch.cat([memory["h"], state["z"], action], -1)
        mixture = self._mixture(context, state["z"])
        latent = mixture.mode() if generator is None else mixture.sample(temperature, generator)
        reward, terminated = self._outcome(self.reward_head(context))
        return Step({**memory, "z": latent}, reward, terminated, mixture.std().mean(-1))

    def features(self, state: State) -> Tensor:
        """``[z, h]``, float32 ``[..., F]``."""
        return torch.cat([state["z"], state["h"]], -1)

    def latent(self, state: State) -> Tensor:
        """z, float32 ``[..., Z]``."""
        return state["z"]

    def sequence(self, initial: State, latent: Tensor, action: Tensor) -> State:
        """All `observe` steps of ``latent [B, T, Z]`` and ``action [B, T, A]`` at once; tensors ``[B, T, ...]``."""
        before = torch.cat([initial["z"][:, None], latent[:, :-1]], 1)
        inputs = torch.cat([before, action], -1)
        if self.config.cell == "gru":
            return {"z": latent, "h": self.rnn(inputs, initial["h"][None])[0]}
        # The fused LSTM gives only the last cell state, and a state needs all of them.
        state, states = initial, []
        for t in range(latent.shape[1]):
            state = self.observe(state, action[:, t], latent[:, t])
            states.append(state)
        return {key: torch.stack([s[key] for s in states], 1) for key in initial}

    def loss(self, batch: SequenceBatch, *, generator: Generator) -> Loss:
        """Weighted sum of latent NLL (per dimension), squared reward error and termination cross entropy."""
        c = self.config
        start = batch.initial or self.observe(
            self.initial(len(batch.latent)), torch.zeros_like(batch.action[:, 0]), batch.latent[:, 0]
        )
        now, target = batch.latent[:, :-1], batch.latent[:, 1:]
        if c.input_noise:
            now = now + c.input_noise * normal(len(now), now[0].numel(), generator).reshape(now.shape)
        hidden = self._unroll(torch.cat([now, batch.action], -1), start)
        context = torch.cat([hidden, now, batch.action], -1)
        nll = masked_mean(self._mixture(context, now).nll(target).mean(-1), batch.mask)
        reward, end_reward, logit = self.reward_head(context).unbind(-1)
        alive, ended = batch.mask * (1 - batch.terminated), batch.mask * batch.terminated
        clipped = batch.reward.clamp(-c.reward_limit, c.reward_limit)
        reward_error = masked_mean((reward - clipped * c.reward_scale) ** 2, alive)
        # A reward of -100 at a rare end, squared, would drown all others: its own head, its own scale.
        end_error = masked_mean((end_reward - batch.reward * c.reward_scale) ** 2, ended) * 1e-2
        bce = functional.binary_cross_entropy_with_logits(logit, batch.terminated, reduction="none")
        termination = masked_mean(bce, batch.mask)
        total = c.latent_weight * nll * self.latent_dim + c.reward_weight * (reward_error + end_error)
        total = total + c.termination_weight * termination
        return Loss(
            total,
            {
                "latent_nll": nll.detach(),
                "reward_mse": reward_error.detach() / c.reward_scale**2,
                "termination_bce": termination.detach(),
            },
        )

    def _mixture(self, context: Tensor, latent: Tensor) -> Mixture:
        c = self.config
        base = latent if c.residual else torch.zeros_like(latent)
        return Mixture(self.latent_head(context), base, c.mixtures, c.log_std_min, c.log_std_max)

    def _outcome(self, heads: Tensor) -> tuple[Tensor, Tensor]:
        reward, end_reward, logit = heads.unbind(-1)
        return self._mixed(reward, end_reward, torch.sigmoid(logit))

    def _mixed(self, reward: Tensor, end_reward: Tensor, probability: Tensor) -> tuple[Tensor, Tensor]:
        """Expected reward in the environment's units, and the probability of the end without its floor."""
        c = self.config
        terminated = (probability - c.termination_deadband).clamp_min(0.0) / (1.0 - c.termination_deadband)
        ordinary = (reward / c.reward_scale).clamp(-c.reward_limit, c.reward_limit)
        return (1 - terminated) * ordinary + terminated * end_reward / c.reward_scale, terminated

    def _native(self, action: Tensor) -> bool:
        """Whether the native kernels may be used: evaluating on the CPU, and nobody wants gradients."""
        return not self.training and action.is_cpu and can_use_rows(self.rnn.weight_ih_l0)

    def _recur(self, state: State, action: Tensor) -> Mapping[str, Tensor]:
        if self._native(action):
            names = memory_of(state)
            memory = self._observe_rows.of(self)(state["z"], action, *(state[name] for name in names))
            return dict(zip(names, memory, strict=True))
        inputs = torch.cat([state["z"], action], -1)
        r = self.rnn
        if self.config.cell == "gru":
            h = torch.gru_cell(inputs, state["h"], r.weight_ih_l0, r.weight_hh_l0, r.bias_ih_l0, r.bias_hh_l0)
            return {"h": h}
        before = (state["h"], state["c"])
        h, c = torch.lstm_cell(inputs, before, r.weight_ih_l0, r.weight_hh_l0, r.bias_ih_l0, r.bias_hh_l0)
        return {"h": h, "c": c}

    def _unroll(self, inputs: Tensor, start: State) -> Tensor:
        memory = start["h"][None].contiguous()
        if self.config.cell == "lstm":
            return self.rnn(inputs, (memory, start["c"][None].contiguous()))[0]
        return self.rnn(inputs, memory)[0]
