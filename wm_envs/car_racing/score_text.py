"""The score's text, rendered with pygame's own font when somebody asks for it.

The font is GPL and no part of this project: nothing of it is stored; the installed pygame-ce draws it at run time.
"""

from __future__ import annotations

import importlib
from functools import cache, lru_cache
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.window import import_pygame

FIRST, LAST = -999, 1099  # scores in the table; others are drawn with the fast painter's digits
SIZE = 42  # stock's font size
_INK, _PAPER = (255, 255, 255), (0, 0, 0)


def grey(score: float) -> NDArray[np.uint8]:
    """The text of a score as stock shows it, grey uint8 ``[h, w]`` (at most 120 wide: longer ones are cut)."""
    return _grey(f"{score:04.0f}")


@lru_cache(maxsize=256)
def _grey(text: str) -> NDArray[np.uint8]:
    surface = _font().render(text, True, _INK, _PAPER)
    pixels: NDArray[np.uint8] = import_pygame("the score").surfarray.array3d(surface)[:, :, 0].T
    return np.ascontiguousarray(pixels[:, :120])


@cache
def _font() -> Any:
    pygame = import_pygame("the score")
    font = importlib.import_module("pygame.font")
    font.init()
    return font.Font(pygame.font.get_default_font(), SIZE)


@cache
def score_table() -> _native.ScoreTable:
    """The text of every score from FIRST to LAST, made once in a process.

    Raises:
        DependencyNotInstalled: without pygame-ce (`pygame` renders other pixels).
    """
    if not getattr(import_pygame("painter='exact'"), "IS_CE", False):
        raise gym.error.DependencyNotInstalled(
            "painter='exact' needs pygame-ce; installed is pygame: pip uninstall pygame, then pip install pygame-ce"
        )
    table = _native.ScoreTable(FIRST)
    for score in range(FIRST, LAST + 1):
        table.add(_grey.__wrapped__(f"{score:04.0f}"))
    table.set_negative_zero(grey(-0.0))
    return table
