"""Rates of this machine: the native environment beside stock, collecting, encoding and dreaming."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np


@dataclass(frozen=True)
class Rate:
    """One line of the table.

    Attributes:
        name: what was run.
        per_second: median rate.
        unit: of what.
        against_stock: times stock CarRacing-v3's frame rate, or None.
    """

    name: str
    per_second: float
    unit: str
    against_stock: float | None = None


def rates(seconds: float = 1.0, world: Any = None) -> Iterator[Rate]:
    """Measure one thing after the other, each for about `seconds`.

    Args:
        seconds: for each line; the rate is the median of five pieces.
        world: a `ComposedWorld` to dream in, or None.
    """
    stock = _per_second(_stock(), seconds)
    yield Rate("stock CarRacing-v3", stock, "frames/s", 1.0)
    for lanes, threads in ((1, 1), (64, 1), (64, 2)):
        rate = _per_second(_native(lanes, threads), seconds)
        name = f"wm/CarRacing-v0, {lanes} lane{'s' if lanes > 1 else ''}, {threads} thread{'s' if threads > 1 else ''}"
        yield Rate(name, rate, "frames/s", rate / stock)
    if world is not None:
        for lanes in (32, 256):
            yield Rate(f"dream, {lanes} lanes, one thread", _per_second(_dream(world, lanes), seconds), "steps/s")


def _per_second(piece: Callable[[], int], seconds: float, pieces: int = 5) -> float:
    """Median rate of `piece`, which returns how much it did, over five stretches of time."""
    piece()  # first calls load libraries and warm caches
    found = []
    for _ in range(pieces):
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < seconds / pieces:
            done += piece()
        found.append(done / (time.perf_counter() - start))
    return float(np.median(found))


def _stock() -> Callable[[], int]:
    from wm_envs.stock import make_stock_car_racing

    env = make_stock_car_racing()
    env.reset(seed=0)
    action = np.array([0.1, 0.3, 0.0], np.float32)

    def piece() -> int:
        for _ in range(10):
            if any(env.step(action)[2:4]):
                env.reset()
        return 10

    return piece


def _native(lanes: int, threads: int) -> Callable[[], int]:
    import wm_envs

    wm_envs.register_all()
    envs = gym.make_vec("wm/CarRacing-v0", num_envs=lanes, num_threads=threads)
    envs.reset(seed=0)
    action = np.tile(np.array([0.1, 0.3, 0.0], np.float32), (lanes, 1))

    def piece() -> int:
        for _ in range(10):
            envs.step(action)
        return 10 * lanes

    return piece


def _dream(world: Any, lanes: int) -> Callable[[], int]:
    import torch

    from wm_zoo.lanes import LaneGenerator

    torch.set_num_threads(1)
    noise = LaneGenerator(list(range(lanes)))
    start = world.initial(lanes, generator=noise)
    action = torch.zeros(lanes, world.action_dim)

    def piece() -> int:
        state = start
        for _ in range(10):
            state = world.imagine(state, action, generator=noise).state
        return 10 * lanes

    return piece
