"""Pictures of decoded vectors, for people: a lidar and a route from above, everything else as bars."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

SIDE = 256
"""Width and height of the picture in pixels."""

_MAP = 192  # rows of the view from above; the bars get the rest
_RANGE = 88  # pixels of the lidar's range
_DARK, _GREY, _BLUE, _RED, _WHITE = (24, 26, 30), (150, 156, 164), (86, 166, 232), (214, 62, 54), (235, 235, 235)
_ROUTE_SCALE, _LIDAR_SCALE = 50.0, 60.0  # m of 1 in driving's state, and of its lidar unless told otherwise

Image = NDArray[np.uint8]


def can_draw(space: gym.Space[Any]) -> bool:
    """Whether observations are vectors of numbers: a Box ``[N]`` or a Dict of such."""
    parts = space.spaces.values() if isinstance(space, gym.spaces.Dict) else [space]
    return all(isinstance(part, gym.spaces.Box) and len(part.shape) == 1 for part in parts)


def draw(obs: NDArray[Any] | Mapping[str, NDArray[Any]]) -> Image:
    """One picture uint8 ``[SIDE, SIDE, 3]`` of a vector, or of vectors by name.

    Args:
        obs: ``lidar`` float ``[beams]``, distances in units of the range, counter-clockwise from straight ahead; any
            other vector is shown as bars around a zero line, scaled to [-1, 1]. Driving's ``state`` adds its route.
    """
    if not isinstance(obs, Mapping):
        obs = {"values": obs}
    image = np.full((SIDE, SIDE, 3), _DARK, np.uint8)
    centre = (_MAP // 2 + 24, SIDE // 2)  # row, column of the car, which looks up
    if "lidar" in obs:
        _returns(image, centre, np.asarray(obs["lidar"], np.float64))
    if "state" in obs:
        _route(image, centre, np.asarray(obs["state"], np.float64))
    image[centre[0] - 6 : centre[0] + 7, centre[1] - 3 : centre[1] + 4] = _RED
    rest = [np.asarray(value, np.float64) for name, value in obs.items() if name != "lidar"]
    if rest:
        _bars(image[_MAP + 4 :], np.concatenate(rest))
    return image


def _returns(image: Image, centre: tuple[int, int], distance: NDArray[np.float64]) -> None:
    angle = 2 * np.pi * np.arange(len(distance)) / len(distance)
    hit = distance < 0.99
    for a, r in zip(angle[hit], np.clip(distance[hit], 0, 1) * _RANGE, strict=True):
        _dot(image, centre[0] - r * np.cos(a), centre[1] - r * np.sin(a), _GREY, 2)


def _route(image: Image, centre: tuple[int, int], state: NDArray[np.float64]) -> None:
    """Points of the route ahead, where the state is driving's."""
    from wm_envs import _native

    names = list(_native.DrivingBatch.state_names())
    if len(names) != len(state):
        return
    scale = _RANGE * _ROUTE_SCALE / _LIDAR_SCALE
    ahead = [i for i, name in enumerate(names) if name.startswith("route_") and name.endswith("m_x")]
    points = [(0.0, 0.0), *((state[i], state[i + 1]) for i in ahead)]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        for share in np.linspace(0, 1, 24):
            x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
            _dot(image[:_MAP], centre[0] - x * scale, centre[1] - y * scale, _BLUE, 1)


def _bars(strip: Image, values: NDArray[np.float64]) -> None:
    height, width = strip.shape[:2]
    middle, step = height // 2, max(1, width // len(values))
    strip[middle] = _GREY
    for i, value in enumerate(np.clip(np.nan_to_num(values[: width // step]), -1, 1)):
        top, bottom = sorted((middle, middle - round(float(value) * (middle - 2))))
        strip[top : bottom + 1, i * step : i * step + max(1, step - 1)] = _WHITE


def _dot(image: Image, row: float, column: float, colour: tuple[int, int, int], size: int) -> None:
    r, c = round(row), round(column)
    if 0 <= r < len(image) and 0 <= c < image.shape[1]:
        image[max(0, r - size + 1) : r + size, max(0, c - size + 1) : c + size] = colour
