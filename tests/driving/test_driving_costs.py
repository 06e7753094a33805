"""Rewards and costs by name, what ends an episode, and that nothing is mixed up."""

from __future__ import annotations

import numpy as np
import pytest
from driver import Driver
from driving_helpers import SCENARIOS, drive_somehow

from wm_envs.driving import DrivingEnv
from wm_envs.driving.options import COST_TERMS, REWARD_TERMS

GAS, BRAKE = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def roll(env, act, steps, seed=0):
    """Infos and results until the end or for so many steps."""
    obs, _ = env.reset(seed=seed)
    results = []
    for t in range(steps):
        obs, reward, terminated, truncated, info = env.step(act(t, obs))
        results.append((reward, terminated, truncated, info))
        if terminated:
            break
    return results


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_terms_add_up(scenario, rng):
    env = DrivingEnv(scenario=scenario, sensors=["state"])
    for seed in range(3):
        for reward, _, truncated, info in roll(env, lambda t, obs: drive_somehow(rng, 1)[0], 80, seed):
            terms = [info[f"reward_{name}"] for name in REWARD_TERMS]
            assert reward == pytest.approx(sum(terms), abs=1e-4)
            costs = [info[f"cost_{name}"] for name in COST_TERMS]
            assert info["cost"] == pytest.approx(sum(costs), abs=1e-6)
            assert min(costs) >= 0
            assert not truncated


def test_weights_scale_their_terms_only():
    plain = DrivingEnv(scenario="highway", sensors=["state"])
    heavy = DrivingEnv(scenario="highway", sensors=["state"], reward_weights={"progress": 3.0, "lane": 0.0})
    for one, other in zip(roll(plain, lambda t, o: GAS, 30), roll(heavy, lambda t, o: GAS, 30), strict=True):
        assert other[3]["reward_progress"] == pytest.approx(3 * one[3]["reward_progress"], abs=1e-5)
        assert other[3]["reward_lane"] == 0
        assert other[3]["reward_speed"] == one[3]["reward_speed"]


def test_leaving_the_road_ends_or_costs_by_the_second():
    def leave(t, obs):
        return np.array([0.5, 0.8, 0.0])

    ended = roll(DrivingEnv(scenario="racetrack", sensors=["state"], vehicles=0, end_on_collision=False), leave, 300)
    reward, terminated, _, info = ended[-1]
    assert terminated
    assert info["off_road"]
    assert info["cost_off_road"] == 1.0
    assert info["reward_off_road"] == -10.0
    assert reward < -5
    env = DrivingEnv(scenario="parking", sensors=["state"], vehicles=0, end_off_road=False, end_on_collision=False)
    assert not any(terminated for _, terminated, _, _ in roll(env, leave, 100))


def test_a_collision_ends_and_costs_once():
    env = DrivingEnv(scenario="highway", sensors=["state"], density=2.0)
    hit = None
    for seed in range(20):
        results = roll(env, lambda t, obs: GAS, 400, seed)
        if env.ending == "collision":
            hit = results
            break
    assert hit is not None
    info = hit[-1][3]
    assert info["collision"]
    assert not info["success"]
    assert info["cost_collision_vehicle"] + info["cost_collision_static"] == 1.0
    assert info["reward_collision"] == -10.0
    assert all(r[3]["cost_collision_vehicle"] == 0 for r in hit[:-1])


def test_a_contact_that_does_not_end_costs_once_and_stops_the_car():
    env = DrivingEnv(scenario="parking", sensors=["state"], vehicles=0, end_on_collision=False, end_off_road=False)
    results = roll(env, lambda t, obs: np.array([0.0, 0.4, 0.0]), 500)
    events = [sum(r[3][f"cost_collision_{k}"] for k in ("static", "vehicle")) for r in results]
    first = int(np.argmax(events))
    assert events[first] >= 1.0
    assert sum(events[first + 1 : first + 30]) == 0.0  # still pushing against the same thing
    places = np.array([[r[3]["position_x"], r[3]["position_y"]] for r in results[first : first + 30]])
    assert np.hypot(*(places - places[0]).T).max() < 0.5
    assert abs(results[first + 30][3]["speed"]) < 0.3


def test_red_lights():
    fined = 0
    for seed in range(12):
        env = DrivingEnv(scenario="intersection", sensors=["state"], vehicles=0, pedestrians=0)
        driver = Driver(env, cautious=False)

        def blind(t, obs, driver=driver):
            state = obs["state"].copy()
            from wm_envs import _native

            for name in ("light_red", "light_yellow"):
                state[_native.DrivingBatch.state_names().index(name)] = 0.0
            return driver.act({"state": state})

        costs = [r[3]["cost_red_light"] for r in roll(env, blind, 400, seed)]
        assert sum(costs) in {0.0, 1.0}
        fined += int(sum(costs))
        driver = Driver(env)
        careful = [r[3]["cost_red_light"] for r in roll(env, lambda t, obs, driver=driver: driver.act(obs), 600, seed)]
        assert sum(careful) == 0.0
    assert fined >= 2


def test_red_lights_may_end_the_episode():
    endings = set()
    for seed in range(12):
        env = DrivingEnv(scenario="intersection", sensors=["state"], vehicles=0, pedestrians=0, end_on_red_light=True)
        driver = Driver(env, cautious=False)

        def blind(t, obs, driver=driver, env=env):
            steer, *_ = driver.act(obs)
            return np.array([steer, 0.5 if env.car_state[3] < 9 else 0.0, 0.0])

        roll(env, blind, 400, seed)
        endings.add(env.ending)
    assert "red_light" in endings


def test_speeding_is_a_rate():
    env = DrivingEnv(scenario="highway", sensors=["state"], vehicles=0, route_length=1000)
    driver = Driver(env)

    def race(t, obs):
        steer, *_ = driver.act(obs)
        return np.array([steer, 1.0, 0.0])

    over = [(r[3]["speed"] / r[3]["speed_limit"], r[3]["cost_speeding"]) for r in roll(env, race, 250)]
    assert max(ratio for ratio, _ in over) > 1.1
    for ratio, cost in over:
        assert cost == pytest.approx(0.1 * max(0.0, ratio - 1.05), abs=1e-4)


def test_standing_costs_nothing():
    env = DrivingEnv(scenario="intersection", sensors=["state"], vehicles=0)
    results = roll(env, lambda t, obs: BRAKE, 60)
    assert sum(r[3]["cost"] for r in results[20:]) == 0
    assert all(r[3]["reward_progress"] == pytest.approx(0, abs=1e-3) for r in results[30:])


def test_progress_pays_by_the_metre_and_back_again():
    env = DrivingEnv(scenario="racetrack", sensors=["state"], vehicles=0, reverse=True)
    _, start = env.reset(seed=0)
    total = 0.0
    for t in range(60):
        pedals = [0.0, 0.0, 1.0] if t < 25 else [0.0, 0.0, 0.6]
        _, _, terminated, _, info = env.step(np.array(pedals))
        total += info["reward_progress"]
        assert total == pytest.approx(0.1 * (info["progress"] - start["progress"]), abs=1e-3)
        if terminated:
            break
    assert info["speed"] < 0


def test_success_is_reached_and_not_truncated():
    env = DrivingEnv(scenario="highway", sensors=["state"], vehicles=0)
    driver = Driver(env)
    reward, terminated, truncated, info = roll(env, lambda t, obs: driver.act(obs), 600)[-1]
    assert terminated
    assert not truncated
    assert info["success"]
    assert not info["collision"]
    assert info["route_completion"] == 1.0
    assert info["reward_success"] == 10.0
    assert env.ending == "success"
    assert reward > 9
