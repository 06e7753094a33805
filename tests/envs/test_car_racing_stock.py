"""Live comparison with the Gymnasium that is installed, ``==``: many seeds, every way to drive, environments reused.

By default a few seeds; ``pytest -m slow`` runs ``WM_STOCK_SEEDS`` seeds a regime (200, in blocks of 20). Stock's
drawing is off here: it has no effect on what is compared. Pictures are compared in test_car_racing_pictures.py.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from wm_envs.car_racing import CarRacingEnv, CarRacingVectorEnv

SEEDS = int(os.environ.get("WM_STOCK_SEEDS", "200"))
BLOCK = 20
REGIMES = ["follow_the_line", "smooth_random", "extremes", "held_then_still", "buttons"]
# steps after reset(seed=s), and after the reset() without a seed that goes on in the random stream
STEPS = (300, 100)


def blocks(count, quick):
    """The first seeds in every run; all of them, in blocks, with the slow tests."""
    slow = [range(a, min(a + BLOCK, count)) for a in range(0, count, BLOCK)]
    named = [pytest.param(seeds, id=f"{seeds.start}-{seeds.stop - 1}", marks=pytest.mark.slow) for seeds in slow]
    return [pytest.param(range(quick), id="quick"), *named]


def state_of(stock):
    """The numbers of native car_state, from stock's objects."""
    hull = stock.car.hull
    numbers = [*hull.position, hull.angle, *hull.linearVelocity, hull.angularVelocity]
    for wheel in stock.car.wheels:
        numbers += [*wheel.position, wheel.joint.angle, wheel.omega, wheel.phase, float(len(wheel.tiles) > 0)]
    return numbers


def skid_marks(native):
    return [(grass, [tuple(point) for point in points.tolist()]) for grass, points in native._batch.skid_marks(0)]


def assert_equal_states(native, stock, where):
    assert native._batch.car_state(0).tolist() == state_of(stock), where
    assert native.tile_visited_count == stock.tile_visited_count, where


def assert_equal_episode(native, stock, act, steps):
    """Step both; returns the rewards, equal to the last bit."""
    assert native.track == stock.track
    assert_equal_states(native, stock, "reset")
    rewards = []
    for t in range(steps):
        action = act(t)
        _, reward, terminated, _, info = stock.step(action)
        _, our_reward, our_terminated, _, our_info = native.step(action)
        assert (our_reward, our_terminated) == (reward, terminated), t
        assert our_info.get("lap_finished") == info.get("lap_finished"), t
        assert native.reward == stock.reward, t
        assert_equal_states(native, stock, t)
        rewards.append(reward)
        if terminated:
            break
    assert skid_marks(native) == [(p.grass, [tuple(point) for point in p.poly]) for p in stock.car.particles]
    return rewards


@pytest.fixture(scope="module")
def stocks(make_stock):
    """One stock environment for each set of options, reused over all episodes."""
    made = {}

    def get(**options):
        key = tuple(options.items())
        if key not in made:
            made[key] = make_stock(draw=False, **options)
        return made[key]

    return get


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("seeds", blocks(SEEDS, quick=1))
def test_equal_to_stock(stocks, regimes, regime, seeds):
    for seed in seeds:
        options = {"continuous": regime != "buttons", "domain_randomize": seed % 2 == 1}
        stock, native = stocks(**options), CarRacingEnv(**options)
        for reset_seed, steps in zip((1000 * REGIMES.index(regime) + seed, None), STEPS, strict=True):
            stock.reset(seed=reset_seed), native.reset(seed=reset_seed)
            act = regimes[regime](stock, np.random.default_rng(seed))
            assert_equal_episode(native, stock, act, steps)


@pytest.mark.parametrize("seeds", blocks(60, quick=1))
def test_whole_laps_and_their_returns(stocks, regimes, seeds):
    """A hand-written driver, closed loop on stock; its return is the same to the last bit."""
    finished = 0
    for seed in seeds:
        stock, native = stocks(), CarRacingEnv()
        stock.reset(seed=2000 + seed), native.reset(seed=2000 + seed)
        rewards = assert_equal_episode(native, stock, regimes["complete_the_lap"](stock, None), 1000)
        finished += len(rewards) < 1000 and rewards[-1] > -100
        closed_loop = CarRacingEnv()
        closed_loop.reset(seed=2000 + seed)
        act = regimes["complete_the_lap"](closed_loop, None)  # now it reads our views
        assert [closed_loop.step(act(t))[1] for t in range(len(rewards))] == rewards
    assert finished >= len(seeds) // 2


@pytest.mark.parametrize("seeds", blocks(20, quick=1))
def test_field_exits(stocks, seeds):
    for seed in seeds:
        stock, native = stocks(), CarRacingEnv()
        stock.reset(seed=3000 + seed), native.reset(seed=3000 + seed)
        straight = np.array([0.0, 0.5, 0.0], np.float32)
        rewards = assert_equal_episode(native, stock, lambda _, action=straight: action, 1000)
        assert rewards[-1] == -100
        for _ in range(5):  # stock goes on when it is asked to
            assert native.step(straight)[1:3] == stock.step(straight)[1:3]


def test_a_car_at_rest_falls_asleep(stocks, regimes):
    """Every half second: its velocities are lost, and the next step wakes it."""
    stock, native, asleep = stocks(), CarRacingEnv(), 0
    stock.reset(seed=4), native.reset(seed=4)
    act = regimes["held_then_still"](stock, np.random.default_rng(4))
    for t in range(250):
        assert_equal_episode(native, stock, lambda _, t=t: act(t), 1)
        asleep += not stock.car.hull.awake
    assert asleep > 3


@pytest.mark.parametrize("percent", [0.0, 0.001, 0.95, 1.0])
def test_lap_complete_percent_does_what_stock_makes_of_it(make_stock, percent):
    stock, native = make_stock(draw=False, lap_complete_percent=percent), CarRacingEnv(lap_complete_percent=percent)
    stock.reset(seed=1), native.reset(seed=1)
    assert_equal_episode(native, stock, lambda _: np.array([0.0, 0.2, 0.0]), 10)


RANDOMISE = [
    (3, None),
    (None, {}),
    (None, {"randomize": False}),
    (None, {"randomize": True}),
    (8, None),
    (9, {"randomize": False}),
    (None, None),
]


def test_domain_randomisation_keeps_step_with_the_random_stream(stocks):
    """The integer draw keeps half of a 64-bit draw for the next reset; a reset without colours skips it."""
    stock, native = stocks(domain_randomize=True), CarRacingEnv(domain_randomize=True)
    for seed, options in RANDOMISE:
        stock.reset(seed=seed, options=options), native.reset(seed=seed, options=options)
        assert native.track == stock.track


def test_domain_randomisation_of_a_batch_is_stocks(make_stock):
    """Lane by lane, with the option, and with a mask."""
    lanes = [make_stock(domain_randomize=True) for _ in range(3)]
    batch = CarRacingVectorEnv(3, domain_randomize=True, painter="exact", num_threads=2)
    for seed, options in RANDOMISE[:4]:
        obs, _ = batch.reset(seed=seed, options=options)
        for k, stock in enumerate(lanes):
            expected, _ = stock.reset(seed=None if seed is None else seed + k, options=options)
            np.testing.assert_array_equal(obs[k], expected)
    mask = np.array([False, True, False])
    obs, _ = batch.reset(options={"reset_mask": mask, "randomize": False})
    np.testing.assert_array_equal(obs[1], lanes[1].reset(options={"randomize": False})[0])
