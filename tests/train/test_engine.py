"""Whole runs on the toy environment: what they leave, and that interrupting them changes nothing."""

from __future__ import annotations

import json
import random
import tomllib

import pytest

from wm_zoo.errors import ContractMismatch, RecipeError
from wm_zoo.recipe_load import check_recipe
from wm_zoo.run import Run, RunError
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.display import Display
from wm_zoo.train.engine import Engine
from wm_zoo.train.launch import open_run, train
from wm_zoo.train.loop import Interrupted

from .conftest import toy_values

CMA = {
    "controller": {"id": "linear"},
    "train.controller": {
        "method": "cma-es",
        "first_updates": 3,
        "updates": 2,
        "config": {"population": 4, "dreams": 4, "horizon": 3},
    },
}


class Nervous(Engine):
    """An engine that is asked to stop at random, mostly while something is being trained."""

    chances = random.Random(0)
    at_work = ""

    def progress(self, stage, done, total, row=None):
        self.at_work = stage.name
        super().progress(stage, done, total, row)

    def asked(self):
        likely = {"dynamics": 0.3, "controller": 0.3, "collect": 0.002}.get(self.at_work, 0.02)
        return self.chances.random() < likely


def interrupted(recipe, folder):
    """Run with many interruptions, resumed after each. Returns the names of the stages that were interrupted."""
    stopped = []
    run = Run.create(folder, recipe)
    run.write_spaces(_spaces(recipe))
    Nervous.chances.seed(0)
    while True:
        with Display(quiet=True) as display:
            engine = Nervous(run, Assembly(run), display, lambda: False)
            engine.stopping = engine.asked
            try:
                engine.execute()
                return stopped
            except Interrupted:
                stopped.append(engine.at_work)


def _spaces(recipe):
    from wm_zoo.data.envs import env_spaces

    return env_spaces(recipe.env.id, recipe.env.kwargs)


def test_a_run_leaves_everything_it_promises(tmp_path, toy, go, drawn) -> None:
    results = go(toy(), tmp_path / "a")
    folder = tmp_path / "a"
    for name in ("recipe.toml", "run.json", "metrics.jsonl", "results.json", "report.html", "world/world.toml",
                 "agent/agent.toml", "agent-last/agent.toml", "data/00", "data/01", "tb"):  # fmt: skip
        assert (folder / name).exists(), name
    assert tomllib.loads((folder / "recipe.toml").read_text())["train"]["dynamics"]["updates"] == 5
    facts = json.loads((folder / "run.json").read_text())
    assert {"versions", "machine", "seed", "stages", "wall_seconds", "cpu_seconds"} <= set(facts)
    stages = [(row["stage"], row["round"]) for row in facts["stages"]]
    order = ("collect", "encoder", "collect_more", "dynamics", "controller", "validate")
    assert stages[:6] == [(name, 0) for name in order]
    assert ("encoder", 1) not in stages
    assert results["run"]["real_decisions"] == 4 * 40 * 2 + 4 * 40
    kept = results["run"]["kept_round"]
    assert results["run"]["validation"][kept] == max(results["run"]["validation"])


def test_agent_data_and_seeds_of_a_run(tmp_path, toy, go) -> None:
    """The agent drives; later rounds keep no frames; training seeds are none of validation or test."""
    import gymnasium as gym

    from wm_zoo.agent import load_agent
    from wm_zoo.data.dataset import Dataset
    from wm_zoo.recipe import TRAINING_SEEDS

    go(toy(), tmp_path / "a")
    first, *others = (Dataset.open(tmp_path / "a/data" / name) for name in ("00", "00-more", "01"))
    assert set(first.fields) == {"obs", "latent", "action", "reward"}
    assert all(set(other.fields) == {"latent", "action", "reward"} for other in others)
    assert min(data.episodes.seed.min() for data in (first, *others)) >= TRAINING_SEEDS
    assert [data.steps for data in (first, *others)] == [160, 160, 160]
    agent = load_agent(tmp_path / "a")
    env = gym.make("toy_track:Toy-v0")
    obs, _ = env.reset(seed=0)
    assert env.action_space.contains(agent.act(obs))


def test_frames_of_all_rounds_can_be_kept(tmp_path, toy, go) -> None:
    from wm_zoo.data.dataset import Dataset

    go(toy(**{"collect.keep_frames": "all"}), tmp_path / "a")
    assert all({"obs", "latent"} <= set(Dataset.open(tmp_path / "a/data" / name).fields) for name in ("00", "01"))
    assert Dataset.open(tmp_path / "a/data/00").steps == 320


def test_same_seed_same_bits_other_seed_other_bits(tmp_path, toy, go, fingerprint) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        go(toy(seed=seed), tmp_path / name)
    a, b, c = (fingerprint(tmp_path / name) for name in "abc")
    assert a == b
    assert a["metrics.jsonl"] != c["metrics.jsonl"]


@pytest.mark.parametrize("changes", [{}, CMA], ids=["ppo", "cma-es"])
def test_interrupted_anywhere_ends_at_the_same_bits(tmp_path, toy, go, fingerprint, changes) -> None:
    recipe = toy(**changes)
    go(recipe, tmp_path / "whole")
    assert {"dynamics", "controller"} <= set(interrupted(recipe, tmp_path / "pieces"))
    assert fingerprint(tmp_path / "whole") == fingerprint(tmp_path / "pieces")


def test_a_finished_run_has_nothing_left_to_do(tmp_path, toy, go, fingerprint) -> None:
    go(toy(), tmp_path / "a")
    before = fingerprint(tmp_path / "a")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "a/rounds").rglob("*") if path.is_file()}
    go(None, tmp_path / "a", resume=True)
    assert fingerprint(tmp_path / "a") == before
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())


def test_components_that_do_not_fit_are_refused_before_any_work(tmp_path, toy, go) -> None:
    with pytest.raises(ContractMismatch, match=r"conv-vae.*64 is not 8"):
        go(toy(**{"encoder": {"id": "conv-vae"}}), tmp_path / "a")
    with pytest.raises(RecipeError, match="dims=99"):
        go(toy(**{"encoder.config": {"views": [{"dims": 99}]}}), tmp_path / "b")
    assert not (tmp_path / "b/data").exists()
    assert not (tmp_path / "a/data").exists()


def test_a_planner_needs_no_controller_stage(tmp_path, toy, go) -> None:
    values = toy_values(**{"planner": {"id": "random-shooting", "config": {"samples": 4, "horizon": 2}}})
    del values["controller"]
    results = go(check_recipe(values), tmp_path / "a")
    assert not (tmp_path / "a/rounds/00/controller").exists()
    assert len(results["run"]["validation"]) == 2


def test_method_and_controller_must_fit(tmp_path, toy, go) -> None:
    with pytest.raises(RecipeError, match=r"needs a controller that is flat-parameters.*wm/linear-v0"):
        go(toy(**{"train.controller": {"method": "cma-es"}}), tmp_path / "a")


def test_unknown_environment_and_kwargs(tmp_path, toy, go) -> None:
    from wm_zoo.errors import WMError

    with pytest.raises(WMError, match="no environment 'wm/CarRacing-v9'"):
        go(toy(**{"env": {"id": "wm/CarRacing-v9"}}), tmp_path / "a")
    with pytest.raises(WMError, match="did you mean 'obs_size'"):
        go(toy(**{"env": {"id": "wm/CarRacing-v0", "kwargs": {"obs_sise": 64}}}), tmp_path / "b")
    with pytest.raises(WMError, match="obs_size=65"):
        go(toy(**{"env": {"id": "wm/CarRacing-v0", "kwargs": {"obs_size": 65}}}), tmp_path / "c")


def test_two_processes_cannot_work_on_one_run(tmp_path, toy) -> None:
    first = open_run(toy(), tmp_path / "a", resume=False)
    first.lock()
    with pytest.raises(RunError, match="another process"):
        train(open_run(None, tmp_path / "a", resume=True), quiet=True)
    first.unlock()
