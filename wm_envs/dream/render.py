"""Dreamt frames for people: enlarged arrays, and a window that is opened only when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_envs.dream.instruments import can_draw, draw
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
    if can_draw(world.spaces.observation):
        if not getattr(world, "can_decode", hasattr(world, "decode")):
            raise TypeError(f"render_mode={mode!r} needs a world with a decoder")
        return
    space = View(world, "pixels").space
    shape = space.shape or ()
    if len(shape) != 3 or shape[-1] not in (1, 3) or space.dtype != np.uint8:
        raise ValueError(f"render_mode={mode!r} needs a world whose observations are uint8 pictures, this has {space}")


def picture(obs: Any) -> NDArray[np.uint8]:
    """A real or decoded observation for people, RGB uint8: pictures enlarged, vectors drawn (`instruments`)."""
    return draw(obs) if isinstance(obs, Mapping) or np.ndim(obs) == 1 else enlarge(obs)


def enlarge(frame: NDArray[np.uint8], width: int = WIDTH) -> NDArray[np.uint8]:
    """A frame uint8 ``[H, W, 1 or 3]`` as RGB, every pixel repeated until it is at least `width` wide."""
    times = -(-width // frame.shape[1])
    large = frame.repeat(times, 0).repeat(times, 1)
    return large.repeat(3, -1) if large.shape[-1] == 1 else large


def check_compare(compare: Any, mode: str | None) -> None:
    """Raise ValueError for a `compare` that nobody would see."""
    if not isinstance(compare, bool):
        raise ValueError(f"compare={compare!r}: expected True or False")
    if compare and mode is None:
        raise ValueError(f"compare=True is for looking at: pass render_mode={' or '.join(map(repr, RENDER_MODES))}")


def side_by_side(real: Any, dream: Any, *, over: bool = False) -> NDArray[np.uint8]:
    """Two observations, pictures or vectors, as one RGB picture, real left, dream right, each under its name.

    Args:
        real: of the real environment.
        dream: decoded.
        over: the real episode has ended: its last frame is shown dark.
    """
    left, right = picture(real), picture(dream)
    halves = [_named("REAL", left // 3 if over else left, _BLUE), _named("DREAM", right, _ORANGE)]
    gap = np.zeros((halves[0].shape[0], _GAP, 3), np.uint8)
    return np.concatenate([halves[0], gap, halves[1]], 1)


def _named(name: str, frame: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    letters = [np.array([[int(dot) for dot in row] for row in _LETTERS[letter]], np.uint8) for letter in name]
    dots = np.concatenate([np.pad(letter, ((0, 0), (0, 1))) for letter in letters], 1).repeat(2, 0).repeat(2, 1)
    band = np.zeros((_BAND, frame.shape[1], 3), np.uint8)
    top = (_BAND - len(dots)) // 2
    band[top : top + len(dots), 8 : 8 + dots.shape[1]] = dots[..., None] * np.array(colour, np.uint8)
    return np.concatenate([band, frame])


_BAND, _GAP = 22, 4
_BLUE, _ORANGE = (86, 166, 232), (240, 140, 62)
_LETTERS = {  # 4 x 7 dots: no font, and so no pygame, for two words
    "R": ("1110", "1001", "1001", "1110", "1010", "1001", "1001"),
    "E": ("1111", "1000", "1000", "1110", "1000", "1000", "1111"),
    "A": ("0110", "1001", "1001", "1111", "1001", "1001", "1001"),
    "L": ("1000", "1000", "1000", "1000", "1000", "1000", "1111"),
    "D": ("1110", "1001", "1001", "1001", "1001", "1001", "1110"),
    "M": ("10001", "11011", "10101", "10101", "10001", "10001", "10001"),
}


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
