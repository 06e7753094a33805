"""Actor and critic as two small networks: the controller that PPO trains inside a dream."""

from __future__ import annotations

from collections.abc import Iterable

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class MlpPolicyConfig(Config):
    """Sizes and the first behaviour of an untrained policy."""

    hidden: tuple[int, ...] = Option((128, 128), description="hidden layers of actor and critic")
    log_std_min: float = Option(-3.0, description="lower clamp of the log standard deviation (Box actions)")
    log_std_max: float = Option(0.5, description="upper clamp of the log standard deviation (Box actions)")
    log_std_init: float = Option(-0.7, description="log standard deviation at the start (Box actions)")
    action_init: tuple[float, ...] = Option((), description="raw mean action at the start; zeros if empty")


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare the component."""
    yield Component(
        id="wm/mlp-policy-v0",
        kind=Kind.CONTROLLER,
        target="wm_plugins.mlp_policy.model:MlpPolicy",
        config=MlpPolicyConfig,
        contract=Contract(inputs={"features": "float32[B,F]"}, outputs={"action": "float32[B,A]"}),
        capabilities=frozenset(
            {Capability.GRADIENT, Capability.ACTOR_CRITIC, Capability.CONTINUOUS, Capability.DISCRETE}
        ),
        summary="Actor-critic of two multi-layer perceptrons",
    )
