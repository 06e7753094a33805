"""Checks of controllers (C)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from wm_zoo.api import Capability, Kind, Spaces
from wm_zoo.ports import action_size
from wm_zoo.testing import toy
from wm_zoo.testing.expect import distance, expect, expect_close, expect_same, expect_tensor
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import FEATURES, Subject

_CONTROLLER = Kind.CONTROLLER
_POLICY = [Capability.ACTOR_CRITIC]
_FLAT = [Capability.FLAT_PARAMETERS]


@check(_CONTROLLER)
def actions_lie_in_the_space(subject: Subject) -> None:
    """Actions are float32 [B, A] inside the action space, also for extreme features; Discrete ones are one-hot."""
    for spaces in subject.action_spaces:
        model = subject.ready(spaces=spaces)
        for scale in (0.0, 1.0, 100.0):
            for deterministic in (True, False):
                features = _features(subject, 7, spaces) * scale
                action = model.act(features, deterministic=deterministic, generator=toy.seeded(0))
                expect_tensor("act", action, (7, action_size(spaces.action)))
                expect(toy.inside(spaces.action, action), f"{action[0].tolist()} lies outside {spaces.action}")


@check(_CONTROLLER)
def deterministic_means_deterministic(subject: Subject) -> None:
    """deterministic=True gives the same action whatever the generator, and without one."""
    for spaces in subject.action_spaces:
        model, features = subject.ready(spaces=spaces), _features(subject, 5, spaces)
        first = model.act(features, deterministic=True)
        for generator in (None, toy.seeded(0), toy.seeded(1)):
            again = model.act(features, deterministic=True, generator=generator)
            expect_same({"act": first}, {"act": again}, "act(deterministic=True) depends on the generator")


@check(_CONTROLLER)
def features_reach_the_action(subject: Subject) -> None:
    """Different features lead to different actions."""
    for spaces in subject.action_spaces:
        model, features = subject.ready(spaces=spaces), _features(subject, 64, spaces) * 5
        action = model.act(features, deterministic=True)
        same = distance(action, action[:1].expand_as(action)) <= 1e-6
        expect(not same, f"the action ignores the features ({spaces.action})")


@check(_CONTROLLER)
def every_feature_counts(subject: Subject) -> None:
    """No feature is cut off: each one, the last too, can change the action."""
    spaces = subject.action_spaces[0]
    model, features = subject.ready(spaces=spaces), _features(subject, 64, spaces)
    first = model.act(features, deterministic=True)
    for i in range(FEATURES):
        changed = features.clone()
        changed[:, i] += 5.0
        expect(distance(first, model.act(changed, deterministic=True)) > 1e-6, f"feature {i} never changes the action")


@check(_CONTROLLER, needs=_FLAT)
def flat_parameters_round_trip(subject: Subject) -> None:
    """flat_parameters is a float32 copy [P]; loading it elsewhere gives the same actions."""
    for spaces in subject.action_spaces:
        one, other = subject.ready(seed=1, spaces=spaces), subject.build(seed=2, spaces=spaces)
        vector = one.flat_parameters()
        expect_tensor("flat_parameters", vector, (vector.numel(),))
        expect(not vector.requires_grad, "flat_parameters must be detached")
        other.load_flat_parameters(vector)
        features = _features(subject, 5, spaces)
        expect_same({"flat": vector}, {"flat": other.flat_parameters()}, "loading flat parameters changes them")
        expect_same({"act": one.act(features)}, {"act": other.act(features)}, "loaded parameters act differently")
        vector += 1.0
        expect(distance(vector, one.flat_parameters()) > 0.5, "flat_parameters is a view into the model, not a copy")


@check(_CONTROLLER, needs=_FLAT)
def flat_parameters_hold_all_parameters(subject: Subject) -> None:
    """The vector is as long as all trainable parameters together."""
    model = subject.build()
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    got = model.flat_parameters().numel()
    expect(got == count, f"flat_parameters has {got} values, the module has {count} trainable ones")


@check(_CONTROLLER, needs=_FLAT)
def act_population_equals_loop(subject: Subject) -> None:
    """act_population gives what loading each vector and acting gives."""
    for spaces in subject.action_spaces:
        model = subject.ready(spaces=spaces)
        size = model.flat_parameters().numel()
        vectors = torch.randn((3, size), generator=toy.seeded(0))
        features = torch.stack([_features(subject, 4, spaces, seed) for seed in range(3)])  # [N, B, F]
        together = model.act_population(vectors, features)
        apart = []
        for vector, one in zip(vectors, features, strict=True):
            model.load_flat_parameters(vector)
            apart.append(model.act(one, deterministic=True))
        expect_close({"actions": torch.stack(apart)}, {"actions": together}, "act_population and a loop differ")


@check(_CONTROLLER, needs=_FLAT)
def act_population_leaves_the_model(subject: Subject) -> None:
    """act_population changes no parameter of the controller."""
    model = subject.ready()
    before = model.flat_parameters()
    features = _features(subject, 4, subject.spaces)[None].expand(2, -1, -1)
    model.act_population(torch.zeros(2, len(before)), features)
    expect_same({"flat": before}, {"flat": model.flat_parameters()}, "act_population changes the parameters")


@check(_CONTROLLER, needs=_POLICY)
def distribution_and_value_have_their_shapes(subject: Subject) -> None:
    """Sizes: sample and mode are [B, A]; log_prob, entropy and value [B]; actions lie in the space."""
    for spaces in subject.action_spaces:
        model, size = subject.ready(spaces=spaces), action_size(spaces.action)
        for n in (1, 7):
            features = _features(subject, n, spaces)
            distribution = model.distribution(features)
            raw = distribution.sample(toy.seeded(0))
            expect_tensor("sample", raw, (n, size))
            expect_tensor("mode", distribution.mode, (n, size))
            expect_tensor("log_prob", distribution.log_prob(raw), (n,))
            expect_tensor("entropy", distribution.entropy(), (n,))
            expect_tensor("value", model.value(features), (n,))
            expect(toy.inside(spaces.action, distribution.action(raw)), "distribution.action leaves the action space")


@check(_CONTROLLER, needs=_POLICY)
def sampling_follows_the_distribution(subject: Subject) -> None:
    """Samples differ between generators, and log_prob is highest at the mode."""
    for spaces in subject.action_spaces:
        model, features = subject.ready(spaces=spaces), _features(subject, 64, spaces)
        distribution = model.distribution(features)
        one, other = (distribution.sample(toy.seeded(seed)) for seed in (0, 1))
        expect(distance(one, other) > 1e-6, "two generators give the same raw actions")
        best = distribution.log_prob(distribution.mode)
        expect(bool((best >= distribution.log_prob(one) - 1e-4).all()), "a sample is likelier than the mode")


@check(_CONTROLLER, needs=_POLICY)
def acting_samples_the_distribution(subject: Subject) -> None:
    """With a generator `act` explores, and deterministic=True gives the mode."""
    for spaces in subject.action_spaces:
        model, features = subject.ready(spaces=spaces), _features(subject, 64, spaces)
        one, other = (model.act(features, generator=toy.seeded(seed)) for seed in (0, 1))
        expect(distance(one, other) > 1e-6, "act(generator=…) does not explore")
        mode = model.distribution(features)
        acted = model.act(features, deterministic=True)
        expect_close({"act": acted}, {"act": mode.action(mode.mode)}, "deterministic act is not the mode")


@check(_CONTROLLER, needs=_POLICY)
def critic_is_in_the_checkpoint(subject: Subject) -> None:
    """Value estimates survive a state_dict round trip."""
    trained, fresh, features = subject.ready(seed=1), subject.build(seed=2), _features(subject, 5, subject.spaces)
    fresh.load_state_dict(trained.state_dict())
    gap = distance(trained.value(features), fresh.value(features))
    expect(gap == 0, f"values differ by {gap:.3g} after load_state_dict: the critic is not in the checkpoint")


@check(_CONTROLLER, needs=_POLICY)
def critic_learns(subject: Subject) -> None:
    """An optimiser over parameters() can move the value towards a target."""
    model, features = subject.build().train(), _features(subject, 16, subject.spaces)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    errors = []
    for _ in range(40):
        error = (model.value(features) - 2.0).pow(2).mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
        errors.append(float(error.detach()))
    expect(errors[-1] < 0.8 * errors[0], f"the value's squared error went from {errors[0]:.3g} to {errors[-1]:.3g}")


def _features(subject: Subject, n: int, spaces: Spaces, seed: int = 0) -> Tensor:
    tensor: Any = subject.inputs(n, seed, spaces)["features"]
    return torch.as_tensor(tensor)
