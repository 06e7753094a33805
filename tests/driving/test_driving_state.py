"""Snapshots: exact, for every scenario; refused when foreign, altered or implausible, and then nothing has changed."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from driving_helpers import SCENARIOS, SMALL, assert_equal, drive_somehow
from gymnasium.vector import AutoresetMode

from wm_envs.driving import DrivingEnv, DrivingVectorEnv


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_goes_on_as_before(scenario, rng):
    options = {
        **SMALL,
        "lidar_noise": 0.2,
        "camera_noise": 5.0,
        "state_noise": 0.1,
        "end_on_collision": False,
        "end_off_road": False,
    }
    env = DrivingEnv(scenario=scenario, **options)
    env.reset(seed=1)
    actions = [drive_somehow(rng, 1)[0] for _ in range(60)]
    for action in actions[:20]:
        obs = env.step(action)[0]
    snapshot = env.get_state()
    assert_equal(env.observe(), obs)
    expected = [env.step(action) for action in actions[20:]]
    other = DrivingEnv(scenario=scenario, **options)
    other.set_state(snapshot)
    assert other.get_state() == snapshot
    assert_equal(other.observe(), obs)
    for action, result in zip(actions[20:], expected, strict=True):
        assert_equal(other.step(action), result)
    env.set_state(snapshot)
    assert_equal(env.step(actions[20]), expected[0])


def test_the_next_episode_too():
    env, other = (DrivingEnv(scenario="town", sensors=["state"]) for _ in range(2))
    env.reset(seed=5)
    snapshot = env.get_state()
    other.set_state(snapshot)
    assert_equal(env.reset(), other.reset())


def test_other_sensors_may_go_on():
    """A planner's environment needs no camera."""
    env = DrivingEnv(scenario="town")
    blind = DrivingEnv(scenario="town", sensors=["state"])
    env.reset(seed=5)
    blind.set_state(env.get_state())
    action = np.array([0.0, 0.5, 0.0])
    one, other = env.step(action), blind.step(action)
    assert_equal(one[0]["state"], other[0]["state"])
    assert_equal(one[1:], other[1:])


@pytest.mark.parametrize(
    "change", [{"scenario": "merge"}, {"density": 0.4}, {"friction": 0.5}, {"model": "ks"}, {"control_step": 0.05}]
)
def test_other_worlds_are_refused(change):
    env = DrivingEnv(scenario="highway", sensors=["state"])
    env.reset(seed=0)
    other = DrivingEnv(**{"scenario": "highway", "sensors": ["state"], **change})
    other.reset(seed=0)
    before = other.get_state()
    with pytest.raises(ValueError, match="other options"):
        other.set_state(env.get_state())
    assert other.get_state() == before


def test_damage_is_refused():
    env = DrivingEnv(scenario="intersection", sensors=["state"])
    env.reset(seed=0)
    snapshot = env.get_state()
    for broken in (
        b"",
        snapshot[:-1],
        snapshot + b"\0",
        b"WMCR" + snapshot[4:],
        snapshot[:99] + b"\7" + snapshot[100:],
    ):
        if broken == snapshot:
            continue
        with pytest.raises(ValueError, match="snapshot"):
            env.set_state(broken)
        assert env.get_state() == snapshot


HEADER = 24  # magic, version, length, checksum, as native/src/core/snapshot.cpp writes them


def sealed(snapshot: bytes, payload: bytes) -> bytes:
    """The payload under the snapshot's header, with a checksum that fits."""
    return snapshot[:16] + struct.pack("<Q", _fnv(payload)) + payload


def _fnv(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


@pytest.mark.parametrize("scenario", ["town", "intersection"])
def test_well_formed_nonsense_is_refused_or_harmless(scenario, rng):
    """Random bytes under a good checksum: an error, or a world that goes on without a crash or a NaN."""
    env = DrivingEnv(scenario=scenario, sensors=["state", "lidar"])
    env.reset(seed=0)
    snapshot = env.get_state()
    assert sealed(snapshot, snapshot[HEADER:]) == snapshot
    refused = 0
    for _ in range(150):
        payload = bytearray(snapshot[HEADER:])
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(16, len(payload) - 4))
            payload[at : at + 4] = rng.bytes(4)
        try:
            env.set_state(sealed(snapshot, bytes(payload)))
        except ValueError:
            refused += 1
            continue
        for _ in range(3):
            obs, reward, terminated, *_ = env.step(np.array([0.1, 0.5, 0.0]))
            assert np.isfinite(obs["state"]).all()
            assert np.isfinite(reward)
            if terminated:
                break
    assert 0 < refused < 150


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_snapshots_of_a_batch_know_which_lanes_wait(mode):
    env = DrivingVectorEnv(
        2, scenario="merge", sensors=["state"], max_episode_steps=3, num_threads=2, autoreset_mode=mode
    )
    env.reset(seed=0)
    action = np.full((2, 3), 0.1, np.float32)
    for _ in range(3):
        env.step(action)
    snapshots = env.get_state()
    expected = [env.step(action) for _ in range(7)]
    env.set_state(snapshots)
    for result in expected:
        assert_equal(env.step(action), result)


def test_a_bad_snapshot_changes_no_lane():
    env = DrivingVectorEnv(3, scenario="highway", sensors=["state"])
    env.reset(seed=0)
    earlier = env.get_state()
    env.step(np.full((3, 3), 0.1, np.float32))
    before = env.get_state()
    with pytest.raises(ValueError, match="snapshot"):
        env.set_state([*earlier[:2], earlier[2][:-1]])
    assert env.get_state() == before
    with pytest.raises(ValueError, match="expected 3, one a lane, got 2"):
        env.set_state(earlier[:2])
