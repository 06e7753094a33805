"""What a frame of a comparison looks like: real beside dreamt, words, and how far they have come apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as BitmapFont

Picture = NDArray[np.uint8]

SIDE = 320  # pixels of one picture in the video
_BAR = 34  # pixels of text above and below
_PAPER, _INK, _QUIET = (255, 255, 255), (34, 39, 46), (110, 118, 129)
_REAL, _DREAM = (31, 111, 178), (217, 115, 13)  # as in the report


@dataclass(frozen=True)
class Moment:
    """One step of the comparison.

    Attributes:
        real: what the agent saw, uint8 ``[H, W, 3]``.
        dream: what its world imagined, likewise.
        step: decisions since the episode began.
        since: steps that the dream has not been corrected.
        reward: real reward of this step.
        imagined: the dream's.
    """

    real: Picture
    dream: Picture
    step: int
    since: int
    reward: float
    imagined: float

    @property
    def divergence(self) -> float:
        """Mean absolute difference of the pictures, of 255."""
        return float(np.abs(self.real.astype(np.int16) - self.dream.astype(np.int16)).mean())


def panel(moment: Moment, moments: Sequence[Moment]) -> Image:
    """One picture of the video: real and dreamt side by side, with words and the divergence so far."""
    from PIL import Image, ImageDraw

    width, height = 2 * SIDE + 3 * 12, SIDE + 2 * _BAR + 52
    page = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(page)
    for place, (picture, name, colour) in enumerate([(moment.real, "real", _REAL), (moment.dream, "dreamt", _DREAM)]):
        left = 12 + place * (SIDE + 12)
        page.paste(enlarge(picture, SIDE), (left, _BAR))
        draw.text((left, 8), name, fill=colour, font=_font(17))
    draw.text((SIDE + 24 + SIDE, 9), f"{moment.since} steps ahead, uncorrected", _QUIET, _font(14), anchor="ra")
    below = SIDE + _BAR + 8
    words = f"step {moment.step}    reward {moment.reward:+.1f}, dreamt {moment.imagined:+.1f}    "
    draw.text((12, below), words + f"difference {moment.divergence:.1f} of 255", fill=_INK, font=_font(14))
    _plot(draw, moment, moments, (12, below + 26, width - 12, height - 10))
    return page


def _plot(draw: Any, moment: Moment, moments: Sequence[Moment], box: tuple[int, int, int, int]) -> None:
    """Divergence over the whole episode as bars: done ones in colour, the rest in grey."""
    left, top, right, bottom = box
    values = np.array([one.divergence for one in moments])
    scale = (bottom - top) / max(float(values.max()), 1.0)
    for place, one in enumerate(moments):
        x = left + place * (right - left) / len(moments)
        colour = _DREAM if one.step <= moment.step else (226, 229, 232)
        draw.line([(x, bottom), (x, bottom - values[place] * scale)], fill=colour, width=2)
    draw.line([(left, bottom), (right, bottom)], fill=_QUIET)


def film_strip(moments: Sequence[Moment], restart: int, columns: int = 8, side: int = 132) -> Image:
    """Real above dreamt at rising distances from one start: steps 1, 2, 4, … or evenly, `columns` of them."""
    from PIL import Image, ImageDraw

    chosen = _columns(_longest_dream(moments, restart), columns)
    gap, head, edge = 6, 22, 58
    page = Image.new("RGB", (edge + len(chosen) * (side + gap), head + 2 * (side + gap)), _PAPER)
    draw = ImageDraw.Draw(page)
    for row, (name, colour) in enumerate([("real", _REAL), ("dreamt", _DREAM)]):
        draw.text((2, head + row * (side + gap) + side // 2), name, colour, _font(14), anchor="lm")
    for column, moment in enumerate(chosen):
        left = edge + column * (side + gap)
        draw.text((left + side // 2, 3), f"+{moment.since}", _QUIET, _font(14), anchor="ma")
        page.paste(enlarge(moment.real, side), (left, head))
        page.paste(enlarge(moment.dream, side), (left, head + side + gap))
    return page


def _longest_dream(moments: Sequence[Moment], restart: int) -> list[Moment]:
    """A dream of full length from the middle of the episode, where there is something to see."""
    dreams: list[list[Moment]] = []
    for moment in moments:
        if moment.since == 1:
            dreams.append([])
        dreams[-1].append(moment)
    whole = [dream for dream in dreams if len(dream) == restart] or [max(dreams, key=len)]
    return whole[len(whole) // 2]


def _columns(dream: Sequence[Moment], columns: int) -> list[Moment]:
    steps = np.unique(np.linspace(0, len(dream) - 1, min(columns, len(dream))).round().astype(int))
    return [dream[step] for step in steps]


def enlarge(picture: Picture, side: int) -> Image:
    """A picture as large as `side`; bicubic, since squares of 5 pixels would be read as the world's own blur."""
    from PIL import Image

    return Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)


def _font(size: int) -> FreeTypeFont | BitmapFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
