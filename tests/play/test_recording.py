"""What the record key leaves: episodes that can be trained on and a video that plays; and what a mishap leaves."""

from pathlib import Path

import numpy as np
import pytest

from wm_zoo.data import Dataset
from wm_zoo.play import video_file
from wm_zoo.play.errors import PlayError
from wm_zoo.play.video_file import VideoFile

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # imageio's reading pipe


def _frames(path):
    import imageio.v2 as imageio

    with imageio.get_reader(path) as reader:
        return [frame for frame in reader]


def test_a_drive_is_an_episode(wm, posted, tap, hold):
    posted({2: [hold("right")], 4: tap("f"), 14: tap("f")})
    code, out, _, lines = wm("toy/Real-v0", "--seed", 3, "--frames", 20)
    assert code == 0
    assert out == "20 frames; saved recordings/drive-0001.mp4; saved recordings/toy-Real-v0\n"
    dataset = Dataset.open("recordings/toy-Real-v0", verify=True)
    assert (dataset.meta.env_id, dataset.meta.policy, len(dataset)) == ("toy/Real-v0", "human", 1)
    episode = dataset.episode(0)
    driven = [line for line in lines if line["event"] == "step"][4:14]
    np.testing.assert_allclose(episode.action, [line["action"] for line in driven])
    np.testing.assert_allclose(episode.reward, [line["reward"] for line in driven], rtol=1e-6)
    assert episode.obs.shape == (11, 36, 36, 3)
    brightness = [round((line["info"]["x"] + 2) / 4 * 255) for line in driven]
    assert episode.obs[1:, 0, 0, 0].tolist() == brightness
    assert (episode.seed, episode.truncated, episode.terminated) == (3, True, False)
    assert len(_frames("recordings/drive-0001.mp4")) == 10
    saved = [line for line in lines if line["event"] == "saved"]
    assert saved[0]["video"] == "recordings/drive-0001.mp4"
    assert "saved: recordings/drive-0001.mp4" in saved[0]["message"]


def test_recording_from_the_start_keeps_every_episode(wm, posted, tap, hold):
    posted({0: [hold("right")], 5: tap("r")})
    wm("toy/Real-v0", "--record", "mine", "--seed", 1, "--frames", 60)
    dataset = Dataset.open("mine/toy-Real-v0", verify=True)
    first, second, *_ = list(dataset)
    assert (len(first), first.seed, first.truncated, first.terminated) == (5, 1, True, False)
    assert (second.seed, second.truncated, second.terminated) == (2, False, True)  # over the edge


def test_real_and_dreamt_are_kept_apart(wm, posted, saved, tap):
    posted({4: tap("t"), 10: tap("t"), 13: tap("f")})
    wm("toy/Real-v0", "--world", saved, "--record", "mine", "--frames", 16)
    real, dream = Dataset.open("mine/toy-Real-v0"), Dataset.open("mine/dream-of-toy-Real-v0")
    assert [len(episode) for episode in real] == [4, 3]
    assert [len(episode) for episode in dream] == [6]
    assert dream.meta.env_id == "wm/Dream-v0"
    assert dream.meta.env_kwargs == {"world": saved, "obs": "pixels"}
    import gymnasium as gym

    env = gym.make(dream.meta.env_id, **dream.meta.env_kwargs)  # the data say what they come from
    assert env.observation_space == dream.meta.spaces.observation
    env.close()
    np.testing.assert_array_equal(real.episode(0).obs[-1], dream.episode(0).obs[0])
    np.testing.assert_array_equal(real.episode(0).obs[-1], real.episode(1).obs[0])


def test_what_is_recorded_can_be_trained_on(wm, posted, hold):
    from wm_zoo.data import SequenceLoader

    posted({0: [hold("right")], 20: [("KEYUP", {"key": "right"}), hold("left")]})
    wm("toy/Real-v0", "--record", "mine", "--frames", 40)
    loader = SequenceLoader(
        Dataset.open("mine/toy-Real-v0"), length=8, batch=4, fields=("obs",), generator=np.random.default_rng(0)
    )
    batch = loader.sample()
    assert batch["obs"].shape == (4, 9, 36, 36, 3)


def test_a_folder_with_other_data_is_left_alone(wm):
    for discrete in ("false", "true", "false", "true"):
        wm("toy/Real-v0", "--set", f"discrete={discrete}", "--record", "mine", "--frames", 4)
    assert len(Dataset.open("mine/toy-Real-v0", verify=True)) == 2
    assert len(Dataset.open("mine/toy-Real-v0-2", verify=True)) == 2
    assert sorted(path.name for path in Path("mine").glob("*.mp4")) == [f"drive-000{i}.mp4" for i in (1, 2, 3, 4)]


def test_ctrl_c_saves(wm, monkeypatch):
    from wm_zoo.play.window import PlayWindow

    taken, frame = PlayWindow.events, iter(range(100))

    def events(window):
        if next(frame) == 7:
            raise KeyboardInterrupt
        return taken(window)

    monkeypatch.setattr(PlayWindow, "events", events)
    code, out, _, lines = wm("toy/Real-v0", "--record", "mine")
    assert code == 0
    assert "saved mine/drive-0001.mp4" in out
    assert Dataset.open("mine/toy-Real-v0").steps == 7
    assert [line["event"] for line in lines[-4:]] == ["interrupted", "episode", "saved", "end"]


def test_a_failing_video_ends_the_recording_not_the_drive(wm, monkeypatch):
    def gone(file, frame):
        raise PlayError("disk full")

    monkeypatch.setattr(VideoFile, "add", gone)
    code, _, _, lines = wm("toy/Real-v0", "--record", "mine", "--frames", 9)
    assert code == 0
    assert [line["error"] for line in lines if line["event"] == "error"] == ["disk full"]
    assert Dataset.open("mine/toy-Real-v0").steps == 1  # what was driven until then
    assert sum(line["event"] == "step" for line in lines) == 9


def test_videos(tmp_path):
    red, folder = bytes([255, 0, 0]) * (64 * 48), tmp_path / "new"
    files = [VideoFile(folder, (64, 48), 10) for _ in range(2)]  # two windows, one folder
    assert [file.path.name for file in files] == ["drive-0001.mp4", "drive-0002.mp4"]
    for _ in range(3):
        files[0].add(red)
    assert not files[0].path.exists()  # whole or not there
    assert files[0].close() == folder / "drive-0001.mp4"
    frames = _frames(folder / "drive-0001.mp4")
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 3
    assert np.abs(frames[0].mean((0, 1)) - [254, 0, 0]).max() < 8
    assert files[1].close() is None
    assert [path.name for path in folder.iterdir()] == ["drive-0001.mp4"]


def _fill(file):
    for _ in range(1000):
        file.add(bytes(64 * 48 * 3))


def test_an_ffmpeg_that_fails_is_an_error_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(video_file, "_command", lambda ffmpeg, *_: [ffmpeg, "-v", "error", "-i", "nothing.mp4"])
    file = VideoFile(tmp_path / "new", (64, 48), 10)
    with pytest.raises(PlayError, match=r"drive-0001.mp4: .*nothing.mp4"):
        _fill(file)
    assert not list((tmp_path / "new").iterdir())


def test_a_folder_that_cannot_be_written(wm):
    Path("mine").write_text("a file")
    code, _, _, lines = wm("toy/Real-v0", "--record", "mine", "--frames", 3)
    assert code == 0
    assert any(line["event"] == "error" and "mine" in line["error"] for line in lines)
