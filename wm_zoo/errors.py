"""Every error that a user can cause. The text says what was given, what was expected, and the nearest fix.

The command line prints a `WMError` in one line and leaves with its `exit_code`; anything else is our bug and keeps its
traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class WMError(Exception):
    """Base of all errors with a one-line message for the user."""

    exit_code = 2


class PluginError(WMError):
    """Something is wrong with a component, or with its name."""


class PluginNotFound(PluginError):
    """No registry lists a component of this name."""


class AmbiguousName(PluginError):
    """A short name belongs to several components."""


class PluginDisabled(PluginError):
    """The component is switched off by WM_DISABLE_PLUGINS."""


class PluginIncompatible(PluginError):
    """The component was written for another version of the plugin API."""


class MissingDependency(PluginError):
    """The component, or a feature, needs a package that is not installed."""


class PluginBroken(PluginError):
    """The component cannot be found, imported, or does not match its registry entry."""


class ContractMismatch(PluginError):
    """Components do not fit each other or the environment."""


class ConfigError(WMError):
    """A configuration has an unknown key or a value out of range."""


class RecipeError(WMError):
    """A recipe has an unknown key, or asks for something impossible."""


class DatasetError(WMError):
    """A dataset is missing, truncated, altered, or does not fit what it is used for."""


class CheckpointError(WMError):
    """A checkpoint or weights file is missing, truncated or altered."""


class WorldError(WMError):
    """A world cannot be loaded or cannot do what is asked of it."""


class AgentError(WMError):
    """An agent cannot be loaded or does not fit the environment."""


class ConformanceError(WMError, AssertionError):
    """A component fails the conformance kit."""

    exit_code = 1


def nearest(name: str, candidates: Iterable[str], *, limit: int = 12) -> str:
    """Return "did you mean 'x'?" for the closest candidate, else a list of what there is.

    Args:
        name: what was given.
        candidates: what would have been valid.
        limit: how many candidates are listed when none is close.
    """
    known = sorted({str(candidate) for candidate in candidates})
    if not known:
        return "there is none"
    lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    if close:
        return f"did you mean {lower[close[0]]!r}?"
    more = f", … ({len(known)} in all)" if len(known) > limit else ""
    return f"known: {', '.join(known[:limit])}{more}"
