"""To and from Minari, the field's format for offline data (the extra `minari`)."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

import gymnasium as gym
import numpy as np

from wm_zoo.api.types import Spaces
from wm_zoo.data.dataset import Dataset
from wm_zoo.data.episode import Array, Episode
from wm_zoo.data.meta import DatasetMeta
from wm_zoo.data.writer import DatasetWriter
from wm_zoo.errors import DatasetError, MissingDependency
from wm_zoo.spaces import action_vectors, actions_from_vectors

CHUNK = 16
"""Episodes in memory at a time."""


def to_minari(dataset: Dataset, dataset_id: str, **about: Any) -> Any:
    """Copy a dataset with frames into a new Minari dataset, a few episodes at a time.

    Args:
        dataset: every shard must have its observations.
        dataset_id: Minari's ``namespace/name-v0``; must not exist yet.
        **about: passed on to Minari: author, algorithm_name, description, …

    Returns:
        The `minari.MinariDataset`. Frames are stored without loss.

    Raises:
        MissingDependency: Minari is not installed.
        DatasetError: the dataset is empty or has no observations.
    """
    minari = _minari()
    chunks = list(_ranges(len(dataset)))
    if not chunks or not any(name.split(".")[0] == "obs" for name in dataset.fields):
        raise DatasetError(f"{dataset.folder}: Minari needs episodes with observations; this has {dataset.fields}")
    spaces = dataset.meta.spaces
    made = minari.create_dataset_from_buffers(
        dataset_id,
        _buffers(dataset, chunks[0]),
        env=_spec(dataset.meta),
        observation_space=spaces.observation,
        action_space=spaces.action,
        jpeg_encoding=False,
        **about,
    )
    for chunk in chunks[1:]:
        made.update_dataset_from_buffer(_buffers(dataset, chunk))
    return made


def from_minari(source: Any, folder: str | os.PathLike[str]) -> Dataset:
    """Copy a Minari dataset into a new (or continued) dataset folder.

    Args:
        source: a `minari.MinariDataset`, or the id of a local one.
        folder: where to.

    Raises:
        MissingDependency: an id was given and Minari is not installed.
        WMError: its spaces are of a kind that cannot be stored.
    """
    data = _minari().load_dataset(source) if isinstance(source, str) else source
    spec = data.env_spec
    env_id, kwargs = (spec.id, dict(spec.kwargs)) if spec is not None else ("", {})
    meta = DatasetMeta(env_id, Spaces(data.observation_space, data.action_space), kwargs, policy="minari")
    writer = DatasetWriter(folder, meta)
    waiting: list[Episode] = []
    for episode in _episodes(data):
        waiting.append(episode)
        if len(waiting) == CHUNK:
            writer.append(waiting)
            waiting = []
    writer.append(waiting)
    return Dataset.open(folder)


def _episodes(data: Any) -> Iterator[Episode]:
    seeds = [entry.get("seed") for entry in data.storage.get_episode_metadata(data.episode_indices)]
    for stored, seed in zip(data.iterate_episodes(), seeds, strict=True):
        yield Episode(
            action=action_vectors(data.action_space, np.asarray(stored.actions)),
            reward=np.asarray(stored.rewards, np.float32),
            terminated=bool(stored.terminations[-1]),
            truncated=bool(stored.truncations[-1]),
            seed=-1 if seed is None else int(seed),
            obs=stored.observations,
            policy="minari",
        )


def _buffers(dataset: Dataset, numbers: Iterable[int]) -> list[Any]:
    make = import_module("minari.data_collector").EpisodeBuffer
    return [make(**_buffer(dataset.episode(i), i, dataset.meta.spaces.action)) for i in numbers]


def _buffer(episode: Episode, number: int, action_space: gym.Space[Any]) -> dict[str, Any]:
    """An episode in Minari's layout: flags for every step, actions of the environment."""
    return {
        "id": number,
        "seed": episode.seed if episode.seed >= 0 else None,
        "observations": episode.obs,
        "actions": actions_from_vectors(action_space, episode.action),
        "rewards": episode.reward,
        "terminations": _last(len(episode), episode.terminated),
        "truncations": _last(len(episode), episode.truncated),
    }


def _last(steps: int, value: bool) -> Array:
    flags = np.zeros(steps, np.bool_)
    flags[-1] = value
    return flags


def _spec(meta: DatasetMeta) -> Any:
    """Spec with the keyword arguments of the collection, or None when the id is not registered here."""
    try:
        spec = copy.deepcopy(gym.spec(meta.env_id))  # the registry's own must not change
    except gym.error.Error:
        return None
    spec.kwargs = {**spec.kwargs, **meta.env_kwargs}
    return spec


def _ranges(count: int) -> Iterator[range]:
    return (range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK))


def _minari() -> Any:
    try:
        return import_module("minari")
    except ImportError as error:
        raise MissingDependency(f'Minari is not installed ({error}): pip install "wm-suite[minari]"') from error
