"""Every scenario can be solved: a scripted driver reaches the goal, mostly without a scratch."""

from __future__ import annotations

import pytest
from driver import Driver
from driving_helpers import SCENARIOS

from wm_envs.driving import DrivingEnv

LEAST = dict.fromkeys(SCENARIOS, 0.85) | {"parking": 0.4}
"""Share of 20 seeds that the driver completes. With others driving in the car park it often gives up: it needs both
lanes to turn into a bay and waits for them to be free. With nobody else there it parks every time."""


def outcome(scenario: str, seed: int, **options: object) -> tuple[str, int, dict[str, float]]:
    """How an episode of at most 1000 decisions ends, after how many, and the costs of all of it."""
    env = DrivingEnv(scenario=scenario, sensors=["state"], **options)
    obs, _ = env.reset(seed=seed)
    driver = Driver(env)
    costs: dict[str, float] = {}
    for t in range(1000):
        obs, _, terminated, _, info = env.step(driver.act(obs))
        for name, value in info.items():
            if name.startswith("cost_") and value:
                costs[name] = costs.get(name, 0.0) + value
        if terminated:
            return env.ending, t + 1, costs
    return "time_limit", 1000, costs


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_solvable_without_traffic(scenario):
    endings = [outcome(scenario, seed, vehicles=0, pedestrians=0, broken_down=0)[0] for seed in range(3)]
    assert endings == ["success"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_success_rate(scenario):
    endings = [outcome(scenario, seed)[0] for seed in range(20)]
    assert endings.count("success") >= LEAST[scenario] * 20, endings
