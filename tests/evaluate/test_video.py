"""Real beside dreamt: the same actions on both sides, a dream that is not corrected, files that play."""

import gc

import numpy as np
import pytest
import torch

from wm_zoo import video
from wm_zoo.evaluation.workers import make_env


@pytest.fixture(scope="module")
def moments(agent):
    env = make_env(agent, "wm/CarRacing-v0", {}, 20)
    yield video.compare(agent, env, seed=4, steps=20, restart=6, warm_up=3)
    env.close()


def test_dreams_are_restarted_and_counted(moments):
    assert [moment.step for moment in moments] == list(range(4, 21))
    assert [moment.since for moment in moments] == [*range(1, 7), *range(1, 7), *range(1, 6)]


def test_the_dream_is_an_open_loop_under_the_real_actions(agent, moments):
    """Filter by hand to the first moment, then imagine twice: the pictures must be those of the comparison."""
    world = agent.world
    env = make_env(agent, "wm/CarRacing-v0", {}, 20)
    obs, _ = env.reset(seed=4)
    agent.reset(4)
    frames, actions = [obs], []
    for _ in range(5):
        actions.append(agent.act(obs))
        obs = env.step(actions[-1])[0]
        frames.append(obs)
    env.close()
    vectors = [world.codec.to_vector(action[None]) for action in actions]
    state, last = world.blank(1), torch.zeros(1, world.action_dim)
    for t in range(4):  # frames 0 to 3: what was seen before the fourth action
        state = world.observe(state, last, torch.from_numpy(frames[t])[None])
        last = vectors[t]
    for t, moment in zip((3, 4), moments, strict=False):
        state = world.imagine(state, vectors[t]).state
        np.testing.assert_array_equal(moment.real, frames[t + 1])
        difference = moment.dream.astype(int) - world.decode(state)[0].numpy()
        assert np.abs(difference).max() <= 1  # another batch size moves the last bit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # imageio-ffmpeg leaves a pipe open
def test_files_play(agent_folder, tmp_path):
    import imageio.v2 as imageio

    strip = tmp_path / "strip.png"
    path = video.record_comparison(agent_folder, tmp_path / "a.mp4", steps=14, restart=5, strip=strip)
    with imageio.get_reader(path) as reader:
        frames = [frame for frame in reader]  # list() would ask for the length first, which is infinite
    del reader
    gc.collect()  # the open pipe is noticed here, not in a later test
    assert len(frames) == 10
    assert min(frames[0].shape[:2]) >= 256
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 0.2
    assert imageio.imread(strip).shape[1] > 500
    gif = video.record_comparison(agent_folder, tmp_path / "a.gif", steps=8, restart=4)
    assert len(imageio.mimread(gif)) == 4


def test_bad_input(agent, tmp_path, monkeypatch):
    with pytest.raises(video.VideoError, match="mp4"):
        video.record_comparison(agent, tmp_path / "a.avi")
    with pytest.raises(video.VideoError, match="warm-up"):
        video.record_comparison(agent, tmp_path / "a.mp4", steps=3)
    monkeypatch.setattr(agent.world, "can_decode", False)
    with pytest.raises(video.VideoError, match="cannot decode"):
        video.record_comparison(agent, tmp_path / "a.mp4", steps=8)
    assert not list(tmp_path.iterdir())
