from __future__ import annotations

import torch

from wm_zoo.api.nn import box_bounds, uniform


class SoundPlanner:
    def __init__(self, config, dims):
        self.samples, self.size = config.samples, dims.action
        self.low, self.high = box_bounds(dims.spaces.action)

    @torch.no_grad()
    def plan(self, world, state, *, memory=None, generator=None):
        lanes, horizon = len(next(iter(state.values()))), 6
        generator = generator or torch.Generator().manual_seed(0)
        noise = uniform(lanes, self.samples * horizon * self.size, generator)
        plans = self.low + (self.high - self.low) * noise.view(lanes, self.samples, horizon, self.size)
        state = {key: tensor.repeat_interleave(self.samples, 0) for key, tensor in state.items()}
        total, weight = torch.zeros(lanes * self.samples), torch.ones(lanes * self.samples)
        for t in range(horizon):
            step = world.imagine(state, plans[:, :, t].flatten(0, 1))
            total = total + weight * step.reward
            weight = self.survive(weight, step.terminated)
            state = step.state
        best = self.choose(total.view(lanes, self.samples))
        return plans[torch.arange(lanes), best, 0], None

    def survive(self, weight, terminated):
        return weight * (1 - terminated)

    def choose(self, returns):
        return returns.argmax(-1)


class EndIgnored(SoundPlanner):
    def survive(self, weight, terminated):
        return weight


class WorstCandidate(SoundPlanner):
    def choose(self, returns):
        return returns.argmin(-1)


class MemoryOnSelf(SoundPlanner):
    """The warm start lives on the planner: two episodes driven in turn disturb each other."""

    last = None

    def plan(self, world, state, *, memory=None, generator=None):
        action, memory = super().plan(world, state, memory=memory, generator=generator)
        mixed = action if self.last is None else 0.5 * (action + self.last[: len(action)].mean(0))
        self.last = action
        return mixed, memory
