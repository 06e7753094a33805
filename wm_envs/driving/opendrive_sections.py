"""Lane sections: which lanes there are, how wide, how fast, and where a road must be cut into lanes of even width."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from wm_envs.driving.opendrive_model import Array, LaneKind, Mark
from wm_envs.driving.opendrive_xml import increasing, integer, number, refuse

DEFAULT_SPEED = 50 / 3.6  # m/s, where the file gives none
_NO_LIMIT = 130 / 3.6  # m/s, where there is none by law: what is recommended on German motorways
_FASTEST = 150.0  # m/s
_TO_METRES_PER_SECOND = {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704}
_KINDS: dict[str, LaneKind] = {
    "driving": "road",
    "entry": "road",
    "exit": "road",
    "onRamp": "road",
    "offRamp": "road",
    "connectingRamp": "road",
    "slipLane": "road",
    "bidirectional": "road",
    "mwyEntry": "road",
    "mwyExit": "road",
    "shoulder": "shoulder",
    "stop": "shoulder",
    "parking": "parking",
}
_MARKS: dict[str, Mark] = {"broken": "dashed", "broken broken": "dashed", "solid": "solid", "curb": "curb"}


@dataclass(frozen=True)
class Polynomials:
    """Cubic pieces over distance: ``starts [K]``, ``coefficients [K, 4]``; zero before the first."""

    starts: Array
    coefficients: Array

    def at(self, s: Array) -> Array:
        """Values ``[N]``; the last piece goes on."""
        if not len(self.starts):
            return np.zeros_like(s)
        k = np.maximum(np.searchsorted(self.starts, s + 1e-9, side="right") - 1, 0)
        a, b, c, d = self.coefficients[k].T
        ds = s - self.starts[k]
        value: Array = a + ds * (b + ds * (c + ds * d))
        return np.where(s < self.starts[0] - 1e-9, 0.0, value)


def read_polynomials(elements: list[ElementTree.Element], key: str, place: str, origin: float = 0.0) -> Polynomials:
    """``<width>``, ``<border>`` or ``<laneOffset>`` elements; ``origin`` is added to their positions."""
    increasing(elements, key, place)
    rows = np.array([[number(e, n, place) for n in (key, "a", "b", "c", "d")] for e in elements]).reshape(-1, 5)
    return Polynomials(rows[:, 0] + origin, rows[:, 1:])


@dataclass
class SectionLane:
    """A lane of a section: what the file says about it."""

    id: int
    kind: LaneKind | None  # None: nobody drives there, but it takes room
    width: Polynomials
    border: bool  # width holds the outer border's distance from the reference line
    speeds: list[tuple[float, float]]  # from s, m/s
    predecessors: list[int]
    successors: list[int]
    mark: Mark  # at the outer side
    indices: dict[int, int] = field(default_factory=dict)  # piece -> index in the map; narrow pieces have none


@dataclass
class Section:
    """A lane section from ``start`` to ``end`` on the reference line, cut into pieces."""

    start: float
    end: float
    lanes: dict[int, SectionLane]
    center_mark: Mark
    cuts: list[float] = field(default_factory=list)  # [pieces + 1]

    def edges(self, lane: int, s: Array, offset: Array) -> tuple[Array, Array]:
        """Distances of a lane's inner and outer edge from the reference line, positive to the left."""
        side = 1 if lane > 0 else -1
        inner, outer = offset, offset
        for k in range(side, lane + side, side):
            inner = outer
            spec = self.lanes[k]
            # Borders are measured from the reference line as the lane offset has moved it.
            outer = offset + spec.width.at(s) if spec.border else inner + side * spec.width.at(s)
        return inner, outer


def speed_of(element: ElementTree.Element, place: str, notes: list[str]) -> float | None:
    """A ``<speed max= unit=>`` in m/s; None for "undefined"."""
    if element.get("max", "undefined") == "undefined":
        return None
    if element.get("max") == "no limit":
        notes.append(f"{place}: no speed limit; traffic drives up to {3.6 * _NO_LIMIT:.0f} km/h")
        return _NO_LIMIT
    unit = element.get("unit") or "m/s"
    if unit not in _TO_METRES_PER_SECOND:
        refuse(f"{place}, <speed>", f"unit={unit!r}", "Expected 'm/s', 'km/h' or 'mph'")
    value = number(element, "max", place) * _TO_METRES_PER_SECOND[unit]
    if not 0 <= value <= _FASTEST:
        refuse(f"{place}, <speed>", f"max={element.get('max')!r} is not a speed limit", "Give it as a positive number")
    if value == 0:
        notes.append(f"{place}: a speed limit of 0 is read as undefined, {3.6 * DEFAULT_SPEED:.0f} km/h")
        return None
    return max(value, 1.0)


def road_speeds(road: ElementTree.Element, place: str, notes: list[str]) -> list[tuple[float, float]]:
    """Speed limits along a road from its ``<type>`` elements: (from s, m/s), ascending."""
    limits = [(0.0, DEFAULT_SPEED)]
    for kind in increasing(road.findall("type"), "s", place):
        speed = kind.find("speed")
        limit = speed_of(speed, place, notes) if speed is not None else None
        limits.append((number(kind, "s", place), limit if limit is not None else DEFAULT_SPEED))
    return limits


def read_sections(road: ElementTree.Element, length: float, place: str, notes: list[str]) -> list[Section]:
    """The lane sections of a road, in order."""
    elements = increasing(road.findall("lanes/laneSection"), "s", place)
    if not elements:
        refuse(place, "it has no <laneSection>", "Give the road lanes")
    starts = [number(e, "s", place) for e in elements]
    sections = []
    for element, start, end in zip(elements, starts, [*starts[1:], length], strict=True):
        here = f"{place}, lane section at s={start:g}"
        if element.get("singleSide", "false") == "true":
            refuse(here, "singleSide sections are not supported", "Write left and right lanes in the same sections")
        sections.append(_section(element, start, end, here, notes))
    return [s for s in sections if s.end - s.start > 1e-3] or refuse(place, "every lane section is empty", "Mend s")


def _section(element: ElementTree.Element, start: float, end: float, place: str, notes: list[str]) -> Section:
    lanes: dict[int, SectionLane] = {}
    for side, sign in (("left", 1), ("right", -1)):
        for lane in element.findall(f"{side}/lane"):
            lane_id = integer(lane, "id", place)
            if lane_id * sign <= 0 or lane_id in lanes:
                refuse(place, f"lane id {lane_id} under <{side}>", "Left ids are 1, 2, …; right ids -1, -2, …")
            lanes[lane_id] = _lane(lane, lane_id, start, f"{place}, lane {lane_id}", notes)
    for lane_id in lanes:
        inner = lane_id - (1 if lane_id > 0 else -1)
        if inner and inner not in lanes:
            refuse(place, f"lane {lane_id} without lane {inner} inside of it", "Number lanes outwards without gaps")
    center = element.find("center/lane")
    return Section(start, end, lanes, _mark(center) if center is not None else "none")


def _lane(lane: ElementTree.Element, lane_id: int, start: float, place: str, notes: list[str]) -> SectionLane:
    kind_text = lane.get("type", "none")
    kind = _KINDS.get(kind_text)
    if lane.get("direction", "standard") != "standard":
        refuse(place, f"direction={lane.get('direction')!r}", "Only 'standard' is supported: use the other side")
    if kind_text == "bidirectional":
        notes.append(f"{place}: bidirectional; traffic uses it in the direction of its side only")
    widths, borders = lane.findall("width"), lane.findall("border")
    if kind and not widths and not borders:
        refuse(place, "it has neither <width> nor <border>", 'Add <width sOffset="0" a="3.5" b="0" c="0" d="0"/>')
    speeds = []
    for speed in increasing(lane.findall("speed"), "sOffset", place):
        limit = speed_of(speed, place, notes)
        speeds.append((start + number(speed, "sOffset", place), DEFAULT_SPEED if limit is None else limit))
    before, after = ([integer(e, "id", place) for e in lane.findall(f"link/{n}")] for n in ("predecessor", "successor"))
    return SectionLane(
        lane_id,
        kind,
        read_polynomials(widths or borders, "sOffset", place, start),
        not widths and bool(borders),
        speeds,
        before,
        after,
        _mark(lane),
    )


def _mark(lane: ElementTree.Element) -> Mark:
    mark = lane.find("roadMark")
    if mark is None:
        return "none"
    name = mark.get("type", "none")
    if name == "solid solid" or (mark.get("color") == "yellow" and name.startswith("solid")):
        return "yellow_double"
    return _MARKS.get(name, "solid" if "solid" in name else "none")
