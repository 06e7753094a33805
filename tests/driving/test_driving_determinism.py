"""The same seed gives the same bits over ten thousand steps, whatever the number of lanes, their order, the threads."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wm_envs.driving import DrivingVectorEnv

STEPS = 10_000
OPTIONS: dict[str, Any] = {
    "sensors": ["camera", "birdseye", "lidar", "state"],
    "camera_height": 16,
    "camera_width": 16,
    "birdseye_size": 16,
    "lidar_beams": 36,
    "lidar_noise": 0.3,
    "lidar_dropout": 0.02,
    "camera_noise": 5.0,
    "camera_dropout": 0.02,
    "state_noise": 0.05,
    "state_dropout": 0.02,
}


def pedals(seed: int, steps: int) -> NDArray[np.float64]:
    """[steps, 3] of one lane, a function of its seed alone: lively enough for accidents and successes."""
    rng = np.random.default_rng(seed)
    t = np.arange(steps)
    steer = 0.1 * np.sin(0.21 * t + seed) + rng.normal(0, 0.05, steps)
    return np.stack([steer, rng.uniform(0, 0.9, steps), 0.5 * (t % 40 > 34)], 1)


def histories(scenario: str, seeds: list[int], threads: int, steps: int) -> tuple[dict[int, int], int]:
    """A checksum for each seed of everything that its lane shows and stores over a run, and how many episodes ended."""
    env = DrivingVectorEnv(
        len(seeds),
        num_threads=threads,
        max_episode_steps=400,
        autoreset_mode="SameStep",
        copy=False,
        scenario=scenario,
        **OPTIONS,
    )
    obs, _ = env.reset(seed=seeds)
    actions = np.stack([pedals(seed, steps) for seed in seeds], 1)
    sums, ended = [0] * len(seeds), 0
    for t in range(steps):
        obs, rewards, terminated, truncated, _ = env.step(actions[t])
        ended += int(terminated.sum() + truncated.sum())
        infos = env._batch.infos
        for lane in range(len(seeds)):
            value = sums[lane]
            for part in (*obs.values(), rewards, terminated, truncated, infos):
                value = zlib.crc32(part[lane].tobytes(), value)
            if t % 100 == 99:
                value = zlib.crc32(env._batch.get_state(lane), value)
            sums[lane] = value
    env.close()
    return dict(zip(seeds, sums, strict=True)), ended


def check(scenario: str, steps: int, many: int) -> None:
    seeds = list(range(100, 107))
    expected, ended = histories(scenario, seeds, 1, steps)
    assert ended > steps // 400
    assert len(set(expected.values())) == len(seeds)
    assert histories(scenario, seeds[::-1], 2, steps)[0] == expected
    assert histories(scenario, [103], 1, steps)[0][103] == expected[103]
    among_many, _ = histories(scenario, [*range(many - 7, 0, -1), *seeds], 4, steps)
    assert {seed: among_many[seed] for seed in seeds} == expected


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["town", "intersection", "highway"])
def test_ten_thousand_steps(scenario):
    check(scenario, STEPS, 32)


@pytest.mark.parametrize("scenario", ["town", "intersection", "highway", "parking"])
def test_some_steps(scenario):
    check(scenario, 200, 12)
