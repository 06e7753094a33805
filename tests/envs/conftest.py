"""Stock CarRacing-v3 beside ours, and ways to drive both."""

from __future__ import annotations

import importlib
import math
import os
import warnings
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
BLANK = np.zeros((96, 96, 3), np.uint8)
Act = Callable[[int], Any]


class Drawing:
    """Switches a stock environment's drawing off where nobody looks: 98 % of its time, and nothing depends on it."""

    def __init__(self, env: Any) -> None:
        self.on, self._env, self._render = True, env, env._render
        env._render = self._maybe

    def _maybe(self, mode: str) -> Any:
        return self._render(mode) if self.on else BLANK


@pytest.fixture(scope="session")
def make_stock() -> Callable[..., Any]:
    """Builds an unwrapped stock CarRacing-v3, with `drawing` to switch its pictures off."""
    with warnings.catch_warnings():  # Box2D's SWIG types warn on import; as an error that is a crash
        warnings.simplefilter("ignore")
        pytest.importorskip("Box2D")
        importlib.import_module("gymnasium.envs.box2d")

    def make(*, draw: bool = True, **options: Any) -> Any:
        env: Any = gym.make("CarRacing-v3", **options).unwrapped
        env.drawing = Drawing(env)
        env.drawing.on = draw
        return env

    return make


def follow_the_line(env: Any, rng: np.random.Generator) -> Act:
    """Aim some tiles ahead; noisy, so that it also slides and leaves the road."""
    track = np.array(env.track)[:, 2:]
    target_speed = rng.uniform(30, 80)

    def act(_: int) -> np.ndarray:
        hull = env.car.hull
        here = np.argmin(((track - np.array(hull.position)) ** 2).sum(1))
        aim = track[(here + 6) % len(track)] - np.array(hull.position)
        error = math.atan2(
            -math.sin(hull.angle) * aim[1] - math.cos(hull.angle) * aim[0],
            -math.sin(hull.angle) * aim[0] + math.cos(hull.angle) * aim[1],
        )
        slow = math.hypot(*hull.linearVelocity) < target_speed
        return np.array([-1.5 * error + rng.normal(0, 0.1), 0.6 * slow, 0.0 if slow else 0.3])

    return act


def complete_the_lap(env: Any, _: np.random.Generator) -> Act:
    """Brake for what lies ahead, look further ahead the faster: most laps are finished, with returns above 850."""
    line = np.array(env.track)[:, 2:]
    n, heading = len(line), np.unwrap(np.arctan2(*(np.roll(line, -1, 0) - line).T[::-1]))
    bend = np.abs(np.roll(heading, -4) - np.roll(heading, 4))
    bend = np.minimum(bend, np.abs(bend - 2 * math.pi)) / (8 * 3.5)
    corner = np.minimum(75.0, np.sqrt(90.0 / np.maximum(bend, 1e-4)))
    distance = 3.5 * np.arange(40)

    def act(_: int) -> np.ndarray:
        hull = env.car.hull
        place, speed = np.array(hull.position), math.hypot(*hull.linearVelocity)
        here = int(np.argmin(((line - place) ** 2).sum(1)))
        aim = line[(here + 2 + int(speed / 15)) % n] - place
        sin, cos = math.sin(hull.angle), math.cos(hull.angle)
        error = math.atan2(-sin * aim[1] - cos * aim[0], -sin * aim[0] + cos * aim[1])
        target = np.sqrt(corner[(here + np.arange(40)) % n] ** 2 + 2 * 60.0 * distance).min()
        gas = float(np.clip(0.2 * (target - speed), 0, 1)) * max(0.1, 1 - 1.2 * abs(error))
        brake = float(np.clip(0.05 * (speed - target - 2), 0, 0.4))
        return np.array([np.clip(-1.4 * error + 0.05 * hull.angularVelocity, -1, 1), gas, brake], np.float32)

    return act


def smooth_random(_: Any, rng: np.random.Generator) -> Act:
    """What a policy in training does."""
    state = np.zeros(3)

    def act(_: int) -> np.ndarray:
        state[:] = np.clip(0.9 * state + 0.35 * rng.normal(size=3) + [0, 0.04, -0.08], [-1, 0, 0], 1)
        return state.astype(np.float32)

    return act


def extremes(_: Any, rng: np.random.Generator) -> Act:
    """Out of range on purpose: stock takes steer and brake raw."""
    return lambda _: rng.uniform([-3, -1, -1], [3, 2, 1.5])


def held_then_still(_: Any, rng: np.random.Generator) -> Act:
    """One action held, then nothing: the car comes to rest and falls asleep."""
    held = rng.uniform([-1, 0, 0], 1)
    return lambda t: held if t < 60 else np.array([0.0, 0.0, 0.2])


def buttons(_: Any, rng: np.random.Generator) -> Act:
    """The five discrete actions, each held for a while."""
    plan = np.repeat(rng.choice(5, 200, p=[0.2, 0.15, 0.15, 0.4, 0.1]), rng.integers(1, 12, 200))
    return lambda t: int(plan[t])


@pytest.fixture(scope="session")
def regimes() -> dict[str, Callable[[Any, np.random.Generator], Act]]:
    """Ways to drive by name: each makes act(step) for an environment and a generator."""
    return {
        f.__name__: f for f in (follow_the_line, complete_the_lap, smooth_random, extremes, held_then_still, buttons)
    }
