"""Traffic lights and rights of way at junctions: which connectors a signal gates, when it is green, who goes first."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np

from wm_envs.driving.opendrive_lanes import Road
from wm_envs.driving.opendrive_model import MapLane, MapSignal
from wm_envs.driving.opendrive_xml import integer, number

_LIGHTS = {"1000001", "1000009", "1000011"}  # three lights, two lights, three with arrows
_GIVE_WAY = {"205", "206"}  # German yield and stop signs, also used by CARLA's maps
_GREEN, _PHASE = 25.0, 30.0  # s; yellow is the 3 s after green, then all is red for 2 s


class SignalReader:
    """Reads signals of all roads after lanes are linked."""

    def __init__(
        self, root: ElementTree.Element, roads: dict[str, Road], lanes: list[MapLane], notes: list[str]
    ) -> None:
        self._roads, self._lanes, self._notes = roads, lanes, notes
        self._origin = (0.0, 0.0)
        controllers = enumerate(root.findall("controller"))
        self._controllers = {c.get("signalId", ""): k for k, group in controllers for c in group.findall("control")}
        self._definitions = {e.get("id", ""): e for e in root.findall("road/signals/signal")}
        self._incoming: dict[int, list[int]] = {}  # connector -> lanes before it
        for k, lane in enumerate(lanes):
            for after in lane.next:
                self._incoming.setdefault(after, []).append(k)

    def read(self, origin: tuple[float, float]) -> tuple[MapSignal, ...]:
        """Sets ``signal`` of the gated connectors; returns the lights, ``origin`` subtracted from their positions."""
        self._origin = origin
        found: list[tuple[str, ElementTree.Element, Road, list[int]]] = []
        for road in self._roads.values():
            for element in road.element.findall("signals/*"):
                definition = self._definitions.get(element.get("id", ""))
                if definition is None or definition.get("type") not in _LIGHTS:
                    continue
                gated = [k for k in self._gated(road, element, "light") if self._lanes[k].signal < 0]
                if gated:
                    found.append((element.get("id", ""), element, road, gated))
                    for k in gated:
                        self._lanes[k].signal = len(found) - 1
        phases = self._phases([(name, gated) for name, _, _, gated in found])
        return tuple(
            self._signal(name, element, road, gated, phase)
            for (name, element, road, gated), phase in zip(found, phases, strict=True)
        )

    def rank(self, junctions: list[ElementTree.Element]) -> None:
        """Sets ``priority`` of connectors by signs and ``<priority>``; among equals traffic decides."""
        ranks: dict[str, int] = {}
        for element in (p for j in junctions for p in j.findall("priority")):
            ranks[element.get("high", "")] = 1
            ranks.setdefault(element.get("low", ""), -1)
        yielding: set[int] = set()
        for road in self._roads.values():
            for element in road.element.findall("signals/*"):
                definition = self._definitions.get(element.get("id", ""))
                if definition is not None and definition.get("type") in _GIVE_WAY:
                    yielding |= set(self._gated(road, element, "sign"))
        for k, lane in enumerate(self._lanes):
            if lane.kind == "connector":
                lane.priority = ranks.get(lane.road, 0) - 2 * (k in yielding)

    def _gated(self, road: Road, element: ElementTree.Element, what: str) -> list[int]:
        """Connectors that the signal stands before, or on; without one it is left out."""
        found = []
        for k, lane in enumerate(self._lanes):
            if lane.kind != "connector":
                continue
            beside = [lane] if road.junction is not None else [self._lanes[b] for b in self._incoming.get(k, ())]
            if any(one.road == road.id and _applies(element, one, road) for one in beside):
                found.append(k)
        if not found:
            self._notes.append(f"{road.place}: {what} {element.get('id')!r} holds nobody at a junction; left out")
        return found

    def _phases(self, signals: list[tuple[str, list[int]]]) -> list[tuple[int, int]]:
        """(phase, number of phases) of each signal: by controller, else by the axis of its road."""
        keys: list[tuple[int, int]] = []
        for name, gated in signals:
            lane = self._lanes[gated[0]]
            axis = round(2.0 * float(lane.heading[0]) / math.pi) % 2
            keys.append((lane.junction, self._controllers.get(name, -1 - axis)))
        groups = {j: sorted({c for other, c in keys if other == j}) for j, _ in keys}
        return [(groups[j].index(c), len(groups[j])) for j, c in keys]

    def _signal(
        self, name: str, element: ElementTree.Element, road: Road, gated: list[int], phase: tuple[int, int]
    ) -> MapSignal:
        s = np.array([number(element, "s", f"{road.place}, signal {name!r}")])
        t = number(element, "t", f"{road.place}, signal {name!r}")
        point = road.line.at(s)
        heading = float(point.heading[0])
        x, y = point.position[0] + t * np.array([-math.sin(heading), math.cos(heading)])
        start, cycle = phase[0] * _PHASE, max(phase[1], 2) * _PHASE
        facing = float(self._lanes[gated[0]].heading[0])
        at = float(x) - self._origin[0], float(y) - self._origin[1]
        return MapSignal(name, at, facing, cycle, start, start + _GREEN)


def _applies(element: ElementTree.Element, lane: MapLane, road: Road) -> bool:
    orientation = element.get("orientation", "none")
    if (orientation == "+" and lane.lane > 0) or (orientation == "-" and lane.lane < 0):
        return False
    place = f"{road.place}, signal {element.get('id')!r}"
    spans = [(integer(v, "fromLane", place), integer(v, "toLane", place)) for v in element.findall("validity")]
    return not spans or any(min(span) <= lane.lane <= max(span) for span in spans)
