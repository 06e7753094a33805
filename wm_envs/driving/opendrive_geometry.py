"""The reference line of a road: lines, arcs, clothoids (spirals) and cubic polynomials, evaluated in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from wm_envs.driving.opendrive_model import Array
from wm_envs.driving.opendrive_xml import increasing, number, refuse

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_MAX_LENGTH = 1e5  # m of one road
_MAX_TURNING = 200.0  # rad in one element: nothing real turns that far
_PANEL = 0.5  # rad of turning in one quadrature panel: 12 nodes are then exact to rounding


@dataclass(frozen=True)
class LinePoints:
    """Points: position ``[N, 2]`` m, heading ``[N]`` rad, curvature ``[N]`` 1/m, speed ``[N]`` in m per m of s."""

    position: Array
    heading: Array
    curvature: Array
    speed: Array


@dataclass(frozen=True)
class Clothoid:
    """A line whose curvature changes evenly: straight (0, 0), arc (k, k) and spiral (k0, k1)."""

    x: float
    y: float
    heading: float
    length: float
    curvature: float
    curvature_end: float

    def at(self, s: Array) -> LinePoints:
        """Points at distances ``s`` from its start."""
        rate = (self.curvature_end - self.curvature) / self.length
        heading = self.heading + s * (self.curvature + 0.5 * rate * s)
        bends = abs(self.curvature) + abs(self.curvature_end)
        panels = 1 + int(bends * self.length / _PANEL)  # spans where cosine and sine are close to polynomials
        edges = np.arange(panels) / panels  # [K]
        nodes = (edges[:, None] + (_NODES + 1.0) / (2 * panels)).reshape(-1)  # [K * 12] in [0, 1]
        weights = np.tile(_WEIGHTS / (2 * panels), panels)
        t = s[:, None] * nodes  # [N, K * 12]
        angle = self.heading + t * (self.curvature + 0.5 * rate * t)
        x = self.x + s * (np.cos(angle) @ weights)
        y = self.y + s * (np.sin(angle) @ weights)
        return LinePoints(np.stack([x, y], 1), heading, self.curvature + rate * s, np.ones_like(s))


@dataclass(frozen=True)
class Cubic:
    """``u(p), v(p)`` in the frame of its start: paramPoly3; p runs from 0 to ``range`` over the length."""

    x: float
    y: float
    heading: float
    length: float
    u: tuple[float, ...]  # a, b, c, d
    v: tuple[float, ...]
    range: float

    def at(self, s: Array) -> LinePoints:
        """Points at distances ``s`` from its start."""
        per_metre = self.range / self.length
        (u, du, ddu), (v, dv, ddv) = (_cubic(c, s * per_metre) for c in (self.u, self.v))
        cosine, sine = math.cos(self.heading), math.sin(self.heading)
        position = np.stack([self.x + cosine * u - sine * v, self.y + sine * u + cosine * v], 1)
        slope = np.maximum(np.hypot(du, dv), 1e-9)
        curvature = (du * ddv - dv * ddu) / slope**3
        return LinePoints(position, self.heading + np.unwrap(np.arctan2(dv, du)), curvature, slope * per_metre)


@dataclass(frozen=True)
class Poly3:
    """``v(u)`` in the frame of its start, by arc length: the deprecated poly3."""

    cubic: Cubic  # u = p

    @property
    def length(self) -> float:
        """Of the element, m."""
        return self.cubic.length

    def at(self, s: Array) -> LinePoints:
        """Points at arc lengths ``s`` from its start."""
        grid = np.linspace(0.0, self.length, 2 + int(self.length / 0.02))
        slope = np.sqrt(1.0 + _cubic(self.cubic.v, grid)[1] ** 2)
        arc = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(grid) * (slope[1:] + slope[:-1]))])
        found = self.cubic.at(np.interp(s, arc, grid))
        return LinePoints(found.position, found.heading, found.curvature, np.ones_like(s))


Element = Clothoid | Cubic | Poly3


def _cubic(c: tuple[float, ...], p: Array) -> tuple[Array, Array, Array]:
    value = c[0] + p * (c[1] + p * (c[2] + p * c[3]))
    return value, c[1] + p * (2 * c[2] + p * 3 * c[3]), 2 * c[2] + 6 * c[3] * p


@dataclass(frozen=True)
class ReferenceLine:
    """The elements of a road's plan view, one after the other from s = 0."""

    starts: Array
    elements: tuple[Element, ...]

    @property
    def length(self) -> float:
        """End of the last element, m."""
        return float(self.starts[-1]) + self.elements[-1].length

    def at(self, s: Array) -> LinePoints:
        """Points at ``s`` ``[N]``; beyond the ends the first and the last element go on."""
        which = np.clip(np.searchsorted(self.starts, s, side="right") - 1, 0, len(self.elements) - 1)
        n = len(s)
        out = LinePoints(np.empty((n, 2)), np.empty(n), np.empty(n), np.empty(n))
        for k in np.unique(which):
            mask = which == k
            part = self.elements[k].at(s[mask] - self.starts[k])
            out.position[mask], out.heading[mask] = part.position, part.heading
            out.curvature[mask], out.speed[mask] = part.curvature, part.speed
        return out


def read_reference_line(road: ElementTree.Element, place: str, notes: list[str]) -> ReferenceLine:
    """The ``<planView>`` of a road."""
    geometries = increasing(road.findall("planView/geometry"), "s", place)
    geometries = [g for g in geometries if number(g, "length", place) > 1e-6]  # tools leave empty ones behind
    if not geometries:
        refuse(place, "it has no <planView> with a <geometry> of positive length", "Give the road a reference line")
    starts = np.array([number(g, "s", place) for g in geometries])
    elements = tuple(_element(g, f"{place}, geometry at s={s:g}") for g, s in zip(geometries, starts, strict=True))
    line = ReferenceLine(starts, elements)
    if max(line.length, *(element.length for element in elements)) > _MAX_LENGTH:
        refuse(place, f"it is {line.length:g} m long", f"Roads of at most {_MAX_LENGTH:g} m are read: divide it")
    _check_joints(line, place, notes)
    return line


def _element(geometry: ElementTree.Element, place: str) -> Element:
    x, y, heading, length = (number(geometry, name, place) for name in ("x", "y", "hdg", "length"))
    shape = geometry[0] if len(geometry) else None
    match shape.tag if shape is not None else "":
        case "line":
            return Clothoid(x, y, heading, length, 0.0, 0.0)
        case "arc":
            curvature = number(geometry[0], "curvature", place)
            return _clothoid(x, y, heading, length, curvature, curvature, place)
        case "spiral":
            start, end = (number(geometry[0], name, place) for name in ("curvStart", "curvEnd"))
            return _clothoid(x, y, heading, length, start, end, place)
        case "paramPoly3":
            u, v = (tuple(number(geometry[0], n + axis, place) for n in "abcd") for axis in "UV")
            if math.hypot(u[1], v[1]) < 1e-9:
                refuse(place, "no direction at the start (bU = bV = 0)", "Give it one, or use a spiral")
            normalized = geometry[0].get("pRange", "normalized") != "arcLength"
            return Cubic(x, y, heading, length, u, v, 1.0 if normalized else length)
        case "poly3":
            v = tuple(number(geometry[0], n, place) for n in "abcd")
            return Poly3(Cubic(x, y, heading, length, (0.0, 1.0, 0.0, 0.0), v, length))
        case other:
            refuse(
                place,
                f"<{other}> is not a known shape" if other else "it has no shape",
                "Expected <line>, <arc>, <spiral>, <paramPoly3> or <poly3>",
            )


def _clothoid(x: float, y: float, heading: float, length: float, start: float, end: float, place: str) -> Clothoid:
    if (abs(start) + abs(end)) * length > _MAX_TURNING:
        refuse(
            place,
            f"curvature {start:g} to {end:g} 1/m over {length:g} m turns more than {_MAX_TURNING:g} rad",
            "Curvature is in 1/m: check its unit",
        )
    return Clothoid(x, y, heading, length, start, end)


def _check_joints(line: ReferenceLine, place: str, notes: list[str]) -> None:
    """Each element must begin where the one before ends: jumps would become impossible lanes."""
    for start, before, after in zip(line.starts[1:], line.elements, line.elements[1:], strict=False):
        end, begin = before.at(np.array([before.length])), after.at(np.array([0.0]))
        gap = float(np.hypot(*(end.position - begin.position)[0]))
        kink = abs(math.remainder(float(end.heading[0] - begin.heading[0]), math.tau))
        if gap > 1.0 or kink > 0.5:
            refuse(
                f"{place}, <geometry> at s={start:g}",
                f"the reference line jumps by {gap:.2f} m and {kink:.2f} rad",
                "Let x, y, hdg be the end of the geometry before",
            )
        if gap > 0.05 or kink > 0.05:
            notes.append(f"{place}: the reference line jumps by {gap:.3f} m and {kink:.3f} rad at s={start:g}")
