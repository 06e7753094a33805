"""What the model remembers at each frame, the windows that begin there, and the moments where dreams begin."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_plugins.mdn_rnn import MdnRnnConfig
from wm_plugins.mdn_rnn.model import MdnRnn
from wm_zoo.api import Dims, Spaces
from wm_zoo.data.episode import Episode
from wm_zoo.data.meta import DatasetMeta
from wm_zoo.data.writer import DatasetWriter
from wm_zoo.recipe import Starts
from wm_zoo.train.dynamics import DynamicsConfig
from wm_zoo.train.replay import Replay, rows_of
from wm_zoo.train.starts import DreamStarts, candidate_frames, world_starts
from wm_zoo.train.windows import ReplayWindows

SPACES = Spaces(gym.spaces.Box(0, 255, (8, 8, 1), np.uint8), gym.spaces.Box(-1, 1, (2,), np.float32))
Z = 3


def episode(rng, steps, terminated):
    return Episode(
        action=rng.standard_normal((steps, 2)).astype(np.float32),
        reward=np.arange(steps, dtype=np.float32),
        terminated=terminated,
        truncated=not terminated,
        seed=int(rng.integers(2**20)),
        latent=rng.standard_normal((steps + 1, Z)).astype(np.float16),
    )


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(0)
    lengths = [[(7, True), (3, False), (12, True)], [(1, True), (9, False)]]
    for k, rows in enumerate(lengths):
        writer = DatasetWriter(tmp_path / str(k), DatasetMeta("x", SPACES))
        writer.append([episode(rng, *row) for row in rows], round=k)
    return [tmp_path / "0", tmp_path / "1"]


@pytest.fixture(params=["gru", "lstm"])
def dynamics(request):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return MdnRnn(MdnRnnConfig(hidden=5, cell=request.param, mixtures=1), Dims(SPACES, 2, latent=Z))


def test_states_are_those_of_filtering_step_by_step(folders, dynamics) -> None:
    replay = Replay(folders)
    states = replay.states(dynamics)
    number = 0
    for dataset in replay.datasets:
        for one in dataset:
            state, action = dynamics.initial(1), torch.zeros(1, 2)
            for t in range(len(one) + 1):
                with torch.no_grad():
                    state = dynamics.observe(state, action, torch.from_numpy(one.latent[t][None]).float())
                for name in state:
                    assert torch.allclose(states[name][number].float(), state[name][0], atol=2e-3), (name, number)
                action = torch.from_numpy(one.action[t][None]) if t < len(one) else action
                number += 1
    assert number == replay.frames == 32 + 5


def test_a_window_begins_with_what_was_remembered_there(folders, dynamics) -> None:
    replay = Replay(folders)
    states = replay.states(dynamics)
    windows = ReplayWindows(replay, states, DynamicsConfig(batch=64, length=4))
    batch = windows(torch.Generator().manual_seed(0))
    assert batch.latent.shape == (64, 5, Z)
    assert batch.initial is not None
    assert torch.allclose(batch.initial["z"], batch.latent[:, 0])  # the state after latent[:, 0] was seen
    where = (states["z"][:, None].float() == batch.latent[:, 0]).all(-1).int().argmax(0)
    assert torch.equal(batch.initial["h"], states["h"][where].float())


def test_windows_follow_from_the_generator_alone(folders) -> None:
    windows = ReplayWindows(Replay(folders), None, DynamicsConfig(batch=8, length=4))
    a, b, c = (windows(torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(a.latent, b.latent)
    assert not torch.equal(a.latent, c.latent)
    assert a.initial is None


def test_no_dream_begins_where_an_episode_has_ended(folders) -> None:
    replay = Replay(folders)
    frames = candidate_frames(replay, Starts(stride=1))
    ended = (replay.first + replay.length)[replay.terminated].tolist()
    assert len(ended) == 3
    assert not set(ended) & set(frames.tolist())
    assert set(replay.first.tolist()) <= set(frames.tolist())
    assert len(frames) == replay.frames - 3


def test_stride_and_burn_in(folders) -> None:
    replay = Replay(folders)
    frames = set(candidate_frames(replay, Starts(stride=2, burn_in=4)).tolist())
    assert {4, 6} <= frames
    assert not {0, 1, 2, 3, 5, 7} & frames
    assert int(replay.first[1]) + 3 in frames  # three steps only: its last frame, not nothing


def test_starts_mix_old_and_new(folders, dynamics) -> None:
    replay = Replay(folders)
    states = replay.states(dynamics)
    config = Starts(recent_size=4, recent_fraction=1.0, stride=1)
    recent = DreamStarts(replay, states, config, np.random.default_rng(0))(50, torch.Generator().manual_seed(0))
    newest = rows_of(states, torch.from_numpy(candidate_frames(replay, config)[-4:]))["z"]
    assert all((newest == z).all(-1).any() for z in recent["z"])
    config = config.model_copy(update={"recent_fraction": 0.0})
    old = DreamStarts(replay, states, config, np.random.default_rng(0))(200, torch.Generator().manual_seed(0))
    assert len(torch.unique(old["z"], dim=0)) > 20


def test_world_starts_have_seen_real_frames(folders, dynamics) -> None:
    replay = Replay(folders)
    bank = world_starts(dynamics, replay, Starts(world_size=100, stride=1), np.random.default_rng(0))
    assert len(bank.episode["z"]) == 5
    first = rows_of(replay.states(dynamics), torch.from_numpy(replay.first))
    assert torch.equal(bank.episode["h"], first["h"])
    beginnings = {tuple(row.tolist()) for row in first["z"]}
    long = [row for row in bank.anywhere["z"] if tuple(row.tolist()) in beginnings]
    assert len(long) == 1  # only the episode of one step, which has no later moment
