"""Sensors whose readings are matched to the frame that was ticked, and contacts that are counted once."""

from __future__ import annotations

import collections
import queue
import threading
import time
from typing import Any

from wm_envs.carla.errors import SensorFrameDropped, SensorFrameLate

_DROP_HINT = "the server is overloaded, or another client ticks it"
_LATE_HINT = "raise sensor_timeout, or lighten the scene (camera size, vehicles)"


class FrameQueue:
    """A bounded queue between a sensor's own thread and the step; it never blocks the sensor.

    Args:
        name: of the sensor, for messages.
        size: readings kept; when it is full the oldest goes.
    """

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.stale = 0  # readings of frames that had been taken, or given up, already
        self.overflowed = 0
        self._items: queue.Queue[Any] = queue.Queue(size)
        self._newest = -1

    def put(self, reading: Any) -> None:
        """The sensor's callback."""
        while True:
            try:
                self._items.put_nowait(reading)
                return
            except queue.Full:
                self._discard_oldest()

    def _discard_oldest(self) -> None:
        try:
            self._items.get_nowait()
            self.overflowed += 1
        except queue.Empty:
            pass  # the step was quicker

    def take(self, frame: int, timeout: float) -> Any:
        """The reading of exactly this frame. Older ones, repeated ones among them, are thrown away and counted.

        Raises:
            SensorFrameLate: it has not come in `timeout` s.
            SensorFrameDropped: a later frame is here already.
        """
        deadline = time.monotonic() + timeout
        while True:
            reading = self._next(frame, deadline, timeout)
            self._newest = max(self._newest, int(reading.frame))
            if reading.frame == frame:
                return reading
            if reading.frame > frame:
                raise SensorFrameDropped(
                    f"{self.name}: frame {frame} was dropped, frame {reading.frame} came instead ({_DROP_HINT})"
                )
            self.stale += 1

    def _next(self, frame: int, deadline: float, timeout: float) -> Any:
        try:
            return self._items.get(timeout=max(deadline - time.monotonic(), 0.0))
        except queue.Empty:
            last = f"the last was {self._newest}" if self._newest >= 0 else "none has come at all"
            raise SensorFrameLate(
                f"{self.name}: frame {frame} has not come within {timeout:g} s, {last} ({_LATE_HINT})"
            ) from None


class EventLog:
    """What an event sensor (collision, lane invasion) reported; bounded, filled by its own thread."""

    def __init__(self, size: int = 4096) -> None:
        self._events: collections.deque[Any] = collections.deque(maxlen=size)
        self._lock = threading.Lock()

    def put(self, event: Any) -> None:
        """The sensor's callback."""
        with self._lock:
            self._events.append(event)

    def until(self, frame: int) -> list[Any]:
        """Events up to this frame that were not taken yet, in order; later ones stay."""
        with self._lock:
            ready = [event for event in self._events if event.frame <= frame]
            later = [event for event in self._events if event.frame > frame]
            self._events.clear()
            self._events.extend(later)
        return sorted(ready, key=lambda event: int(event.frame))


class Contacts:
    """Collision events, of which there is one a frame while the bodies touch, made into one collision a contact.

    Args:
        steps: frames without a contact after which the same actor counts again.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self._last: dict[int, int] = {}

    def count(self, events: list[Any]) -> dict[str, int]:
        """New collisions by kind: vehicle, pedestrian, static."""
        found = {"vehicle": 0, "pedestrian": 0, "static": 0}
        for event in events:
            other, frame = event.other_actor, int(event.frame)
            before = self._last.get(other.id)
            if before is None or frame - before > self.steps:
                found[kind_of(other.type_id)] += 1
            self._last[other.id] = frame
        return found


def kind_of(type_id: str) -> str:
    """vehicle, pedestrian or static, from an actor's type."""
    if type_id.startswith("vehicle."):
        return "vehicle"
    return "pedestrian" if type_id.startswith("walker.") else "static"
