"""What a plugin module may implement, each marked with `@wm_zoo.api.hookimpl`. pluggy project name: ``wm``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from wm_zoo.api import Component
    from wm_zoo.testing import Check

hookspec = pluggy.HookspecMarker("wm")


@hookspec
def wm_components() -> Iterable[Component]:  # type: ignore[empty-body]
    """Declare the components that this module provides. Data only: no torch import."""


@hookspec
def wm_agents() -> Iterable[Mapping[str, Any]]:  # type: ignore[empty-body]
    """Declare the compositions that ``[agent.NAME] module = …`` entries of registry.toml point to.

    Each is a mapping with ``id`` (``namespace/name-vN``) and the parts that `wm_zoo.compose` takes.
    """


@hookspec
def wm_checks(component: Component) -> Iterable[Check]:  # type: ignore[empty-body]
    """Add conformance checks for a component of this module."""
