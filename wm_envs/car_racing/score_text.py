"""The score text of the exact painter, rendered with pygame's own font when somebody asks for it.

The font is GPL and no part of this project: nothing of it is stored; the installed pygame-ce draws it at run time.
"""

from __future__ import annotations

from functools import cache

import gymnasium as gym
import numpy as np

from wm_envs import _native

FIRST, LAST = -999, 1099  # scores in the table; others are drawn with the fast painter's digits
SIZE = 42  # stock's font size
_INK, _PAPER = (255, 255, 255), (0, 0, 0)


@cache
def score_table() -> _native.ScoreTable:
    """The text of every score from FIRST to LAST, made once in a process.

    Raises:
        DependencyNotInstalled: without pygame-ce (`pygame` renders other pixels).
    """
    try:
        import pygame
        import pygame.font
    except ImportError as error:
        raise gym.error.DependencyNotInstalled("painter='exact' needs pygame: pip install pygame-ce") from error
    if not getattr(pygame, "IS_CE", False):
        raise gym.error.DependencyNotInstalled(
            "painter='exact' needs pygame-ce; installed is pygame: pip uninstall pygame, then pip install pygame-ce"
        )
    pygame.font.init()
    font = pygame.font.Font(pygame.font.get_default_font(), SIZE)

    def grey(text: str) -> np.ndarray:
        surface = font.render(text, True, _INK, _PAPER)
        return np.ascontiguousarray(pygame.surfarray.array3d(surface)[:, :, 0].T)

    table = _native.ScoreTable(FIRST)
    for score in range(FIRST, LAST + 1):
        table.add(grey(f"{score:04.0f}"))
    table.set_negative_zero(grey(f"{-0.0:04.0f}"))
    return table
