"""Equality with stock CarRacing-v3, to the bit, on the recorded development set."""

import numpy as np


def assert_track(batch, lane, golden, name, row):
    length = golden[f"{name}_len"][row]
    np.testing.assert_array_equal(batch.track(lane), golden[name][row, :length])


def test_tracks_and_borders(golden, make_lanes):
    lanes = make_lanes(golden["seeds"].tolist())
    for row in range(len(golden["seeds"])):
        assert_track(lanes.batch, row, golden, "track", row)
        borders = lanes.batch.borders(row)
        np.testing.assert_array_equal(borders, golden["border"][row, : len(borders)])


def test_a_second_reset_goes_on_in_the_random_stream(golden, make_lanes):
    lanes = make_lanes(golden["seeds"].tolist())
    lanes.reset()
    for row in range(len(golden["seeds"])):
        assert_track(lanes.batch, row, golden, "track2", row)


def test_states_rewards_and_flags(golden, make_lanes):
    lanes = make_lanes(golden["seeds"].tolist())
    for t in range(golden["actions"].shape[1] + 1):
        for name, values in lanes.states().items():
            np.testing.assert_array_equal(values, golden[name][:, t], err_msg=f"{name} after {t} steps")
        if t == golden["actions"].shape[1]:
            break
        lanes.step(golden["actions"][:, t])
        np.testing.assert_array_equal(lanes.batch.rewards, golden["reward"][:, t], err_msg=f"reward of step {t}")
        np.testing.assert_array_equal(lanes.batch.terminated, golden["terminated"][:, t])


def replay(golden, lanes, prefix, names):
    length = golden.get(f"{prefix}_length")
    steps = golden[f"{prefix}_actions"].shape[1]
    alive = np.ones(len(golden[f"{prefix}_seeds"]), bool)
    for t in range(steps):
        lanes.step(golden[f"{prefix}_actions"][:, t])
        alive = alive if length is None else t < length
        for name in names:
            recorded = golden[f"{prefix}_{name}"][:, t + 1]
            np.testing.assert_array_equal(lanes.states()[name][alive], recorded[alive], err_msg=f"{name}, step {t}")
        np.testing.assert_array_equal(lanes.batch.rewards[alive], golden[f"{prefix}_reward"][:, t][alive])
        np.testing.assert_array_equal(lanes.batch.terminated[alive], golden[f"{prefix}_terminated"][:, t][alive])


def test_whole_laps(golden, make_lanes):
    lanes = make_lanes(golden["lap_seeds"].tolist())
    replay(golden, lanes, "lap", ("hull_pos", "hull_angle", "tiles_visited"))


def test_leaving_the_field(golden, make_lanes):
    lanes = make_lanes(golden["off_seeds"].tolist())
    replay(golden, lanes, "off", ("hull_pos", "hull_angle", "tiles_visited"))
    last = golden["off_length"] - 1
    assert (golden["off_reward"][np.arange(len(last)), last] == -100).all()


def test_discrete_actions(golden, make_lanes):
    lanes = make_lanes(golden["disc_seeds"].tolist(), actions="discrete")
    replay(golden, lanes, "disc", ("hull_pos", "hull_angle"))


def test_pictures_are_close(golden, make_lanes):
    lanes = make_lanes(golden["seeds"].tolist())
    errors = []
    for t in range(golden["actions"].shape[1] + 1):
        if t in golden["obs_step"]:
            recorded = golden["obs"][:, list(golden["obs_step"]).index(t)]
            errors.append(np.abs(lanes.obs.astype(int) - recorded).mean((1, 2, 3)))
        if t < golden["actions"].shape[1]:
            lanes.step(golden["actions"][:, t])
    assert np.mean(errors) <= 0.25
    assert np.max(errors) <= 0.6
