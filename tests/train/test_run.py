"""The run folder: what is refused, what counts as finished, what a damaged file says."""

from __future__ import annotations

import json

import pytest

from wm_zoo.errors import CheckpointError, RecipeError
from wm_zoo.run import Clock, Run, RunError
from wm_zoo.train.launch import open_run
from wm_zoo.train.metrics import join


def test_create_refuses_what_is_there(tmp_path, toy) -> None:
    Run.create(tmp_path / "a", toy())
    with pytest.raises(RunError, match="--resume"):
        Run.create(tmp_path / "a", toy())
    (tmp_path / "b").mkdir()
    (tmp_path / "b/precious").touch()
    with pytest.raises(RunError, match="not empty"):
        Run.create(tmp_path / "b", toy())


def test_open_gives_the_same_recipe(tmp_path, toy) -> None:
    recipe = toy(**{"seed": 5, "collect.idle_limit": 3})
    Run.create(tmp_path / "a", recipe)
    assert Run.open(tmp_path / "a").recipe == recipe


def test_open_says_how_to_start(tmp_path) -> None:
    with pytest.raises(RunError, match="wm train RECIPE --out"):
        Run.open(tmp_path)


def test_damaged_recipe_is_named(tmp_path, toy) -> None:
    Run.create(tmp_path / "a", toy())
    (tmp_path / "a/recipe.toml").write_text('schema = 1\nname = "to')
    with pytest.raises(RecipeError, match=r"recipe\.toml: altered or truncated"):
        Run.open(tmp_path / "a")


def test_resume_with_another_recipe_is_refused(tmp_path, toy) -> None:
    open_run(toy(), tmp_path / "a", resume=False)
    other = toy(**{"train.rounds": 9})
    with pytest.raises(RunError, match=r"train\.rounds differs"):
        open_run(other, tmp_path / "a", resume=True, overridden=True)
    assert open_run(other, tmp_path / "a", resume=True).recipe.train.rounds == 2  # the run's own


def test_a_stage_is_finished_only_by_commit(tmp_path, toy) -> None:
    run = Run.create(tmp_path / "a", toy())
    stage = run.stage("collect", 0)
    stage.begin()
    assert not stage.finished
    stage.commit({"episodes": 3}, Clock(1.0, 0.5))
    assert stage.finished
    assert stage.numbers() == {"episodes": 3}
    assert [one.name for one in run.finished_stages()] == ["collect"]


def test_damaged_outputs_are_named(tmp_path, toy) -> None:
    import torch

    from wm_zoo import atomic

    stage = Run.create(tmp_path / "a", toy()).stage("dynamics", 0)
    digest = atomic.save_tensors(stage.file("x.safetensors"), {"a": torch.zeros(3)})
    stage.commit({}, Clock(), {"x.safetensors": digest})
    assert stage.tensors("x.safetensors")["a"].sum() == 0
    atomic.save_tensors(stage.file("x.safetensors"), {"a": torch.ones(3)})
    with pytest.raises(CheckpointError, match=r"x\.safetensors"):
        stage.tensors("x.safetensors")
    (stage.path / "done.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"done\.json"):
        stage.record()


def test_one_process_at_a_time(tmp_path, toy) -> None:
    first = Run.create(tmp_path / "a", toy())
    first.lock()
    with pytest.raises(RunError, match=r"another process \(pid \d+\)"):
        Run.open(tmp_path / "a").lock()
    first.unlock()
    again = Run.open(tmp_path / "a")
    again.lock()
    again.unlock()


def test_metrics_are_joined_in_a_fixed_order(tmp_path, toy) -> None:
    run = Run.create(tmp_path / "a", toy())
    for name, number in (("dynamics", 1), ("collect", 0), ("dynamics", 0)):  # finished in another order
        run.stage(name, number).begin()
        run.stage(name, number).commit({"x": 1.0, "returns": [1, 2]}, Clock())
    join(run)
    rows = [json.loads(line) for line in (tmp_path / "a/metrics.jsonl").read_text().splitlines()]
    assert [(row["stage"], row["round"]) for row in rows] == [("collect", 0), ("dynamics", 0), ("dynamics", 1)]
    assert rows[0] == {"stage": "collect", "round": 0, "finished": True, "x": 1.0}
