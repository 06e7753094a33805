from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from wm_zoo.cli.collect import collect
from wm_zoo.data import Dataset
from wm_zoo.errors import WMError


def run(*arguments):
    app = typer.Typer()
    app.command()(collect)
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=True)


def test_collects_continues_and_reports(tmp_path, counting):
    out = tmp_path / "data"
    first = run(counting.ID, "--out", out, "--episodes", 5, "--policy", "random", "--seed", 3, "--json")
    assert first.exit_code == 0, first.output
    result = json.loads(first.stdout)
    assert (result["episodes"], result["new_episodes"]) == (5, 5)
    dataset = Dataset.open(out, verify=True)
    assert (len(dataset), dataset.steps, dataset.meta.policy, dataset.meta.seed) == (5, result["steps"], "random", 3)
    assert result["return_mean"] == pytest.approx(dataset.episodes.total_reward.mean())
    again = run(counting.ID, "--out", out, "--episodes", 8, "--policy", "random", "--seed", 3)
    assert "8 episodes" in again.stdout
    assert "3 new" in again.stdout
    assert "there already" in run(counting.ID, "--out", out, "--episodes", 8, "--policy", "random", "--seed", 3).stdout


def test_environment_settings_reach_the_environment(tmp_path, counting):
    run(counting.ID, "--out", tmp_path / "d", "--episodes", 1, "--set", "kind=discrete", "--json")
    assert Dataset.open(tmp_path / "d").meta.env_kwargs == {"kind": "discrete"}
    bad = run(counting.ID, "--out", tmp_path / "e", "--set", "speed=3")
    assert isinstance(bad.exception, WMError)
    assert "speed" in str(bad.exception)


def test_unknown_policy_and_environment_are_named(tmp_path, counting):
    bad = run(counting.ID, "--out", tmp_path / "d", "--policy", "corelated")
    assert isinstance(bad.exception, WMError)
    assert "neither 'random' nor 'correlated'" in str(bad.exception)
    bad = run("CartPol-v1", "--out", tmp_path / "d")
    assert "did you mean 'CartPole-v1'" in str(bad.exception)
