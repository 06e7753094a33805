"""What PettingZoo's tests do not look at: who leaves, what is told, seeds, errors, pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wm_envs.driving import DrivingEnv
from wm_envs.driving.infos import NAMES
from wm_envs.multi import DrivingWorlds, driving_v0
from wm_envs.multi.state import AGENT, OTHER, PLACES

COAST = np.array([0.0, 0.2, 0.0], np.float32)
RACE = np.array([0.0, 1.0, 0.0], np.float32)


def run(env: Any, action: Any, seed: int, steps: int) -> list[Any]:
    env.reset(seed=seed)
    found = []
    while env.agents and len(found) < steps:
        found.append(env.step(dict.fromkeys(env.agents, action)))
    return found


def test_agents_leave_when_they_end_and_the_others_go_on() -> None:
    env = driving_v0.parallel_env(num_agents=6, sensors=["state"], vehicles=0)
    left: set[str] = set()
    for _, rewards, terminated, truncated, infos in run(env, RACE, 0, 600):
        assert not left & set(rewards)
        assert set(rewards) == set(infos) == set(terminated) == set(truncated)
        for name, over in terminated.items():
            if over or truncated[name]:
                left.add(name)
                assert infos[name]["ending"] in {"success", "collision", "off_road", "off_route", "time_limit"}
                assert infos[name]["success"] == (infos[name]["ending"] == "success")
    assert left == set(env.possible_agents)
    assert env.agents == []
    assert env.step({}) == ({}, {}, {}, {}, {})


def test_agents_that_left_are_seen_by_nobody() -> None:
    env = driving_v0.parallel_env(num_agents=4, sensors=["lidar"], vehicles=0, pedestrians=0)
    run(env, RACE, 0, 600)
    actors = env._batch.actors(0)
    assert (actors[:, 6] == 0).sum() < len(env.possible_agents)  # those of the last decision may still be there
    env.reset(seed=0)
    assert (env._batch.actors(0)[:, 6] == 0).sum() == len(env.agents)


def test_infos_carry_costs() -> None:
    env = driving_v0.parallel_env(num_agents=4, sensors=["state"])
    _, infos = env.reset(seed=1)
    assert set(infos) == set(env.agents)
    for _, rewards, _, _, told in run(env, RACE, 1, 80):
        for name, info in told.items():
            assert set(NAMES) <= set(info)
            assert info["cost"] == pytest.approx(sum(v for k, v in info.items() if k.startswith("cost_")), abs=1e-5)
            assert rewards[name] == pytest.approx(sum(v for k, v in info.items() if k.startswith("reward_")), abs=1e-4)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return set(a) == set(b) and all(same(a[key], b[key]) for key in a)
    return bool(np.array_equal(a, b))


def test_same_seed_same_bits() -> None:
    options: dict[str, Any] = {"scenario": "town", "num_agents": 3, "sensors": ["lidar", "state"], "lidar_noise": 0.1}
    first, again = (run(driving_v0.parallel_env(**options), COAST, 7, 60) for _ in range(2))
    other = run(driving_v0.parallel_env(**options), COAST, 8, 60)
    assert all(same(a[0], b[0]) and a[1:4] == b[1:4] for a, b in zip(first, again, strict=True))
    assert not same(first[0][0], other[0][0])


def test_one_agent_is_the_single_environment() -> None:
    options: dict[str, Any] = {"scenario": "roundabout", "sensors": ["lidar", "state"]}
    many, single = driving_v0.parallel_env(num_agents=1, **options), DrivingEnv(**options)
    obs, _ = many.reset(seed=3)
    alone, _ = single.reset(seed=3)
    for _ in range(60):
        assert same(obs["car_0"], alone)
        obs, rewards, terminated, _, _ = many.step({"car_0": COAST})
        alone, reward, over, _, _ = single.step(COAST)
        assert (rewards["car_0"], terminated["car_0"]) == (reward, over)
        if over:
            break


def test_max_cycles_truncates_those_who_still_drive() -> None:
    env = driving_v0.parallel_env(num_agents=3, sensors=["state"], max_cycles=5)
    *_, last = run(env, np.array([0, 0, 1], np.float32), 0, 50)
    assert env._cycles == 5
    assert all(last[3].values())
    assert not any(last[2].values())
    assert {info["ending"] for info in last[4].values()} == {"time_limit"}


def test_state_is_about_everybody() -> None:
    env = driving_v0.parallel_env(num_agents=3, sensors=["lidar"], vehicles=5)
    env.reset(seed=0)
    state = env.state()
    agents, others = state[: 3 * AGENT].reshape(3, AGENT), state[3 * AGENT :].reshape(PLACES, OTHER)
    assert agents[:, 0].tolist() == [1, 1, 1]
    np.testing.assert_allclose(agents[:, 1:3].sum(0), 0, atol=1e-5)  # relative to their mean
    np.testing.assert_allclose((agents[:, 3:5] ** 2).sum(1), 1, atol=1e-5)
    present = (env._batch.actors(0)[:, 6] != 0).sum()
    assert others[:, 0].sum() == min(present, PLACES) >= 5
    nearness = (others[: int(present), 1:3] ** 2).sum(1)
    assert (np.diff(nearness) >= -1e-9).all()
    for _ in range(5):
        env.step(dict.fromkeys(env.agents, RACE))
    assert not np.array_equal(env.state(), state)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({"car_0": COAST}, r"none for \['car_1'\]"),
        ({"car_0": COAST, "car_1": COAST, "car1": COAST}, "did you mean 'car_1'"),
        ({"car_0": COAST, "car_1": np.zeros(2, np.float32)}, r"shape \(3,\)"),
        ({"car_0": COAST, "car_1": np.full(3, np.nan, np.float32)}, "agent 1 is NaN"),
    ],
)
def test_bad_actions(actions: Any, message: str) -> None:
    env = driving_v0.parallel_env(num_agents=2, sensors=["state"])
    env.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        env.step(actions)
    env.step(dict.fromkeys(env.agents, COAST))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_agent": 3}, TypeError, "did you mean 'num_agents'"),
        ({"scenario": "hihgway"}, ValueError, "did you mean 'highway'"),
        ({"num_agents": 0}, ValueError, "num_agents"),
        ({"max_cycles": 0}, ValueError, "max_cycles"),
        ({"flat": True}, ValueError, "flat=True is for one sensor"),
        ({"render_mode": "rgb_arr"}, ValueError, "did you mean 'rgb_array'"),
        ({"num_agents": 64, "scenario": "merge"}, ValueError, "agents|starts"),
    ],
)
def test_bad_options(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        driving_v0.parallel_env(**options)


def test_pictures() -> None:
    env = driving_v0.parallel_env(num_agents=2, sensors=["state"], render_mode="rgb_array")
    env.reset(seed=0)
    first = env.render()
    assert first.shape == (480, 640, 3)
    for _ in range(10):
        env.step(dict.fromkeys(env.agents, COAST))
    assert not np.array_equal(first, env.render())


def test_worlds_are_the_parallel_environment_row_by_row() -> None:
    options: dict[str, Any] = {"scenario": "intersection", "sensors": ["lidar", "state"]}
    worlds = DrivingWorlds(3, 4, max_episode_steps=40, **options)
    obs = worlds.reset(seed=5)
    rng = np.random.default_rng(0)
    worlds_actions = rng.uniform([-0.3, 0, 0], [0.3, 1, 0.2], (200, 12, 3)).astype(np.float32)
    envs = [driving_v0.parallel_env(num_agents=4, max_cycles=40, **options) for _ in range(3)]
    seen: Any = [env.reset(seed=5 + k)[0] for k, env in enumerate(envs)]
    for actions in worlds_actions:
        for k, env in enumerate(envs):
            for name in env.agents:
                row = 4 * k + env.possible_agents.index(name)
                assert same(seen[k][name], {key: values[row] for key, values in obs.items()})
        active = worlds.active
        obs, rewards, terminated, truncated, info = worlds.step(actions)
        for k, env in enumerate(envs):
            acting = env.agents
            assert active[4 * k : 4 * k + 4].tolist() == [name in acting for name in env.possible_agents]
            result = env.step({name: actions[4 * k + env.possible_agents.index(name)] for name in acting})
            for name in acting:
                row = 4 * k + env.possible_agents.index(name)
                told = tuple(result[k][name] for k in (1, 2, 3))
                assert (rewards[row], terminated[row], truncated[row]) == told
                if terminated[row] or truncated[row]:
                    assert same(result[0][name], {key: values[row] for key, values in info["final_obs"].items()})
                    assert info["infos"][row, NAMES.index("time")] == np.float32(result[4][name]["time"])
            seen[k] = result[0]
            assert info["was_reset"][k] == (not env.agents)
            if not env.agents:
                seen[k] = env.reset()[0]


def test_worlds_do_not_depend_on_threads() -> None:
    found = []
    for threads in (1, 2):
        worlds = DrivingWorlds(4, 2, num_threads=threads, scenario="highway", sensors=["lidar"], max_episode_steps=30)
        worlds.reset(seed=0)
        rng = np.random.default_rng(1)
        total = np.zeros(8)
        for _ in range(80):
            obs, rewards, *_ = worlds.step(rng.uniform([-0.1, 0, 0], [0.1, 1, 0.1], (8, 3)))
            total += rewards
        found.append((total.tolist(), obs["lidar"].tobytes()))
    assert found[0] == found[1]


def test_worlds_snapshots() -> None:
    worlds = DrivingWorlds(2, 3, sensors=["state"])
    worlds.reset(seed=0)
    action = np.tile(COAST, (6, 1))
    worlds.step(action)
    kept = worlds.get_state()
    first = [worlds.step(action)[1].tolist() for _ in range(20)]
    worlds.set_state(kept)
    assert [worlds.step(action)[1].tolist() for _ in range(20)] == first
    with pytest.raises(ValueError, match="expected 2"):
        worlds.set_state(kept[:1])


@pytest.mark.parametrize("scenario", ["highway", "merge", "roundabout", "intersection", "racetrack", "parking", "town"])
def test_rough_driving_by_many(scenario: str) -> None:
    """Cars off the road, across lanes, into one another: nothing crashes, everything stays finite and in its space."""
    worlds = DrivingWorlds(4, 4, scenario=scenario, sensors=["lidar", "state"], actions="accel", max_episode_steps=300)
    obs = worlds.reset(seed=10_000)
    rng = np.random.default_rng(0)
    for _ in range(1000):
        actions = np.clip(rng.normal([0.0, 0.15], [0.2, 0.3], (16, 2)), -1, 1)
        obs, rewards, _, _, info = worlds.step(actions)
        assert np.isfinite(rewards).all()
        assert np.isfinite(info["infos"]).all()
        assert np.abs(obs["state"]).max() <= 1.0
        assert obs["lidar"].min() >= 0.0
        assert obs["lidar"].max() <= 1.0
