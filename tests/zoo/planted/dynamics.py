from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from wm_zoo.api import Loss, Step
from wm_zoo.api.nn import gaussian_nll, masked_mean, mlp, normal


class Sound(nn.Module):
    def __init__(self, config, dims):
        super().__init__()
        self.latent_dim, self.hidden = dims.latent, config.hidden
        self.feature_dim = dims.latent + config.hidden
        self.cell = nn.GRUCell(dims.latent + dims.action, config.hidden)
        context = config.hidden + dims.latent + dims.action
        self.heads = mlp([context, 48, 2 * dims.latent + 2])

    def initial(self, n):
        z = self.cell.weight_ih.new_zeros(n, self.latent_dim)
        return {"z": z, "h": z.new_zeros(n, self.hidden)}

    def observe(self, state, action, latent):
        return {"z": latent, "h": self.remember(state, action)}

    def imagine(self, state, action, *, temperature=1.0, generator=None):
        h = self.remember(state, action)
        mean, log_std, reward, logit = self.predict(h, state["z"], action)
        z = mean if generator is None else mean + temperature * log_std.exp() * self.noise(mean, generator)
        return Step({"z": z, "h": h}, reward, torch.sigmoid(logit), log_std.exp().mean(-1))

    def features(self, state):
        return torch.cat([state["z"], state["h"]], -1)

    def latent(self, state):
        return state["z"]

    def sequence(self, initial, latent, action):
        state, states = initial, []
        for t in range(latent.shape[1]):
            state = Sound.observe(self, state, action[:, t], latent[:, t])
            states.append(state)
        return {key: torch.stack([one[key] for one in states], 1) for key in initial}

    def loss(self, batch, *, generator):
        state = self.start_of(batch)
        outputs, actions = [], self.actions_of(batch)
        for t in range(batch.mask.shape[1]):
            h = self.remember(state, actions[:, t])
            outputs.append(self.predict(h, state["z"], actions[:, t]))
            state = {"z": batch.latent[:, t + 1], "h": h}
        mean, log_std, reward, logit = (torch.stack(values, 1) for values in zip(*outputs, strict=True))
        mask = self.mask_of(batch)
        nll = masked_mean(gaussian_nll(batch.latent[:, 1:], mean, log_std).sum(-1), mask)
        error = masked_mean((reward - batch.reward) ** 2, mask)
        entropy = functional.binary_cross_entropy_with_logits(logit, self.ends_of(batch), reduction="none")
        total = nll + error + masked_mean(entropy, mask)
        return Loss(total, {"nll": nll.detach()})

    def start_of(self, batch):
        return batch.initial or self.first(self.initial(len(batch.mask)), batch)

    def first(self, state, batch):
        return self.observe(state, torch.zeros_like(batch.action[:, 0]), batch.latent[:, 0])

    def actions_of(self, batch):
        return batch.action

    def mask_of(self, batch):
        return batch.mask

    def ends_of(self, batch):
        return batch.terminated

    def noise(self, like, generator):
        return normal(*like.shape, generator)

    def remember(self, state, action):
        return self.cell(torch.cat([state["z"], action], -1), state["h"])

    def predict(self, h, z, action):
        out = self.heads(torch.cat([h, z, action], -1))
        change, log_std = out[..., :-2].chunk(2, -1)
        return z + change, log_std.clamp(-4, 2), out[..., -2], out[..., -1]


class PosteriorIgnoresLastFrame(Sound):
    """The state keeps the frame before."""

    def observe(self, state, action, latent):
        return {"z": state["z"], "h": self.remember(state, action)}


class MemoryDroppedInLoss(Sound):
    """Every window starts blank, whatever the batch says."""

    def start_of(self, batch):
        return self.first(self.initial(len(batch.mask)), batch)


class FirstLatentSeenTwice(Sound):
    """Takes `batch.initial` for the state before the first latent."""

    def start_of(self, batch):
        return self.first(batch.initial or self.initial(len(batch.mask)), batch)


class ActionOffByOneInLoss(Sound):
    def actions_of(self, batch):
        return functional.pad(batch.action[:, :-1], (0, 0, 1, 0))


class ActionOffByOneInObserve(Sound):
    """observe stores its action for the next call, and uses the stored one."""

    def initial(self, n):
        return {**super().initial(n), "a": torch.zeros(n, self.cell.input_size - self.latent_dim)}

    def observe(self, state, action, latent):
        return {"z": latent, "h": self.remember(state, state["a"]), "a": action}

    def imagine(self, state, action, *, temperature=1.0, generator=None):
        step = super().imagine(state, action, temperature=temperature, generator=generator)
        return Step({**step.state, "a": action}, step.reward, step.terminated, step.uncertainty)

    def sequence(self, initial, latent, action):
        state, states = initial, []
        for t in range(latent.shape[1]):
            state = self.observe(state, action[:, t], latent[:, t])
            states.append(state)
        return {key: torch.stack([one[key] for one in states], 1) for key in initial}


class StepIsNotSequence(Sound):
    """The sequence form feeds the latent of the same step, the step form that of the step before."""

    def sequence(self, initial, latent, action):
        h, states = initial["h"], []
        for t in range(latent.shape[1]):
            h = self.cell(torch.cat([latent[:, t], action[:, t]], -1), h)
            states.append(h)
        return {"z": latent, "h": torch.stack(states, 1)}


class TruncationStoredAsTermination(Sound):
    """The last step of every window that stops early counts as terminal: done = terminated or truncated."""

    def ends_of(self, batch):
        stops = functional.pad(batch.mask[:, 1:], (0, 1), value=1.0) == 0
        return ((batch.mask > 0) & stops).float().maximum(batch.terminated)


class MaskIgnored(Sound):
    def mask_of(self, batch):
        return torch.ones_like(batch.mask)


class LanesLeak(Sound):
    """The hidden state is rolled by one lane, as a reshape [T, B] for [B, T] does."""

    def remember(self, state, action):
        h = super().remember(state, action)
        return h + 0.1 * h.mean(0, keepdim=True)


class BatchNormalised(Sound):
    """Statistics of the batch: permuting lanes is fine, changing one is not."""

    def predict(self, h, z, action):
        centred = (h - h.mean(0)) if len(h) > 1 else h
        return super().predict(centred, z, action)


class StateModifiedInPlace(Sound):
    def remember(self, state, action):
        with torch.no_grad():
            state["h"].mul_(0.9)
        return super().remember({"z": state["z"], "h": state["h"].clone()}, action)


class GlobalNoise(Sound):
    def noise(self, like, generator):
        return torch.randn_like(like)


class TemperatureIgnored(Sound):
    def imagine(self, state, action, *, temperature=1.0, generator=None):
        return super().imagine(state, action, generator=generator)


class LogitAsProbability(Sound):
    def imagine(self, state, action, *, temperature=1.0, generator=None):
        step = super().imagine(state, action, temperature=temperature, generator=generator)
        return Step(step.state, step.reward, torch.logit(step.terminated), step.uncertainty)


class UnusedHead(Sound):
    def __init__(self, config, dims):
        super().__init__(config, dims)
        self.forgotten = nn.Linear(3, 3)


class Chatty(Sound):
    def initial(self, n):
        print("initial", n)
        return super().initial(n)


class Unpicklable(Sound):
    def __init__(self, config, dims):
        super().__init__(config, dims)
        self.activation = lambda x: x
