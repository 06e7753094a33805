from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from wm_envs._native import SequenceGather
from wm_zoo.data import Dataset, DatasetWriter, SequenceLoader, frame_batches, sample_frames, sequence_batch
from wm_zoo.errors import DatasetError


def reference(arrays, source, start, valid, length):
    """What the native core does, in plain NumPy."""
    kind = np.float32 if arrays[0].dtype == np.float16 else arrays[0].dtype
    out = np.zeros((len(source), length, *arrays[0].shape[1:]), kind)
    for b, (s, i, v) in enumerate(zip(source, start, valid, strict=True)):
        out[b, :v] = arrays[s][i : i + v]
    return out


def loader(dataset, seed=0, **options):
    options = {"length": 4, "batch": 64, "fields": ("latent", "obs"), **options}
    return SequenceLoader(dataset, generator=np.random.default_rng(seed), **options)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("dtype", "row", "windows"), [("f2", (5,), 9), ("f4", (), 40), ("u1", (16, 16, 3), 60)])
def test_native_gather_equals_numpy(dtype, row, windows, threads):
    generator = np.random.default_rng(1)
    arrays = [(generator.standard_normal((n, *row)) * 50).astype(dtype) for n in (30, 1, 77)]
    gather = SequenceGather({"x": arrays}, threads)
    source = generator.integers(0, 3, windows)
    start = np.array([generator.integers(0, len(arrays[s])) for s in source])
    valid = np.minimum(
        generator.integers(0, 12, windows), [len(arrays[s]) - i for s, i in zip(source, start, strict=True)]
    )
    expected = reference(arrays, source, start, valid, 11)
    out = np.full_like(expected, 7)
    gather.gather("x", source, start, valid, out)
    assert np.array_equal(out, expected)


def test_every_half_is_widened_exactly():
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    out = np.empty((1, 65536), np.float32)
    zero = np.zeros(1, np.int64)
    SequenceGather({"x": [halves]}).gather("x", zero, zero, np.array([65536]), out)
    assert np.array_equal(out[0].view(np.uint32), halves.astype(np.float32).view(np.uint32))


@pytest.mark.parametrize(
    ("source", "start", "valid"), [(2, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 8, 3), (0, 10, 1), (0, 0, 6), (0, 0, -1)]
)
def test_windows_outside_the_data_are_refused_before_anything_is_written(source, start, valid):
    gather = SequenceGather({"x": [np.ones((10, 2), np.float32), np.ones((3, 2), np.float32)]})
    out = np.zeros((2, 5, 2), np.float32)
    with pytest.raises(IndexError, match=r"window 1 .*leaves the data"):
        gather.gather("x", np.array([0, source]), np.array([0, start]), np.array([5, valid]), out)
    assert not out.any()


def test_wrong_buffers_are_refused():
    gather = SequenceGather({"x": [np.ones((10, 2), np.float32)]})
    zero, one = np.zeros(1, np.int64), np.ones(1, np.int64)
    for out in (np.zeros((1, 5, 3), np.float32), np.zeros((2, 5, 2), np.float32), np.zeros((1, 5, 2))):
        with pytest.raises(ValueError, match="out: expected"):
            gather.gather("x", zero, zero, one, out)
    with pytest.raises(ValueError, match="C-contiguous"):
        gather.gather("x", zero, zero, one, np.zeros((2, 5, 1), np.float32).T)
    with pytest.raises(ValueError, match="same dtype"):
        SequenceGather({"x": [np.ones((2, 2), np.float32), np.ones((2, 3), np.float32)]})


def test_windows_are_those_of_the_episodes(dataset):
    batch = loader(dataset).sample()
    for b in range(64):
        episode = dataset.episode(int(batch["episode"][b]))
        t = int(batch["offset"][b])
        real = min(4, len(episode) - t)
        assert batch["mask"][b].tolist() == [1.0] * real + [0.0] * (4 - real)
        assert np.array_equal(batch["latent"][b, : real + 1], episode.latent[t : t + real + 1].astype(np.float32))
        assert np.array_equal(batch["obs"][b, : real + 1], episode.obs[t : t + real + 1])
        assert np.array_equal(batch["action"][b, :real], episode.action[t : t + real])
        assert np.array_equal(batch["reward"][b, :real], episode.reward[t : t + real])
        ends = [float(t + k == len(episode) - 1) for k in range(4)]
        assert batch["terminated"][b].tolist() == ends
        for name in ("latent", "obs"):
            assert not batch[name][b, real + 1 :].any()
        rows = dataset.array(int(batch["shard"][b]), "obs")
        assert np.array_equal(rows[int(batch["start"][b])], episode.obs[t])
    assert (batch["mask"] == 0).any()
    assert batch["latent"].dtype == batch["action"].dtype == torch.float32
    assert sequence_batch(batch).latent.shape == (64, 5, 4)


def test_truncation_is_not_termination(gather_episodes, new_writer):
    writer = new_writer()
    gather_episodes(episodes=12, max_episode_steps=3, writer=writer)
    dataset = Dataset.open(writer.folder)
    assert dataset.episodes.truncated.any()
    batch = loader(dataset, fields=("obs",)).sample()
    cut = ~dataset.episodes.terminated[batch["episode"].numpy()]
    assert cut.any()
    assert not batch["terminated"][torch.from_numpy(cut)].any()


def test_every_window_is_equally_likely_and_recent_ones_get_their_share(dataset):
    drawn = loader(dataset, batch=20000, recent_fraction=0.0).sample()
    counts = np.bincount(drawn["episode"].numpy(), minlength=12) / 20000
    assert np.allclose(counts, dataset.episodes.length / dataset.steps, atol=0.015)
    recent = loader(dataset, batch=20000, recent_fraction=0.4).sample()["shard"].numpy() == 2
    share = dataset.episodes.length[8:].sum() / dataset.steps
    assert recent.mean() == pytest.approx(0.4 + 0.6 * share, abs=0.015)
    full = loader(dataset, batch=500, min_steps=3).sample()["mask"].sum(1)
    assert full.min() == 3


def test_same_state_same_batches(dataset):
    a, b = loader(dataset), loader(dataset, seed=9)
    a.sample()
    b.set_state(json.loads(json.dumps(a.state())))
    for _ in range(3):
        left, right = a.sample(), b.sample()
        assert all(torch.equal(left[name], right[name]) for name in left)
    different = loader(dataset, seed=9).sample()
    assert not torch.equal(different["start"], left["start"])


def test_several_datasets_are_counted_through(dataset, tmp_path):
    other = DatasetWriter(tmp_path / "other", dataset.meta)
    other.append(list(dataset)[:2], round=7)
    both = [dataset, Dataset.open(other.folder)]
    batch = loader(both, recent_fraction=1.0).sample()
    assert set(batch["shard"].tolist()) == {3}
    assert set(batch["episode"].tolist()) == {12, 13}
    assert torch.equal(
        batch["action"][0, 0],
        torch.from_numpy(dataset.episode(int(batch["episode"][0]) - 12).action[int(batch["offset"][0])]),
    )


def test_missing_field_and_empty_dataset_are_named(dataset, new_writer):
    with pytest.raises(DatasetError, match="no field 'latents': did you mean 'latent'"):
        loader(dataset, fields=("latents",))
    with pytest.raises(DatasetError, match="empty"):
        loader(Dataset.open(new_writer("empty").folder))
    with pytest.raises(DatasetError, match="min_steps"):
        loader(dataset, min_steps=5)


def test_frames_in_order_shuffled_and_sampled(dataset):
    everything = np.concatenate([shard.field("obs") for shard in dataset.shards])
    assert np.array_equal(torch.cat(list(frame_batches(dataset, 7))), everything)
    shuffled = torch.cat(list(frame_batches(dataset, 7, generator=np.random.default_rng(0)))).numpy()
    assert not np.array_equal(shuffled, everything)
    assert np.array_equal(np.sort(shuffled, 0), np.sort(everything, 0))
    first = next(sample_frames(dataset, 200, np.random.default_rng(3), field="obs"))
    assert torch.equal(first, next(sample_frames(dataset, 200, np.random.default_rng(3))))
    assert all((everything == row).all(1).any() for row in first.numpy())
