"""Readings matched to frames, whatever the sensors do; bytes, clouds and contacts converted."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from wm_envs.carla import convert
from wm_envs.carla.errors import SensorFrameDropped, SensorFrameError, SensorFrameLate
from wm_envs.carla.sensors import Contacts, EventLog, FrameQueue

GO = np.array([0.0, 0.5, 0.0], np.float32)
CAMERA, LIDAR = "sensor.camera.rgb", "sensor.lidar.ray_cast"
Make = Callable[..., Any]


def at(frame: int) -> Any:
    return SimpleNamespace(frame=frame)


def test_takes_the_frame_that_was_asked_for_and_no_other() -> None:
    waiting = FrameQueue("camera", 8)
    for frame in (5, 6, 6, 7):
        waiting.put(at(frame))
    assert waiting.take(7, 0.1).frame == 7
    assert waiting.stale == 3
    with pytest.raises(SensorFrameLate, match=r"camera: frame 8 .* the last was 7"):
        waiting.take(8, 0.01)


def test_a_later_frame_means_a_dropped_one() -> None:
    waiting = FrameQueue("lidar", 8)
    waiting.put(at(9))
    with pytest.raises(SensorFrameDropped, match="lidar: frame 8 was dropped, frame 9"):
        waiting.take(8, 0.1)


def test_waits_for_a_late_frame_within_the_timeout() -> None:
    waiting = FrameQueue("camera", 8)
    threading.Timer(0.05, waiting.put, (at(1),)).start()
    assert waiting.take(1, 2.0).frame == 1


def test_the_timeout_is_for_the_frame_not_for_each_reading() -> None:
    waiting = FrameQueue("camera", 64)
    for delay in range(8):
        threading.Timer(0.03 * delay, waiting.put, (at(1),)).start()
    start = time.monotonic()
    with pytest.raises(SensorFrameLate):
        waiting.take(2, 0.1)
    assert time.monotonic() - start < 0.2
    time.sleep(0.25)


def test_a_full_queue_never_blocks_the_sensor() -> None:
    waiting = FrameQueue("camera", 3)
    for frame in range(10):
        waiting.put(at(frame))
    assert waiting.overflowed == 7
    assert waiting.take(9, 0.1).frame == 9


@pytest.mark.parametrize("sensor", [CAMERA, LIDAR])
def test_late_frames(server: Any, make: Make, sensor: str) -> None:
    env = make()
    env.reset(seed=0)
    server.fault(sensor, 0.05)  # within the timeout of 0.2 s
    obs = env.step(GO)[0]
    assert obs["camera"][1, 1, 0] == server.frame % 256
    server.fault(sensor, 0.6)
    with pytest.raises(SensorFrameLate):
        env.step(GO)
    assert not server.actors
    assert not server.settings["synchronous_mode"]
    obs, _ = env.reset(seed=0)  # the late one is not taken for a new one
    assert obs["camera"][1, 1, 0] == env.frame % 256
    time.sleep(0.5)
    assert env.step(GO)[0]["camera"][1, 1, 0] == server.frame % 256


@pytest.mark.parametrize("sensor", [CAMERA, LIDAR])
def test_dropped_frames(server: Any, make: Make, sensor: str) -> None:
    env = make()
    env.reset(seed=0)
    server.fault(sensor, "drop")
    with pytest.raises(SensorFrameError):
        env.step(GO)
    assert not server.actors
    env.reset(seed=0)
    env.step(GO)


def test_duplicated_frames_are_used_once_and_counted(server: Any, make: Make) -> None:
    env = make()
    env.reset(seed=0)
    stale = env.sensor_faults["camera"]["stale"]
    server.fault(CAMERA, "duplicate")
    for _ in range(5):
        obs = env.step(GO)[0]
        assert obs["camera"][1, 1, 0] == server.frame % 256
    assert env.sensor_faults["camera"]["stale"] == stale + 1


def test_pixels_are_rgb(server: Any, make: Make) -> None:
    obs, _ = make(vehicles=0).reset(seed=0)
    assert obs["camera"].shape == (8, 12, 3)
    assert obs["camera"][0, 0].tolist() == [3, 2, 1]
    assert obs["camera"][2, 2].tolist() == [server.frame % 256, 20, 10]


def cloud(*points: tuple[float, float, float]) -> bytes:
    return np.array([(*p, 1.0) for p in points], np.float32).tobytes()


def test_a_hand_made_cloud() -> None:
    level = 1.0 - convert.LIDAR_HEIGHT  # a metre above the ground
    beams = convert.lidar_beams(
        cloud(
            (20.0, 0.0, level),  # ahead
            (30.0, 0.0, level),  # behind it: hidden
            (0.0, -12.0, level),  # UE's left is negative y: our beam at +90 degrees
            (0.0, 6.0, level),  # right
            (-40.0, 0.1, level),  # behind, a hair to the right
            (10.0, -10.0, -convert.LIDAR_HEIGHT),  # the road
            (10.0, -10.0, 4.0 - convert.LIDAR_HEIGHT),  # a bridge
            (1.0, 0.5, level),  # the own bonnet
            (0.0, 80.0, level),  # out of range, behind the one at 6 m
        ),
        8, 40.0, (2.4, 1.0),
    )  # fmt: skip
    assert beams.dtype == np.float32
    np.testing.assert_allclose(beams, [0.5, 1, 0.3, 1, 1, 1, 0.15, 1], atol=1e-5)


def test_beams_are_counter_clockwise_and_centred() -> None:
    for k in range(72):
        angle = k * math.tau / 72 + 0.4 * math.tau / 72
        beams = convert.lidar_beams(cloud((10 * math.cos(angle), -10 * math.sin(angle), -1.0)), 72, 60.0, (2.4, 1.0))
        assert np.flatnonzero(beams < 1).tolist() == [k]


def test_nothing_around() -> None:
    assert (convert.lidar_beams(b"", 16, 60.0, (2.4, 1.0)) == 1.0).all()


def test_the_lidar_of_an_episode(server: Any, make: Make) -> None:
    server.cloud = np.array([[0.0, -15.0, -1.0, 1.0]])
    obs, _ = make(vehicles=0, lidar_beams=4, lidar_range=30.0).reset(seed=0)
    assert obs["lidar"].tolist() == [1.0, 0.5, 1.0, 1.0]
    attributes = next(a.attributes for a in server.actors.values() if a.type_id == LIDAR)
    assert float(attributes["rotation_frequency"]) == pytest.approx(10.0)  # one turn in a step of 0.1 s
    assert float(attributes["range"]) == 30.0


def touch(frame: int, actor: int, kind: str = "vehicle.a") -> Any:
    return SimpleNamespace(frame=frame, other_actor=SimpleNamespace(id=actor, type_id=kind))


def test_contacts_are_debounced_for_each_actor() -> None:
    contacts = Contacts(2)
    first = contacts.count([touch(1, 7), touch(1, 7), touch(1, 8, "walker.b")])
    assert first == {"vehicle": 1, "pedestrian": 1, "static": 0}
    assert contacts.count([touch(3, 7)])["vehicle"] == 0
    assert contacts.count([touch(5, 7)])["vehicle"] == 0
    assert contacts.count([touch(8, 7), touch(8, 9, "static.wall")]) == {"vehicle": 1, "pedestrian": 0, "static": 1}


def test_events_are_handed_out_up_to_their_frame() -> None:
    log = EventLog()
    for frame in (3, 2, 5):
        log.put(at(frame))
    assert [e.frame for e in log.until(3)] == [2, 3]
    assert [e.frame for e in log.until(4)] == []
    assert [e.frame for e in log.until(5)] == [5]


def test_routes_do_not_depend_on_the_order_in_which_forks_are_listed() -> None:
    from wm_envs.carla import route

    class Fork:
        """Three lanes lead on from everywhere, listed in any order."""

        def __init__(self, x: float, lane: int, order: list[int]) -> None:
            place = SimpleNamespace(x=x, y=3.5 * lane, z=0.0)
            self.transform = SimpleNamespace(location=place, rotation=SimpleNamespace(yaw=0.0))
            self.x, self.lane_id, self.order, self.road_id, self.s, self.lane_width = x, lane, order, 1, x, 3.5

        def next(self, distance: float) -> list[Any]:
            return [Fork(self.x + distance, lane, self.order) for lane in self.order]

    orders: Any = ([-1, 0, 1], [1, -1, 0])
    found = [route.plan(Fork(0.0, 0, order), 60.0, np.random.default_rng(4)).points for order in orders]
    np.testing.assert_array_equal(*found)
    assert len(np.unique(found[0][:, 1])) == 3
