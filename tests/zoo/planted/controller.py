from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from wm_zoo.api.nn import SquashedGaussian, box_bounds


class SoundController(nn.Module):
    def __init__(self, config, dims):
        super().__init__()
        self.actor = nn.Linear(dims.features, dims.action)
        self.log_std = nn.Parameter(torch.zeros(dims.action))
        self.build_critic(dims)
        low, high = box_bounds(dims.spaces.action)
        self.register_buffer("low", low)
        self.register_buffer("high", high)

    def build_critic(self, dims):
        self.critic = nn.Linear(dims.features, 1)

    def distribution(self, features):
        mean = self.actor(features)
        return SquashedGaussian(mean, self.log_std.expand_as(mean), self.low, self.high)

    def value(self, features):
        return self.critic(features)[..., 0]

    def act(self, features, *, deterministic=False, generator=None):
        distribution = self.distribution(features)
        raw = distribution.mode if deterministic or generator is None else distribution.sample(generator)
        return self.bounded(distribution.action(raw))

    def bounded(self, action):
        return torch.minimum(torch.maximum(action, self.low), self.high)

    def flat_parameters(self):
        return parameters_to_vector(self.parameters()).detach().clone()

    def load_flat_parameters(self, vector):
        vector_to_parameters(vector.clone(), self.parameters())

    def act_population(self, vectors, features):
        before = self.flat_parameters()
        actions = []
        for vector, one in zip(vectors, features, strict=True):
            self.load_flat_parameters(vector)
            actions.append(self.act(one, deterministic=True).detach())
        self.load_flat_parameters(before)
        return torch.stack(actions)


class CriticMissingFromCheckpoint(SoundController):
    """A plain list hides the critic from parameters() and state_dict()."""

    def build_critic(self, dims):
        self.hidden_critic = [nn.Linear(dims.features, 1)]

    def value(self, features):
        return self.hidden_critic[0](features)[..., 0]


class PopulationTransposed(SoundController):
    """Every member acts on the features of another."""

    def act_population(self, vectors, features):
        return super().act_population(vectors, features.flip(0))


class BoundsOfAUnitBox(SoundController):
    def bounded(self, action):
        return 2 * (action - self.low) / (self.high - self.low) - 1
