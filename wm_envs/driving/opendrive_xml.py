"""Reading the XML safely: no DTD, no entities, every number finite, every complaint with its place in the file."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from wm_envs.driving.opendrive_model import OpenDriveError

_MAX_BYTES = 256 * 2**20
_MAX_NUMBER = 1e9  # no length, position or coefficient of a map is larger


def refuse(place: str, found: str, fix: str) -> NoReturn:
    """Raise the error that says where, what and how to mend it."""
    raise OpenDriveError(f"{place}: {found}. {fix}")


def read_root(path_or_xml: str | bytes | Path) -> tuple[ElementTree.Element, str]:
    """The root element and a name for the map; text that starts with ``<`` is XML itself, anything else a path."""
    if isinstance(path_or_xml, bytes):
        return _parse(path_or_xml, "OpenDRIVE text"), "map"
    if isinstance(path_or_xml, str) and path_or_xml.lstrip("\ufeff \t\r\n").startswith("<"):
        return _parse(path_or_xml.lstrip("\ufeff \t\r\n").encode(), "OpenDRIVE text"), "map"
    path = Path(path_or_xml).expanduser()
    if not path.is_file():
        refuse(f"map={str(path_or_xml)!r}", "there is no such file", "Give a .xodr file, or its XML as text")
    if path.stat().st_size > _MAX_BYTES:
        refuse(str(path), f"{path.stat().st_size} bytes", f"Maps of at most {_MAX_BYTES} bytes are read: cut the map")
    return _parse(path.read_bytes(), str(path)), path.stem


def _parse(data: bytes, source: str) -> ElementTree.Element:
    def doctype(*_: Any) -> None:
        refuse(
            source,
            "a document type (<!DOCTYPE …>) or entity (<!ENTITY …>)",
            "Maps need neither and they can be abused: remove the declaration",
        )

    scanner = expat.ParserCreate()
    scanner.StartDoctypeDeclHandler = doctype
    scanner.EntityDeclHandler = doctype
    try:
        scanner.Parse(data, True)
        root = ElementTree.fromstring(data)
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
        if isinstance(error, OpenDriveError):
            raise
        raise OpenDriveError(f"{source}: not well-formed XML ({error}). Export it again as OpenDRIVE") from error
    for element in root.iter():  # some tools write a default namespace
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != "OpenDRIVE":
        refuse(source, f"the root element is <{root.tag}>", "Expected <OpenDRIVE>: is this another format?")
    return root


def text_of(element: ElementTree.Element, name: str, place: str) -> str:
    """An attribute that must be there."""
    value = element.get(name)
    if value is None:
        refuse(f"{place}, <{element.tag}>", f"the attribute {name!r} is missing", "OpenDRIVE requires it: add it")
    return value


def number(element: ElementTree.Element, name: str, place: str, default: float | None = None) -> float:
    """A finite number, or ``default`` where the attribute is missing and one is given."""
    if default is not None and element.get(name) is None:
        return default
    text = text_of(element, name, place)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        refuse(f"{place}, <{element.tag}>", f"{name}={text!r} is not a finite number", "Write it as a decimal number")
    if abs(value) > _MAX_NUMBER:
        refuse(
            f"{place}, <{element.tag}>", f"{name}={text!r} is beyond {_MAX_NUMBER:g}", "Lengths are in metres: check it"
        )
    return value


def integer(element: ElementTree.Element, name: str, place: str) -> int:
    """A whole number: lane ids."""
    text = text_of(element, name, place)
    try:
        return int(text)
    except ValueError:
        refuse(f"{place}, <{element.tag}>", f"{name}={text!r} is not a whole number", "Lane ids are whole numbers")


def increasing(elements: list[ElementTree.Element], name: str, place: str) -> list[ElementTree.Element]:
    """The same elements, after a check that their positions ascend from 0 on."""
    at = [number(element, name, place) for element in elements]
    if at and at[0] < -1e-6:
        refuse(f"{place}, <{elements[0].tag}>", f"{name}={at[0]:g} is negative", "Positions start at 0")
    for before, after in itertools.pairwise(at):
        if after < before:
            refuse(f"{place}, <{elements[0].tag}>", f"{name} falls from {before:g} to {after:g}", "Sort the elements")
    return elements
