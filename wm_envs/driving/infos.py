"""What driving reports besides the reward: one row of numbers an agent, by name and with units.

==========================  =========  ==============================================================================
name                        unit       meaning
==========================  =========  ==============================================================================
cost                        1          sum of the costs of this decision
cost_collision_vehicle      event      1 when a contact with a vehicle begins
cost_collision_pedestrian   event      1 when a contact with a pedestrian begins
cost_collision_static       event      1 when a contact with a building, wall or cone begins
cost_off_road               event+rate 1 when the car's centre leaves the asphalt, then 1 a second until it is back
cost_red_light              event      1 when the front crosses a stop line at red
cost_wrong_way              rate       1 a second driven against a lane's direction
cost_speeding               rate       (speed - 1.05 limit) / limit a second, where that is positive
cost_headway                rate       1 - headway / (1 s) a second, where that is positive (above 2 m/s)
reward_<term>               1          weighted terms; their sum is the reward
speed, speed_limit          m/s        along the heading; of the lane
acceleration                m/s^2      along the heading
lateral_acceleration        m/s^2      speed times yaw rate, positive to the left
jerk                        m/s^3      change of acceleration over the decision
position_x, position_y      m          centre of the car
heading                     rad        counter-clockwise from east
lane_offset                 m          to the left of the centre of the lane that the car is on
lane_heading_error          rad        heading against that lane's
progress, route_length      m          driven along the route (parking: nearer to the bay); to the goal
route_completion            1          0 to 1
goal_distance               m          to the bay; parking only, else 0
time_to_collision           s          to the leader on the route at present speeds, at most 30
headway                     s          to the leader, at most 30
time                        s          since reset
success                     bool       the goal is reached
collision                   bool       something is touched
off_road, off_route         bool       off the asphalt; more than 12 m beside the route
==========================  =========  ==============================================================================

In the last decision of an episode these say how it ended.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.driving.spaces import Obs
from wm_envs.vectors import Flags, everybody

NAMES: tuple[str, ...] = tuple(_native.DrivingBatch.info_names())
FLAGS = frozenset({"success", "collision", "off_road", "off_route"})
_FLAG_ROWS = slice(NAMES.index("success"), NAMES.index("off_route") + 1)  # all of FLAGS and nothing else
_KEYS = tuple(key for name in NAMES for key in (name, f"_{name}"))
_APART = 8  # numbers between two columns: 256 of them end to end would compete for the same few lines of a cache


def single(row: NDArray[np.float32]) -> dict[str, Any]:
    """The info of one agent from its row, float32 ``[len(NAMES)]``: floats and bools."""
    values: dict[str, Any] = dict(zip(NAMES, row.tolist(), strict=True))
    for name in FLAGS:
        values[name] = values[name] != 0.0
    return values


def table(lanes: int) -> NDArray[np.float64]:
    """What the native step writes into: float64 ``[len(NAMES), lanes and a few]``, uninitialised."""
    return np.empty((len(NAMES), lanes + _APART))


def columns(filled: NDArray[np.float64], mask: Flags) -> dict[str, Any]:
    """Arrays ``[N]`` of every number, views of `filled`, with Gymnasium's ``_key`` masks.

    Args:
        filled: float64 ``[len(NAMES), N or more]``, nobody else's.
        mask: lanes that have these infos.
    """
    known = filled[:, : len(mask)]
    values: list[Any] = [mask] * len(_KEYS)
    values[::2] = known
    values[2 * _FLAG_ROWS.start : 2 * _FLAG_ROWS.stop : 2] = known[_FLAG_ROWS] != 0.0
    return dict(zip(_KEYS, values, strict=True))


def gather(rows: NDArray[np.float32], mask: Flags) -> dict[str, Any]:
    """Arrays ``[N]`` of every number, zero outside `mask`, with Gymnasium's ``_key`` masks.

    Args:
        rows: float32 ``[N, len(NAMES)]``.
        mask: lanes that have these infos.
    """
    filled = rows.T.astype(np.float64, order="C")  # [len(NAMES), N], a copy
    if not mask.all():
        filled[:, ~mask] = 0.0
    return columns(filled, mask)


def with_finals(
    filled: NDArray[np.float64], final_rows: NDArray[np.float32], ended: Flags, final_obs: Obs
) -> dict[str, Any]:
    """Infos of a SAME_STEP batch: ``final_obs`` and ``final_info`` of the lanes that ended, and all lanes' numbers.

    Args:
        filled: as in `columns`.
        final_rows: float32 ``[N, len(NAMES)]``, of the lanes that ended.
        ended: bool ``[N]``.
        final_obs: what those lanes saw last.
    """
    info: dict[str, Any] = {}
    if ended.any():
        last = np.full(len(ended), None, dtype=object)
        for lane in np.flatnonzero(ended):
            last[lane] = {name: values[lane].copy() for name, values in final_obs.items()}
        info["final_obs"], info["_final_obs"] = last, ended.copy()
        info["final_info"], info["_final_info"] = gather(final_rows, ended.copy()), ended.copy()
    info.update(columns(filled, everybody(len(ended))))
    return info
