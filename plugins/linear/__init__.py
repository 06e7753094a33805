"""A linear controller for evolution strategies: Ha & Schmidhuber's C."""

from collections.abc import Iterable

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl


class LinearConfig(Config):
    """Configuration of `wm/linear-v0`."""

    bias: bool = Option(True, description="add a constant feature")


@hookimpl
def wm_components() -> Iterable[Component]:
    """Declare `wm/linear-v0`."""
    yield Component(
        id="wm/linear-v0",
        kind=Kind.CONTROLLER,
        target="wm_plugins.linear.model:Linear",
        config=LinearConfig,
        contract=Contract(inputs={"features": "float32[B,F]"}, outputs={"action": "float32[B,A]"}),
        capabilities=frozenset({Capability.FLAT_PARAMETERS, Capability.CONTINUOUS, Capability.DISCRETE}),
        summary="one matrix from features to action, for CMA-ES (Ha & Schmidhuber's C)",
    )
