"""OpenDRIVE maps (a documented subset, docs/opendrive.md) as road networks of ``wm/Driving-v0``."""

from __future__ import annotations

import warnings
from collections import Counter
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from wm_envs import _native
from wm_envs.driving.opendrive_lanes import Road, build_lanes, read_road
from wm_envs.driving.opendrive_links import Linker
from wm_envs.driving.opendrive_model import MapLane, OpenDriveWarning, RoadMap
from wm_envs.driving.opendrive_signals import SignalReader
from wm_envs.driving.opendrive_xml import read_root, refuse, text_of

_MOST_LANES = 32_000  # lane ids are 16 bits wide in the core
_MOST_METRES = 3e6  # of lanes: 6 million points
_FAR = 16_000.0  # m from zero, where float32 resolves 1 mm
_STEP = 2.0  # m at most between the points that the core keeps; it interpolates with their curvature


def load_opendrive(path_or_xml: str | bytes | Path) -> RoadMap:
    """Read an OpenDRIVE 1.4 to 1.8 map.

    Args:
        path_or_xml: path of a ``.xodr`` file, or the XML itself (text that starts with ``<``, or bytes).

    Returns:
        Lanes with their lines, widths, speed limits and links; junctions; traffic lights.

    Raises:
        OpenDriveError: what the file has cannot be read; names the road, the element and the fix.

    Warns:
        OpenDriveWarning: once, when parts of the map were simplified or left out; all are in ``RoadMap.warnings``.
    """
    root, name = read_root(path_or_xml)
    notes: list[str] = []
    roads = _roads(root, notes)
    _check_size(roads)
    junctions = root.findall("junction")
    names = [text_of(j, "id", "a junction") for j in junctions]
    lanes: list[MapLane] = []
    for road in roads.values():
        if road.junction is not None and road.junction not in names:
            refuse(road.place, f"junction={road.junction!r} does not exist", f"Known are {', '.join(names) or 'none'}")
        build_lanes(road, -1 if road.junction is None else names.index(road.junction), lanes)
    _check_lanes(lanes)
    origin = _origin(lanes, notes)
    linker = Linker(roads, names, lanes, notes)
    _link(linker, roads, junctions)
    reader = SignalReader(root, roads, lanes, notes)
    signals = reader.read(origin)
    reader.rank(junctions)
    _note_ignored(root, notes)
    if notes:
        more = f" and {len(notes) - 3} more (RoadMap.warnings)" if len(notes) > 3 else ""
        warnings.warn(f"{name}: {'; '.join(notes[:3])}{more}", OpenDriveWarning, stacklevel=2)
    header = root.find("header")
    title = (header.get("name") if header is not None else None) or name
    return RoadMap(title, tuple(lanes), tuple(names), signals, tuple(notes), origin)


@lru_cache(maxsize=8)
def _cached(path: str, _stamp: tuple[int, int]) -> _native.DrivingNetwork:
    return to_native(load_opendrive(path))


def native_network(path: str | Path) -> _native.DrivingNetwork:
    """The network of a ``.xodr`` file for the core; the last few are kept, and shared by environments.

    Args:
        path: of the file, or the XML as text.

    Raises:
        OpenDriveError: as :func:`load_opendrive`.
    """
    text = str(path)
    if text.lstrip().startswith("<"):
        return _cached(text, (0, 0))
    resolved = Path(text).expanduser().resolve()
    if not resolved.is_file():
        read_root(text)  # raises
    stat = resolved.stat()
    return _cached(str(resolved), (stat.st_mtime_ns, stat.st_size))


def to_native(road_map: RoadMap) -> _native.DrivingNetwork:
    """The core's network of a map: the same lanes in the same order."""
    lanes = road_map.lanes
    counts = [len(lane.line) for lane in lanes]
    nexts = [len(lane.next) for lane in lanes]
    lights = [[*s.position, s.heading, s.cycle, s.green_from, s.green_to] for s in road_map.signals]
    return _native.DrivingNetwork(
        points=np.concatenate([np.column_stack([lane.line, lane.heading]) for lane in lanes]).astype(np.float32),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        widths=np.array([lane.width for lane in lanes], np.float32),
        speed_limits=np.array([lane.speed_limit for lane in lanes], np.float32),
        kinds=[lane.kind for lane in lanes],
        junctions=np.array([lane.junction for lane in lanes], np.int32),
        next_lanes=np.array([k for lane in lanes for k in lane.next], np.int32),
        next_offsets=np.concatenate([[0], np.cumsum(nexts)]).astype(np.int32),
        left=np.array([lane.left for lane in lanes], np.int32),
        right=np.array([lane.right for lane in lanes], np.int32),
        signals=np.array(lights, np.float32).reshape(-1, 6),
        lane_signals=np.array([lane.signal for lane in lanes], np.int32),
        priorities=np.array([lane.priority for lane in lanes], np.int8),
        left_marks=[lane.marks[0] for lane in lanes],
        right_marks=[lane.marks[1] for lane in lanes],
        ends=np.array([lane.ends for lane in lanes], np.bool_),
        max_step=_STEP,
    )


def _roads(root: ElementTree.Element, notes: list[str]) -> dict[str, Road]:
    roads: dict[str, Road] = {}
    for element in root.findall("road"):
        road = read_road(element, notes)
        if road.id in roads:
            refuse(road.place, "two roads have this id", "Give every road its own")
        roads[road.id] = road
    if not roads:
        refuse("<OpenDRIVE>", "there is no <road>", "A map needs at least one road")
    return roads


def _check_size(roads: dict[str, Road]) -> None:
    metres = sum((s.end - s.start) * len(s.lanes) for road in roads.values() for s in road.sections)
    if metres > _MOST_METRES:
        refuse(
            "<OpenDRIVE>",
            f"{metres / 1000:.0f} km of lanes",
            f"At most {_MOST_METRES / 1000:.0f} km are read: cut the map",
        )


def _origin(lanes: list[MapLane], notes: list[str]) -> tuple[float, float]:
    """Moves a map that lies far from zero; returns by how much."""
    low = np.min([lane.line.min(0) for lane in lanes], axis=0)
    high = np.max([lane.line.max(0) for lane in lanes], axis=0)
    if np.abs([low, high]).max() <= _FAR:
        return 0.0, 0.0
    if (high - low).max() > 2 * _FAR:
        refuse(
            "<OpenDRIVE>",
            f"the map spans {(high - low).max() / 1000:.0f} km",
            f"At most {2 * _FAR / 1000:.0f} km: cut it",
        )
    middle = np.round(0.5 * (low + high))
    for lane in lanes:
        lane.line -= middle
    notes.append(f"the map was moved by ({-middle[0]:.0f}, {-middle[1]:.0f}) m to lie around zero (RoadMap.origin)")
    return float(middle[0]), float(middle[1])


def _check_lanes(lanes: list[MapLane]) -> None:
    if not any(lane.kind in ("road", "connector") for lane in lanes):
        refuse("<OpenDRIVE>", "no lane of type 'driving' is at least 1 m wide", "Give the roads lanes to drive on")
    if len(lanes) > _MOST_LANES:
        refuse("<OpenDRIVE>", f"{len(lanes)} lanes", f"At most {_MOST_LANES} are supported: cut the map")


def _link(linker: Linker, roads: dict[str, Road], junctions: list[ElementTree.Element]) -> None:
    for road in roads.values():
        linker.within(road)
        linker.between(road)
    for junction in junctions:
        linker.junction(junction)
    linker.finish()


def _note_ignored(root: ElementTree.Element, notes: list[str]) -> None:
    """One sentence for each kind of thing in the file that is not read."""
    paths = ("road/objects/*", "road/railroad/*", "junctionGroup")
    found = Counter(element.tag for path in paths for element in root.findall(path))
    notes.extend(f"{count} <{tag}> elements are ignored" for tag, count in sorted(found.items()))
