import numpy as np
import pytest

from wm_envs.stock import decisions, make_real, make_stock_car_racing, shrink_to_64, to_gray


def area_resize_by_hand(frame):
    """96 -> 64 by splitting every pixel into 2x2 and averaging blocks of 3x3: no filter weights to get wrong."""
    fine = frame.astype(np.float64).repeat(2, 0).repeat(2, 1)  # [192, 192, C]
    blocks = fine.reshape(64, 3, 64, 3, -1).mean((1, 3))
    return np.floor(blocks + 0.5).astype(np.uint8)


def test_shrink_is_the_area_resize():
    frame = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    np.testing.assert_array_equal(shrink_to_64(frame), area_resize_by_hand(frame))
    np.testing.assert_array_equal(shrink_to_64(np.stack([frame, frame]))[1], shrink_to_64(frame))
    with pytest.raises(ValueError, match=r"96, 96"):
        shrink_to_64(frame[:64])


def drive(env, actions, seed=3):
    obs, _ = env.reset(seed=seed)
    frames, rewards, flags = [obs], [], []
    for action in actions:
        obs, reward, terminated, truncated, _ = env.step(action)
        frames.append(obs)
        rewards.append(reward)
        flags.append((terminated, truncated))
        if terminated or truncated:
            break
    env.close()
    return np.stack(frames), np.array(rewards), flags


@pytest.fixture(scope="module")
def pedals():
    rng = np.random.default_rng(1)
    return rng.uniform([-0.3, 0.3, 0.0], [0.3, 0.9, 0.1], (8, 3)).astype(np.float32)


def test_frame_skip_is_the_stock_environment_four_frames_at_a_time(pedals):
    plain_frames, plain_rewards, _ = drive(make_stock_car_racing(), pedals.repeat(4, 0))
    frames, rewards, _ = drive(make_stock_car_racing(frame_skip=4), pedals)
    np.testing.assert_array_equal(frames, plain_frames[::4])
    sums = [sum(four.tolist(), 0.0) for four in plain_rewards.reshape(-1, 4)]
    np.testing.assert_array_equal(rewards, sums)


def test_options_are_views_of_the_same_pictures(pedals):
    plain, _, _ = drive(make_stock_car_racing(frame_skip=2), pedals[:3])
    small, _, _ = drive(make_stock_car_racing(frame_skip=2, obs_size=64), pedals[:3])
    gray, _, _ = drive(make_stock_car_racing(frame_skip=2, grayscale=True), pedals[:3])
    np.testing.assert_array_equal(small, shrink_to_64(plain))
    np.testing.assert_array_equal(gray, to_gray(plain))


def test_accel_is_gas_or_brake():
    steer = np.array([[0.2, 0.5], [-0.1, 1.0], [0.3, -0.7]], np.float32)
    same = [[s, max(a, 0.0), 0.8 * max(-a, 0.0)] for s, a in steer.astype(np.float64)]
    by_accel = drive(make_stock_car_racing(frame_skip=3, actions="accel"), steer)
    by_pedals = drive(make_stock_car_racing(frame_skip=3), np.array(same))
    np.testing.assert_array_equal(by_accel[0], by_pedals[0])
    np.testing.assert_array_equal(by_accel[1], by_pedals[1])


def test_episode_that_ends_within_a_skip_shows_its_true_last_picture():
    """7 decisions of 4 frames against a limit of 26 frames: the last is 2 frames, and its end was not drawn."""
    actions = np.tile(np.array([0.1, 0.5, 0.0], np.float32), (10, 1))
    runs = []
    for draw_skipped in (False, True):
        env = make_stock_car_racing(frame_skip=4, draw_skipped=draw_skipped)
        env.env._max_episode_steps = 26  # the stock TimeLimit, in frames
        runs.append(drive(env, actions))
    (lazy, rewards, flags), (full, full_rewards, full_flags) = runs
    assert len(flags) == 7
    assert flags == full_flags
    assert flags[-1] == (False, True)
    np.testing.assert_array_equal(rewards, full_rewards)
    np.testing.assert_array_equal(lazy, full)


def test_time_limit_counts_decisions():
    env = make_stock_car_racing(frame_skip=4, max_episode_steps=3)
    _, rewards, flags = drive(env, np.zeros((5, 3), np.float32))
    assert len(rewards) == 3
    assert flags[-1] == (False, True)
    assert decisions(4) == 250


def test_make_real_dresses_stock_like_the_native_environment():
    kwargs = {"obs_size": 64, "frame_skip": 4, "actions": "accel", "num_threads": 2}
    env = make_real("CarRacing-v3", "wm/CarRacing-v0", kwargs, 10)
    assert env.observation_space.shape == (64, 64, 3)
    assert env.action_space.shape == (2,)
    env.close()
    other = make_real("CartPole-v1", "wm/CarRacing-v0", kwargs, 10)
    assert other.spec.max_episode_steps == 10


def test_bad_options_and_actions_are_named():
    with pytest.raises(ValueError, match="did you mean 'frame_skip'"):
        make_stock_car_racing(frameskip=4)
    with pytest.raises(ValueError, match="96"):
        make_stock_car_racing(obs_size=63)
    with pytest.raises(ValueError, match="pedals, accel"):
        make_stock_car_racing(actions="wheel")
    env = make_stock_car_racing()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="not finite"):
        env.step(np.array([0.0, np.nan, 0.0], np.float32))
    env.close()
