"""OpenDRIVE maps that `scenariogeneration` writes: read, linked, driven along; compared with `carla.Map`."""

from __future__ import annotations

import functools
import itertools
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from wm_envs.driving.opendrive import load_opendrive, to_native
from wm_envs.driving.opendrive_model import MapLane, RoadMap

xodr = pytest.importorskip("scenariogeneration.xodr")


def finished(roads: list, *creators: object) -> object:
    drive = xodr.OpenDrive("generated")
    for road in roads:
        drive.add_road(road)
    for creator in creators:
        drive.add_junction_creator(creator)
    drive.adjust_roads_and_lanes()
    return drive


def chain(*roads: object) -> list:
    """Roads one after the other."""
    for before, after in itertools.pairwise(roads):
        before.add_successor(xodr.ElementType.road, after.id, xodr.ContactPoint.start)
        after.add_predecessor(xodr.ElementType.road, before.id, xodr.ContactPoint.end)
    return list(roads)


def straight() -> object:
    return finished(chain(xodr.create_road(xodr.Line(80), 0, 2, 3), xodr.create_road(xodr.Line(50), 1, 2, 3)))


def curves() -> object:
    shapes = [
        xodr.Line(40),
        xodr.Spiral(1e-9, 0.03, 40),
        xodr.Arc(0.03, length=30),
        xodr.Spiral(0.03, -0.05, 60),
        xodr.Arc(-0.05, length=25),
    ]
    return finished(chain(xodr.create_road(shapes, 0, 2, 2), xodr.create_road(xodr.Spiral(-0.05, 0.01, 50), 1, 2, 2)))


def back_to_back() -> object:
    """Two roads whose ends meet: right lanes go on as left lanes."""
    a, b = xodr.create_road(xodr.Line(60), 0, 2, 2), xodr.create_road(xodr.Arc(0.02, length=40), 1, 2, 2)
    a.add_successor(xodr.ElementType.road, 1, xodr.ContactPoint.end)
    b.add_successor(xodr.ElementType.road, 0, xodr.ContactPoint.end)
    return finished([a, b])


def lane_numbers() -> object:
    """Between 30 and 60 m a lane is added on each side: the right one begins, the left one (it runs back) ends."""
    right, left = xodr.LaneDef(30, 60, 1, 2, -2), xodr.LaneDef(30, 60, 1, 2, 2)
    return finished([xodr.create_road(xodr.Line(100), 0, [left], [right])])


def polynomial() -> object:
    return finished([xodr.create_road(xodr.ParamPoly3(0, 50, 0, 0, 0, 0, 30, -20, length=54.0), 0, 1, 1)])


def junction(legs: int, lanes: int) -> object:
    roads = [xodr.create_road(xodr.Line(70), i, lanes, lanes) for i in range(legs)]
    creator = xodr.CommonJunctionCreator(900, "junction")  # CARLA confuses junctions and roads with the same id
    for i, road in enumerate(roads):
        creator.add_incoming_road_circular_geometry(
            road, 25, i * 2 * math.pi / legs, "successor" if i == 0 else "predecessor"
        )
    for i in range(legs):
        for k in range(i + 1, legs):
            creator.add_connection(i, k)
    return finished(roads, creator)


def exit_ramp() -> object:
    """A direct junction: a motorway's right lane goes on as the ramp."""
    main = xodr.create_road(xodr.Line(100), 0, 0, 3)
    after, ramp = xodr.create_road(xodr.Line(60), 1, 0, 2), xodr.create_road(xodr.Spiral(0.0001, -0.02, 60), 2, 0, 1)
    creator = xodr.DirectJunctionCreator(900, "exit")
    main.add_successor(xodr.ElementType.junction, 900)
    after.add_predecessor(xodr.ElementType.junction, 900)
    ramp.add_predecessor(xodr.ElementType.junction, 900)
    creator.add_connection(incoming_road=main, linked_road=after, incoming_lane_ids=[-1, -2], linked_lane_ids=[-1, -2])
    creator.add_connection(incoming_road=main, linked_road=ramp, incoming_lane_ids=-3, linked_lane_ids=-1)
    return finished([main, after, ramp], creator)


MAPS: dict[str, Callable[[], object]] = {
    "straight": straight,
    "curves": curves,
    "back_to_back": back_to_back,
    "lane_numbers": lane_numbers,
    "polynomial": polynomial,
    "junction_3x1": lambda: junction(3, 1),
    "junction_4x1": lambda: junction(4, 1),
    "junction_4x2": lambda: junction(4, 2),
    "junction_5x1": lambda: junction(5, 1),
    "exit_ramp": exit_ramp,
}


@functools.cache
def written(name: str, folder: Path) -> Path:
    path = folder / f"{name}.xodr"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scenariogeneration's own
        MAPS[name]().write_xml(str(path))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("maps")


def by_id(road_map: RoadMap) -> dict[tuple[str, int, int], list[MapLane]]:
    found: dict[tuple[str, int, int], list[MapLane]] = {}
    for lane in road_map.lanes:
        found.setdefault((lane.road, lane.section, lane.lane), []).append(lane)
    return found


@pytest.mark.parametrize("name", MAPS)
def test_generated_maps_are_read_without_a_complaint(name: str, folder: Path) -> None:
    road_map = load_opendrive(written(name, folder))
    assert road_map.warnings == ()
    for index, lane in enumerate(road_map.lanes):
        assert np.isfinite(lane.line).all()
        assert lane.right < 0 or road_map.lanes[lane.right].left == index
        steps = np.hypot(*np.diff(lane.line, axis=0).T)
        assert len(steps) == 1 or steps.max() <= 0.5 + 1e-6
        assert steps.max() - steps.min() < 1e-3 * steps.max()
        for k in lane.next:
            after = road_map.lanes[k]
            assert np.hypot(*(after.line[0] - lane.line[-1])) < 0.3
            assert abs(math.remainder(after.heading[0] - lane.heading[-1], math.tau)) < 0.05


@pytest.mark.parametrize("name", MAPS)
def test_the_core_drives_on_the_same_lines(name: str, folder: Path) -> None:
    """Positions of the native network within 1 cm, headings within 0.01 rad of the map's lines."""
    road_map = load_opendrive(written(name, folder))
    network = to_native(road_map)
    assert network.num_lanes == len(road_map.lanes)
    for k, lane in enumerate(road_map.lanes):
        row = network.lane(k)
        assert (row["kind"], row["next"], row["left"], row["right"]) == (lane.kind, lane.next, lane.left, lane.right)
        assert row["width"] == pytest.approx(lane.width)
        assert row["speed_limit"] == pytest.approx(lane.speed_limit)
        for share, point, heading in zip(np.linspace(0, 1, len(lane.line)), lane.line, lane.heading, strict=True):
            x, y, angle = network.pose(k, share * row["length"])
            assert math.hypot(x - point[0], y - point[1]) < 0.01
            assert abs(math.remainder(angle - heading, math.tau)) < 0.01
        middle = network.pose(k, 0.5 * row["length"])
        assert network.drivable(*middle[:2])
        assert network.locate(*middle) is not None


def successors(road_map: RoadMap, road: str, lane: int, section: int = 0) -> set[tuple[str, int]]:
    last = by_id(road_map)[road, section, lane][-1 if lane < 0 else 0]
    return {(road_map.lanes[k].road, road_map.lanes[k].lane) for k in last.next}


def test_links_along_a_chain(folder: Path) -> None:
    road_map = load_opendrive(written("straight", folder))
    for lane in (-1, -2, -3):
        assert successors(road_map, "0", lane) == {("1", lane)}
        assert successors(road_map, "1", lane) == set()
    for lane in (1, 2):
        assert successors(road_map, "1", lane) == {("0", lane)}


def test_links_where_two_ends_meet(folder: Path) -> None:
    road_map = load_opendrive(written("back_to_back", folder))
    for lane in (1, 2):
        assert successors(road_map, "0", -lane) == {("1", lane)}
        assert successors(road_map, "1", -lane) == {("0", lane)}


def test_every_leg_of_a_junction_reaches_every_other(folder: Path) -> None:
    for name, legs, lanes in (
        ("junction_3x1", 3, 1),
        ("junction_4x1", 4, 1),
        ("junction_4x2", 4, 2),
        ("junction_5x1", 5, 1),
    ):
        road_map = load_opendrive(written(name, folder))
        for leg in range(legs):
            found = set()
            for lane in range(1, lanes + 1):
                into = by_id(road_map)[str(leg), 0, -lane if leg == 0 else lane][0]  # leg 0 ends at the junction
                for k in into.next:
                    connector = road_map.lanes[k]
                    assert connector.kind == "connector"
                    assert connector.junction == 0
                    found |= {road_map.lanes[after].road for after in connector.next}
            assert found == {str(other) for other in range(legs) if other != leg}, (name, leg)


def test_conflicts_in_a_junction(folder: Path) -> None:
    """Crossing straight connectors get in each other's way, opposite right turns do not."""
    road_map = load_opendrive(written("junction_4x1", folder))
    network = to_native(road_map)
    connectors = [k for k, lane in enumerate(road_map.lanes) if lane.kind == "connector"]
    turning = {k: float(road_map.lanes[k].heading[-1] - road_map.lanes[k].heading[0]) for k in connectors}
    for a in connectors:
        conflicts = {c["other"] for c in network.lane(a)["conflicts"]}
        for b in connectors:
            across = abs(math.sin(road_map.lanes[a].heading[0] - road_map.lanes[b].heading[0])) > 0.9
            if max(abs(turning[a]), abs(turning[b])) < 0.1 and across:
                assert b in conflicts
            elif turning[a] < -1.0 and turning[b] < -1.0:
                assert b not in conflicts


def test_a_lane_that_begins_and_one_that_ends(folder: Path) -> None:
    road_map = load_opendrive(written("lane_numbers", folder))
    lanes = by_id(road_map)
    ends = [lane for lane in road_map.lanes if lane.ends]
    assert len(ends) == 1
    assert ends[0].lane == 2
    added = [lane for (_, _, number), group in lanes.items() if number == -2 for lane in group]
    assert added
    assert min(lane.width for lane in added) >= 1.0  # narrower pieces are nobody's
    assert max(lane.width for lane in added) == pytest.approx(3.0, abs=0.01)
    for before, after in itertools.pairwise(added):
        assert np.hypot(*(after.line[0] - before.line[-1])) < 0.01


def test_the_exit_of_a_motorway(folder: Path) -> None:
    road_map = load_opendrive(written("exit_ramp", folder))
    assert successors(road_map, "0", -1) == {("1", -1)}
    assert successors(road_map, "0", -2) == {("1", -2)}
    assert successors(road_map, "0", -3) == {("2", -1)}


# Waypoints of CARLA's own reader: worst distance to our line, heading error, width error. CARLA has float32 and a
# mirrored y axis. Measured with carla 0.9.16: docs/opendrive.md.
@pytest.mark.parametrize("name", [name for name in MAPS if name != "exit_ramp"])  # its reader knows no direct junctions
def test_agrees_with_carla(name: str, folder: Path) -> None:
    carla = pytest.importorskip("carla")
    path = written(name, folder)
    road_map, theirs = load_opendrive(path), carla.Map(name, for_carla(path))
    lanes = by_id(road_map)
    distances, headings, widths, compared = [0.0], [0.0], [0.0], 0
    for waypoint in theirs.generate_waypoints(3.0):
        place = waypoint.transform
        point = np.array([place.location.x, -place.location.y])
        group = lanes.get((str(waypoint.road_id), waypoint.section_id, waypoint.lane_id), [])
        near = [nearest(lane, point, -math.radians(place.rotation.yaw)) for lane in group]
        if not near:
            assert waypoint.lane_width < 2.0  # tapers
            continue
        distance, heading, lane = min(near, key=lambda found: found[0])
        if waypoint.lane_width < 2.0 and distance > 0.1:
            continue  # a taper's narrow beginning is left out
        compared += 1
        distances.append(distance)
        headings.append(heading)
        widths.append(abs(lane.width - waypoint.lane_width))
    print(f"{name}: {compared} waypoints, {max(distances):.4f} m, {max(headings):.5f} rad, width {max(widths):.3f} m")
    assert compared > 20
    assert max(distances) < 0.02
    assert max(headings) < 0.01
    assert max(widths) <= (0.5 if name == "lane_numbers" else 0.001)


def for_carla(path: Path) -> str:
    """The map with spirals of constant curvature as arcs: carla 0.9.16 puts those up to 0.75 m off, or at NaN."""
    tree = ElementTree.parse(path)
    for geometry in tree.iter("geometry"):
        start, end = (float(geometry[0].get(name, 0.0)) for name in ("curvStart", "curvEnd"))
        if geometry[0].tag == "spiral" and abs(end - start) < 1e-12:
            geometry[0].tag = "arc" if abs(start) > 1e-6 else "line"
            geometry[0].set("curvature", repr(start))
    return ElementTree.tostring(tree.getroot(), encoding="unicode")


def nearest(lane: MapLane, point: np.ndarray, heading: float) -> tuple[float, float, MapLane]:
    a, b = lane.line[:-1], lane.line[1:]
    share = np.clip(((point - a) * (b - a)).sum(1) / ((b - a) ** 2).sum(1), 0.0, 1.0)
    apart = np.hypot(*(a + share[:, None] * (b - a) - point).T)
    k = int(apart.argmin())
    ours = lane.heading[k] + share[k] * (lane.heading[k + 1] - lane.heading[k])
    return float(apart[k]), abs(math.remainder(float(ours) - heading, math.tau)), lane


@pytest.mark.parametrize("name", ["straight", "curves", "back_to_back", "junction_3x1", "junction_4x1", "junction_4x2"])
def test_topology_agrees_with_carla(name: str, folder: Path) -> None:
    """Which road and lane follows which: the same pairs as carla.Map.get_topology()."""
    carla = pytest.importorskip("carla")
    path = written(name, folder)
    road_map = load_opendrive(path)
    ours = {
        (lane.road, lane.lane, road_map.lanes[k].road, road_map.lanes[k].lane)
        for lane in road_map.lanes
        for k in lane.next
    }
    theirs = {
        (str(a.road_id), a.lane_id, str(b.road_id), b.lane_id)
        for a, b in carla.Map(name, for_carla(path)).get_topology()
        if a.road_id != b.road_id
    }
    assert theirs == ours
