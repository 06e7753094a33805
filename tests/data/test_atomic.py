from __future__ import annotations

import errno
import os
import tomllib

import numpy as np
import pytest
import torch

from wm_zoo import atomic
from wm_zoo.errors import CheckpointError, WMError


def test_tensors_round_trip_with_hash(tmp_path):
    path = tmp_path / "deep" / "w.safetensors"
    weight = torch.randn(3, 4)
    tied = {"a": weight, "b": weight.T, "half": weight.half(), "count": np.arange(3), "scalar": torch.tensor(2.5)}
    digest = atomic.save_tensors(path, tied)
    assert digest == atomic.sha256(path)
    loaded = atomic.load_tensors(path, digest)
    assert all(torch.equal(loaded[name], torch.as_tensor(value)) for name, value in tied.items())
    assert [p.name for p in path.parent.iterdir()] == ["w.safetensors"]


@pytest.mark.parametrize("hashed", [True, False])
def test_truncated_tensors_are_named(tmp_path, hashed):
    path = tmp_path / "w.safetensors"
    digest = atomic.save_tensors(path, {"a": torch.ones(100)})
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match=r"w\.safetensors"):
        atomic.load_tensors(path, digest if hashed else None)


def test_altered_and_missing_tensors_are_named(tmp_path):
    path = tmp_path / "w.safetensors"
    digest = atomic.save_tensors(path, {"a": torch.ones(100)})
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"w\.safetensors.*altered"):
        atomic.load_tensors(path, digest)
    with pytest.raises(CheckpointError, match=r"gone\.safetensors"):
        atomic.load_tensors(tmp_path / "gone.safetensors")


def test_disk_full_keeps_the_old_file_and_names_the_space(tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    atomic.write_json(path, {"step": 1})

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WMError, match=r"state\.json: disk full, .* free"):
        atomic.write_json(path, {"step": 2})
    assert path.read_text() == '{\n "step": 1\n}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]


def test_interrupted_write_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), atomic.replacing(tmp_path / "x") as file:  # noqa: PT012
        file.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_unwritable_place_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WMError, match="cannot write"):
        atomic.write_text(tmp_path / "file" / "below", "x")


def test_json_and_toml(tmp_path):
    atomic.write_toml(
        tmp_path / "a.toml", {"x": None, "n": np.int64(3), "path": tmp_path, "t": {"l": (1, np.float32(2))}}
    )
    assert tomllib.loads((tmp_path / "a.toml").read_text()) == {"n": 3, "path": str(tmp_path), "t": {"l": [1, 2.0]}}
    with pytest.raises(ValueError, match="not JSON compliant"):
        atomic.write_json(tmp_path / "b.json", {"x": float("nan")})
    assert not (tmp_path / "b.json").exists()
