"""What the driver wants, in no environment's units yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Controls:
    """Wishes of one decision.

    Attributes:
        steer: -1 (full left) to 1 (full right).
        gas: 0 to 1.
        brake: 0 to 1.
        digit: number key that is held, or None; chooses a discrete action directly.
    """

    steer: float = 0.0
    gas: float = 0.0
    brake: float = 0.0
    digit: int | None = None


def toward(value: float, target: float, step: float) -> float:
    """`value` moved by at most `step` toward `target`."""
    return min(value + step, target) if value < target else max(value - step, target)


def strongest(first: Controls, second: Controls) -> Controls:
    """Keyboard and gamepad together: the larger deflection of each counts."""
    return Controls(
        max(first.steer, second.steer, key=abs),
        max(first.gas, second.gas),
        max(first.brake, second.brake),
        second.digit if first.digit is None else first.digit,
    )
