"""What can go wrong with a CARLA server, by name."""

from __future__ import annotations


class CarlaError(RuntimeError):
    """Base of everything below."""


class CarlaNotInstalled(CarlaError, ImportError):
    """The ``carla`` wheel is missing, or is not the one that talks to CARLA servers."""


class CarlaServerLost(CarlaError, ConnectionError):
    """The server does not answer: not started, crashed, or slower than the timeout."""


class ForeignTick(CarlaError):
    """Somebody else ticks the same server: frames do not follow one another. One client only may tick."""


class CarlaSpawnError(CarlaError):
    """The server has no room, or no blueprint, for an actor."""


class SensorFrameError(CarlaError):
    """A sensor did not deliver exactly the frame that was ticked."""


class SensorFrameLate(SensorFrameError, TimeoutError):
    """The frame had not arrived when the timeout was over."""


class SensorFrameDropped(SensorFrameError):
    """A later frame arrived first: the awaited one will never come."""
