"""The host for world models: contracts, registry, composition, data, training, evaluation and the `wm` command.

Names load on first use, so that `import wm_zoo` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wm_zoo.agent import Agent, load_agent
    from wm_zoo.composition import compose
    from wm_zoo.manager import list_components, make
    from wm_zoo.world import load_world

_LAZY = {
    "Agent": "wm_zoo.agent",
    "compose": "wm_zoo.composition",
    "list_components": "wm_zoo.manager",
    "load_agent": "wm_zoo.agent",
    "load_world": "wm_zoo.world",
    "make": "wm_zoo.manager",
}

__all__ = ["Agent", "compose", "list_components", "load_agent", "load_world", "make"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
