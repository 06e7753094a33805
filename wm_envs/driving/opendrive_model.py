"""What an OpenDRIVE map becomes: lanes as lines with widths, kinds and links, and what was simplified on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LaneKind = Literal["road", "connector", "shoulder", "parking"]
Mark = Literal["none", "dashed", "solid", "yellow_double", "curb"]


class OpenDriveError(ValueError):
    """An OpenDRIVE file that cannot be read: says where in the file, what was found and how to mend it."""


class OpenDriveWarning(UserWarning):
    """Something in an OpenDRIVE file was simplified or left out; the map is usable."""


@dataclass(frozen=True)
class MapSignal:
    """A traffic light with a fixed cycle (OpenDRIVE has none; phases follow the file's controllers).

    Attributes:
        id: of the signal in the file.
        position: of its head, m.
        heading: of the traffic that it faces, rad.
        cycle: s; green_from and green_to are within it, then 3 s of yellow, then red.
        green_from: start of green, s.
        green_to: end of green, s.
    """

    id: str
    position: tuple[float, float]
    heading: float
    cycle: float
    green_from: float
    green_to: float


@dataclass
class MapLane:
    """A lane between two cuts of its road; the line runs with the traffic.

    Attributes:
        road: id of the road in the file.
        section: index of the lane section.
        lane: OpenDRIVE lane id; positive ones run against the road.
        road_s: start and end on the road's reference line, m, in the direction of travel.
        line: float64 ``[P, 2]``, centre, m; evenly spaced, at most 0.5 m in curves, two points where straight.
        heading: float64 ``[P]``, rad.
        width: mean over the lane, m (widths vary by at most 0.5 m between two cuts).
        speed_limit: m/s.
        kind: road, connector (inside a junction), shoulder or parking.
        junction: index of the junction, -1 outside.
        signal: index of the traffic light that gates a connector, -1 without.
        priority: of connectors: the greater goes first.
        next: lanes that follow.
        left: lane to the left of the same direction, -1 without.
        right: lane to the right, -1 without.
        marks: painted line at the left and at the right.
        ends: must be left before its end: a neighbour goes on, this one does not.
    """

    road: str
    section: int
    lane: int
    road_s: tuple[float, float]
    line: Array
    heading: Array
    width: float
    speed_limit: float
    kind: LaneKind
    junction: int = -1
    signal: int = -1
    priority: int = 0
    next: list[int] = field(default_factory=list)
    left: int = -1
    right: int = -1
    marks: tuple[Mark, Mark] = ("none", "none")
    ends: bool = False

    def __str__(self) -> str:
        return f"lane {self.lane} of road {self.road!r} at s={self.road_s[0]:.1f} m"


@dataclass(frozen=True)
class RoadMap:
    """A road map read from OpenDRIVE.

    Attributes:
        name: of the header, else of the file.
        lanes: indices in ``next``, ``left`` and ``right`` refer to this list.
        junctions: their ids in the file; ``MapLane.junction`` is an index into them.
        signals: traffic lights.
        warnings: what was simplified or left out, one sentence each.
        origin: what was subtracted from the file's x and y, m: maps in national coordinates are moved to zero, where
            float32, the core's kind of number, resolves a millimetre.
    """

    name: str
    lanes: tuple[MapLane, ...]
    junctions: tuple[str, ...]
    signals: tuple[MapSignal, ...]
    warnings: tuple[str, ...]
    origin: tuple[float, float] = (0.0, 0.0)
