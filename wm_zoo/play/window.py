"""The window, and the one clear error where there can be none."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

from wm_envs.window import import_pygame
from wm_zoo import atomic
from wm_zoo.play.errors import PlayError
from wm_zoo.play.hud import AREA, BAR, Shown, draw
from wm_zoo.play.paint import Painter

_HELP = "run it on a desktop, under `xvfb-run -a wm play …`, or with SDL_VIDEODRIVER=dummy to play without a window"
_UNSEEN = ("dummy", "offscreen", "evdev")


class PlayWindow:
    """A pygame window with the pictures above and the numbers below.

    Args:
        title: of the window.
        width: in units.
        scale: pixels of a unit.

    Raises:
        PlayError: there is no display, and nobody asked for none.
        DependencyNotInstalled: pygame-ce is missing.
    """

    def __init__(self, title: str, width: float, scale: float) -> None:
        self._pygame: Any = import_pygame("wm play")
        self.width = width
        _open_display(self._pygame)
        size = tuple(round(side * scale / 2) * 2 for side in (width, AREA + BAR))  # even, as videos want it
        try:
            self._pygame.font.init()
            self._screen = self._pygame.display.set_mode(size)
        except self._pygame.error as error:
            self._pygame.display.quit()
            raise PlayError(f"cannot open a window of {size[0]}x{size[1]} pixels: {error}; {_HELP}") from error
        self._pygame.display.set_caption(title)
        self._pygame.joystick.init()
        self._painter = Painter(self._screen, scale)
        self._clock = self._pygame.time.Clock()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, both even."""
        width, height = self._screen.get_size()
        return width, height

    @property
    def fps(self) -> float:
        """Frames a second of late."""
        return float(self._clock.get_fps())

    def events(self) -> list[Any]:
        """What has happened since the last call."""
        return list(self._pygame.event.get())

    def draw(self, shown: Shown) -> None:
        """Draw a frame and show it."""
        draw(self._painter, self.width, shown)
        self._pygame.display.flip()

    def wait(self, fps: float) -> None:
        """Wait for the next frame."""
        self._clock.tick(fps)

    def pixels(self) -> bytes:
        """The last frame: RGB rows from the top."""
        return bytes(self._pygame.image.tobytes(self._screen, "RGB"))

    def screenshot(self, folder: Path) -> Path:
        """Write the last frame as ``shot-0001.png``, with the first number that is free."""
        number = 1
        while (path := folder / f"shot-{number:04d}.png").exists():
            number += 1
        buffer = io.BytesIO()
        self._pygame.image.save(self._screen, buffer, "shot.png")
        atomic.write_bytes(path, buffer.getvalue())
        return path

    def close(self) -> None:
        """Close the window; may be called twice."""
        self._pygame.joystick.quit()
        self._pygame.display.quit()


def _open_display(pygame: Any) -> None:
    asked = os.environ.get("SDL_VIDEODRIVER") or os.environ.get("SDL_VIDEO_DRIVER")
    if not asked and sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise PlayError(f"there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): {_HELP}")
    try:
        pygame.display.init()
    except pygame.error as error:
        raise PlayError(f"cannot open a display: {error}; {_HELP}") from error
    driver = pygame.display.get_driver()
    if not asked and driver in _UNSEEN:
        pygame.display.quit()
        raise PlayError(f"there is no display (SDL found only {driver!r}): {_HELP}")
