"""`run.json`: with what, on what and for how long a run was made."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from wm_zoo import atomic
from wm_zoo.run import Clock, Run, read_json

PACKAGES = ("wm-suite", "torch", "numpy", "gymnasium", "stable-baselines3", "cma")


class Facts:
    """Keeps `run.json` up to date; one session is one process that worked on the run."""

    def __init__(self, run: Run, command: str) -> None:
        self._run, self._start = run, Clock.now()
        path = run.folder / "run.json"
        before = read_json(path) if path.is_file() else {}
        self._sessions: list[dict[str, Any]] = [*before.get("sessions", []), {"command": command, **_software()}]
        self.write()

    @property
    def minutes(self) -> float:
        """Wall time of all sessions until now."""
        return float(sum(session.get("wall_seconds", 0.0) for session in self._sessions[:-1]) + self._wall()) / 60

    def write(self) -> None:
        """Write the file, with the seconds of every finished stage."""
        session = self._sessions[-1]
        session["wall_seconds"] = round(self._wall(), 3)
        records = [stage.record() for stage in self._run.finished_stages()]
        keys = ("stage", "round", "wall_seconds", "cpu_seconds")
        stages = [{key: record[key] for key in keys} for record in records]
        value = {
            "schema": 1,
            "name": self._run.recipe.name,
            "seed": self._run.recipe.seed,
            **{key: session[key] for key in ("versions", "git", "machine")},
            "wall_seconds": round(60 * self.minutes, 3),
            "cpu_seconds": round(sum(stage["cpu_seconds"] for stage in stages), 3),
            "stages": stages,
            "sessions": self._sessions,
        }
        atomic.write_json(self._run.folder / "run.json", value)

    def _wall(self) -> float:
        return Clock.now().since(self._start).wall


def _software() -> dict[str, Any]:
    return {"versions": _versions(), "git": _git_hash(), "machine": _machine()}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _git_hash() -> str | None:
    """Commit of the source tree that this runs from, with ``+`` if it was changed; None for an installed wheel."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()


def _machine() -> dict[str, Any]:
    return {
        "cpu": _cpu_model(),
        "cpus": os.cpu_count(),
        "cpus_usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "platform": platform.platform(),
        "executable": sys.executable,
    }


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
