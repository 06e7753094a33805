"""All that a plugin imports: protocols, `Component`, `Contract`, `Config` and helpers.

Importing this package costs pydantic and pluggy, never torch; the torch helpers live in `wm_zoo.api.nn`, which a
plugin imports from its model file, not from the light `__init__.py` that declares its components.
"""

from wm_zoo.api.component import (
    API_VERSION,
    Capability,
    Component,
    Config,
    Contract,
    Kind,
    Option,
    hookimpl,
)
from wm_zoo.api.protocols import (
    ActorCritic,
    Controller,
    Dynamics,
    Encoder,
    FlatParameters,
    Planner,
    World,
)
from wm_zoo.api.types import Dims, Loss, Observation, SequenceBatch, Spaces, State, Step

__all__ = [
    "API_VERSION",
    "ActorCritic",
    "Capability",
    "Component",
    "Config",
    "Contract",
    "Controller",
    "Dims",
    "Dynamics",
    "Encoder",
    "FlatParameters",
    "Kind",
    "Loss",
    "Observation",
    "Option",
    "Planner",
    "SequenceBatch",
    "Spaces",
    "State",
    "Step",
    "World",
    "hookimpl",
]
