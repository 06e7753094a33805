"""A global view of one world for centralised training (QMIX, MAPPO's critic): agents, then the traffic around them.

For each agent 8 numbers: drives (0 or 1), x, y (of 500 m), cosine and sine of the heading, speed (of 40 m/s), route
completion, lane offset (of 5 m). Then 32 places of 6 numbers for whoever else is there, nearest to the agents first:
taken (0 or 1), x, y, cosine, sine, speed. Everything is clipped to [-1, 1]; positions are relative to the agents' mean.
"""

from __future__ import annotations

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.driving import infos

AGENT, OTHER, PLACES = 8, 6, 32
_FAR, _FAST, _WIDE = 500.0, 40.0, 5.0  # m, m/s, m
_NUMBERS = ("position_x", "position_y", "heading", "speed", "route_completion", "lane_offset")
_COLUMNS = [infos.NAMES.index(name) for name in _NUMBERS]
_KIND = 6  # column of DrivingBatch.actors


def space(num_agents: int) -> spaces.Box:
    """float32 ``[num_agents * 8 + 32 * 6]`` in [-1, 1]."""
    return spaces.Box(-1.0, 1.0, (num_agents * AGENT + PLACES * OTHER,), np.float32)


def world_state(batch: _native.DrivingBatch, lane: int, driving: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The state of one lane.

    Args:
        batch: whose lane it is.
        lane: of the batch.
        driving: bool ``[num_agents]``, who drives; the numbers of the others are zero.
    """
    count = len(driving)
    x, y, heading, speed, done, offset = batch.infos[lane * count : (lane + 1) * count, _COLUMNS].astype(np.float64).T
    middle = np.array([x[driving].mean(), y[driving].mean()]) if driving.any() else np.zeros(2)
    place = [(x - middle[0]) / _FAR, (y - middle[1]) / _FAR, np.cos(heading), np.sin(heading)]
    agents = np.stack([np.ones(count), *place, speed / _FAST, done, offset / _WIDE], 1)
    agents[~driving] = 0.0
    flat = np.concatenate([agents.ravel(), _others(batch, lane, middle).ravel()])
    state: NDArray[np.float32] = np.clip(flat, -1.0, 1.0).astype(np.float32)
    return state


def _others(batch: _native.DrivingBatch, lane: int, middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Traffic and pedestrians, ``[PLACES, OTHER]``."""
    actors = batch.actors(lane).astype(np.float64)
    actors = actors[actors[:, _KIND] != 0]  # agents have a part of their own
    away = actors[:, :2] - middle
    nearest = np.argsort((away**2).sum(1), kind="stable")[:PLACES]
    actors, away = actors[nearest], away[nearest]
    places = np.zeros((PLACES, OTHER))
    heading, speed = actors[:, 2], actors[:, 3]
    places[: len(actors), 0] = 1.0
    places[: len(actors), 1:3] = away / _FAR
    places[: len(actors), 3:] = np.stack([np.cos(heading), np.sin(heading), speed / _FAST], 1)
    return places
