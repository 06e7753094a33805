"""OpenDRIVE maps written by hand, for the reader's tests."""

from __future__ import annotations

from wm_envs.driving.opendrive import load_opendrive
from wm_envs.driving.opendrive_model import MapLane, RoadMap

LANE = '<lane id="{id}" type="{type}"><width sOffset="0" a="{a}" b="{b}" c="0" d="0"/>{more}</lane>'


def lane(number: int, a: float = 3.5, b: float = 0.0, kind: str = "driving", more: str = "") -> str:
    return LANE.format(id=number, type=kind, a=a, b=b, more=more)


def sides(left: str = "", right: str = "", center: str = "") -> str:
    left = f"<left>{left}</left>" if left else ""
    right = f"<right>{right}</right>" if right else ""
    return f'{left}<center><lane id="0" type="none">{center}</lane></center>{right}'


def geometry(shape: str, length: float, s: float = 0.0, x: float = 0.0, y: float = 0.0, heading: float = 0.0) -> str:
    return f'<geometry s="{s}" x="{x}" y="{y}" hdg="{heading}" length="{length}">{shape}</geometry>'


def road(
    plan: str,
    lanes: str,
    number: str = "1",
    *,
    length: float = 100.0,
    attributes: str = "",
    before: str = "",
    after: str = "",
    offset: str = "",
) -> str:
    section = lanes if lanes.startswith("<laneSection") else f'<laneSection s="0">{lanes}</laneSection>'
    outside = "" if "junction=" in attributes else 'junction="-1"'
    return (
        f'<road id="{number}" length="{length}" {outside} {attributes}>'
        f"{before}<planView>{plan}</planView><lanes>{offset}{section}</lanes>{after}</road>"
    )


def opendrive(*parts: str) -> str:
    return (
        f'<?xml version="1.0"?><OpenDRIVE><header revMajor="1" revMinor="6" name="hand"/>{"".join(parts)}</OpenDRIVE>'
    )


LINE = geometry("<line/>", 100.0)
BOTH = sides(lane(1), lane(-1))


def read(*parts: str) -> RoadMap:
    return load_opendrive(opendrive(*parts))


def find(road_map: RoadMap, number: int, road_id: str = "1") -> MapLane:
    found = [one for one in road_map.lanes if one.lane == number and one.road == road_id]
    assert len(found) == 1
    return found[0]
