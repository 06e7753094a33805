"""Dreamt frames for people: enlarged arrays, and a window that is opened only when asked for."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_envs.dream.protocol import DreamWorld
from wm_envs.dream.views import View

WIDTH = 256
"""Smallest width of a rendered frame in pixels."""

RENDER_MODES = ("rgb_array", "human")


def check_render_mode(mode: str | None, world: DreamWorld) -> None:
    """Raise ValueError for an unknown mode or observations that are no pictures, TypeError without a decoder."""
    if mode is None:
        return
    if mode not in RENDER_MODES:
        raise ValueError(f"render_mode={mode!r}: expected one of {', '.join(RENDER_MODES)}, or None")
    space = View(world, "pixels").space
    shape = space.shape or ()
    if len(shape) != 3 or shape[-1] not in (1, 3) or space.dtype != np.uint8:
        raise ValueError(f"render_mode={mode!r} needs a world whose observations are uint8 pictures, this has {space}")


def enlarge(frame: NDArray[np.uint8], width: int = WIDTH) -> NDArray[np.uint8]:
    """A frame uint8 ``[H, W, 1 or 3]`` as RGB, every pixel repeated until it is at least `width` wide."""
    times = -(-width // frame.shape[1])
    large = frame.repeat(times, 0).repeat(times, 1)
    return large.repeat(3, -1) if large.shape[-1] == 1 else large


class Window:
    """A pygame window."""

    def __init__(self, title: str) -> None:
        try:
            import pygame
        except ImportError as error:
            raise gym.error.DependencyNotInstalled("render_mode='human' needs pygame: pip install pygame-ce") from error
        self._pygame, self._title = pygame, title
        self._screen: Any = None

    def show(self, frame: NDArray[np.uint8], fps: int) -> None:
        """Show a frame uint8 ``[H, W, 3]`` and wait for the next tick."""
        pygame = self._pygame
        if self._screen is None:
            pygame.display.init()
            pygame.display.set_caption(self._title)
            self._screen = pygame.display.set_mode((frame.shape[1], frame.shape[0]))
            self._clock = pygame.time.Clock()
        pygame.surfarray.blit_array(self._screen, frame.swapaxes(0, 1))
        pygame.event.pump()
        pygame.display.flip()
        self._clock.tick(fps)

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._screen is not None:
            self._pygame.display.quit()
            self._screen = None
