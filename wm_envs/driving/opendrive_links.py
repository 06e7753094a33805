"""Which lane follows which: within roads, between roads, and through junctions."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

import numpy as np

from wm_envs.driving.opendrive_lanes import Road
from wm_envs.driving.opendrive_model import MapLane
from wm_envs.driving.opendrive_sections import Section, SectionLane
from wm_envs.driving.opendrive_xml import integer, refuse, text_of

Contact = Literal["start", "end"]
_MOST_LINKS = 4  # successors, and predecessors, of a lane
_GAP = 1.0  # m between the end of a lane and the start of the next: more is no link


@dataclass(frozen=True)
class RoadLink:
    """What a road's ``<link>`` says about one of its ends."""

    kind: str  # road or junction
    id: str
    contact: Contact | None


class Linker:
    """Collects links between lanes; every one is checked for direction and distance."""

    def __init__(self, roads: dict[str, Road], junctions: list[str], lanes: list[MapLane], notes: list[str]) -> None:
        self._roads, self._junctions, self._lanes, self._notes = roads, frozenset(junctions), lanes, notes

    def within(self, road: Road) -> None:
        """From piece to piece and from section to section of one road."""
        for section in road.sections:
            for lane in section.lanes.values():
                for piece in range(len(section.cuts) - 2):
                    self._join(lane.indices.get(piece), lane.indices.get(piece + 1), forward=lane.id < 0)
        for before, after in zip(road.sections, road.sections[1:], strict=False):
            pairs = {(a.id, b) for a in before.lanes.values() for b in a.successors}
            pairs |= {(b, a.id) for a in after.lanes.values() for b in a.predecessors}
            for a, b in sorted(pairs):
                if a * b > 0 and a in before.lanes and b in after.lanes:
                    self._join(_at(before, before.lanes[a], "end"), _at(after, after.lanes[b], "start"), forward=a < 0)
                elif before.lanes.get(a) is not None and before.lanes[a].kind is not None:
                    self._notes.append(
                        f"{road.place}: no link from lane {a} to lane {b} at s={after.start:g}; left out"
                    )

    def between(self, road: Road) -> None:
        """To the roads that the road's own ``<link>`` names."""
        for end in ("start", "end"):
            contact: Contact = "start" if end == "start" else "end"
            link = road_link(road, contact)
            if link is not None and link.kind == "junction" and link.id not in self._junctions:
                self._notes.append(f"{road.place}: its link to junction {link.id!r} is left out, there is none")
            if link is None or link.kind != "road":
                continue
            if link.id not in self._roads:  # maps are often cut out of larger ones
                self._notes.append(f"{road.place}: its link to road {link.id!r} is left out, there is none")
                continue
            other = self._roads[link.id]
            if link.contact is None:
                refuse(f"{road.place}, <link>", "contactPoint is missing", 'Write contactPoint="start" or "end"')
            section = road.sections[0 if contact == "start" else -1]
            for lane in section.lanes.values():
                for target in lane.predecessors if contact == "start" else lane.successors:
                    self._connect(road, contact, lane.id, other, link.contact, target)

    def junction(self, junction: ElementTree.Element) -> None:
        """The connections of a ``<junction>``; direct ones link roads without a connecting road."""
        place = f"junction {junction.get('id')!r}"
        if junction.get("type", "default") not in ("default", "direct"):
            refuse(place, f"type={junction.get('type')!r}", "Supported are 'default' and 'direct'")
        for connection in junction.findall("connection"):
            here = f"{place}, connection {connection.get('id')!r}"
            incoming = self._road(text_of(connection, "incomingRoad", here), here)
            other_name = "linkedRoad" if junction.get("type") == "direct" else "connectingRoad"
            other = self._road(text_of(connection, other_name, here), here)
            there = _contact(text_of(connection, "contactPoint", here), here)
            near = self._incoming_end(incoming, other, there, text_of(junction, "id", place))
            if near is None:
                refuse(
                    here,
                    f"road {incoming.id!r} does not say which of its ends meets the junction",
                    f"Give it a <link> to junction {junction.get('id')!r}",
                )
            for link in connection.findall("laneLink"):
                self._connect(incoming, near, integer(link, "from", here), other, there, integer(link, "to", here))

    def finish(self) -> None:
        """Checks the number of successors and finds lanes that end beside ones that go on."""
        incoming = Counter[int]()
        for lane in self._lanes:
            kept: list[int] = []
            for after in lane.next:
                if len(kept) < _MOST_LINKS and incoming[after] < _MOST_LINKS:
                    kept.append(after)
                    incoming[after] += 1
                else:
                    self._notes.append(
                        f"{lane} to {self._lanes[after]}: left out, a lane has at most {_MOST_LINKS} links"
                    )
            lane.next = kept
        for lane in self._lanes:
            beside = [self._lanes[k] for k in (lane.left, lane.right) if k >= 0]
            lane.ends = not lane.next and any(other.next for other in beside)

    def _road(self, road_id: str, place: str) -> Road:
        if road_id not in self._roads:
            refuse(place, f"there is no road {road_id!r}", f"Known ids: {', '.join(list(self._roads)[:8])}")
        return self._roads[road_id]

    def _incoming_end(self, incoming: Road, other: Road, there: Contact, junction: str) -> Contact | None:
        link = road_link(other, there)
        if link is not None and link.kind == "road" and link.id == incoming.id and link.contact is not None:
            return link.contact
        ends: list[Contact] = []
        for end in ("end", "start"):
            contact: Contact = "start" if end == "start" else "end"
            found = road_link(incoming, contact)
            if found is not None and found.kind == "junction" and found.id == junction:
                ends.append(contact)
        return ends[0] if ends else None

    def _connect(self, road: Road, end: Contact, lane: int, other: Road, there: Contact, target: int) -> None:
        a, b = road.sections[0 if end == "start" else -1], other.sections[0 if there == "start" else -1]
        if lane not in a.lanes or target not in b.lanes:
            self._notes.append(f"{road.place}: no lane {target} of {other.place} for a link from lane {lane}; left out")
            return
        leaves = (lane < 0) == (end == "end")  # does the lane's traffic leave its road here?
        if leaves == ((target < 0) == (there == "end")):
            self._notes.append(f"{road.place}: lane {lane} meets lane {target} of {other.place} head-on; left out")
            return
        self._join(_at(a, a.lanes[lane], end), _at(b, b.lanes[target], there), forward=leaves)

    def _join(self, a: int | None, b: int | None, *, forward: bool) -> None:
        if a is None or b is None:  # too narrow there, or nobody's lane
            return
        first, second = (a, b) if forward else (b, a)
        start, after = self._lanes[first], self._lanes[second]
        if second in start.next:
            return
        gap = float(np.hypot(*(after.line[0] - start.line[-1])))
        kink = abs(math.remainder(float(after.heading[0] - start.heading[-1]), math.tau))
        if gap > _GAP + 0.5 * abs(start.width - after.width) or kink > 0.8:
            self._notes.append(f"{start} and {after} are linked but lie {gap:.2f} m and {kink:.2f} rad apart; left out")
            return
        start.next.append(second)


def road_link(road: Road, end: Contact) -> RoadLink | None:
    """The ``<predecessor>`` (start) or ``<successor>`` (end) of a road."""
    link = road.element.find("link/" + ("predecessor" if end == "start" else "successor"))
    if link is None:
        return None
    place = f"{road.place}, <link>"
    kind = text_of(link, "elementType", place)
    if kind not in ("road", "junction"):
        refuse(place, f"elementType={kind!r}", "Expected 'road' or 'junction'")
    contact = link.get("contactPoint")
    return RoadLink(kind, text_of(link, "elementId", place), None if contact is None else _contact(contact, place))


def _contact(text: str, place: str) -> Contact:
    if text == "start":
        return "start"
    if text == "end":
        return "end"
    refuse(place, f"contactPoint={text!r}", "Expected 'start' or 'end'")


def _at(section: Section, lane: SectionLane, end: Contact) -> int | None:
    return lane.indices.get(0 if end == "start" else len(section.cuts) - 2)
