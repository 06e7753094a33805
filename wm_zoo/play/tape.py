"""Drives as episodes of a dataset: what was seen, done and paid, to be trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from wm_zoo.data.episode import Episode
from wm_zoo.data.meta import DatasetMeta
from wm_zoo.data.writer import DatasetWriter
from wm_zoo.errors import DatasetError
from wm_zoo.spaces import action_vectors

LONGEST = 10_000
"""Steps after which a drive without an end is stored and goes on as another episode."""


@dataclass
class Tape:
    """One episode that is being driven.

    Attributes:
        meta: where it comes from.
        folder: of the dataset.
        seed: that the episode was begun with.
    """

    meta: DatasetMeta
    folder: Path
    seed: int
    _obs: list[Any] = field(default_factory=list)
    _actions: list[Any] = field(default_factory=list)
    _rewards: list[float] = field(default_factory=list)
    _terminated: bool = False

    def __len__(self) -> int:
        return len(self._rewards)

    def begin(self, obs: Any) -> None:
        """The observation that the first action follows."""
        self._obs.append(_copy(obs))

    def add(self, action: Any, reward: float, obs: Any, *, terminated: bool) -> None:
        """One step, and what was seen after it."""
        self._actions.append(np.array(action))
        self._rewards.append(reward)
        self._obs.append(_copy(obs))
        self._terminated = terminated

    def save(self) -> Path | None:
        """Write the episode as a shard of its dataset, whole or not at all; None when nothing was driven.

        Raises:
            WMError: it cannot be stored.
        """
        if not len(self):
            return None
        episode = Episode(
            action=action_vectors(self.meta.spaces.action, np.stack(self._actions)),
            reward=np.asarray(self._rewards, np.float32),
            terminated=self._terminated,
            truncated=not self._terminated,
            seed=self.seed,
            obs=_stack(self._obs),
            policy=self.meta.policy,
        )
        writer = _writer(self.folder, self.meta)
        writer.append([episode])
        return writer.folder


def _writer(folder: Path, meta: DatasetMeta) -> DatasetWriter:
    """Continue the dataset in `folder`; where that is another environment's, the first ``folder-2``, … that is not."""
    for number in range(2, 1000):
        try:
            return DatasetWriter(folder, meta)
        except DatasetError:
            folder = folder.with_name(f"{folder.name.removesuffix(f'-{number - 1}')}-{number}")
    raise DatasetError(f"{folder}: no free name for a dataset")


def _copy(obs: Any) -> Any:
    return _each(np.array, obs)


def _stack(rows: list[Any]) -> Any:
    if isinstance(rows[0], Mapping):
        return {name: _stack([row[name] for row in rows]) for name in rows[0]}
    return np.stack(rows)


def _each(function: Callable[[Any], Any], obs: Any) -> Any:
    return {name: _each(function, child) for name, child in obs.items()} if isinstance(obs, Mapping) else function(obs)
