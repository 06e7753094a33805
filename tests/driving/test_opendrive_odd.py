"""Maps that are odd but not wrong: what is left out is said, what can't be driven on too, nothing eats the memory."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from opendrive_maps import BOTH, LINE, geometry, lane, opendrive, read, road, sides

from wm_envs.driving.opendrive import load_opendrive
from wm_envs.driving.opendrive_model import OpenDriveError, OpenDriveWarning


@pytest.mark.parametrize(
    "coefficients", ['a="0" b="0" c="0" d="1"', 'a="0" b="37" c="0" d="0"', 'a="-400" b="0" c="0" d="0"']
)
def test_a_lane_far_from_its_reference_line_is_refused(coefficients):
    text = opendrive(road(LINE, BOTH, offset=f'<laneOffset s="0" {coefficients}/>'))
    with pytest.raises(
        OpenDriveError, match=r"road '1', lane -?1: it lies .* m from the reference line at s=.*<laneOffset>"
    ):
        load_opendrive(text)


@pytest.mark.parametrize(("kind", "what"), [("1000001", "light"), ("206", "sign")])
def test_a_signal_at_no_junction_is_said_to_be_left_out(kind, what):
    signal = f'<signals><signal id="9" s="50" t="-4" type="{kind}" orientation="+"/></signals>'
    with pytest.warns(OpenDriveWarning, match=f"{what} '9' holds nobody at a junction; left out"):
        read(road(LINE, BOTH, after=signal))


def test_a_link_to_a_junction_that_is_not_there_is_said_to_be_left_out():
    link = '<link><successor elementType="junction" elementId="7"/></link>'
    with pytest.warns(OpenDriveWarning, match="its link to junction '7' is left out, there is none"):
        read(road(LINE, BOTH, before=link))


@pytest.mark.parametrize(
    ("limit", "speed", "said"),
    [
        ("no limit", 130 / 3.6, "no speed limit; traffic drives up to 130"),
        ("0", 50 / 3.6, "a speed limit of 0 is read as undefined, 50"),
    ],
)
def test_speed_limits_that_are_none(limit, speed, said):
    kind = f'<type s="0" type="motorway"><speed max="{limit}" unit="km/h"/></type>'
    with pytest.warns(OpenDriveWarning, match=said):
        road_map = read(road(LINE, BOTH, before=kind))
    assert all(one.speed_limit == pytest.approx(speed) for one in road_map.lanes)


def chain(piece: float, count: int) -> str:
    """Roads of ``piece`` m, one behind the other."""
    roads = []
    for k in range(count):
        before = f'<predecessor elementType="road" elementId="{k - 1}" contactPoint="end"/>' if k else ""
        after = f'<successor elementType="road" elementId="{k + 1}" contactPoint="start"/>' if k + 1 < count else ""
        links = '<link><predecessor id="-1"/><successor id="-1"/></link>'
        line = geometry("<line/>", piece, x=k * piece)
        roads.append(
            road(line, sides(right=lane(-1, more=links)), str(k), length=piece, before=f"<link>{before}{after}</link>")
        )
    return opendrive(*roads)


@pytest.mark.parametrize("piece", [3.0, 6.0])
def test_a_road_of_short_pieces_is_driven_on(piece, tmp_path):
    path = tmp_path / "chain.xodr"
    path.write_text(chain(piece, int(300 / piece)))
    env = gym.make("wm_envs:wm/Driving-v0", scenario="map", map=str(path), sensors=("state",), vehicles=4)
    seen = set()
    for seed in range(5):
        obs, _ = env.reset(seed=seed)
        seen.add(round(float(env.unwrapped.car_state[0])))
        for _ in range(30):
            obs, *_, terminated, _, info = env.step(np.array([0.0, 0.3, 0.0], np.float32))
            assert np.isfinite(obs["state"]).all()
            assert info["cost_off_road"] == 0.0
            if terminated:
                break
    assert len(seen) > 2


def test_a_map_without_room_for_a_car_says_so(tmp_path):
    path = tmp_path / "short.xodr"
    path.write_text(opendrive(road(geometry("<line/>", 3.0), BOTH, length=3.0)))
    with pytest.raises(ValueError, match="map: agents find no lane to start on"):
        gym.make("wm_envs:wm/Driving-v0", scenario="map", map=str(path))
