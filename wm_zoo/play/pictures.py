"""Pictures out of observations, whatever an environment's observations are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs.dream.instruments import draw

Picture = NDArray[np.uint8]

_FIRST = ("camera", "birdseye")  # of a Dict observation, what a driver looks at


def picture_of(obs: Any) -> Picture | None:
    """The picture in an observation as uint8 ``[H, W, 3]``; None if it has none.

    It is the observation itself, the first picture in a Dict, or, where there are only vectors, a drawing of them.
    """
    if (found := _image(obs)) is not None:
        return found
    if not isinstance(obs, Mapping):
        return draw(obs) if np.ndim(obs) == 1 else None
    vectors = {name: value for name, value in obs.items() if np.ndim(value) == 1}
    return draw(vectors) if vectors else None


def _image(obs: Any) -> Picture | None:
    if isinstance(obs, Mapping):
        names = sorted(obs, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
        return next((found for name in names if (found := _image(obs[name])) is not None), None)
    array = np.asarray(obs)
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        return None
    if array.ndim == 2:
        array = array[..., None]
    if array.shape[-1] not in (1, 3):
        return None
    return np.ascontiguousarray(array.repeat(3, -1) if array.shape[-1] == 1 else array)


def numbers_of(info: Mapping[str, Any]) -> dict[str, float | int | bool]:
    """The plain numbers of an info; what is an array or not finite is left out."""
    found: dict[str, float | int | bool] = {}
    for name, value in info.items():
        plain = value.item() if isinstance(value, np.generic) else value
        if isinstance(plain, bool | int) or (isinstance(plain, float) and np.isfinite(plain)):
            found[name] = plain
    return found
