"""A toy recipe whose whole run takes seconds, and how to run it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

TOY = Path(__file__).parent / "toy"

RECIPE = {
    "schema": 1,
    "name": "toy",
    "env": {"id": "toy_track:Toy-v0", "max_episode_steps": 20},
    "encoder": {"id": "pca", "config": {"views": [{"dims": 4}], "decoder_frames": 50}},
    "dynamics": {"id": "mdn-rnn", "config": {"cell": "gru", "hidden": 8, "mixtures": 1, "reward_head": 8}},
    "controller": {"id": "mlp-policy", "config": {"hidden": [8]}},
    "collect": {"lanes": 4, "steps": 40, "first": {"batches": 2, "steps": 40}},
    "train": {
        "rounds": 2,
        "overlap": False,
        "rates": [1.0, 0.5],
        "checkpoint_seconds": 1e-3,
        "dynamics": {"first_updates": 6, "updates": 5, "config": {"batch": 8, "length": 5}},
        "controller": {"first_updates": 4, "updates": 3, "config": {"dreams": 16, "horizon": 4, "minibatch": 32}},
    },
    "starts": {"size": 100, "recent_size": 40, "world_size": 32},
    "validate": {"episodes": 3},
    "evaluate": {
        "env": "toy_track:Toy-v0",
        "episodes": 1,
        "native_episodes": 0,
        "dream_episodes": 2,
        "open_loop_episodes": 2,
        "open_loop_horizons": [1, 2],
        "video": False,
    },
}


@pytest.fixture
def toy(monkeypatch, request):
    """`toy(**{"train.overlap": True})`: the checked toy recipe with some keys changed.

    Drawing the report is half of a toy run; only tests marked by the fixture `drawn` pay for it.
    """
    from wm_zoo.recipe_load import check_recipe
    from wm_zoo.train.stages import report

    monkeypatch.syspath_prepend(str(TOY))
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(report, "write_report", lambda folder: None)

    def build(**changes):
        return check_recipe(toy_values(**changes))

    return build


def toy_values(**changes):
    values = json.loads(json.dumps(RECIPE))
    for key, value in changes.items():
        node = values
        *path, last = key.split(".")
        for name in path:
            node = node[name]
        node[last] = value
    return values


@pytest.fixture
def drawn():
    """The report is drawn in this test."""


@pytest.fixture
def toy_file(tmp_path, monkeypatch):
    """The toy recipe as a file, for subprocesses."""
    import os

    import tomli_w

    paths = [str(TOY), *[p for p in sys.path if p]]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))

    def write(**changes):
        path = tmp_path / "toy.toml"
        path.write_text(tomli_w.dumps(toy_values(**changes)))
        return path

    return write


@pytest.fixture
def go():
    """`go(recipe, folder)`: a whole run in this process; `go(recipe, folder, resume=True)` goes on."""
    from wm_zoo.train.launch import open_run, train

    def run(recipe, folder, *, resume=False):
        return train(open_run(recipe, folder, resume=resume), quiet=True)

    return run


def fingerprint(folder: Path) -> dict[str, bytes]:
    """Everything of a run that must not depend on how often it was interrupted."""
    names = ["metrics.jsonl", *(str(p.relative_to(folder)) for p in sorted(folder.rglob("*.safetensors")))]
    found = {name: (folder / name).read_bytes() for name in names}
    results = json.loads((folder / "results.json").read_text())
    for row in results["rows"].values():
        del row["minutes"], row["summary"]["minutes"]
    return found | {"results.json": json.dumps(results).encode()}


@pytest.fixture(name="fingerprint")
def _fingerprint():
    """What must be equal, byte by byte, between two runs of the same recipe."""
    return fingerprint
