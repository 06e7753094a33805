"""Pictures beside live stock: the exact painter ``==``, the fast one within its bounds, frames for people ``==``.

By default a short drive for each case; the slow tests look at many drives.
"""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from wm_envs.car_racing import CarRacingEnv
from wm_envs.stock import shrink_to_64

EDGE = 2000 / 6  # half the field's side, track units


@pytest.fixture(scope="module")
def pair(make_stock):
    """A stock environment and ours, both reset."""

    def make(seed, *, painter="exact", render_mode=None, **options):
        stock = make_stock(render_mode=render_mode, **options)
        ours = CarRacingEnv(painter=painter, render_mode=render_mode, **options)
        return stock, ours, stock.reset(seed=seed)[0], ours.reset(seed=seed)[0]

    return make


def both(stock, ours, action, draw=True):
    stock.drawing.on = draw
    return stock.step(action), ours.step(action)


@pytest.mark.parametrize("randomize", [False, True])
@pytest.mark.parametrize("seed", [7, 2**40 + 3])
def test_the_opening_zoom(pair, seed, randomize):
    stock, ours, expected, got = pair(seed, domain_randomize=randomize)
    np.testing.assert_array_equal(got, expected)
    for t in range(55):
        expected, got = both(stock, ours, np.array([-0.3, 0.5, 0.0], np.float32), draw=t % 6 == 0 or t > 46)
        if stock.drawing.on:
            np.testing.assert_array_equal(got[0], expected[0])


def test_minus_zero_and_negative_scores(pair):
    """A standing car loses 0.1 a frame: 0001, 0000, -000, -001 in turn."""
    stock, ours, *_ = pair(5)
    seen = set()
    for _ in range(160):
        soon = -2.0 < stock.reward < 0.7
        expected, got = both(stock, ours, np.zeros(3, np.float32), draw=soon)
        if soon:
            seen.add(f"{stock.reward + 0.1:04.0f}")
            np.testing.assert_array_equal(got[0], expected[0])
    assert {"0000", "-000", "-001"} <= seen


@pytest.mark.parametrize("steer", [0.0, 0.02])
def test_out_of_the_field(pair, steer):
    """The field's edge, black behind it, and the last picture of the episode; stock goes on when it is asked to."""
    stock, ours, *_ = pair(0)
    drawn = 0
    for t in range(700):
        close = max(map(abs, stock.car.hull.position)) > EDGE - 40
        expected, got = both(
            stock, ours, np.array([steer if t < 30 else 0.0, 0.5, 0.0], np.float32), draw=close and t % 3 == 0
        )
        assert got[1:3] == expected[1:3]
        if stock.drawing.on:
            drawn += 1
            np.testing.assert_array_equal(got[0], expected[0])
        if max(map(abs, stock.car.hull.position)) > EDGE + 30:
            break
    assert drawn > 10
    assert (got[0][:84] == 0).all(-1).mean() > 0.3


def test_sliding_in_circles(pair):
    stock, ours, *_ = pair(9, domain_randomize=True)
    for t in range(150):
        expected, got = both(stock, ours, np.array([1.0, 1.0, 0.0], np.float32), draw=t % 10 == 9)
        if stock.drawing.on:
            np.testing.assert_array_equal(got[0], expected[0])


@pytest.mark.slow
@pytest.mark.parametrize("regime", ["complete_the_lap", "smooth_random", "extremes", "held_then_still", "buttons"])
@pytest.mark.parametrize("seeds", [range(a, a + 5) for a in range(0, 40, 5)], ids=str)
def test_many_drives(pair, regimes, regime, seeds):
    """Both painters on the same frames: the exact one equal, the fast one within its bounds."""
    options = {"continuous": regime != "buttons"}
    errors = []
    for seed in seeds:
        stock, ours, expected, got = pair(seed, domain_randomize=seed % 2 == 1, **options)
        fast = CarRacingEnv(painter="fast", domain_randomize=seed % 2 == 1, **options)
        pictures, act = [(expected, got, fast.reset(seed=seed)[0])], regimes[regime](stock, np.random.default_rng(seed))
        for t in range(600):
            action = act(t)
            a, b = both(stock, ours, action, draw=t % 23 == 0)
            c = fast.step(action)
            if stock.drawing.on:
                pictures.append((a[0], b[0], c[0]))
            if a[2]:
                break
        for expected, got, quick in pictures:
            np.testing.assert_array_equal(got, expected)
            errors.append(np.abs(quick.astype(int) - expected).mean())
    assert np.mean(errors) <= 0.15
    assert np.max(errors) <= 0.6


def test_the_fast_painter_is_close(pair, regimes):
    stock, ours, expected, got = pair(31, painter="fast")
    errors, act = [np.abs(got.astype(int) - expected).mean()], regimes["smooth_random"](stock, np.random.default_rng(1))
    for t in range(180):
        expected, got = both(stock, ours, act(t), draw=t % 9 == 0)
        if stock.drawing.on:
            errors.append(np.abs(got[0].astype(int) - expected[0]).mean())
    assert np.mean(errors) <= 0.15
    assert np.max(errors) <= 0.6


@pytest.mark.parametrize("randomize", [False, True])
def test_rgb_array_is_stocks(pair, randomize):
    """600x400, skid marks on the road and in the grass, and the score after the step's -0.1 is paid."""
    stock, ours, *_ = pair(3, painter="fast", render_mode="rgb_array", domain_randomize=randomize)
    np.testing.assert_array_equal(ours.render(), stock.render())
    kinds = set()
    for t in range(150):
        action = np.array([1.0 if t > 60 else -0.2, 1.0, 0.9 if t > 110 else 0.0], np.float32)
        both(stock, ours, action, draw=False)
        stock.drawing.on = True
        if t % 15 == 14:
            frame = ours.render()
            assert (frame.shape, frame.dtype) == ((400, 600, 3), np.uint8)
            np.testing.assert_array_equal(frame, stock.render())
        kinds |= {mark.grass for mark in stock.car.particles}
    assert kinds == {False, True}


def test_state_pixels_are_stocks(pair):
    stock, ours, *_ = pair(3, render_mode="state_pixels")
    for t in range(12):
        both(stock, ours, np.array([0.0, 1.0, 0.0], np.float32), draw=False)
        stock.drawing.on = True
        if t % 4 == 3:
            np.testing.assert_array_equal(ours.render(), stock.render())


def test_the_window_is_stocks(pair):
    """On SDL's dummy driver: the surface that is shown, 1000x800."""
    pygame = pytest.importorskip("pygame")
    stock, ours, *_ = pair(4, painter="fast", render_mode="human")
    stock.metadata = {**stock.metadata, "render_fps": 10_000}
    for _ in range(3):
        both(stock, ours, np.array([0.4, 1.0, 0.0], np.float32))
    shown = pygame.surfarray.array3d(stock.screen)
    ours.render()
    surface = pygame.display.get_surface()
    assert surface.get_size() == (1000, 800)
    np.testing.assert_array_equal(pygame.surfarray.array3d(surface), shown)
    ours.close()
    ours.close()


def test_small_grey_and_skipped_pictures_are_made_of_stocks(pair):
    """64x64 as a 3:2 box filter of the exact picture, grey as Gymnasium's wrapper, only the last frame drawn."""
    stock, _, *_ = pair(6)
    small = CarRacingEnv(painter="exact", obs_size=64, frame_skip=3)
    grey = CarRacingEnv(painter="exact", grayscale=True, frame_skip=3)
    small.reset(seed=6), grey.reset(seed=6)
    for _ in range(25):
        action, total = np.array([-0.2, 0.8, 0.0], np.float32), 0.0
        for frame in range(3):
            stock.drawing.on = frame == 2
            picture, reward, *_ = stock.step(action)
            total += reward
        one, other = small.step(action), grey.step(action)
        assert one[1] == other[1] == total
        np.testing.assert_array_equal(one[0], shrink_to_64(picture))
        weights = np.array([0.2125, 0.7154, 0.0721])
        np.testing.assert_array_equal(other[0], np.uint8(np.sum(np.multiply(picture, weights), axis=-1)))


def test_render_fps_says_what_a_step_shows():
    assert CarRacingEnv().metadata["render_fps"] == 50
    assert CarRacingEnv(frame_skip=4).metadata["render_fps"] == 12
    assert gym.make("wm_envs:wm/CarRacing-v0").metadata["render_fps"] == 50
