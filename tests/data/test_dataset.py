from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from wm_zoo.data import Dataset, DatasetWriter, Episode
from wm_zoo.errors import DatasetError, WMError

HERE = Path(__file__).parent


def test_what_was_written_is_read(dataset, gather_episodes):
    for stored, made in zip(dataset, gather_episodes(episodes=12).episodes, strict=True):
        assert np.array_equal(stored.obs, made.obs)
        assert np.array_equal(stored.action, made.action)
        assert np.array_equal(stored.reward, made.reward)
        assert (stored.seed, stored.policy, stored.terminated) == (made.seed, "correlated", True)
        assert stored.latent.dtype == np.float16
    assert dataset.steps == sum(map(len, dataset))
    assert [dataset.episodes.total_reward[i] for i in range(12)] == [e.total_reward for e in dataset]
    assert dataset.verify() == []


def test_arrays_are_mapped_read_only_and_never_pickled(dataset):
    rows = dataset.array(0, "obs")
    assert isinstance(rows, np.memmap)
    assert not rows.flags.writeable
    with pytest.raises(DatasetError, match="no field 'velocity'; it has obs, latent, action, reward"):
        dataset.array(0, "velocity")


@pytest.mark.parametrize("verify", [False, True])
def test_truncated_file_is_named_and_costs_its_shard_only(dataset, verify):
    path = dataset.folder / "shard-00001" / "latent.npy"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(
        DatasetError, match=r"shard-00001/latent\.npy: truncated.*lost: shard-00001 \(4 episodes, 26 steps\)"
    ):
        Dataset.open(dataset.folder, verify=verify)
    rest = Dataset.open(dataset.folder, verify=verify, skip_broken=True)
    assert [shard.name for shard in rest.shards] == ["shard-00000", "shard-00002"]
    assert [e.seed for e in rest] == np.delete(dataset.episodes.seed, range(4, 8)).tolist()
    assert [str(d.path.name) for d in rest.verify()] == ["latent.npy"]


def test_altered_missing_and_swapped_files_are_all_named(dataset):
    altered = dataset.folder / "shard-00000" / "obs.npy"
    data = bytearray(altered.read_bytes())
    data[-3] ^= 8
    altered.write_bytes(data)
    (dataset.folder / "shard-00002" / "action.npy").unlink()
    index = dataset.folder / "shard-00001" / "episodes.json"
    index.write_text(index.read_text().replace("true", "TRUE"))
    found = {(d.path.parent.name, d.path.name, d.reason.split()[0]) for d in dataset.verify()}
    assert found == {
        ("shard-00000", "obs.npy", "altered"),
        ("shard-00001", "episodes.json", "altered"),
        ("shard-00002", "action.npy", "missing"),
    }
    with pytest.raises(DatasetError, match=r"episodes\.json.*action\.npy"):
        Dataset.open(dataset.folder)
    assert len(Dataset.open(dataset.folder, verify=True, skip_broken=True)) == 0


def test_not_a_dataset(tmp_path, dataset):
    with pytest.raises(DatasetError, match=r"does not exist.*wm collect"):
        Dataset.open(tmp_path / "nowhere")
    card = dataset.folder / "dataset.toml"
    card.write_text(card.read_text()[:-40])
    with pytest.raises(DatasetError, match=r"dataset\.toml: altered or truncated"):
        Dataset.open(dataset.folder)


def test_another_environment_cannot_be_mixed_in(dataset, new_writer, counting):
    with pytest.raises(DatasetError, match="cannot be continued with env_id"):
        new_writer(env_id=counting.DISCRETE_ID)
    with pytest.raises(DatasetError, match="cannot be continued with env_kwargs"):
        new_writer(env_kwargs={"kind": "box"})


def test_bad_episodes_are_refused_and_leave_nothing(dataset):
    writer = DatasetWriter(dataset.folder, dataset.meta)
    good = dataset.episode(0)
    bad = Episode(good.action, good.reward, True, False, 1, obs=good.obs[:-1])
    with pytest.raises(DatasetError, match=f"obs has {len(good)} rows, expected {len(good) + 1}"):
        writer.append([good, bad])
    with pytest.raises(DatasetError, match="must be alike"):
        writer.append([good, Episode(good.action, good.reward, True, False, 1, obs=good.obs)])
    with pytest.raises(DatasetError, match="unpickled"):
        writer.append([Episode(good.action, good.reward, True, False, 1, obs=good.obs.astype(object))])
    assert len(writer.shards) == 3
    assert not list(dataset.folder.glob(".shard*"))


def test_disk_full_while_appending_leaves_the_dataset_as_it_was(dataset, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    writer = DatasetWriter(dataset.folder, dataset.meta)
    episodes = list(dataset)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(WMError, match="disk full"):
            writer.append(episodes)
    assert not list(dataset.folder.glob(".shard*"))
    assert len(Dataset.open(dataset.folder, verify=True)) == 12
    assert writer.append(list(dataset)) == "shard-00003"


def test_leftovers_of_a_killed_writer_are_swept(dataset):
    (dataset.folder / ".shard-00003").mkdir()
    orphan = dataset.folder / "shard-00003"  # renamed, but dataset.toml does not name it yet
    orphan.mkdir()
    (orphan / "obs.npy").write_bytes(b"old")
    assert len(Dataset.open(dataset.folder, verify=True)) == 12
    writer = DatasetWriter(dataset.folder, dataset.meta)
    assert writer.append([dataset.episode(0)]) == "shard-00003"
    again = Dataset.open(dataset.folder, verify=True)
    assert len(again) == 13
    assert sorted(p.name for p in again.folder.glob("*shard*")) == [f"shard-{i:05d}" for i in range(4)]


def test_latents_can_be_added_and_frames_dropped(gather_episodes, new_writer):
    import torch

    from wm_zoo.data import write_latents

    writer = new_writer()
    for seed in (1, 2):
        gather_episodes(episodes=3, seed=seed, writer=writer)
    write_latents(Dataset.open(writer.folder), lambda obs: obs[:, 1:].float() * 2, batch=7)
    dataset = Dataset.open(writer.folder, verify=True)
    for episode in dataset:
        assert np.array_equal(episode.latent, (episode.obs[:, 1:].astype(np.float32) * 2).astype(np.float16))
    write_latents(dataset, lambda obs: torch.ones(len(obs), 5), drop_frames=True)
    dataset = Dataset.open(writer.folder, verify=True)
    assert dataset.fields == ("action", "reward", "latent")
    assert dataset.episode(4).latent.shape[1] == 5
    assert dataset.episode(4).obs is None
    with pytest.raises(DatasetError, match="keep obs or latent"):
        writer.drop_field("shard-00000", "latent")
    with pytest.raises(DatasetError, match="has 2 rows"):
        writer.set_field("shard-00000", "latent", np.zeros((2, 5)))
    assert len(list((writer.folder / "shard-00000").glob("*.npy"))) == 3  # replaced files are gone


SCRIPT = """
import sys, time
sys.path.insert(0, {here!r})
import counting
counting.register()
from wm_zoo.data import CorrelatedRandomPolicy, DatasetMeta, DatasetWriter, env_spaces, sink
from wm_zoo.data.collect import collect
sink.SHARD_BYTES = 1500
spaces = env_spaces(counting.ID)
writer = DatasetWriter({folder!r}, DatasetMeta(counting.ID, spaces))
policy = CorrelatedRandomPolicy(spaces.action)
collect(counting.ID, None, policy, lanes=3, seed=5, episodes=2000, writer=writer, progress=lambda _: time.sleep(0.001))
"""


def test_kill_9_leaves_whole_episodes_and_the_collection_goes_on(tmp_path, gather_episodes, new_writer):
    folder = tmp_path / "dataset"
    script = SCRIPT.format(here=str(HERE), folder=str(folder))
    child = subprocess.Popen([sys.executable, "-P", "-c", script])
    deadline = time.monotonic() + 60
    while not (folder / "shard-00002").exists():
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    left = len(Dataset.open(folder, verify=True))
    assert 3 <= left < 2000
    gather_episodes(episodes=left + 8, writer=new_writer())
    resumed, straight = list(Dataset.open(folder, verify=True)), gather_episodes(episodes=left + 8).episodes
    assert [e.seed for e in resumed] == [e.seed for e in straight]
    assert all(np.array_equal(a.obs, b.obs) for a, b in zip(resumed, straight, strict=True))
    assert all(np.array_equal(a.action, b.action) for a, b in zip(resumed, straight, strict=True))
