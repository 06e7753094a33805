"""Collecting episodes from any Gymnasium id, many lanes at a time, the same bits whatever the number of lanes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_zoo.data.envs import AnyVectorEnv, final_observation, find_spec, make_lanes, reset_lanes
from wm_zoo.data.episode import Episode, flatten, unflatten
from wm_zoo.data.policies import BatchPolicy
from wm_zoo.data.progress import OnProgress, Progress, reporting
from wm_zoo.data.recorder import Recorder
from wm_zoo.data.schedule import EpisodeSchedule, Key, Schedule, StepSchedule
from wm_zoo.data.sink import Sink, announce
from wm_zoo.data.writer import DatasetWriter
from wm_zoo.errors import DatasetError
from wm_zoo.spaces import action_size, action_vectors, flat_observation

Transform = Callable[[Episode], Episode]


@dataclass(frozen=True)
class Limits:
    """When an episode is cut (truncated, never terminated).

    Attributes:
        max_episode_steps: longest episode; the environment's own limit holds too.
        idle_limit: cut after so many steps in a row without a reward above `idle_reward`.
        idle_reward: see there.
    """

    max_episode_steps: int | None = None
    idle_limit: int | None = None
    idle_reward: float = 0.0


@dataclass(frozen=True)
class Collected:
    """What `collect` did.

    Attributes:
        lengths: steps of each new episode.
        returns: its total reward.
        seconds: wall time.
        episodes: the episodes themselves, when there was no writer.
    """

    lengths: list[int]
    returns: list[float]
    seconds: float
    episodes: list[Episode] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """Steps of all new episodes."""
        return sum(self.lengths)


def collect(  # noqa: PLR0913 (what a collection is)
    env_id: str,
    env_kwargs: Mapping[str, Any] | None,
    policy: BatchPolicy,
    *,
    lanes: int,
    seed: int,
    episodes: int | None = None,
    steps_per_lane: int | None = None,
    max_episode_steps: int | None = None,
    idle_limit: int | None = None,
    idle_reward: float = 0.0,
    transform: Transform | None = None,
    writer: DatasetWriter | None = None,
    round: int | None = None,
    progress: bool | OnProgress = False,
) -> Collected:
    """Collect whole episodes.

    With `episodes`, episode k depends on ``(seed, k)`` alone, and episodes are written in order: the data are the same
    whatever `lanes` is, and a collection that was killed goes on where its dataset ends
    (known by the seeds of the episodes that this policy drove). With `steps_per_lane`, every
    lane takes exactly so many steps (its last episode is cut), the k-th episode of lane i depends on ``(seed, i, k)``,
    and all of it becomes one shard at the end: nothing or everything.

    Args:
        env_id: any registered Gymnasium id.
        env_kwargs: its keyword arguments.
        policy: who drives.
        lanes: environments stepped together.
        seed: of all randomness.
        episodes: how many; give this or `steps_per_lane`.
        steps_per_lane: see above.
        max_episode_steps: cut longer episodes.
        idle_limit: cut after so many steps in a row without a reward above `idle_reward`.
        idle_reward: see there.
        transform: applied to every finished episode, e.g. to encode its frames and drop them.
        writer: where the episodes go; without one they are returned.
        round: of the new shards.
        progress: True for a bar with rate and time left, or a function that is called with a `Progress`.

    Returns:
        Lengths, returns and time of the new episodes.

    Raises:
        DatasetError: unknown id, bad arguments, or too little disk space for what is asked.
        KeyboardInterrupt: on Ctrl-C, after the episodes that were finished in order have been written.
    """
    if (episodes is None) == (steps_per_lane is None) or (episodes or steps_per_lane or 0) < 1 or lanes < 1:
        raise DatasetError(
            f"episodes={episodes}, steps_per_lane={steps_per_lane}, lanes={lanes}: "
            "give episodes or steps_per_lane, all of them >= 1"
        )
    limits = Limits(max_episode_steps, idle_limit, idle_reward)
    stored = writer.seeds(policy.name) if writer is not None else set()
    schedule = _schedule(episodes, steps_per_lane, seed, lanes, stored)
    if schedule.total == schedule.done:
        return Collected([], [], 0.0)
    env = make_lanes(env_id, schedule.lanes, env_kwargs)
    try:
        announce(env, _most_frames(schedule, env_id, limits), writer, transform, show=progress is True)
        first = schedule.done if isinstance(schedule, EpisodeSchedule) else None
        sink = Sink(writer, round, first=first)
        with reporting(progress, schedule.total, schedule.done, schedule.unit) as report:
            began = time.perf_counter()
            _Drive(env, policy, schedule, limits, transform, sink, report).run(seed)
        return Collected(sink.lengths, sink.returns, time.perf_counter() - began, sink.kept)
    finally:
        env.close()


class _Drive:
    """The loop: per step a fixed number of array operations, per finished episode a copy and a reset."""

    def __init__(
        self,
        env: AnyVectorEnv,
        policy: BatchPolicy,
        schedule: Schedule,
        limits: Limits,
        transform: Transform | None,
        sink: Sink,
        report: OnProgress,
    ) -> None:
        self.env, self.policy, self.schedule, self.limits = env, policy, schedule, limits
        self.transform, self.sink, self.report = transform, sink, report
        n = env.num_envs
        frames = flat_observation(env.single_observation_space)
        fields: dict[str, Any] = {name: (np.dtype(space.dtype), space.shape or ()) for name, space in frames.items()}
        fields |= {"action": (np.dtype(np.float32), (action_size(env.single_action_space),))}
        fields |= {"reward": (np.dtype(np.float32), ())}
        self.recorder = Recorder(n, fields)
        self.length, self.idle = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.seeds, self.active = np.zeros(n, np.int64), np.zeros(n, np.bool_)
        self.keys: list[Key] = [()] * n
        self.steps = 0

    def run(self, seed: int) -> None:
        """Drive until the schedule is done."""
        self.policy.reset(self.env.num_envs, seed)
        obs = self._begin(np.ones(self.env.num_envs, np.bool_))
        complete = False
        try:
            while self.active.any():
                obs = self._step(obs)
            complete = True
        finally:
            self.sink.close(complete=complete)

    def _step(self, obs: Any) -> Any:
        actions = self.policy.act(obs)
        vectors = action_vectors(self.env.single_action_space, actions)
        obs, reward, terminated, truncated, infos = self.env.step(actions)
        self.recorder.add(flatten(obs), vectors, reward)
        self.length += 1
        self.steps += int(self.active.sum())
        self.idle = np.where(reward > self.limits.idle_reward, 0, self.idle + 1)
        over = terminated | truncated
        done = over | self._cut()
        if done.any():
            for lane in np.flatnonzero(over & self.active).tolist():
                if (final := final_observation(self.env, infos, lane)) is not None:
                    self.recorder.correct(lane, final)
            for lane in np.flatnonzero(done & self.active).tolist():
                self._finish(lane, bool(terminated[lane]))
            if self.schedule.done < self.schedule.total:
                obs = self._begin(done)
            else:
                self.active[:] = False
        self.report(Progress(self.schedule.done, self.schedule.total, self.steps))
        return obs

    def _cut(self) -> NDArray[np.bool_]:
        cut = self.schedule.step()
        if self.limits.max_episode_steps is not None:
            cut = cut | (self.length >= self.limits.max_episode_steps)
        if self.limits.idle_limit is not None:
            cut = cut | (self.idle >= self.limits.idle_limit)
        return np.broadcast_to(cut, self.active.shape)

    def _finish(self, lane: int, terminated: bool) -> None:
        rows = self.recorder.take(lane)
        episode = Episode(
            action=rows.pop("action"),
            reward=rows.pop("reward"),
            terminated=terminated,
            truncated=not terminated,
            seed=int(self.seeds[lane]),
            obs=unflatten(rows),
            policy=self.policy.name,
        )
        self.schedule.finished()
        self.sink.add(self.keys[lane], self.transform(episode) if self.transform else episode)

    def _begin(self, mask: NDArray[np.bool_]) -> Any:
        """Begin the next scheduled episode in every lane of `mask`; lanes without one go on unrecorded."""
        for lane in np.flatnonzero(mask).tolist():
            self.keys[lane], self.seeds[lane], self.active[lane] = self.schedule.next(lane)
        obs = reset_lanes(self.env, mask, self.seeds)
        self.policy.reset_lanes(mask, self.seeds)
        self.recorder.begin(mask, flatten(obs), idle=~self.active)
        self.length[mask], self.idle[mask] = 0, 0
        return obs


def _schedule(episodes: int | None, steps_per_lane: int | None, seed: int, lanes: int, stored: Set[int]) -> Schedule:
    if episodes is not None:
        return EpisodeSchedule(seed, lanes, episodes, stored)
    assert steps_per_lane is not None
    return StepSchedule(seed, lanes, steps_per_lane, stored)


def _most_frames(schedule: Schedule, env_id: str, limits: Limits) -> int | None:
    """Largest number of frames that can come, or None when nothing limits the episodes."""
    longest = [n for n in (limits.max_episode_steps, find_spec(env_id).max_episode_steps) if n]
    return schedule.most_frames(min(longest) if longest else None)
