"""Which episode a lane drives next, and with which seed."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wm_zoo.data.noise import episode_seed

Key = tuple[int, ...]
"""Place of an episode in the order of a collection."""


class Schedule(Protocol):
    """Hands out episodes to lanes."""

    lanes: int
    total: int  # in `unit`s
    done: int
    unit: str

    def next(self, lane: int) -> tuple[Key, int, bool]:
        """Key and seed of the next episode of `lane`, and whether it is wanted at all."""
        ...

    def step(self) -> NDArray[np.bool_] | bool:
        """Count a step of all lanes; True cuts their episodes here."""
        ...

    def finished(self) -> None:
        """Count a finished episode."""
        ...

    def most_frames(self, longest: int | None) -> int | None:
        """Largest number of frames, when an episode has at most `longest` steps."""
        ...


class EpisodeSchedule:
    """Episodes 0, 1, … of a collection; whichever lane is free takes the next one.

    Args:
        seed: of the collection.
        lanes: wanted; never more than there are episodes.
        episodes: in all.
        stored: seeds of episodes that exist already; the collection goes on after the last in a row.
    """

    unit = "episodes"

    def __init__(self, seed: int, lanes: int, episodes: int, stored: Set[int]) -> None:
        self._seed, self.total, self.done = seed, episodes, 0
        while self.done < episodes and episode_seed(seed, self.done) in stored:
            self.done += 1
        self._next = self.done
        self.lanes = min(lanes, max(1, episodes - self.done))

    def next(self, lane: int) -> tuple[Key, int, bool]:
        """The next episode in the row."""
        number = self._next
        self._next += 1
        return (number,), episode_seed(self._seed, number), number < self.total

    def step(self) -> bool:
        """Never cuts."""
        return False

    def finished(self) -> None:
        """Count a finished episode."""
        self.done += 1

    def most_frames(self, longest: int | None) -> int | None:
        """Every episode at its longest."""
        return None if longest is None else (self.total - self.done) * (longest + 1)


class StepSchedule:
    """Every lane drives for a fixed number of steps, one episode of its own after the other.

    Args:
        seed: of the collection.
        lanes: N.
        steps: of each lane.
        stored: seeds of episodes that exist already; since all are written at once, one of them means all.
    """

    unit = "steps"

    def __init__(self, seed: int, lanes: int, steps: int, stored: Set[int]) -> None:
        self._seed, self.lanes, self.total = seed, lanes, steps * lanes
        self.done = self.total if episode_seed(seed, 0, 0) in stored else 0
        self._episodes = [0] * lanes

    def next(self, lane: int) -> tuple[Key, int, bool]:
        """The lane's next own episode."""
        key = (lane, self._episodes[lane])
        self._episodes[lane] += 1
        return key, episode_seed(self._seed, *key), self.done < self.total

    def step(self) -> bool:
        """Cuts all lanes after the last step."""
        self.done += self.lanes
        return self.done >= self.total

    def finished(self) -> None:
        """Steps count, not episodes."""

    def most_frames(self, longest: int | None) -> int | None:
        """One extra frame an episode; at most as many episodes as steps, in practice a few."""
        return self.total + self.lanes * (1 + self.total // self.lanes // (longest or self.total))
