"""Frames for people: the 96x96 picture enlarged, and a window that is opened only when asked for."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

RENDER_MODES = ("human", "rgb_array")
WIDTH, HEIGHT = 600, 400  # pixels, as stock's rgb_array
FPS = 50


def check_render_mode(mode: str | None) -> None:
    """Raise ValueError for an unknown mode."""
    if mode is not None and mode not in RENDER_MODES:
        raise ValueError(f"render_mode={mode!r}: expected one of {', '.join(RENDER_MODES)}, or None")


def enlarge(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture uint8 ``[H, W, 3]`` by nearest pixel as uint8 ``[400, 600, 3]``."""
    rows = np.arange(HEIGHT) * picture.shape[0] // HEIGHT
    columns = np.arange(WIDTH) * picture.shape[1] // WIDTH
    enlarged: NDArray[np.uint8] = picture[rows[:, None], columns]
    return enlarged


class Window:
    """A pygame window, opened by the first frame."""

    def __init__(self, title: str) -> None:
        try:
            import pygame
        except ImportError as error:
            raise gym.error.DependencyNotInstalled("render_mode='human' needs pygame: pip install pygame-ce") from error
        self._pygame, self._title = pygame, title
        self._screen: Any = None

    def show(self, frame: NDArray[np.uint8], fps: float) -> None:
        """Show a frame uint8 ``[H, W, 3]`` and wait for the next tick."""
        pygame = self._pygame
        if self._screen is None:
            pygame.display.init()
            self._screen = pygame.display.set_mode((frame.shape[1], frame.shape[0]))
            pygame.display.set_caption(self._title)
            self._clock = pygame.time.Clock()
        pygame.surfarray.blit_array(self._screen, frame.swapaxes(0, 1))
        pygame.event.pump()
        pygame.display.flip()
        self._clock.tick(fps)

    def close(self) -> None:
        """Close the window."""
        if self._screen is not None:
            self._pygame.display.quit()
            self._screen = None
