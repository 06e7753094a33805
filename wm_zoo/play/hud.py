"""What is on the screen beside the pictures: numbers, uncertainty, controls, messages, help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wm_zoo.play.controls import Controls
from wm_zoo.play.keys import help_rows
from wm_zoo.play.paint import BACK, BLUE, GREEN, LINE, MUTED, ORANGE, PANEL, RED, TEXT, Painter
from wm_zoo.play.pictures import Picture

AREA = 480
"""Height of the pictures in units."""
BAR = 112
"""Height of the numbers below them."""
WIDE, NARROW = 960, 720
HISTORY = 150
"""Values of the uncertainty that are drawn."""

COLOURS = {"real": BLUE, "dream": ORANGE}


@dataclass
class Shown:
    """All that one frame shows.

    Attributes:
        pictures: name, picture and caption of each side.
        mode: of the side that is driven.
        title: environment and episode.
        facts: names and values of the numbers.
        uncertainty: history, oldest first; None where there is no world.
        controls: of the driver.
        message: a line for a moment, or "".
        banner: lines in the middle, or none.
        recording: whether the red dot is on.
        help: whether the help is over everything.
    """

    pictures: Sequence[tuple[str, Picture | None, str]]
    mode: str
    title: str
    facts: Sequence[tuple[str, str]]
    uncertainty: Sequence[float] | None
    controls: Controls
    message: str = ""
    banner: Sequence[str] = field(default=())
    recording: bool = False
    help: bool = False


def draw(painter: Painter, width: float, shown: Shown) -> None:
    """Draw one frame, `width` units wide and AREA + BAR high."""
    painter.box((0, 0, width, AREA), BACK)
    share = width / max(len(shown.pictures), 1)
    for number, (name, picture, caption) in enumerate(shown.pictures):
        _side(painter, (number * share, 0, share, AREA), name, picture, caption)
    _bar(painter, width, shown)
    if shown.recording:
        painter.box((width - 78, 8, 70, 26), BACK, alpha=205, radius=6)
        painter.dot(width - 62, 21, 7, RED)
        painter.text("REC", width - 50, 14, colour=RED)
    if shown.banner:
        _banner(painter, width, shown.banner)
    if shown.message:
        _message(painter, width, shown.message)
    if shown.help:
        _help(painter, width)


def _side(
    painter: Painter, box: tuple[float, float, float, float], name: str, picture: Picture | None, caption: str
) -> None:
    if picture is None:
        painter.text("no picture", box[0] + box[2] / 2, AREA / 2, colour=MUTED, align=0.5)
        left = box[0]
    else:
        left = painter.picture(picture, (box[0] + 2, 0, box[2] - 4, box[3]))[0]
    chip = painter.width(name.upper()) + 20
    total = chip + (painter.width(caption, 14) + 14 if caption else 0)
    painter.box((left + 8, 8, total, 26), BACK, alpha=205, radius=6)
    painter.box((left + 8, 8, chip, 26), COLOURS[name], radius=6)
    painter.text(name.upper(), left + 18, 13, colour=BACK)
    if caption:
        painter.text(caption, left + chip + 15, 14, size=14)


def _bar(painter: Painter, width: float, shown: Shown) -> None:
    painter.box((0, AREA, width, BAR), PANEL)
    painter.box((0, AREA, width, 3), COLOURS[shown.mode])
    painter.text(shown.title, 18, AREA + 13, size=14, colour=MUTED)
    right = width - 18
    if shown.uncertainty is not None:
        _uncertainty(painter, (right - 200, AREA + 12, 200, BAR - 24), shown.uncertainty)
        right -= 222
    _controls(painter, right - 92, shown.controls)
    step = min((right - 110 - 18) / max(len(shown.facts), 1), 104)
    for number, (name, value) in enumerate(shown.facts):
        painter.text(name, 18 + number * step, AREA + 43, size=13, colour=MUTED)
        painter.text(value, 18 + number * step, AREA + 64, size=20)


def _controls(painter: Painter, left: float, controls: Controls) -> None:
    """A wheel as a bar that grows from the middle, and two pedals."""
    top = AREA + 16
    painter.box((left, top, 92, 10), LINE, radius=5)
    middle, reach = left + 46, 46 * controls.steer
    painter.box((min(middle, middle + reach), top, abs(reach), 10), TEXT)
    painter.box((middle - 1, top - 3, 2, 16), MUTED)
    for number, (name, value, colour) in enumerate(
        (("brake", controls.brake, RED), ("gas", controls.gas, GREEN)),
    ):
        x = left + number * 50
        painter.box((x, top + 20, 42, 40), LINE, radius=4)
        painter.box((x, top + 20 + 40 * (1 - value), 42, 40 * value), colour, radius=4)
        painter.text(name, x + 21, top + 63, size=12, colour=MUTED, align=0.5)


def _uncertainty(painter: Painter, box: tuple[float, float, float, float], values: Sequence[float]) -> None:
    """The number, a bar of it, and how it came about; scaled to the largest value in sight."""
    left, top, width, height = box
    most = max([*values, 1e-9])
    now = values[-1] if values else None
    painter.text("uncertainty", left, top, size=13, colour=MUTED)
    painter.text("-" if now is None else f"{now:.3f}", left + width, top - 3, size=18, align=1.0)
    painter.box((left, top + 20, width, 8), LINE, radius=4)
    if now is not None:
        painter.box((left, top + 20, width * min(now / most, 1.0), 8), ORANGE, radius=4)
    floor, room = top + height, height - 36
    painter.line([(left, floor), (left + width, floor)], LINE)
    step = width / (HISTORY - 1)
    first = left + width - step * (len(values) - 1)
    painter.line([(first + i * step, floor - room * v / most) for i, v in enumerate(values)], ORANGE)


def _banner(painter: Painter, width: float, lines: Sequence[str]) -> None:
    wide = max(painter.width(words, 20 if i == 0 else 15) for i, words in enumerate(lines)) + 56
    high = 30 + 28 * len(lines)
    top = AREA * 0.3 - high / 2  # the car is in the middle, or below it
    painter.box(((width - wide) / 2, top, wide, high), BACK, alpha=225, radius=10)
    for number, words in enumerate(lines):
        size, colour = (20, TEXT) if number == 0 else (15, MUTED)
        painter.text(words, width / 2, top + 18 + 28 * number, size=size, colour=colour, align=0.5)


def _message(painter: Painter, width: float, words: str) -> None:
    while painter.width(words, 15) > width - 60 and len(words) > 10:
        words = "..." + words[8:]  # the end of a path says more than its beginning
    wide = painter.width(words, 15) + 36
    painter.box(((width - wide) / 2, 42, wide, 32), BACK, alpha=225, radius=8)
    painter.text(words, width / 2, 50, size=15, align=0.5)


def _help(painter: Painter, width: float) -> None:
    painter.box((0, 0, width, AREA + BAR), BACK, alpha=235)
    left = (width - 640) / 2
    painter.text("Keys", left, 26, size=24)
    painter.text("keyboard", left, 62, size=13, colour=MUTED)
    painter.text("gamepad", left + 190, 62, size=13, colour=MUTED)
    for number, (key, pad, words) in enumerate(help_rows()):
        y = 86 + number * 29
        painter.box((left, y - 5, 640, 1), LINE)
        painter.text(key, left, y + 1, size=15)
        painter.text(pad, left + 190, y + 1, size=15, colour=MUTED)
        painter.text(words, left + 330, y + 1, size=15)
