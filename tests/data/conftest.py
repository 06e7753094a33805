"""The counting environment and a small dataset for every test here."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def counting():
    """The module `counting`, with its environments registered."""
    if "counting" not in sys.modules:
        spec = importlib.util.spec_from_file_location("counting", HERE / "counting.py")
        sys.modules["counting"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["counting"])
    module = sys.modules["counting"]
    module.register()
    return module


@pytest.fixture
def gather_episodes(counting):
    """Collect from the counting environment: keyword arguments as for `collect`."""
    from wm_zoo.data import CorrelatedRandomPolicy, env_spaces
    from wm_zoo.data.collect import collect

    def run(env_id=counting.ID, policy=None, **options):
        policy = policy or CorrelatedRandomPolicy(env_spaces(env_id).action)
        return collect(env_id, None, policy, **{"lanes": 3, "seed": 5, **options})

    return run


@pytest.fixture
def new_writer(counting, tmp_path):
    """Make (or continue) a dataset of a counting environment."""
    from wm_zoo.data import DatasetMeta, DatasetWriter, env_spaces

    def make(name="dataset", env_id=counting.ID, **meta):
        return DatasetWriter(tmp_path / name, DatasetMeta(env_id, env_spaces(env_id), **meta))

    return make


@pytest.fixture
def dataset(gather_episodes, new_writer):
    """Three shards of 4 episodes with frames and latents, rounds 0, 0 and 1."""
    import dataclasses

    import numpy as np

    from wm_zoo.data import Dataset

    writer = new_writer()
    episodes = gather_episodes(episodes=12).episodes
    for number, round_ in enumerate((0, 0, 1)):
        chosen = episodes[4 * number : 4 * number + 4]
        noise = [np.random.default_rng(e.seed).standard_normal((len(e) + 1, 4)).astype(np.float16) for e in chosen]
        writer.append([dataclasses.replace(e, latent=z) for e, z in zip(chosen, noise, strict=True)], round=round_)
    return Dataset.open(writer.folder)
