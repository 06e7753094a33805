"""PPO inside a dream: thousands of short imagined drives from real states, no environment in between.

Schulman et al., Proximal Policy Optimization (2017), with generalised advantage estimation, on rollouts of a `World`.
Short horizons with a bootstrapped value keep the compounding error of the model small (Hafner et al., Dreamer, 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wm_zoo.api import ActorCritic, Config, Option, State, World
from wm_zoo.train.trainer import optimizer_tensors, pack, restore_optimizer, set_learning_rate, unpack

Starts = Callable[[int, torch.Generator], State]
"""Draws the states of n dreams."""


class DreamPpoConfig(Config):
    """Hyperparameters of `DreamPpo`."""

    dreams: int = Option(512, ge=1, description="dreams side by side in one update")
    horizon: int = Option(16, ge=1, description="steps of a dream")
    epochs: int = Option(2, ge=1, description="passes over an update's steps")
    minibatch: int = Option(2048, ge=1, description="steps of one gradient step")
    gamma: float = Option(0.98, gt=0, le=1, description="discount of one decision")
    gae_lambda: float = Option(0.95, ge=0, le=1, description="lambda of the advantage estimate")
    clip: float = Option(0.2, gt=0, description="clipping range of the probability ratio")
    entropy: float = Option(1e-3, ge=0, description="weight of the entropy bonus")
    mean_penalty: float = Option(1e-3, ge=0, description="weight of the squared raw mean action: keeps tanh alive")
    actor_rate: float = Option(5e-4, gt=0, description="Adam's learning rate of the actor")
    critic_rate: float = Option(1.5e-3, gt=0, description="Adam's learning rate of the critic")
    actor_norm: float = Option(0.5, gt=0, description="gradient norm limit of the actor")
    critic_norm: float = Option(5.0, gt=0, description="gradient norm limit of the critic")
    reward_scale: float = Option(0.1, gt=0, description="rewards are multiplied by this")
    temperature: float = Option(1.0, ge=0, description="of the dream: 0 is the most likely future")
    pessimism: float = Option(0.0, ge=0, description="reward minus this times the world's uncertainty")
    max_reward: float | None = Option(None, description="no step of a dream pays more, in the environment's units")


@dataclass(frozen=True)
class _Rollout:
    features: Tensor  # [N, F], N = horizon * dreams
    raw: Tensor  # [N, A]
    log_prob: Tensor  # [N]
    advantage: Tensor  # [N]
    target: Tensor  # [N]
    weight: Tensor  # [N], probability that the dream was still alive
    reward: Tensor  # [horizon, dreams], environment units


class DreamPpo:
    """Trains an actor-critic on imagined rollouts; a `Trainer`.

    Args:
        policy: module with `distribution` and `value` whose networks are `actor` and `critic` submodules, or any
            actor-critic module (then one optimiser norm covers it).
        world: what is dreamt in; never changed.
        starts: draws real start states.
        config: hyperparameters.
        updates: number of rollouts to learn from.
        generator: all randomness of this trainer.
        rates: learning-rate factor at the first and after the last update (linear in between).
    """

    def __init__(
        self,
        policy: ActorCritic,
        world: World,
        starts: Starts,
        config: DreamPpoConfig,
        *,
        updates: int,
        generator: torch.Generator,
        rates: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        assert isinstance(policy, nn.Module)
        self.policy, self.world, self.starts, self.config = policy, world, starts, config
        self.updates, self.done, self._generator, self._rates = updates, 0, generator, rates
        named = list(policy.named_parameters())
        self._critic = [p for name, p in named if name.startswith("critic")]
        self._actor = [p for name, p in named if not name.startswith("critic")]
        groups = [{"params": self._actor}, {"params": self._critic}] if self._critic else [{"params": self._actor}]
        self._optimizer = torch.optim.Adam(groups, lr=config.actor_rate)

    def update(self) -> dict[str, float]:
        """Dream one batch of drives, then improve the policy on them."""
        c, (first, last) = self.config, self._rates
        factor = first + (last - first) * self.done / max(1, self.updates)
        rates = (c.actor_rate * factor, c.critic_rate * factor)
        set_learning_rate(self._optimizer, rates[: len(self._optimizer.param_groups)])
        with torch.no_grad():
            rollout = self._dream()
        metrics: dict[str, float] = {}
        for _ in range(c.epochs):
            order = torch.randperm(len(rollout.raw), generator=self._generator)
            for index in torch.split(order, c.minibatch):
                metrics = self._improve(rollout, index)
        self.done += 1
        return {**metrics, "dream_reward": float(rollout.reward.sum(0).mean())}

    def state(self) -> dict[str, Tensor]:
        """Weights, moments, generator and counter."""
        assert isinstance(self.policy, nn.Module)
        loop = {"generator": self._generator.get_state(), "done": torch.tensor(self.done)}
        return pack(policy=self.policy.state_dict(), optimizer=optimizer_tensors(self._optimizer), loop=loop)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from `state`."""
        assert isinstance(self.policy, nn.Module)
        self.policy.load_state_dict(unpack(state, "policy"))
        restore_optimizer(self._optimizer, unpack(state, "optimizer"))
        loop = unpack(state, "loop")
        self._generator.set_state(loop["generator"])
        self.done = int(loop["done"])

    def _dream(self) -> _Rollout:
        c, g = self.config, self._generator
        state = self.starts(c.dreams, g)
        steps: list[tuple[Tensor, ...]] = []
        weight = torch.ones(c.dreams)
        for _ in range(c.horizon):
            features = self.world.features(state)
            dist = self.policy.distribution(features)
            raw = dist.sample(g)
            noise = g if c.temperature > 0 else None
            step = self.world.imagine(state, dist.action(raw), temperature=c.temperature, generator=noise)
            reward = step.reward - c.pessimism * step.uncertainty
            if c.max_reward is not None:
                reward = reward.clamp_max(c.max_reward)
            steps.append((features, raw, dist.log_prob(raw), reward, step.terminated, weight, step.reward))
            weight = weight * (1 - step.terminated)
            state = step.state
        features, raw, log_prob, reward, terminated, weights, plain = (torch.stack(x) for x in zip(*steps, strict=True))
        value = self.policy.value(torch.cat([features, self.world.features(state)[None]]))  # [T + 1, D]
        advantage = self._advantage(reward * c.reward_scale, terminated, value)
        target = advantage + value[:-1]
        return _Rollout(
            features=features.flatten(0, 1),
            raw=raw.flatten(0, 1),
            log_prob=log_prob.flatten(),
            advantage=advantage.flatten(),
            target=target.flatten(),
            weight=weights.flatten(),
            reward=plain,
        )

    def _advantage(self, reward: Tensor, terminated: Tensor, value: Tensor) -> Tensor:
        c = self.config
        advantage, carry = torch.empty_like(reward), torch.zeros_like(reward[0])
        for t in range(len(reward) - 1, -1, -1):
            discount = c.gamma * (1 - terminated[t])
            carry = reward[t] + discount * value[t + 1] - value[t] + discount * c.gae_lambda * carry
            advantage[t] = carry
        return advantage

    def _improve(self, rollout: _Rollout, index: Tensor) -> dict[str, float]:
        c = self.config
        features, weight = rollout.features.index_select(0, index), rollout.weight[index]
        advantage = rollout.advantage[index]
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
        dist = self.policy.distribution(features)
        ratio = (dist.log_prob(rollout.raw[index]) - rollout.log_prob[index]).exp()
        gain = torch.minimum(ratio * advantage, ratio.clamp(1 - c.clip, 1 + c.clip) * advantage)
        actor = -(weight * gain).mean() - c.entropy * dist.entropy().mean() + c.mean_penalty * (dist.mode**2).mean()
        error = (weight * (self.policy.value(features) - rollout.target[index]) ** 2).mean()
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(actor + error)
        nn.utils.clip_grad_norm_(self._actor, c.actor_norm)
        if self._critic:
            nn.utils.clip_grad_norm_(self._critic, c.critic_norm)
        self._optimizer.step()
        return {"actor_loss": float(actor.detach()), "critic_loss": float(error.detach())}
