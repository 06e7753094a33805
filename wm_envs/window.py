"""A window that shows frames, opened by the first one."""

from __future__ import annotations

import importlib
import os
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray


def import_pygame(what: str) -> Any:
    """The module pygame, imported when `what` needs it.

    Raises:
        DependencyNotInstalled: without pygame.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        return importlib.import_module("pygame")
    except ImportError as error:
        raise gym.error.DependencyNotInstalled(f"{what} needs pygame: pip install pygame-ce") from error


class Window:
    """A pygame window as large as its first frame.

    Raises:
        gymnasium.error.DependencyNotInstalled: pygame-ce is missing.
    """

    def __init__(self, title: str) -> None:
        self._pygame = import_pygame("render_mode='human'")
        self._title = title
        self._screen: Any = None  # pygame's own types are known only once it is imported
        self._clock: Any = None

    def show(self, picture: NDArray[np.uint8], fps: float) -> None:
        """Show uint8 ``[H, W, 3]`` and wait for the next tick."""
        pygame = self._pygame
        if self._screen is None:
            pygame.display.init()
            self._screen = pygame.display.set_mode((picture.shape[1], picture.shape[0]))
            pygame.display.set_caption(self._title)
            self._clock = pygame.time.Clock()
        pygame.surfarray.blit_array(self._screen, picture.swapaxes(0, 1))
        pygame.event.pump()
        pygame.display.flip()
        self._clock.tick(fps)

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._screen is not None:
            self._pygame.display.quit()
            self._screen = None
