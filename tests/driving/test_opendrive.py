"""The OpenDRIVE reader on hand-written maps: exact curves, widths, limits, lights, errors for what it refuses."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from opendrive_maps import BOTH, LINE, find, geometry, lane, opendrive, read, road, sides
from scipy.special import fresnel

from wm_envs.driving.opendrive import load_opendrive, native_network, to_native
from wm_envs.driving.opendrive_model import OpenDriveError, OpenDriveWarning


def worst(line: np.ndarray, truth: np.ndarray) -> float:
    return float(np.hypot(*(line - truth).T).max())


def test_a_line() -> None:
    road_map = read(road(geometry("<line/>", 100.0, x=5.0, y=-3.0, heading=0.6), BOTH))
    right, left = find(road_map, -1), find(road_map, 1)
    along, aside = np.array([math.cos(0.6), math.sin(0.6)]), np.array([-math.sin(0.6), math.cos(0.6)])
    truth = np.array([[5.0, -3.0], [5.0, -3.0] + 100.0 * along]) - 1.75 * aside
    assert worst(right.line, truth) < 1e-9
    assert worst(left.line, truth[::-1] + 3.5 * aside) < 1e-9  # runs against the road
    assert right.heading == pytest.approx(0.6)
    assert math.remainder(left.heading[0] - 0.6 - math.pi, math.tau) == pytest.approx(0.0, abs=1e-12)
    assert road_map.name == "hand"


@pytest.mark.parametrize("curvature", [0.05, -0.05, 0.002])
def test_an_arc(curvature: float) -> None:
    road_map = read(road(geometry(f'<arc curvature="{curvature}"/>', 50.0), BOTH, length=50.0))
    for number, offset in ((-1, -1.75), (1, 1.75)):
        one = find(road_map, number)
        centre = np.array([0.0, 1.0 / curvature])
        radius = abs(1.0 / curvature - offset)
        assert np.abs(np.hypot(*(one.line - centre).T) - radius).max() < 1e-9
        steps = np.hypot(*np.diff(one.line, axis=0).T)
        assert steps.max() <= 0.5
        assert steps.max() / steps.min() < 1.001


def test_a_clothoid_against_fresnel_integrals() -> None:
    """Curvature 0 to 0.04 over 60 m: x = A sqrt(pi) C(s / (A sqrt(pi))), with A = sqrt(1 / rate) (Euler's spiral)."""
    rate = 0.04 / 60.0
    road_map = read(
        road(geometry('<spiral curvStart="0" curvEnd="0.04"/>', 60.0), sides(right=lane(-1, a=4.0)), length=60.0)
    )
    one = find(road_map, -1)
    scale = math.sqrt(math.pi / rate)
    s = np.linspace(0.0, 60.0, 30001)
    sine, cosine = fresnel(s / scale)
    heading = 0.5 * rate * s**2
    truth = np.stack([scale * cosine + 2.0 * np.sin(heading), scale * sine - 2.0 * np.cos(heading)], 1)
    nearest = np.sqrt(((one.line[:, None] - truth[None]) ** 2).sum(-1)).min(1)
    assert nearest.max() < 0.0011  # half the table's spacing
    assert worst(one.line[[0, -1]], truth[[0, -1]]) < 1e-9
    assert one.heading[-1] == pytest.approx(1.2, abs=1e-6)


@pytest.mark.parametrize("start", [-0.05, 0.05])
def test_a_spiral_that_is_an_arc(start: float) -> None:
    ours = read(road(geometry(f'<spiral curvStart="{start}" curvEnd="{start}"/>', 50.0), BOTH, length=50.0))
    arc = read(road(geometry(f'<arc curvature="{start}"/>', 50.0), BOTH, length=50.0))
    assert worst(find(ours, -1).line, find(arc, -1).line) < 1e-9


@pytest.mark.parametrize("shape", ["paramPoly3 normalized", "paramPoly3 arcLength", "poly3"])
def test_a_cubic(shape: str) -> None:
    """v = 0.005 u^2 - 0.00004 u^3 in the frame of the start."""
    c, d, length = 0.005, -4e-5, 60.0
    u = np.linspace(0.0, 60.0, 20001)
    v = c * u**2 + d * u**3
    if shape == "poly3":
        element = f'<poly3 a="0" b="0" c="{c}" d="{d}"/>'
        length = float(np.hypot(np.diff(u), np.diff(v)).sum())
    elif shape.endswith("normalized"):
        u_part = 'aU="0" bU="60" cU="0" dU="0"'
        element = f'<paramPoly3 {u_part} aV="0" bV="0" cV="{c * 3600}" dV="{d * 216000}" pRange="normalized"/>'
    else:
        element = f'<paramPoly3 aU="0" bU="1" cU="0" dU="0" aV="0" bV="0" cV="{c}" dV="{d}" pRange="arcLength"/>'
    one = find(read(road(geometry(element, length), sides(right=lane(-1)), length=length)), -1)
    slope = 2 * c * u + 3 * d * u**2
    normal = np.stack([-slope, np.ones_like(u)], 1) / np.sqrt(1 + slope**2)[:, None]
    truth = np.stack([u, v], 1) - 1.75 * normal
    nearest = np.sqrt(((one.line[:, None] - truth[None]) ** 2).sum(-1)).min(1)
    assert nearest.max() < 0.002
    assert worst(one.line[[-1]], truth[[-1]]) < 0.002


def test_headings_go_on_where_elements_differ_by_whole_turns() -> None:
    first = geometry('<arc curvature="0.1"/>', 15.0, heading=2.5)
    end = 2.5 + 1.5  # rad; written less a turn in the second element
    x, y = 10 * (math.sin(end) - math.sin(2.5)), -10 * (math.cos(end) - math.cos(2.5))
    second = geometry('<arc curvature="0.1"/>', 5.0, s=15.0, x=x, y=y, heading=end - math.tau)
    for number, turned in ((-1, 2.0), (1, -2.0)):
        one = find(read(road(first + second, BOTH, length=20.0)), number)
        assert np.abs(np.diff(one.heading)).max() < 0.1
        assert one.heading[-1] - one.heading[0] == pytest.approx(turned, abs=1e-6)


def test_lane_offset_and_several_widths() -> None:
    """Distances from the reference line on a straight road: offset 1 - s / 100, widths 3 and 2 + s / 250."""
    offset = '<laneOffset s="0" a="1" b="-0.01" c="0" d="0"/>'
    road_map = read(road(LINE, sides(right=lane(-1, a=3.0) + lane(-2, a=2.0, b=0.004)), offset=offset))
    one, two = find(road_map, -1), find(road_map, -2)
    assert one.line[:, 1] == pytest.approx(1.0 - 0.01 * one.line[:, 0] - 1.5)
    truth = 1.0 - 0.01 * two.line[:, 0] - 3.0 - 0.5 * (2.0 + 0.004 * two.line[:, 0])
    assert worst(two.line, np.stack([two.line[:, 0], truth], 1)) < 0.002
    assert one.heading == pytest.approx(math.atan(-0.01), abs=1e-6)
    assert two.width == pytest.approx(2.2)
    assert (one.right, two.left) == (1, 0)


def test_borders() -> None:
    border = '<lane id="{}" type="driving"><border sOffset="0" a="{}" b="0" c="0" d="0"/></lane>'
    road_map = read(road(LINE, sides(border.format(1, 3.0), border.format(-1, -3.0) + border.format(-2, -7.0))))
    assert [find(road_map, k).width for k in (1, -1, -2)] == pytest.approx([3.0, 3.0, 4.0])
    assert find(road_map, -2).line[:, 1] == pytest.approx(-5.0)


def test_widening_lanes_are_cut_where_the_width_changes() -> None:
    road_map = read(road(LINE, sides(right=lane(-1) + lane(-2, a=0.0, b=0.035))))
    pieces = [one for one in road_map.lanes if one.lane == -2]
    assert 4 <= len(pieces) <= 8
    assert pieces[0].width >= 1.0
    assert all(b.width - a.width == pytest.approx(0.5, abs=0.15) for a, b in itertools.pairwise(pieces))
    assert all(road_map.lanes.index(b) in a.next for a, b in itertools.pairwise(pieces))
    beside = [one for one in road_map.lanes if one.lane == -1]
    assert [one.right >= 0 for one in beside][-len(pieces) :] == [True] * len(pieces)


@pytest.mark.parametrize(("unit", "metres"), [("m/s", 1.0), ("km/h", 1 / 3.6), ("mph", 0.44704)])
def test_speed_limits(unit: str, metres: float) -> None:
    kinds = (
        f'<type s="0" type="town"><speed max="50" unit="{unit}"/></type>'
        f'<type s="60" type="rural"><speed max="30" unit="{unit}"/></type>'
    )
    own = f'<speed sOffset="20" max="10" unit="{unit}"/>'
    road_map = read(road(LINE, sides(lane(1), lane(-1, more=own)), before=kinds))
    right = [(one.road_s[0], one.speed_limit) for one in road_map.lanes if one.lane == -1]
    assert right == [
        (0.0, pytest.approx(50 * metres)),
        (20.0, pytest.approx(10 * metres)),
        (60.0, pytest.approx(10 * metres)),
    ]
    left = sorted((one.road_s[1], one.speed_limit) for one in road_map.lanes if one.lane == 1)
    assert left == [
        (0.0, pytest.approx(50 * metres)),
        (20.0, pytest.approx(50 * metres)),
        (60.0, pytest.approx(30 * metres)),
    ]
    assert find(read(road(LINE, sides(right=lane(-1)))), -1).speed_limit == pytest.approx(50 / 3.6)


def test_kinds() -> None:
    kinds = ["driving", "shoulder", "parking", "biking", "sidewalk", "border", "none", "driving"]
    road_map = read(road(LINE, sides(right="".join(lane(-1 - k, a=2.0, kind=kind) for k, kind in enumerate(kinds)))))
    assert [(one.lane, one.kind) for one in road_map.lanes] == [
        (-1, "road"),
        (-2, "shoulder"),
        (-3, "parking"),
        (-8, "road"),
    ]
    assert find(road_map, -8).line[:, 1] == pytest.approx(-15.0)  # the others take their room
    assert all(one.left == one.right == -1 for one in road_map.lanes)


def test_marks() -> None:
    broken, double = (
        '<roadMark sOffset="0" type="broken"/>',
        '<roadMark sOffset="0" type="solid solid" color="yellow"/>',
    )
    solid = '<roadMark sOffset="0" type="solid"/>'
    road_map = read(road(LINE, sides(lane(1, more=solid), lane(-1, more=broken) + lane(-2, more=solid), center=double)))
    assert [find(road_map, k).marks for k in (1, -1, -2)] == [
        ("none", "solid"),
        ("yellow_double", "dashed"),
        ("dashed", "solid"),
    ]
    _, paints = to_native(road_map).quads()
    assert {"yellow_line", "white_line", "asphalt"} <= set(paints)


def test_sections_are_linked() -> None:
    def section(s: float, lanes: str) -> str:
        return f'<laneSection s="{s}">{lanes}</laneSection>'

    def link(text: str) -> str:
        return f"<link>{text}</link>"

    first = section(0, sides(lane(1, more=link('<successor id="1"/>')), lane(-1, more=link('<successor id="-2"/>'))))
    second = section(50, sides(lane(1), lane(-1, a=3.5) + lane(-2)))
    offset = '<laneOffset s="0" a="0" b="0" c="0" d="0"/><laneOffset s="50" a="3.5" b="0" c="0" d="0"/>'
    with pytest.warns(OpenDriveWarning, match="apart"):  # the left lane jumps aside by the offset
        road_map = read(road(LINE, first + second, offset=offset))
    names = {(one.section, one.lane): k for k, one in enumerate(road_map.lanes)}
    assert road_map.lanes[names[0, -1]].next == [names[1, -2]]
    assert road_map.lanes[names[1, -1]].next == []


JUNCTION = (
    '<junction id="7" name=""><connection id="0" incomingRoad="1" connectingRoad="3" contactPoint="start">'
    '<laneLink from="-1" to="-1"/></connection>'
    '<connection id="1" incomingRoad="2" connectingRoad="4" contactPoint="start">'
    '<laneLink from="-1" to="-1"/></connection>{more}</junction>'
)


def crossing(signals: str = "", more: str = "", controllers: str = "") -> str:
    """Roads 1 (from the west) and 2 (from the south) cross on connecting roads 3 and 4."""

    def link(before: str, after: str) -> str:
        return f"<link>{before}{after}</link>"

    into = '<successor elementType="junction" elementId="7"/>'
    one = sides(right=lane(-1))
    return opendrive(
        road(geometry("<line/>", 50.0, x=-60.0), one, "1", length=50, before=link("", into), after=signals),
        road(geometry("<line/>", 50.0, y=-60.0, heading=math.pi / 2), one, "2", length=50, before=link("", into)),
        road(
            geometry("<line/>", 20.0, x=-10.0),
            one,
            "3",
            length=20,
            attributes='junction="7"',
            before=link('<predecessor elementType="road" elementId="1" contactPoint="end"/>', ""),
        ),
        road(
            geometry("<line/>", 20.0, y=-10.0, heading=math.pi / 2),
            one,
            "4",
            length=20,
            attributes='junction="7"',
            before=link('<predecessor elementType="road" elementId="2" contactPoint="end"/>', ""),
        ),
        controllers,
        JUNCTION.format(more=more),
    )


def test_a_junction_and_its_priorities() -> None:
    road_map = load_opendrive(crossing(more='<priority high="3" low="4"/>'))
    assert road_map.junctions == ("7",)
    west, through, across = find(road_map, -1, "1"), find(road_map, -1, "3"), find(road_map, -1, "4")
    assert [road_map.lanes[k].road for k in west.next] == ["3"]
    assert through.kind == across.kind == "connector"
    assert through.priority > across.priority
    network = to_native(road_map)
    k = road_map.lanes.index(through)
    conflicts = network.lane(k)["conflicts"]
    assert [c["other"] for c in conflicts] == [road_map.lanes.index(across)]
    assert conflicts[0]["enter"] < 11.75 < conflicts[0]["leave"]  # both lanes lie 1.75 m to the right of their roads


def test_traffic_lights() -> None:
    lights = (
        '<signals><signal id="a" s="48" t="-4" dynamic="yes" orientation="+" type="1000001" subtype="-1"/>'
        '<signal id="b" s="48" t="4" dynamic="yes" orientation="-" type="1000001" subtype="-1"/></signals>'
    )
    control = '<controller id="c" name=""><control signalId="a"/></controller>'
    with pytest.warns(OpenDriveWarning, match="light 'b' holds nobody"):
        road_map = load_opendrive(crossing(lights, controllers=control))
    assert [one.id for one in road_map.signals] == ["a"]  # b faces traffic that is not there
    assert road_map.signals[0].position == pytest.approx((-12.0, -4.0))
    assert find(road_map, -1, "3").signal == 0
    assert find(road_map, -1, "4").signal == -1
    network = to_native(road_map)
    assert [network.light(0, t) for t in (1.0, 26.0, 29.0, 59.0, 61.0)] == ["green", "yellow", "red", "red", "green"]


def test_a_yield_sign() -> None:
    sign = '<signals><signal id="y" s="48" t="-4" dynamic="no" orientation="+" type="205" subtype="-1"/></signals>'
    road_map = load_opendrive(crossing(sign))
    assert find(road_map, -1, "3").priority < find(road_map, -1, "4").priority


def test_more_than_four_successors_are_left_out_with_a_warning() -> None:
    links = "".join(
        f'<connection id="{k}" incomingRoad="1" connectingRoad="{k}" contactPoint="start">'
        '<laneLink from="-1" to="-1"/></connection>'
        for k in range(10, 16)
    )
    back = '<link><predecessor elementType="road" elementId="1" contactPoint="end"/></link>'
    plan, inside = geometry("<line/>", 20.0, x=100.0), 'junction="7"'
    one = sides(right=lane(-1))
    roads = [road(plan, one, str(k), length=20, attributes=inside, before=back) for k in range(10, 16)]
    with pytest.warns(OpenDriveWarning, match="at most 4"):
        road_map = read(road(LINE, sides(right=lane(-1))), *roads, f'<junction id="7">{links}</junction>')
    assert len(find(road_map, -1).next) == 4
    assert len(road_map.warnings) == 2


def test_what_is_simplified_is_said() -> None:
    height = '<elevationProfile><elevation s="0" a="1" b="0.01" c="0" d="0"/></elevationProfile>'
    things = '<objects><object id="1" type="tree" s="5" t="9"/></objects>'
    with pytest.warns(OpenDriveWarning, match=r"height is ignored.*1 <object> elements are ignored"):
        road_map = read(road(LINE, BOTH, before=height, after=things))
    assert len(road_map.warnings) == 2


def test_a_link_to_nowhere_is_left_out() -> None:
    link = '<link><successor elementType="road" elementId="9" contactPoint="start"/></link>'
    with pytest.warns(OpenDriveWarning, match="road '1': its link to road '9' is left out"):
        assert len(read(road(LINE, BOTH, before=link)).lanes) == 2


def test_a_road_that_closes_on_itself() -> None:
    """A circle of 50 m radius whose end is its start."""
    link = "".join(
        f'<{side} elementType="road" elementId="1" contactPoint="{end}"/>'
        for side, end in (("predecessor", "end"), ("successor", "start"))
    )
    own = '<link><predecessor id="-1"/><successor id="-1"/></link>'
    circle = geometry('<arc curvature="0.02"/>', 100 * math.pi)
    one = sides(right=lane(-1, more=own))
    road_map = read(road(circle, one, length=100 * math.pi, before=f"<link>{link}</link>"))
    assert road_map.lanes[0].next == [0]
    assert np.hypot(*(road_map.lanes[0].line - [0.0, 50.0]).T) == pytest.approx(51.75)


PREFIX = "<!DOCTYPE OpenDRIVE [<!ENTITY a 'b'>]>"


def test_a_map_in_national_coordinates_is_moved_to_zero() -> None:
    light = '<signals><signal id="a" s="48" t="-4" dynamic="yes" orientation="+" type="1000001"/></signals>'
    x, y = 412_345.25, 5_654_321.5
    text = re.sub(r'x="(\S+)" y="(\S+)"', lambda m: f'x="{float(m[1]) + x}" y="{float(m[2]) + y}"', crossing(light))
    with pytest.warns(OpenDriveWarning, match="moved by"):
        far = load_opendrive(text)
    near = load_opendrive(crossing(light))
    shift = np.array([x, y]) - far.origin
    for one, other in zip(far.lanes, near.lanes, strict=True):
        assert np.abs(one.line - other.line - shift).max() < 1e-8
        assert one.next == other.next
    assert np.abs(shift).max() < 100.0
    assert far.signals[0].position == pytest.approx(np.array(near.signals[0].position) + shift)


REFUSED: dict[str, tuple[str, str]] = {
    "DOCTYPE": (f"{PREFIX}<OpenDRIVE/>", "document type"),
    "not XML": ("<OpenDRIVE><road></OpenDRIVE>", "not well-formed"),
    "another format": ("<osm/>", "root element is <osm>"),
    "no road": (opendrive(), "no <road>"),
    "left-hand traffic": (opendrive(road(LINE, BOTH, attributes='rule="LHT"')), "road '1': rule='LHT'.*right-hand"),
    "no plan view": (opendrive(road("", BOTH)), "road '1': it has no <planView>"),
    "unknown shape": (
        opendrive(road(geometry("<bezier/>", 10.0), BOTH)),
        "<bezier> is not a known shape.*<paramPoly3>",
    ),
    "no shape": (opendrive(road(geometry("", 10.0), BOTH)), "it has no shape"),
    "not a number": (opendrive(road(geometry("<line/>", 10.0, x=math.nan), BOTH)), "x='nan' is not a finite number"),
    "missing attribute": (
        opendrive(road(geometry("<arc/>", 10.0), BOTH)),
        "road '1', geometry at s=0, <arc>: the attribute 'curvature' is missing",
    ),
    "curvature in degrees": (opendrive(road(geometry('<arc curvature="57"/>', 10.0), BOTH)), "check its unit"),
    "no length anybody builds": (opendrive(road(geometry("<line/>", 2e5), BOTH)), "road '1': it is 200000 m long"),
    "a number beyond sense": (opendrive(road(geometry("<line/>", 1e300), BOTH)), "length='1e.300' is beyond"),
    "too wide": (opendrive(road(LINE, sides(right=lane(-1, a=60.0)))), "road '1', lane -1: it is 60 m wide"),
    "too fast": (
        opendrive(road(LINE, sides(right=lane(-1, more='<speed sOffset="0" max="999"/>')))),
        "not a speed limit",
    ),
    "too large": (
        opendrive(road(LINE, BOTH), road(geometry("<line/>", 10.0, x=99999.0), BOTH, "2")),
        "the map spans 100 km",
    ),
    "a jump": (
        opendrive(road(geometry("<line/>", 10.0) + geometry("<line/>", 10.0, s=10, x=30.0), BOTH)),
        "jumps by 20.00 m",
    ),
    "unsorted": (
        opendrive(road(geometry("<line/>", 10.0, s=5) + geometry("<line/>", 10.0), BOTH)),
        "s falls from 5 to 0",
    ),
    "no lanes": (opendrive(road(LINE, "<laneSection s='0'/>")), "no lane of type 'driving'"),
    "lane ids with gaps": (opendrive(road(LINE, sides(right=lane(-2)))), "lane -2 without lane -1"),
    "wrong side": (opendrive(road(LINE, sides(right=lane(1)))), "lane id 1 under <right>"),
    "no width": (opendrive(road(LINE, sides(right='<lane id="-1" type="driving"/>'))), "neither <width> nor <border>"),
    "negative width": (
        opendrive(road(LINE, sides(right=lane(-1, a=5.0, b=-0.06)))),
        "road '1', lane -1: the width is negative",
    ),
    "reversed lane": (
        opendrive(road(LINE, sides(right='<lane id="-1" type="driving" direction="reversed"/>'))),
        "direction='reversed'",
    ),
    "unit": (
        opendrive(road(LINE, sides(right=lane(-1, more='<speed sOffset="0" max="3" unit="kn"/>')))),
        "unit='kn'.*'mph'",
    ),
    "same id twice": (opendrive(road(LINE, BOTH), road(LINE, BOTH)), "two roads have this id"),
    "connection of nowhere": (
        opendrive(
            road(LINE, BOTH),
            '<junction id="5"><connection id="0" incomingRoad="9" connectingRoad="1" contactPoint="start"/></junction>',
        ),
        "junction '5', connection '0': there is no road '9'.*Known ids: 1",
    ),
    "junction of nowhere": (opendrive(road(LINE, BOTH, attributes='junction="5"')), "junction='5' does not exist"),
    "virtual junction": (
        opendrive(road(LINE, BOTH), '<junction id="3" type="virtual"/>'),
        "junction '3': type='virtual'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    text, message = REFUSED[case]
    with pytest.raises(OpenDriveError, match=message):
        load_opendrive(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{PREFIX}<OpenDRIVE>&a;</OpenDRIVE>'
    with pytest.raises(OpenDriveError, match="document type"):
        load_opendrive(text.encode(encoding))


def test_a_missing_file() -> None:
    for read_it in (load_opendrive, native_network):
        with pytest.raises(OpenDriveError, match=re.escape("'nowhere.xodr'")):
            read_it("nowhere.xodr")


def test_files_are_read_once_until_they_change(tmp_path: Path) -> None:
    path = tmp_path / "map.xodr"
    path.write_text(opendrive(road(LINE, BOTH)))
    first = native_network(path)
    assert native_network(str(path)) is first
    path.write_text(opendrive(road(LINE, sides(right=lane(-1) + lane(-2)))))
    assert native_network(path).hash != first.hash


def arrays(**changes: Any) -> dict[str, Any]:
    """A network of two straight lanes, one after the other."""
    one = {
        "points": np.array([[0, 0, 0], [10, 0, 0], [10, 0, 0], [20, 0, 0]], np.float32),
        "offsets": np.array([0, 2, 4], np.int32),
        "widths": np.full(2, 3.5, np.float32),
        "speed_limits": np.full(2, 10.0, np.float32),
        "kinds": ["road", "road"],
        "junctions": np.array([-1, -1], np.int32),
        "next_lanes": np.array([1], np.int32),
        "next_offsets": np.array([0, 1, 1], np.int32),
        "left": np.array([-1, -1], np.int32),
        "right": np.array([-1, -1], np.int32),
        "signals": np.zeros((0, 6), np.float32),
        "lane_signals": np.array([-1, -1], np.int32),
        "priorities": np.zeros(2, np.int8),
        "left_marks": ["none", "none"],
        "right_marks": ["solid", "none"],
        "ends": np.zeros(2, np.bool_),
        "max_step": 1.0,
    }
    return one | changes


def test_the_core_takes_arrays() -> None:
    network = type(native_network(opendrive(road(LINE, BOTH))))(**arrays())
    assert network.lane(0)["next"] == [1]
    assert network.lane(1)["previous"] == [0]
    assert network.locate(5.0, 1.0)["d"] == pytest.approx(1.0)
    assert network.locate(5.0, 3.0) is None
    assert network.bounds == pytest.approx((0.0, -1.75, 20.0, 1.75), abs=2.0)
    with pytest.raises(IndexError, match="lane 2 of 2"):
        network.lane(2)
    with pytest.raises(IndexError, match="signal 0 of 0"):
        network.light(0, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.zeros((4, 2), np.float32)}, "points"),
        ({"offsets": np.array([0, 1, 4], np.int32)}, "offsets"),
        ({"offsets": np.array([0, 2, 5], np.int32)}, "offsets"),
        ({"widths": np.zeros(2)}, "widths"),
        ({"kinds": ["road", "raod"]}, "kinds: expected one of 'road'.*'raod'"),
        ({"kinds": ["road"]}, "kinds: expected 2"),
        ({"next_lanes": np.array([2], np.int32)}, "next_lanes: expected -1 to 1, got 2"),
        ({"next_lanes": np.array([-1], np.int32)}, "next_lanes"),
        ({"left": np.array([7, -1], np.int32)}, "left"),
        ({"lane_signals": np.array([0, -1], np.int32)}, "lane_signals"),
        ({"right_marks": ["none", "dotted"]}, "right_marks"),
        ({"points": np.full((4, 3), np.nan, np.float32)}, "lane"),
        ({"points": np.zeros((4, 3), np.float32)}, "lane"),
        ({"widths": np.zeros(2, np.float32)}, "lane 0"),
    ],
)
def test_the_core_refuses_arrays_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    kind = type(native_network(opendrive(road(LINE, BOTH))))
    with pytest.raises(ValueError, match=message):
        kind(**arrays(**changes))
