"""PettingZoo's official test modules on our environments, their warnings as errors."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from pettingzoo.utils.conversions import aec_to_parallel

from wm_envs.multi import driving_v0
from wm_envs.multi.parallel import DrivingParallelEnv

with warnings.catch_warnings():  # the modules import PettingZoo's own example games the old way
    warnings.simplefilter("ignore", DeprecationWarning)
    from pettingzoo import test as official
    from pettingzoo.test.bombardment_test import bombardment_test
    from pettingzoo.test.example_envs import generated_agents_env_v0
    from pettingzoo.test.state_test import state_test

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

SMALL: dict[str, Any] = {"camera_height": 8, "camera_width": 12, "lidar_beams": 12}
SCENARIOS = ("highway", "merge", "roundabout", "intersection", "racetrack", "parking", "town")


@contextmanager
def dict_observations() -> Iterator[None]:
    """The two things that PettingZoo calls unusual about Dict observations; every other warning stays an error."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Observation is not a NumPy array")
        warnings.filterwarnings("ignore", "Observation space for each agent probably should be")
        yield


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_parallel_api(scenario: str) -> None:
    official.parallel_api_test(driving_v0.parallel_env(scenario=scenario, num_agents=3, **SMALL), num_cycles=60)


def test_parallel_api_with_many_cycles() -> None:
    official.parallel_api_test(driving_v0.parallel_env(sensors=["state"], num_agents=8), num_cycles=1000)


def test_api_of_arrays() -> None:
    official.api_test(driving_v0.env(flat=True, sensors=["state"]), num_cycles=300)
    official.api_test(driving_v0.env(flat=True, sensors=["lidar"], actions="accel"), num_cycles=300)
    official.api_test(driving_v0.env(flat=True, sensors=["camera"], num_agents=2, **SMALL), num_cycles=50)


def test_api_of_dicts() -> None:
    with dict_observations():
        official.api_test(driving_v0.env(num_agents=3, **SMALL), num_cycles=200)


@pytest.mark.parametrize("scenario", ["intersection", "town"])
def test_seeds(scenario: str) -> None:
    official.seed_test(lambda: driving_v0.env(scenario=scenario, sensors=["lidar", "state"]), 100)
    official.parallel_seed_test(lambda: driving_v0.parallel_env(scenario=scenario, camera_noise=5.0, **SMALL), 100)


@pytest.mark.filterwarnings("ignore:.*:pytest.PytestUnraisableExceptionWarning")
def test_render() -> None:
    official.render_test(lambda **kwargs: driving_v0.env(num_agents=2, sensors=["state"], **kwargs))


def test_max_cycles() -> None:
    official.max_cycles_test(driving_v0)


def test_state() -> None:
    state_test(driving_v0.env(sensors=["state"]), driving_v0.parallel_env(sensors=["state"]), num_cycles=30)


def test_performance_benchmark(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    module = sys.modules["pettingzoo.test.performance_benchmark"]  # the package has a function of the same name
    clock = iter(range(10**9))  # the benchmark runs 5 s: by this clock, five cycles
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: float(next(clock))))
    official.performance_benchmark(driving_v0.env(sensors=["state"]))
    assert "turns per second" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:.*Casting input x to numpy array")
def test_bombardment_needs_observations_that_step_returns() -> None:
    """It takes the None of step() for an observation, and fails on every AEC environment, PettingZoo's own too."""
    with pytest.raises(AssertionError, match="outside of its observation space"):
        bombardment_test(generated_agents_env_v0.env(), cycles=2)
    with pytest.raises(AssertionError, match="outside of its observation space"):
        bombardment_test(driving_v0.env(sensors=["state"], flat=True), cycles=2)


def test_bombardment_by_what_it_means() -> None:
    """The same bombardment, with the observation asked for where it may be."""
    env = driving_v0.env(sensors=["state"], flat=True)
    for _ in range(30):
        env.reset()
        for agent in env.agent_iter(env.num_agents):
            obs, _, terminated, truncated, _ = env.last()
            assert env.observation_space(agent).contains(obs)
            env.step(None if terminated or truncated else env.action_space(agent).sample())


def test_the_aec_form_wraps_the_parallel_one() -> None:
    aec = driving_v0.env(num_agents=2)
    assert isinstance(aec.unwrapped, DrivingParallelEnv)
    assert isinstance(aec_to_parallel(aec), DrivingParallelEnv)
