"""The keyboard as a steering wheel: keys are on or off, wheels and pedals are not, so they move at a rate."""

from __future__ import annotations

from typing import Any

from wm_envs.window import import_pygame
from wm_zoo.play.controls import Controls, toward
from wm_zoo.play.keys import HELD

TURN = 2.5
"""Full deflections a second while a steering key is held."""
CENTRE = 6.0
"""Full deflections a second back to the middle, and through it when the other key is pressed."""
PRESS = 4.0
"""Full pedals a second."""
RELEASE = 10.0
"""Full pedals a second when the foot comes off."""


class Keyboard:
    """Held keys as `Controls`.

    Args:
        smooth: wheel and pedals move at a rate; False: they jump, as a discrete action space wants it.
    """

    def __init__(self, *, smooth: bool = True) -> None:
        self._pygame: Any = import_pygame("wm play")
        code = self._pygame.key.key_code
        self._held_by = {code(name): wish for wish, names in HELD.items() for name in names}
        self._digits = {code(f"{digit}"): digit for digit in range(10)}
        self._down: list[int] = []  # in the order in which they were pressed
        self._tapped: set[int] = set()  # pressed since the last update, perhaps released since
        self._smooth = smooth
        self._now = Controls()

    def handle(self, event: Any) -> None:
        """Take one event; those of other devices are ignored."""
        pygame = self._pygame
        if event.type == pygame.KEYDOWN and event.key not in self._down:
            self._down.append(event.key)
            self._tapped.add(event.key)
        elif event.type == pygame.KEYUP and event.key in self._down:
            self._down.remove(event.key)
        elif event.type == pygame.WINDOWFOCUSLOST:  # the release of a key that is held now goes to another window
            self._down.clear()

    def update(self, seconds: float) -> Controls:
        """What the driver wants `seconds` after the last update."""
        keys = {*self._down, *self._tapped}
        self._tapped.clear()
        wishes = {self._held_by[key] for key in keys if key in self._held_by}
        steer = float("right" in wishes) - float("left" in wishes)
        gas, brake = float("gas" in wishes), float("brake" in wishes)
        digit = next((self._digits[key] for key in reversed(self._down) if key in self._digits), None)
        if digit is None:
            digit = next((self._digits[key] for key in keys if key in self._digits), None)
        if not self._smooth:
            self._now = Controls(steer, gas, brake, digit)
            return self._now
        now = self._now
        outward = steer * now.steer >= 0 and steer != 0
        self._now = Controls(
            toward(now.steer, steer, (TURN if outward else CENTRE) * seconds),
            toward(now.gas, gas, (PRESS if gas else RELEASE) * seconds),
            toward(now.brake, brake, (PRESS if brake else RELEASE) * seconds),
            digit,
        )
        return self._now

    def clear(self) -> None:
        """Wheel straight and feet off, as at the start of an episode; held keys stay held."""
        self._now = Controls()
