"""Vectors as pictures: what the lidar meets and where the route goes is where people look for it."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from wm_envs import _native
from wm_envs.dream.instruments import SIDE, can_draw, draw


def test_which_spaces_can_be_drawn():
    vector, image = gym.spaces.Box(-1, 1, (5,)), gym.spaces.Box(0, 255, (8, 8, 3), np.uint8)
    assert can_draw(vector)
    assert can_draw(gym.spaces.Dict(a=vector, b=vector))
    assert not can_draw(image)
    assert not can_draw(gym.spaces.Dict(a=vector, b=image))


@pytest.mark.parametrize(("beam", "side"), [(0, "above"), (18, "left"), (36, "below"), (54, "right")])
def test_beams_go_counter_clockwise_from_straight_ahead(beam, side):
    lidar = np.ones(72, np.float32)
    blank = draw({"lidar": lidar})
    lidar[beam] = 0.5
    rows, columns = np.nonzero((draw({"lidar": lidar}) != blank).any(-1))
    row, column = np.nonzero((blank[..., 0] == 214) & (blank[..., 1] == 62))
    up, left = rows.mean() - row.mean(), columns.mean() - column.mean()
    assert {"above": up < -30, "below": up > 30, "left": left < -30, "right": left > 30}[side]


def test_the_route_of_a_driving_state_is_drawn_ahead_and_to_its_side():
    names = list(_native.DrivingBatch.state_names())
    state = np.zeros(len(names), np.float32)
    for metres in range(5, 55, 5):
        state[names.index(f"route_{metres}m_x")] = metres / 50
        state[names.index(f"route_{metres}m_y")] = metres / 100  # to the left
    blue = (draw({"state": state}) == (86, 166, 232)).all(-1)
    rows, columns = np.nonzero(blue)
    assert len(rows) > 20
    assert columns[rows.argmin()] < SIDE // 2 - 20  # the far end is left of the car


def test_bars_rise_for_positive_and_fall_for_negative_numbers():
    picture = draw({"values": np.array([1.0, -1.0, np.nan])})
    white = (picture == 235).all(-1)
    strip = white[196:]
    middle = len(strip) // 2
    assert strip[:middle, :20].any()
    assert not strip[middle + 1 :, :80].any()
    assert strip[middle + 1 :, 90:160].any()
