"""Where finished episodes go: in order, in shards of a bounded size, and only if there is room."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from wm_zoo.atomic import free_space, human_size
from wm_zoo.data.envs import AnyVectorEnv
from wm_zoo.data.episode import Episode
from wm_zoo.data.schedule import Key
from wm_zoo.data.writer import DatasetWriter
from wm_zoo.errors import DatasetError
from wm_zoo.spaces import action_size, flat_observation

SHARD_BYTES = 256 * 2**20
SHARD_SECONDS = 20.0  # so that a kill costs little also where steps are slow


class Sink:
    """Orders episodes by key and writes them; without a writer they are kept.

    Args:
        writer: or None.
        round: of the shards.
        first: keys are (first,), (first + 1,), …: write them as soon as it is their turn and never before, so that a
            dataset is always the beginning of the same sequence. None: write everything at once, at `close`.
    """

    def __init__(self, writer: DatasetWriter | None, round: int | None, *, first: int | None) -> None:
        self._writer, self._round, self._next = writer, round, first
        self._waiting: dict[Key, Episode] = {}
        self._row: list[Episode] = []
        self._bytes, self._written_at = 0, time.monotonic()
        self.lengths: list[int] = []
        self.returns: list[float] = []
        self.kept: list[Episode] = []

    def add(self, key: Key, episode: Episode) -> None:
        """Take one finished episode."""
        self._waiting[key] = episode
        if self._next is None:
            return
        while (ready := self._waiting.pop((self._next,), None)) is not None:
            self._row.append(ready)
            self._bytes += sum(array.nbytes for array in ready.fields().values())
            self._next += 1
        if self._bytes >= SHARD_BYTES or (self._row and time.monotonic() - self._written_at > SHARD_SECONDS):
            self._flush()

    def close(self, *, complete: bool) -> None:
        """Write what is left; a collection without an order of its own leaves nothing unless `complete`."""
        if self._next is None and complete:
            self._row = [self._waiting[key] for key in sorted(self._waiting)]
        self._flush()

    def _flush(self) -> None:
        row, self._row, self._bytes = self._row, [], 0
        if self._writer is None:
            self.kept += row
        else:
            self._writer.append(row, round=self._round)
        self.lengths += [len(episode) for episode in row]
        self.returns += [episode.total_reward for episode in row]
        self._written_at = time.monotonic()


def announce(
    env: AnyVectorEnv,
    frames: int | None,
    writer: DatasetWriter | None,
    transform: Callable[[Episode], Episode] | None,
    *,
    show: bool,
) -> None:
    """Say how large the dataset will become, and refuse when it cannot fit.

    Nothing is said when a transform changes what is stored: only it knows the size.

    Raises:
        DatasetError: at its largest the dataset needs more space than the disk has.
    """
    if writer is None or transform is not None:
        return
    frame, free = frame_bytes(env), free_space(writer.folder)
    if frames is not None and frames * frame > free:
        raise DatasetError(
            f"{writer.folder}: up to {frames} frames of {human_size(frame)} need {human_size(frames * frame)}, "
            f"{human_size(free)} are free; ask for less (fewer episodes, shorter ones, smaller frames) or make room"
        )
    if show:
        from rich.console import Console

        most = "no limit on the length of episodes" if frames is None else f"up to {human_size(frames * frame)}"
        Console(stderr=True).print(f"{writer.folder}: {human_size(frame)} a frame, {most}; {human_size(free)} free")


def frame_bytes(env: AnyVectorEnv) -> int:
    """Bytes that one step costs: observation, action vector and reward."""
    spaces = flat_observation(env.single_observation_space).values()
    frames = sum(int(np.prod(space.shape or (), dtype=np.int64)) * np.dtype(space.dtype).itemsize for space in spaces)
    return frames + 4 * (action_size(env.single_action_space) + 1)
