"""Conversion on a stand-in for Minari's classes, and the real round trip wherever Minari and h5py are installed."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from wm_zoo.data import Dataset, from_minari, to_minari
from wm_zoo.errors import DatasetError, MissingDependency

HAVE = all(importlib.util.find_spec(name) for name in ("minari", "h5py"))


class FakeMinari:
    """Keeps buffers as Minari does: one record an episode, ids in order."""

    def __init__(self, buffers, observation_space, action_space):
        self.observation_space, self.action_space, self.env_spec = observation_space, action_space, None
        self.buffers = []
        self.storage = self
        self.update_dataset_from_buffer(buffers)

    def update_dataset_from_buffer(self, buffers):
        for buffer in buffers:
            assert buffer.id == len(self.buffers)
            self.buffers.append(buffer)

    @property
    def episode_indices(self):
        return np.arange(len(self.buffers))

    def get_episode_metadata(self, numbers):
        return [{"seed": self.buffers[i].seed} for i in numbers]

    def iterate_episodes(self):
        return iter(self.buffers)


@pytest.fixture
def fake(monkeypatch):
    def create(dataset_id, buffers, *, env, observation_space, action_space, jpeg_encoding):
        assert not jpeg_encoding  # lossy
        return FakeMinari(buffers, observation_space, action_space)

    collector = SimpleNamespace(EpisodeBuffer=SimpleNamespace)
    monkeypatch.setitem(sys.modules, "minari", SimpleNamespace(create_dataset_from_buffers=create))
    monkeypatch.setitem(sys.modules, "minari.data_collector", collector)


def check(dataset, back):
    for a, b in zip(dataset, back, strict=True):
        assert np.array_equal(a.obs, b.obs)
        assert a.obs.dtype == b.obs.dtype
        assert np.array_equal(a.action, b.action)
        assert np.array_equal(a.reward, b.reward)
        assert (a.seed, a.terminated, a.truncated) == (b.seed, b.terminated, b.truncated)
    assert back.meta.spaces == dataset.meta.spaces


@pytest.mark.parametrize("kind", ["ID", "DISCRETE_ID"])
def test_there_and_back(fake, gather_episodes, new_writer, counting, tmp_path, kind):
    from wm_zoo.data import RandomPolicy, env_spaces

    env_id = getattr(counting, kind)
    writer = new_writer(env_id=env_id)
    policy = RandomPolicy(env_spaces(env_id).action)
    gather_episodes(env_id=env_id, policy=policy, episodes=20, max_episode_steps=4, writer=writer)
    dataset = Dataset.open(writer.folder)
    made = to_minari(dataset, "wm/counting-v0")
    assert all(buffer.terminations[:-1].sum() == buffer.truncations[:-1].sum() == 0 for buffer in made.buffers)
    check(dataset, from_minari(made, tmp_path / "back"))


@pytest.mark.filterwarnings("ignore::UserWarning")  # Minari wants to know more about the author and the evaluation
@pytest.mark.skipif(not HAVE, reason="Minari or h5py is not installed")
def test_real_minari(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    to_minari(dataset, "wm/counting-v0", author="tests")
    back = from_minari("wm/counting-v0", tmp_path / "back")
    check(dataset, back)
    assert back.meta.env_id == dataset.meta.env_id


def test_without_minari_the_error_names_the_extra(dataset, monkeypatch):
    monkeypatch.setitem(sys.modules, "minari", None)
    with pytest.raises(MissingDependency, match=r"wm-suite\[minari\]"):
        to_minari(dataset, "wm/x-v0")


def test_nothing_to_convert(fake, new_writer):
    with pytest.raises(DatasetError, match="Minari needs episodes with observations"):
        to_minari(Dataset.open(new_writer().folder), "wm/x-v0")
