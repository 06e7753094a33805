"""The closed words of the plugin API, apart from `wm_zoo.api` so that listing the zoo needs no pydantic."""

from __future__ import annotations

from enum import StrEnum

API_VERSION = 1
"""Integer compared with `api` in every registry before anything of a plugin is imported."""


class Kind(StrEnum):
    """The four kinds of component."""

    ENCODER = "encoder"
    DYNAMICS = "dynamics"
    CONTROLLER = "controller"
    PLANNER = "planner"


class Capability(StrEnum):
    """What a component can do beyond its protocol; `compose` and the conformance kit read it."""

    DECODE = "decode"  # encoder: latent -> observation
    STOCHASTIC = "stochastic"  # encoder/dynamics: a generator changes the result
    FIT = "fit"  # encoder: learned in closed form by `fit`, not by gradients
    GRADIENT = "gradient"  # learned by gradients of `loss`
    REWARD = "reward"  # dynamics: predicts the reward
    TERMINATION = "termination"  # dynamics: predicts the end of an episode
    RECURRENT = "recurrent"  # dynamics: carries a hidden state
    ACTOR_CRITIC = "actor-critic"  # controller: has `distribution` and `value` (PPO)
    FLAT_PARAMETERS = "flat-parameters"  # controller: a parameter vector (CMA-ES)
    CONTINUOUS = "continuous"  # controller/planner: Box actions
    DISCRETE = "discrete"  # controller/planner: Discrete actions
