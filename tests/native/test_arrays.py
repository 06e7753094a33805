"""What does not fit is refused before anything moves, with what was expected and what came."""

import numpy as np
import pytest

from wm_envs import _native


@pytest.fixture
def lanes(make_lanes):
    return make_lanes([1, 2])


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((2, 2)), r"float64 array of shape \(2, 3\), got float64 array of shape \(2, 2\)"),
        (np.zeros(6), r"got float64 array of shape \(6,\)"),
        (np.zeros((2, 3), np.float32), "got float32 array"),
        (np.zeros((3, 2)).T, "not C-contiguous"),
    ],
)
def test_wrong_actions(lanes, array, words):
    with pytest.raises(ValueError, match=words):
        lanes.batch.step(array, lanes.obs)


def test_wrong_obs(lanes):
    with pytest.raises(
        ValueError, match=r"obs: expected a writeable C-contiguous uint8 array of shape \(2, 96, 96, 3\)"
    ):
        lanes.batch.step(np.zeros((2, 3)), lanes.obs[:1])
    lanes.obs.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        lanes.batch.step(np.zeros((2, 3)), lanes.obs)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_actions_that_are_not_finite_change_nothing(lanes, value, column):
    before, action = lanes.batch.get_state(0), np.zeros((2, 3))
    action[1, column] = value
    with pytest.raises(ValueError, match="NaN or infinite in lane 1"):
        lanes.batch.step(action, lanes.obs)
    assert lanes.batch.get_state(0) == before


@pytest.mark.parametrize("value", [-1, 5, 0.5])
def test_discrete_actions_out_of_range(make_lanes, value):
    lanes = make_lanes([1], actions="discrete")
    with pytest.raises(ValueError, match="not one of 0, 1, 2, 3, 4"):
        lanes.batch.step(np.array([[float(value)]]), lanes.obs)


def test_step_before_reset(make_lanes):
    batch = _native.CarRacingBatch(
        num_envs=1, num_threads=1, entropy=[0], actions="pedals", lap_complete_percent=0.95, domain_randomize=False,
        frame_skip=1, obs_size=96, grayscale=False, max_episode_steps=0, autoreset="disabled",
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="reset"):
        batch.step(np.zeros((1, 3)), np.zeros(batch.obs_shape, np.uint8))
    with pytest.raises(RuntimeError, match="reset"):
        batch.get_state(0)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"num_threads": -1}, "num_threads: expected 0"),
        ({"obs_size": 48}, "96 or 64, got 48"),
        ({"frame_skip": 0}, "frame_skip"),
        ({"actions": "wheel"}, "'pedals', 'accel', 'discrete', got 'wheel'"),
        ({"autoreset": "never"}, "'next_step', 'same_step', 'disabled'"),
    ],
)
def test_options_out_of_range(make_lanes, option, words):
    with pytest.raises(ValueError, match=words):
        make_lanes([1], **option)


def test_lane_out_of_range(lanes):
    with pytest.raises(IndexError, match="lane 2 of a batch of 2"):
        lanes.batch.track(2)


def test_results_are_read_only(lanes):
    with pytest.raises(ValueError, match="read-only"):
        lanes.batch.rewards[0] = 1.0


@pytest.mark.parametrize("position", [0, 5, 20, 24, 5000, -1])
def test_altered_snapshots_are_refused(lanes, position):
    snapshot = bytearray(lanes.batch.get_state(0))
    snapshot[position] ^= 1
    before = lanes.batch.get_state(1)
    with pytest.raises(_native.SnapshotError):
        lanes.batch.set_state(1, bytes(snapshot))
    assert lanes.batch.get_state(1) == before


@pytest.mark.parametrize("keep", [0, 10, 24, 1000, -1])
def test_truncated_snapshots_are_refused(lanes, keep):
    with pytest.raises(ValueError, match="snapshot"):
        lanes.batch.set_state(0, lanes.batch.get_state(0)[:keep])


def test_foreign_snapshots_are_refused(lanes):
    with pytest.raises(ValueError, match="not a CarRacing snapshot"):
        lanes.batch.set_state(0, b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(ValueError, match="should hold"):
        lanes.batch.set_state(0, lanes.batch.get_state(0) + b"\0")
