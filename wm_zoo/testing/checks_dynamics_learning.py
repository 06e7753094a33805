"""Checks of dynamics after a short training on a system whose every law is known (`toy.linear_windows`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from wm_zoo.api import Capability, Kind, SequenceBatch
from wm_zoo.testing import toy
from wm_zoo.testing.expect import distance, expect, expect_tensor
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import Subject

_LEARNS = [Capability.GRADIENT]
_STEPS, _RATE = 80, 6e-3


@dataclass(frozen=True)
class _Trained:
    """A trained model and what it predicts for situations that it has not seen."""

    model: Any
    latent: Tensor  # [B, Z], before the step
    action: Tensor  # [B, A]
    predicted: Tensor  # [B, Z]
    reward: Tensor  # [B]
    terminated: Tensor  # [B]


_CACHE: WeakKeyDictionary[Subject, _Trained] = WeakKeyDictionary()


@check(Kind.DYNAMICS, needs=_LEARNS)
def loss_is_a_scalar_with_metrics(subject: Subject) -> None:
    """`loss` gives a finite scalar to minimise and detached scalars to log."""
    loss = subject.build().loss(toy.linear_windows(8, 4, seed=0), generator=toy.seeded(0))
    expect_tensor("loss.total", loss.total, ())
    expect(loss.total.requires_grad, "loss.total has no gradient")
    for name, value in loss.metrics.items():
        expect(value.ndim == 0 and not value.requires_grad, f"metric {name!r} must be a detached scalar")


@check(Kind.DYNAMICS, needs=_LEARNS)
def mask_is_respected(subject: Subject) -> None:
    """What lies past the end of an episode (mask 0) does not change the loss."""
    model, batch = subject.ready(), toy.linear_windows(16, 6, seed=1)
    past = 1 - batch.mask
    noise = torch.randn(batch.latent.shape, generator=toy.seeded(0))
    garbage = replace(
        batch,
        latent=torch.cat([batch.latent[:, :1], batch.latent[:, 1:] + past[..., None] * noise[:, 1:]], 1),
        action=batch.action + past[..., None] * 0.5,
        reward=batch.reward + past * 7.0,
        terminated=batch.terminated + past,
    )
    one, other = (model.loss(each, generator=toy.seeded(0)).total for each in (batch, garbage))
    gap = distance(one, other)
    expect(gap <= 1e-4 * (1 + float(one.detach().abs())), f"garbage past the end changes the loss by {gap:.3g}")


@check(Kind.DYNAMICS, needs=_LEARNS)
def loss_begins_after_the_first_latent(subject: Subject) -> None:
    """`batch.initial` is the state after `latent[:, 0]`: the opening one changes nothing, another memory does."""
    model, batch = subject.ready(), toy.linear_windows(8, 4, seed=2)
    nothing, first = torch.zeros_like(batch.action[:, 0]), batch.latent[:, 0]
    opened = model.observe(model.initial(8), nothing, first)
    longer = model.observe(model.observe(model.initial(8), nothing, first + 1.0), nothing + 0.5, first)
    none, same, other = (
        model.loss(replace(batch, initial=start), generator=toy.seeded(0)).total for start in (None, opened, longer)
    )
    gap = distance(none, same)
    expect(
        gap <= 1e-4 * (1 + float(none.detach().abs())),
        f"the opening state as batch.initial moves the loss by {gap:.3g}",
    )
    if Capability.RECURRENT in subject.component.capabilities:
        expect(distance(none, other) > 1e-7, "the loss ignores batch.initial: every window starts without a memory")


@check(Kind.DYNAMICS, needs=_LEARNS)
def learns_a_linear_system(subject: Subject) -> None:
    """After a short training the prior predicts z' = 0.6 z + 0.5 a (at least 60 % of its variance)."""
    done = _trained(subject)
    truth = toy.linear_next(done.latent, done.action)
    error = (done.predicted[:, :2] - truth).pow(2).mean() / truth.var(0).mean()
    expect(float(error) < 0.4, f"{100 * float(error):.0f} % of the variance is left unexplained")


@check(Kind.DYNAMICS, needs=_LEARNS)
def actions_are_aligned_in_time(subject: Subject) -> None:
    """The action given to imagine acts in that very step: successive actions are independent, an older one is noise."""
    done = _trained(subject)
    with torch.no_grad():
        mirrored = done.model.latent(done.model.imagine(_observed(done.model, done.latent), -done.action).state)
    effect = (done.predicted - mirrored)[:, :2]
    slope = float((effect * done.action).sum() / (2 * done.action * done.action * 0.5).sum())
    expect(0.4 < slope < 1.6, f"an action has {slope:.2f} of its true effect on the next latent (off by one?)")


@check(Kind.DYNAMICS, needs=[*_LEARNS, Capability.REWARD])
def learns_the_reward(subject: Subject) -> None:
    """The predicted reward follows the true one, which is the step's own action."""
    done = _trained(subject)
    score = _correlation(done.reward, toy.linear_reward(done.action))
    expect(score > 0.6, f"predicted and true reward correlate by {score:.2f} only")


@check(Kind.DYNAMICS, needs=[*_LEARNS, Capability.TERMINATION])
def learns_the_termination(subject: Subject) -> None:
    """States that announce a terminal get a high probability, others a low one."""
    done = _trained(subject)
    doomed = done.latent[:, toy.Flags.doom] > 0
    high, low = float(done.terminated[doomed].mean()), float(done.terminated[~doomed].mean())
    expect(high > low + 0.3, f"terminated is {high:.2f} where the episode ends and {low:.2f} where it goes on")


@check(Kind.DYNAMICS, needs=[*_LEARNS, Capability.TERMINATION])
def truncation_is_not_termination(subject: Subject) -> None:
    """States after which a time limit cut the episode off are not predicted to be terminal."""
    done = _trained(subject)
    doomed, cut = (done.latent[:, flag] > 0 for flag in (toy.Flags.doom, toy.Flags.clock))
    wrong = float(done.terminated[cut & ~doomed].mean())
    expect(wrong < 0.35, f"terminated is {wrong:.2f} where only a time limit cut the episode off")


def _trained(subject: Subject) -> _Trained:
    """Train once for all checks of a subject."""
    if subject not in _CACHE:
        model = subject.build()
        _train(model)
        latent, action = _situations(256)
        with torch.no_grad():
            step = model.imagine(_observed(model, latent), action)
            predicted = model.latent(step.state)
        _CACHE[subject] = _Trained(model, latent, action, predicted, step.reward, step.terminated)
    return _CACHE[subject]


def _train(model: Any) -> None:
    model.train()
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], _RATE)
    for i in range(_STEPS):
        batch: SequenceBatch = toy.linear_windows(64, 5, seed=100 + i)
        loss = model.loss(batch, generator=toy.seeded(i)).total
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimiser.step()
    model.eval()


def _situations(n: int) -> tuple[Tensor, Tensor]:
    """Latents ``[n, Z]`` with every combination of flags, and actions ``[n, A]``."""
    generator = toy.seeded(5)
    driven = torch.rand((n, 2), generator=generator) * 2 - 1
    flags = torch.where(torch.rand((n, 2), generator=generator) < 0.5, 1.0, -1.0)
    return torch.cat([driven, flags], -1), torch.rand((n, toy.LINEAR_ACTION), generator=generator) * 2 - 1


def _observed(model: Any, latent: Tensor) -> Any:
    with torch.no_grad():
        return model.observe(model.initial(len(latent)), torch.zeros(len(latent), toy.LINEAR_ACTION), latent)


def _correlation(one: Tensor, other: Tensor) -> float:
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / (a.norm() * b.norm()).clamp_min(1e-9))
