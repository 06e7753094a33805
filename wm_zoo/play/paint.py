"""A canvas with a scale: text, boxes and pictures in units of which `--scale` makes pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from wm_envs.window import import_pygame
from wm_zoo.play.pictures import Picture

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

BACK: Colour = (14, 16, 21)
PANEL: Colour = (26, 29, 38)
LINE: Colour = (52, 57, 72)
TEXT: Colour = (236, 239, 245)
MUTED: Colour = (139, 147, 167)
BLUE: Colour = (86, 166, 232)
ORANGE: Colour = (240, 140, 62)
RED: Colour = (232, 76, 76)
GREEN: Colour = (110, 196, 124)


class Painter:
    """Draws on one surface.

    Args:
        surface: of pygame.
        scale: pixels of a unit.
    """

    def __init__(self, surface: Any, scale: float) -> None:
        self._pygame: Any = import_pygame("wm play")
        self.surface, self._scale = surface, scale
        self._fonts: dict[int, Any] = {}

    def box(self, box: Box, colour: Colour, *, alpha: int = 255, radius: float = 0) -> None:
        """A filled rectangle: left, top, width, height."""
        x, y, width, height = (self._px(v) for v in box)
        if alpha == 255:
            self._pygame.draw.rect(self.surface, colour, (x, y, width, height), border_radius=self._px(radius))
            return
        layer = self._pygame.Surface((width, height), self._pygame.SRCALPHA)
        self._pygame.draw.rect(layer, (*colour, alpha), layer.get_rect(), border_radius=self._px(radius))
        self.surface.blit(layer, (x, y))

    def text(
        self, words: str, x: float, y: float, *, size: int = 16, colour: Colour = TEXT, align: float = 0.0
    ) -> None:
        """Words with their top at y and, by `align` 0 to 1, their left end to right end at x."""
        drawn = self._font(size).render(words, True, colour)
        self.surface.blit(drawn, (self._px(x) - round(align * drawn.get_width()), self._px(y)))

    def width(self, words: str, size: int = 16) -> float:
        """Width of words in units."""
        return float(self._font(size).size(words)[0]) / self._scale

    def line(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """Connected points; nothing for fewer than two."""
        if len(points) > 1:
            self._pygame.draw.aalines(self.surface, colour, False, [(self._px(x), self._px(y)) for x, y in points])

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle."""
        self._pygame.draw.circle(self.surface, colour, (self._px(x), self._px(y)), self._px(radius))

    def picture(self, picture: Picture, box: Box) -> Box:
        """A picture uint8 ``[H, W, 3]``, as large as fits into the middle of a box; returns where it is."""
        height, width = picture.shape[:2]
        times = min(box[2] / width, box[3] / height)
        placed = (box[0] + (box[2] - times * width) / 2, box[1] + (box[3] - times * height) / 2)
        surface = self._pygame.image.frombuffer(np.ascontiguousarray(picture), (width, height), "RGB").convert()
        size = (self._px(times * width), self._px(times * height))
        if size != (width, height):  # few pixels are shown as what they are; many are smoothed
            enlarge = self._pygame.transform.scale if width < 200 else self._pygame.transform.smoothscale
            surface = enlarge(surface, size)
        self.surface.blit(surface, (self._px(placed[0]), self._px(placed[1])))
        return (*placed, times * width, times * height)

    def _font(self, size: int) -> Any:
        if size not in self._fonts:  # the font that comes with pygame: the same on every machine
            self._fonts[size] = self._pygame.font.Font(None, self._px(size * 1.35))
        return self._fonts[size]

    def _px(self, value: float) -> int:
        return round(value * self._scale)
