"""What a stage returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wm_zoo.run import Clock


@dataclass(frozen=True)
class Outcome:
    """Result of a stage.

    Attributes:
        numbers: what it found out, JSON-able.
        outputs: SHA-256 of each file in its folder that later stages read.
        clock: seconds over all sessions, where the stage itself can be resumed.
    """

    numbers: Mapping[str, Any]
    outputs: Mapping[str, str] = field(default_factory=dict)
    clock: Clock | None = None
