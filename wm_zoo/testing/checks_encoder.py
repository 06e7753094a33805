"""Checks of encoders (V)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from wm_zoo.api import Capability, Kind, Observation
from wm_zoo.composition import compose
from wm_zoo.observations import observation, to_fields
from wm_zoo.spaces import flat_observation
from wm_zoo.testing import toy
from wm_zoo.testing.expect import distance, expect, expect_same, expect_tensor
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import Subject

_ENCODER = Kind.ENCODER


@check(_ENCODER)
def encodes_to_latents(subject: Subject) -> None:
    """`encode` turns observations of the environment's dtype into finite float32 [B, Z]."""
    model = subject.ready()
    for n in (1, 7):
        expect_tensor("encode(obs)", _mean(model, _obs(subject, n)), (n, model.latent_dim))
        expect_tensor("encode(obs, generator)", _sample(model, _obs(subject, n), 0), (n, model.latent_dim))


@check(_ENCODER)
def latent_size_agrees_with_contract(subject: Subject) -> None:
    """The contract's Z, as far as it is bound to the config, is the model's latent_dim."""
    values = subject.config.model_dump()
    compose({"encoder": {"id": subject.component.id, "config": values}}, subject.spaces).build_encoder()


@check(_ENCODER)
def latents_stay_inside_the_limit(subject: Subject) -> None:
    """|z| never exceeds latent_limit, not even for strange observations or samples."""
    model = subject.ready()
    limit = model.latent_limit
    expect(0 < limit < float("inf"), f"latent_limit = {limit}, expected a positive number")
    noise = _strange(subject)
    for latent in (_mean(model, noise), *(_sample(model, noise, seed) for seed in range(3))):
        expect(float(latent.abs().max()) <= limit, f"|z| reaches {float(latent.abs().max()):.4g}, limit {limit:.4g}")


@check(_ENCODER)
def observation_matters(subject: Subject) -> None:
    """Different observations have different latents."""
    model = subject.ready()
    latent = _mean(model, _obs(subject, 4))
    for i in range(1, 4):
        expect(distance(latent[0], latent[i]) > 1e-6, "two different observations have the same latent")


@check(_ENCODER)
def last_frame_matters(subject: Subject) -> None:
    """The last channel (with stacked frames: the newest frame) changes the latent."""
    model, obs = subject.ready(), _obs(subject, 4)
    changed = {name: _last_flipped(tensor) for name, tensor in to_fields(obs).items()}
    expect(
        distance(_mean(model, obs), _mean(model, observation(changed))) > 1e-6,
        "the last channel never reaches the latent",
    )


@check(_ENCODER, needs=[Capability.STOCHASTIC])
def sample_differs_from_mean(subject: Subject) -> None:
    """With a generator `encode` samples: samples differ from the mean and from each other, and scatter around it."""
    model, obs = subject.ready(), _obs(subject, 4)
    mean, samples = _mean(model, obs), torch.stack([_sample(model, obs, seed) for seed in range(32)])
    expect(distance(samples[0], mean) > 1e-6, "encode(obs, generator=…) is the mean: mu where z was meant")
    expect(distance(samples[0], samples[1]) > 1e-6, "two generators give the same sample")
    error = (samples.mean(0) - mean).abs() / (samples.std(0) + 1e-3)
    expect(float(error.mean()) < 1.0, "samples do not scatter around encode(obs)")


@check(_ENCODER, lacks=[Capability.STOCHASTIC])
def generator_changes_nothing(subject: Subject) -> None:
    """Without the capability 'stochastic', a generator changes nothing."""
    model, obs = subject.ready(), _obs(subject, 4)
    expect(distance(_mean(model, obs), _sample(model, obs, 0)) == 0, "a generator changes encode: declare 'stochastic'")


@check(_ENCODER, needs=[Capability.DECODE])
def decodes_to_observations(subject: Subject) -> None:
    """`decode` gives observations of the environment's shape, dtype and range, for any latent inside the limit."""
    model, space = subject.ready(), subject.spaces.observation
    limit = model.latent_limit
    for n, scale in ((1, 0.0), (7, 0.1), (7, 1.0)):
        latent = (torch.rand((n, model.latent_dim), generator=toy.seeded(n)) * 2 - 1) * limit * scale
        decoded, wanted = to_fields(model.decode(latent)), subject.inputs(1)
        extra = sorted(decoded.keys() - wanted.keys())
        expect(decoded and not extra, f"decode gives {sorted(decoded)}, the environment has {sorted(wanted)}")
        for name, part in decoded.items():
            _expect_inside(flat_observation(space)[name], name, part, n, wanted[name].dtype)


@check(_ENCODER, needs=[Capability.DECODE])
def latent_reaches_the_picture(subject: Subject) -> None:
    """Different latents decode to different observations."""
    model = subject.ready()
    limit = min(model.latent_limit, 3.0)
    latent = torch.stack([torch.full((model.latent_dim,), -limit), torch.full((model.latent_dim,), limit)])
    obs = to_fields(model.decode(latent)).values()
    expect(any(distance(part[0], part[1]) > 0 for part in obs), "decode ignores the latent")


@check(_ENCODER, needs=[Capability.GRADIENT])
def loss_is_a_scalar_with_metrics(subject: Subject) -> None:
    """`loss` gives a finite scalar to minimise and detached scalars to log."""
    loss = subject.build().loss(_obs(subject, 6), generator=toy.seeded(0))
    expect_tensor("loss.total", loss.total, ())
    expect(loss.total.requires_grad, "loss.total has no gradient")
    for name, value in loss.metrics.items():
        expect(value.ndim == 0 and not value.requires_grad, f"metric {name!r} must be a detached scalar")


@check(_ENCODER, needs=[Capability.GRADIENT, Capability.STOCHASTIC])
def loss_uses_the_sample(subject: Subject) -> None:
    """The loss is of a sampled latent: another generator gives another loss."""
    model, obs = subject.ready(), _obs(subject, 6)
    one, other = (model.loss(obs, generator=toy.seeded(seed)).total.detach() for seed in (0, 1))
    expect(distance(one, other) > 0, "the loss ignores its generator: mu where z was meant")


@check(_ENCODER, needs=[Capability.GRADIENT])
def overfits_one_batch(subject: Subject) -> None:
    """Fifteen steps on one batch lower the loss clearly."""
    model, obs = subject.build().train(), _obs(subject, 4)
    optimiser = torch.optim.Adam(model.parameters(), 2e-3)
    totals = []
    for _ in range(15):
        loss = model.loss(obs, generator=toy.seeded(0)).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        totals.append(float(loss.detach()))
    first, last = totals[0], min(totals[-3:])
    expect(last < first - 0.1 * abs(first), f"the loss went from {first:.4g} to {last:.4g} only")


@check(_ENCODER, needs=[Capability.FIT])
def fit_is_repeatable(subject: Subject) -> None:
    """Two fits of the same data give the same bits, and metrics are plain numbers."""
    one, other = subject.build(seed=1), subject.build(seed=2)
    metrics, _ = one.fit(subject.batches()), other.fit(subject.batches())
    expect(all(isinstance(value, float) for value in metrics.values()), f"fit gives {metrics}, expected floats")
    first, second = (_mean(model, _obs(subject, 5)) for model in (one, other))
    expect_same({"encode": first}, {"encode": second}, "two fits differ")


@check(_ENCODER, needs=[Capability.FIT, Capability.DECODE])
def fit_reconstructs(subject: Subject) -> None:
    """After `fit`, decoding what was encoded is much closer to the observation than their mean is."""
    model = subject.build()
    model.fit(subject.batches())
    batches = [to_fields(batch) for batch in subject.batches()]
    fields = {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}
    decoded = to_fields(model.decode(_mean(model, observation(fields))))
    error = spread = 0.0
    for name, shown in decoded.items():
        obs = fields[name]
        error += float((shown.detach().double() - obs.double()).pow(2).mean())
        spread += float((obs.double() - obs.double().mean(0)).pow(2).mean())
    expect(error < 0.5 * spread, f"squared error {error:.4g}, of the mean {spread:.4g}")


def _obs(subject: Subject, n: int) -> Observation:
    return observation(subject.inputs(n))


def _last_flipped(obs: Tensor) -> Tensor:
    changed = obs.clone()
    changed[..., -1] = obs[..., -1].flip(0)
    return changed


def _expect_inside(space: Any, name: str, obs: Tensor, n: int, dtype: torch.dtype) -> None:
    expect(obs.shape == (n, *space.shape), f"decode gives {name} of shape {list(obs.shape)}")
    expect(obs.dtype == dtype, f"decode gives {name} as {obs.dtype}, the environment has {dtype}")
    rows = obs.detach().numpy()
    low, high = getattr(space, "low", -np.inf), getattr(space, "high", np.inf)
    expect(bool(((rows >= low) & (rows <= high)).all()), f"decode leaves the space of {name}")


def _mean(model: Any, obs: Observation) -> Tensor:
    with torch.no_grad():
        latent: Tensor = model.encode(obs)
    return latent


def _sample(model: Any, obs: Observation, seed: int) -> Tensor:
    with torch.no_grad():
        latent: Tensor = model.encode(obs, generator=toy.seeded(seed))
    return latent


def _strange(subject: Subject) -> Observation:
    """Noise over the whole range, far from anything it was fitted on."""
    return observation({name: _noise(tensor) for name, tensor in subject.inputs(8).items()})


def _noise(obs: Tensor) -> Tensor:
    noise = torch.rand(obs.shape, generator=toy.seeded(0))
    return (noise * 255).to(obs.dtype) if obs.dtype == torch.uint8 else ((noise * 2 - 1) * 50).to(obs.dtype)
