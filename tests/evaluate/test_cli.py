"""The commands around evaluation: what they print, what they write, how they fail."""

import importlib
import json
from importlib import metadata

import pytest
import typer
from typer.testing import CliRunner

from wm_zoo import doctor


def run(name, *args):
    app = typer.Typer()
    app.command()(importlib.import_module(f"wm_zoo.cli.{name}").command)
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_eval_writes_what_it_prints(agent_folder, tmp_path):
    args = (agent_folder, "--episodes", 3, "--seed", 50, "--max-episode-steps", 6)
    done = run("evaluate", *args, "--json", tmp_path / "a.json", "--baselines")
    assert done.exit_code == 0, done.output
    assert "test agent on wm/CarRacing-v0" in done.stdout
    written = json.loads((tmp_path / "a.json").read_text())
    assert written["seeds"] == [50, 51, 52]
    assert len(written["baselines"]["random"]["returns"]) == 3
    printed = json.loads(run("evaluate", *args, "--json", "-").stdout)
    assert printed["returns"] == written["returns"]


def test_eval_takes_environment_settings(agent_folder):
    done = run("evaluate", agent_folder, "--episodes", 1, "--set", "obs_size=96", "--max-episode-steps", 2)
    assert done.exit_code != 0
    assert "64, 64, 3" in str(done.exception)  # the world was learned from small pictures


def test_eval_of_nobody(tmp_path):
    from wm_zoo.errors import AgentError

    done = run("evaluate", tmp_path / "nobody")
    assert isinstance(done.exception, AgentError)


def test_dream_of_a_bare_world(agent_folder, tmp_path):
    done = run("dream", agent_folder / "world", "--video", tmp_path / "w.gif", "--steps", 8, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["driver"] == "correlated random actions"
    assert (tmp_path / "w.gif").stat().st_size > 1000


def test_envs_lists_every_id():
    import wm_envs

    rows = json.loads(run("envs", "--json").stdout)
    assert [row["id"] for row in rows] == list(wm_envs.ENV_IDS)
    assert rows[0]["observation"] == "uint8 96x96x3"
    assert "wm/CarRacing-v0" in run("envs").stdout


def test_bench_measures(agent_folder):
    rows = json.loads(run("bench", "--seconds", 0.05, "--world", agent_folder, "--json").stdout)
    assert all(row["per_second"] > 0 for row in rows)
    native = [row for row in rows if row["name"].startswith("wm/CarRacing-v0")]
    assert all(row["against_stock"] > 10 for row in native)
    assert any(row["unit"] == "steps/s" for row in rows)


@pytest.fixture
def planted_pygame(monkeypatch):
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "2.6.1" if name == "pygame" else real(name))


def test_doctor_is_content_here():
    done = run("doctor", "--json")
    said = json.loads(done.stdout)
    problems = [finding for finding in said["findings"] if finding["status"] == "problem"]
    assert problems == []
    assert done.exit_code == 0
    assert any("equal over 40 frames" in finding["found"] for finding in said["findings"])


def test_doctor_names_the_rival_pygame(planted_pygame):
    done = run("doctor")
    assert done.exit_code == 1
    assert "pip uninstall -y pygame" in done.stdout


def test_doctor_survives_a_check_that_fails(monkeypatch):
    def _broken():
        raise OSError("disk on fire")
        yield

    monkeypatch.setattr(doctor, "_disk", _broken)
    findings = [finding for finding in doctor.examine() if "disk on fire" in finding.found]
    assert [finding.status for finding in findings] == ["problem"]


def test_doctor_names_a_broken_extension(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "wm_envs._native", None)
    findings = list(doctor._extension())
    assert findings[0].status == "problem"
    assert "pip install" in findings[0].fix
