"""Lanes of one road: cut where limits or widths change, then sampled evenly along their own centre lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from wm_envs.driving.opendrive_geometry import ReferenceLine, read_reference_line
from wm_envs.driving.opendrive_model import Array, MapLane, Mark
from wm_envs.driving.opendrive_sections import (
    DEFAULT_SPEED,
    Polynomials,
    Section,
    SectionLane,
    read_polynomials,
    read_sections,
    road_speeds,
)
from wm_envs.driving.opendrive_xml import number, refuse, text_of

_STEP = 0.499  # m between points in curves: at most 0.5, with room for chords
_FLAT = 0.002  # m: a lane that leaves its chord by less is straight
_WIDTH_RANGE = 0.5  # m that the width may vary within a lane
_NARROW = 1.0  # m: pieces of a smaller mean width are nobody's lane yet
_WIDEST = 50.0  # m
_FARTHEST = 300.0  # m of a lane from its reference line
_SHORTEST = 0.5  # m: cuts nearer to each other become one


@dataclass
class Road:
    """A road of the file, read but not yet linked."""

    id: str
    element: ElementTree.Element
    line: ReferenceLine
    offset: Polynomials
    sections: list[Section]
    length: float
    junction: str | None
    speeds: list[tuple[float, float]]

    @property
    def place(self) -> str:
        """For errors."""
        return f"road {self.id!r}"


def read_road(element: ElementTree.Element, notes: list[str]) -> Road:
    """Geometry and sections of a ``<road>``."""
    road_id = text_of(element, "id", "a road")
    place = f"road {road_id!r}"
    if (rule := element.get("rule", "RHT")) != "RHT":
        refuse(place, f"rule={rule!r}", 'Only right-hand traffic is supported: mirror the map and write rule="RHT"')
    line = read_reference_line(element, place, notes)
    length = number(element, "length", place, line.length)
    if abs(length - line.length) > 0.01 * max(length, 1.0):
        notes.append(f"{place}: length={length:g} but its geometry ends at {line.length:g} m; the geometry counts")
    length = line.length
    _note_height(element, place, notes)
    offset = read_polynomials(element.findall("lanes/laneOffset"), "s", place)
    junction = element.get("junction", "-1")
    sections = read_sections(element, length, place, notes)
    return Road(
        road_id,
        element,
        line,
        offset,
        sections,
        length,
        None if junction == "-1" else junction,
        road_speeds(element, place, notes),
    )


def _note_height(road: ElementTree.Element, place: str, notes: list[str]) -> None:
    for path, what in (
        ("elevationProfile/elevation", "height is ignored: the map is flat"),
        ("lateralProfile/superelevation", "superelevation is ignored"),
        ("lateralProfile/shape", "the lateral shape is ignored"),
        ("lateralProfile/crossfall", "crossfall is ignored"),
    ):
        if any(abs(number(e, n, place, 0.0)) > 1e-9 for e in road.findall(path) for n in "abcd"):
            notes.append(f"{place}: {what}")


def build_lanes(road: Road, junction: int, lanes: list[MapLane]) -> None:
    """Cut the road's sections into pieces and append their lanes; fills ``SectionLane.indices``."""
    for k, section in enumerate(road.sections):
        section.cuts = _cuts(road, section)
        for piece in range(len(section.cuts) - 1):
            for lane in section.lanes.values():
                _build(road, junction, k, piece, lane, lanes)
            _neighbours(section, piece, lanes)


def _cuts(road: Road, section: Section) -> list[float]:
    wanted = {s for s, _ in road.speeds}
    for lane in section.lanes.values():
        wanted |= {s for s, _ in lane.speeds} | _width_cuts(section, lane)
    inner: list[float] = []
    for s in sorted(wanted):
        if s - (inner[-1] if inner else section.start) >= _SHORTEST and section.end - s >= _SHORTEST:
            inner.append(s)
    return [section.start, *inner, section.end]


def _width_cuts(section: Section, lane: SectionLane) -> set[float]:
    """Where the width has changed by the permitted range since the last cut."""
    if lane.kind is None:
        return set()
    grid = np.linspace(section.start, section.end, 2 + int((section.end - section.start) / _STEP))
    inner, outer = section.edges(lane.id, grid, np.zeros_like(grid))
    cuts: set[float] = set()
    low, high = math.inf, -math.inf
    for s, width in zip(grid.tolist(), np.abs(outer - inner).tolist(), strict=True):
        low, high = min(width, low), max(width, high)
        if high - low > _WIDTH_RANGE:
            cuts.add(s)
            low = high = width
    return cuts


def _build(road: Road, junction: int, k: int, piece: int, lane: SectionLane, lanes: list[MapLane]) -> None:
    section = road.sections[k]
    if lane.kind is None:
        return
    start, end = section.cuts[piece : piece + 2]
    grid = np.linspace(start, end, 3 + int((end - start) / (0.5 * _STEP)))
    _, _, width = lane_points(road, section, lane.id, grid)
    mean = float(width.mean())
    aside = np.abs(np.add(*_edges(road, section, lane.id, grid))) / 2
    if aside.max() > _FARTHEST:
        refuse(
            f"{road.place}, lane {lane.id}",
            f"it lies {aside.max():.3g} m from the reference line at s={grid[int(aside.argmax())]:.1f}",
            f"At most {_FARTHEST:g} m are read: check <laneOffset>, <width> and <border>",
        )
    if width.min() < -0.05:  # less is rounding
        refuse(
            f"{road.place}, lane {lane.id}", f"the width is negative near s={grid[int(width.argmin())]:.1f}", "Mend it"
        )
    if width.max() > _WIDEST:
        refuse(
            f"{road.place}, lane {lane.id}",
            f"it is {width.max():g} m wide",
            f"At most {_WIDEST:g} m are read: check <width>",
        )
    if mean < _NARROW:
        return
    line, heading, along = _sample(road, section, lane.id, grid)
    lane.indices[piece] = len(lanes)
    marks: tuple[Mark, Mark] = (_inner_mark(section, lane.id), lane.mark)
    lanes.append(
        MapLane(
            road=road.id,
            section=k,
            lane=lane.id,
            road_s=(float(along[0]), float(along[-1])),
            line=line,
            heading=heading,
            width=mean,
            speed_limit=_speed(road, lane, 0.5 * (start + end)),
            kind="connector" if lane.kind == "road" and junction >= 0 else lane.kind,
            junction=junction,
            marks=marks if junction < 0 else ("none", "none"),
        )
    )


def _inner_mark(section: Section, lane: int) -> Mark:
    inner = lane - (1 if lane > 0 else -1)
    if inner:
        return section.lanes[inner].mark
    return "none" if lane > 0 and -1 in section.lanes else section.center_mark  # painted once


def lane_points(road: Road, section: Section, lane: int, s: Array) -> tuple[Array, Array, Array]:
    """Centre of a lane at road distances ``s`` [N]: position [N, 2], heading in travel direction [N], width [N]."""
    inner, outer = _edges(road, section, lane, s)
    t = 0.5 * (inner + outer)
    points = road.line.at(s)
    normal = np.stack([-np.sin(points.heading), np.cos(points.heading)], 1)
    position = points.position + t[:, None] * normal
    ahead = np.clip(s + 1e-4, section.start, section.end - 1e-6)
    back = np.clip(s - 1e-4, section.start, section.end - 1e-6)
    edges = [np.add(*_edges(road, section, lane, at)) for at in (back, ahead)]
    slope = 0.5 * (edges[1] - edges[0]) / np.maximum(ahead - back, 1e-9)
    heading = points.heading + np.arctan2(slope, points.speed * (1.0 - points.curvature * t))
    width: Array = np.abs(outer - inner) * np.where((outer - inner) * lane < 0, -1.0, 1.0)
    return position, heading + (np.pi if lane > 0 else 0.0), width


def _edges(road: Road, section: Section, lane: int, s: Array) -> tuple[Array, Array]:
    """Both edges of a lane; where the lane offset jumps to the next section, this one ends with its own."""
    return section.edges(lane, s, road.offset.at(np.minimum(s, section.end - 1e-6)))


def _sample(road: Road, section: Section, lane: int, grid: Array) -> tuple[Array, Array, Array]:
    """Line [P, 2], heading [P] and road distance [P] of a lane, evenly spaced in its direction of travel."""
    fine, _, _ = lane_points(road, section, lane, grid)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(fine, axis=0).T))])
    if along[-1] < 1e-3:
        refuse(f"{road.place}, lane {lane}", f"it has no length at s={grid[0]:.1f}", "Its curve is too tight")
    count = 2 if _straight(fine, float(along[-1])) else 2 + int(along[-1] / _STEP)
    s = np.interp(np.linspace(0.0, along[-1], count), along, grid)
    s[0], s[-1] = grid[0], grid[-1]
    if lane > 0:
        s = s[::-1].copy()
    ordered = np.sort(s)
    position, heading, _ = lane_points(road, section, lane, ordered)
    if lane > 0:
        position, heading = position[::-1].copy(), heading[::-1].copy()
    return position, np.unwrap(heading), s  # elements of the reference line may differ by whole turns


def _straight(line: Array, length: float) -> bool:
    chord = line[-1] - line[0]
    direct = float(np.hypot(*chord))
    if length > direct + _FLAT:
        return False
    away: Array = np.abs((line - line[0]) @ np.array([-chord[1], chord[0]])) / direct
    return bool(away.max() < _FLAT)


def _speed(road: Road, lane: SectionLane, s: float) -> float:
    """The limit at s: the lane's own where it has one, else the road's."""
    for limits in (lane.speeds, road.speeds):
        for start, limit in reversed(limits):
            if start <= s + 1e-6:
                return limit
    return DEFAULT_SPEED


def _neighbours(section: Section, piece: int, lanes: list[MapLane]) -> None:
    """Right is outwards for both directions: traffic keeps right."""
    for lane in section.lanes.values():
        outer = section.lanes.get(lane.id + (1 if lane.id > 0 else -1))
        if outer is None or piece not in lane.indices or piece not in outer.indices:
            continue
        a, b = lane.indices[piece], outer.indices[piece]
        if {lanes[a].kind, lanes[b].kind} <= {"road", "connector"}:
            lanes[a].right, lanes[b].left = b, a
