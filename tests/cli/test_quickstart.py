"""The README's first command, scaled down: every stage on the real environment, in about half a minute."""

from __future__ import annotations

import json
import subprocess
import sys

SMALL = {
    "train.rounds": 2,
    "collect.lanes": 8,
    "collect.steps": 40,
    "collect.first": "{batches = 1, steps = 40}",
    "train.dynamics.first_updates": 20,
    "train.dynamics.updates": 10,
    "train.controller.first_updates": 2,
    "train.controller.updates": 2,
    "train.controller.config": "{dreams = 32}",
    "env.max_episode_steps": 20,
    "validate.episodes": 2,
    "evaluate.episodes": 1,
    "evaluate.native_episodes": 4,
    "evaluate.dream_episodes": 4,
    "evaluate.open_loop_episodes": 1,
    "evaluate.open_loop_horizons": [1, 4],
}


def test_quickstart_end_to_end(tmp_path) -> None:
    words = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
    out = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-P", "-m", "wm_zoo.cli", "train", "quickstart", "--out", str(out), *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = json.loads((out / "results.json").read_text())
    assert {"real", "native", "random", "constant_throttle"} == set(results["rows"])
    assert results["rows"]["real"]["env_id"] == "CarRacing-v3"
    assert "stock CarRacing-v3" in done.stdout.replace("\n", " ").replace("│", "") or "CarRacing-v3" in done.stdout
    for name in ("report.html", "video.mp4", "agent", "world"):
        assert (out / name).exists(), name
        assert name in done.stdout
    again = subprocess.run(
        [sys.executable, "-P", "-m", "wm_zoo.cli", "train", "--resume", "--out", str(out), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(again.stdout) == results
