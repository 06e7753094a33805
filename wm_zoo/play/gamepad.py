"""Gamepads: plugged in and out while one drives. Axes as SDL numbers them for an Xbox or a PlayStation pad."""

from __future__ import annotations

import sys
from typing import Any

from wm_envs.window import import_pygame
from wm_zoo.play.controls import Controls

DEAD = 0.12
"""Deflection of a stick that counts as none."""
STEER_AXIS, GAS_AXIS = 0, 5
_FOUR = ("sony", "ps4", "ps5", "playstation", "dualshock", "dualsense", "wireless controller")


class Gamepads:
    """All pads together as `Controls`: the largest deflection counts.

    A trigger rests at -1, but SDL reports 0 until it is first touched; it counts from its first event on.
    """

    def __init__(self) -> None:
        self._pygame: Any = import_pygame("wm play")
        self._open: dict[int, Any] = {}  # by instance id; pygame sends events of pads that are held open only
        self._steer: dict[int, float] = {}
        self._hat: dict[int, float] = {}
        self._pedals: dict[tuple[int, int], float] = {}

    @property
    def names(self) -> list[str]:
        """Names of the pads that are plugged in."""
        return [str(pad.get_name()) for pad in self._open.values()]

    def handle(self, event: Any) -> str | None:
        """Take one event; returns words for the screen when a pad comes or goes."""
        pygame = self._pygame
        if event.type == pygame.JOYDEVICEADDED:
            return self._added(event.device_index)
        if event.type == pygame.JOYDEVICEREMOVED:
            return self._removed(event.instance_id)
        if event.type == pygame.JOYAXISMOTION:
            self._axis(event.instance_id, event.axis, float(event.value))
        elif event.type == pygame.JOYHATMOTION:
            self._hat[event.instance_id] = float(event.value[0])
        return None

    def update(self) -> Controls:
        """What the pads say now."""
        deflections = [*self._steer.values(), *self._hat.values(), 0.0]
        gas = [value for (_, axis), value in self._pedals.items() if axis == GAS_AXIS]
        brake = [value for (_, axis), value in self._pedals.items() if axis != GAS_AXIS]
        return Controls(max(deflections, key=abs), max(gas, default=0.0), max(brake, default=0.0))

    def _added(self, index: int) -> str | None:
        try:
            pad = self._pygame.joystick.Joystick(index)
        except self._pygame.error:  # gone again already
            return None
        if pad.get_instance_id() in self._open:
            return None
        self._open[pad.get_instance_id()] = pad
        return f"gamepad: {pad.get_name()}"

    def _removed(self, instance: int) -> str | None:
        pad = self._open.pop(instance, None)
        for table in (self._steer, self._hat):
            table.pop(instance, None)
        self._pedals = {key: value for key, value in self._pedals.items() if key[0] != instance}
        return None if pad is None else "gamepad unplugged"

    def _axis(self, instance: int, axis: int, value: float) -> None:
        if axis == STEER_AXIS:
            self._steer[instance] = _without_dead_zone(value)
        elif axis in (GAS_AXIS, self._brake_axis(instance)):
            self._pedals[instance, axis] = min(max((value + 1) / 2, 0.0), 1.0)

    def _brake_axis(self, instance: int) -> int:
        """Linux numbers the axes of an Xbox pad LX LY LT RX RY RT; everything else is LX LY RX RY LT RT."""
        pad = self._open.get(instance)
        name = str(pad.get_name()).lower() if pad is not None else ""
        return 4 if sys.platform != "linux" or any(word in name for word in _FOUR) else 2


def _without_dead_zone(value: float) -> float:
    size = max(abs(value) - DEAD, 0.0) / (1 - DEAD)
    return min(size, 1.0) if value > 0 else -min(size, 1.0)
