"""Random shooting: try many action sequences in the world, take the first action of the best."""

from collections.abc import Iterable

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class RandomShootingConfig(Config):
    """Configuration of `wm/random-shooting-v0`."""

    horizon: int = Option(12, ge=1, description="imagined steps")
    samples: int = Option(256, ge=1, description="candidate action sequences for every decision")
    correlation: float = Option(0.7, ge=0, lt=1, description="of successive actions: 0 is white noise")
    discount: float = Option(0.99, gt=0, le=1, description="weight of the next step's reward")
    uncertainty_penalty: float = Option(0.0, ge=0, description="k in reward - k x uncertainty")
    particles: int = Option(0, ge=0, description="sampled continuations to average; 0: the most likely one")
    temperature: float = Option(1.0, gt=0, description="of the sampled continuations")


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare `wm/random-shooting-v0`."""
    yield Component(
        id="wm/random-shooting-v0",
        kind=Kind.PLANNER,
        target="wm_plugins.random_shooting.planner:RandomShooting",
        config=RandomShootingConfig,
        contract=Contract(outputs={"action": "float32[B,A]"}),
        capabilities=frozenset({Capability.CONTINUOUS, Capability.DISCRETE}),
        requires={"dynamics": frozenset({Capability.REWARD, Capability.TERMINATION})},
        summary="best of many correlated random action sequences",
    )
