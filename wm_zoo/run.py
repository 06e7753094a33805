"""A run on disk: which files there are, which stages are finished, who is working on it.

```
RUN/
  recipe.toml      the recipe, every key filled in         run.json      versions, seed, machine, seconds of every stage
  spaces.json      of the real environment                 metrics.jsonl rows of all finished stages, in their order
  data/NN/         episodes of round NN (a dataset)        tb/           the same for TensorBoard
  rounds/NN/STAGE/ what a stage made, `done.json` written last; while it runs: `checkpoint.safetensors`
  members/NN/      likewise, of the further models of an ensemble
  world/ agent/ agent-last/                                results.json report.html video.mp4
```

A stage is a function from files to files. It counts as finished once `done.json` is there, so that a run killed at any
moment goes on from the last finished stage, and inside a training stage from its last checkpoint.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wm_zoo import atomic
from wm_zoo.errors import CheckpointError, RecipeError, WMError
from wm_zoo.recipe import Recipe

if TYPE_CHECKING:
    from wm_zoo.api import Spaces

DONE = "done.json"
CHECKPOINT = "checkpoint.safetensors"


class RunError(WMError):
    """A run folder is missing, in use, damaged, or belongs to another recipe."""


@dataclass(frozen=True)
class Clock:
    """Seconds spent on a stage, over all sessions that worked on it."""

    wall: float = 0.0
    cpu: float = 0.0

    def since(self, start: Clock) -> Clock:
        """What has passed since `start = Clock.now()`."""
        return Clock(self.wall - start.wall, self.cpu - start.cpu)

    def plus(self, other: Clock) -> Clock:
        """Sum of both."""
        return Clock(self.wall + other.wall, self.cpu + other.cpu)

    @classmethod
    def now(cls) -> Clock:
        """Running time of this process and of the children that it has waited for; only differences mean anything."""
        spent = os.times()
        cpu = spent.user + spent.system + spent.children_user + spent.children_system
        return cls(time.perf_counter(), cpu)


@dataclass(frozen=True)
class StageFolder:
    """Folder of one stage of one round."""

    path: Path
    name: str
    round: int

    @property
    def finished(self) -> bool:
        """Whether all its files are there for good."""
        return (self.path / DONE).is_file()

    def file(self, name: str) -> Path:
        """Path of one of its files."""
        return self.path / name

    def begin(self) -> None:
        """Make the folder."""
        self.path.mkdir(parents=True, exist_ok=True)

    def commit(self, numbers: Mapping[str, Any], clock: Clock, outputs: Mapping[str, str] | None = None) -> None:
        """Mark the stage as finished.

        Args:
            numbers: what it found out, JSON-able.
            clock: seconds spent.
            outputs: SHA-256 of each file that later stages read.
        """
        record = {"stage": self.name, "round": self.round, "outputs": dict(outputs or {}), "numbers": dict(numbers)}
        seconds = {"wall_seconds": round(clock.wall, 3), "cpu_seconds": round(clock.cpu, 3)}
        atomic.write_json(self.path / DONE, record | seconds)
        (self.path / CHECKPOINT).unlink(missing_ok=True)

    def record(self) -> dict[str, Any]:
        """What `commit` wrote; raises RunError if it is damaged."""
        return read_json(self.path / DONE)

    def numbers(self) -> dict[str, Any]:
        """The numbers that `commit` was given."""
        found: dict[str, Any] = self.record()["numbers"]
        return found

    def tensors(self, name: str) -> dict[str, Any]:
        """Tensors of one output file, compared with the hash in `done.json`."""
        return atomic.load_tensors(self.path / name, self.record()["outputs"].get(name))

    def clear(self) -> None:
        """Forget everything about the stage."""
        shutil.rmtree(self.path, ignore_errors=True)


class Run:
    """A run folder; see the module's text for its files."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.folder, self.recipe = folder, recipe
        self._lock: int | None = None

    @classmethod
    def create(cls, folder: Path, recipe: Recipe) -> Run:
        """Begin a new run; raises RunError if there is one already."""
        if (folder / "recipe.toml").exists():
            raise RunError(f"{folder} holds a run already; go on with --resume, or choose another folder with --out")
        if folder.exists() and any(folder.iterdir()):
            raise RunError(f"{folder} is not empty and no run; choose another folder with --out")
        folder.mkdir(parents=True, exist_ok=True)
        atomic.write_toml(folder / "recipe.toml", recipe.to_toml())
        return cls(folder, recipe)

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Open a run to resume it; raises RunError if there is none."""
        path = folder / "recipe.toml"
        if not path.is_file():
            raise RunError(f"{folder} holds no run (no recipe.toml); start one with `wm train RECIPE --out {folder}`")
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RecipeError(f"{path}: altered or truncated: {error}") from error
        from wm_zoo.recipe_load import check_recipe

        return cls(folder, check_recipe(values, str(path)))

    def stage(self, name: str, round: int | None = None) -> StageFolder:
        """Folder of a stage of a round, or of one that comes after the rounds (round None)."""
        if round is None:
            return StageFolder(self.folder / "final" / name, name, self.recipe.practice_rounds)
        if name == "member":
            return StageFolder(self.folder / "members" / f"{round:02d}", name, round)
        return StageFolder(self.folder / "rounds" / f"{round:02d}" / name, name, round)

    def data(self, round: int, *, more: bool = False) -> Path:
        """Dataset of a round; `more`: what round 0 collected after the encoder had learned."""
        return self.folder / "data" / f"{round:02d}{'-more' if more else ''}"

    def real_decisions(self, round: int) -> int:
        """Decisions in the real environment that were learned from, up to and in `round`."""
        stages = [self.stage("collect_more", 0)] if self.recipe.collects_more else []
        stages += [self.stage("collect", number) for number in range(min(round + 1, self.recipe.train.rounds))]
        return sum(int(stage.numbers()["decisions"]) for stage in stages)

    def finished_stages(self) -> Iterator[StageFolder]:
        """Every finished stage, in the order in which a run without overlap would finish them."""
        order = ("collect", "encoder", "collect_more", "dynamics", "controller", "validate")
        for number in range(self.recipe.practice_rounds):
            for name in order:
                if (stage := self.stage(name, number)).finished:
                    yield stage
        for number in range(self.recipe.member_stages):
            if (stage := self.stage("member", number)).finished:
                yield stage
        for name in ("export", "evaluate", "report"):
            if (stage := self.stage(name)).finished:
                yield stage

    def write_spaces(self, spaces: Spaces) -> None:
        """Note the spaces of the real environment, so that a worker need not make one."""
        from wm_zoo.spaces import space_to_json

        value = {"observation": space_to_json(spaces.observation), "action": space_to_json(spaces.action)}
        atomic.write_json(self.folder / "spaces.json", value)

    def read_spaces(self) -> Spaces:
        """Inverse of `write_spaces`."""
        from wm_zoo.api import Spaces
        from wm_zoo.spaces import space_from_json

        value = read_json(self.folder / "spaces.json")
        return Spaces(space_from_json(value["observation"]), space_from_json(value["action"]))

    def lock(self) -> None:
        """Keep other processes off this run until this one ends, however it ends; raises RunError if there is one."""
        self._lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        if sys.platform == "win32":  # there, that nobody else works on the run is the user's care
            return
        import fcntl

        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._lock, 32).decode(errors="replace") or "unknown"
            self.unlock()
            raise RunError(f"another process ({holder}) is working on {self.folder}; wait for it, or stop it") from None
        os.ftruncate(self._lock, 0)
        os.write(self._lock, f"pid {os.getpid()}".encode())

    def unlock(self) -> None:
        """Let others work on the run."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON table of a run; raises RunError if it is missing, CheckpointError if it is damaged."""
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing; run the same command with --resume to make it again") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path}: altered or truncated: {error}; delete its folder and use --resume") from error
    return value
