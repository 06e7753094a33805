"""`wm plugins`: what it prints, its exit codes, and that listing stays cheap."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from wm_zoo.cli.plugins import app
from wm_zoo.errors import ConfigError, PluginNotFound


def wm(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def test_list_shows_everything_also_what_is_broken(zoo):
    zoo.local("raise RuntimeError('no licence')")
    rows = {row["id"]: row for row in json.loads(wm("list", "--json"))}
    assert rows["acme/toy-v0"]["status"] == "ok"  # not imported
    assert rows["wm/mdn-rnn-v0"]["capabilities"] == ["gradient", "recurrent", "reward", "stochastic", "termination"]
    rows = {row["id"]: row for row in json.loads(wm("list", "--check", "--json"))}
    assert rows["acme/toy-v0"]["status"] == "broken"
    assert "no licence" in rows["acme/toy-v0"]["reason"]
    assert rows["wm/linear-v0"]["status"] == "ok"
    assert "acme/toy-v0" in wm("list")


def test_list_filters():
    assert [row["id"] for row in json.loads(wm("list", "*vae*", "--json"))] == ["wm/conv-vae-v0"]
    assert {row["kind"] for row in json.loads(wm("list", "--kind", "planner", "--json"))} == {"planner"}
    with pytest.raises(PluginNotFound, match="did you mean 'planner'"):
        wm("list", "--kind", "planners")


def test_list_imports_no_plugin_and_nothing_heavy():
    code = """
import sys
from typer.testing import CliRunner
from wm_zoo.cli.plugins import app
assert CliRunner().invoke(app, ["list"]).exit_code == 0
loaded = {"torch", "gymnasium", "wm_plugins", "numpy"} & set(sys.modules)
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_show_explains_the_config():
    shown = json.loads(wm("show", "mdn-rnn", "--json"))
    fields = {row["name"]: row for row in shown["config"]}
    assert fields["hidden"]["allowed"] == "≥ 1"
    assert shown["contract"]["inputs"] == {"latent": "float32[B,Z]", "action": "float32[B,A]"}
    text = wm("show", "mdn-rnn")
    assert "float32[B,Z]" in text
    assert "recurrent units" in text


def test_show_of_a_broken_plugin_says_why(zoo):
    zoo.local("raise RuntimeError('no licence')")
    assert "no licence" in wm("show", "toy", code=1)


def test_check_reports_and_fails(zoo):
    text = wm("check", "linear")
    assert "✓ act_population_equals_loop" in text
    zoo.local()  # a controller without a single method
    text = wm("check", "toy", code=1)
    assert "✗ has_its_methods" in text
    assert "Model lacks act" in text
    (results,) = json.loads(wm("check", "toy", "--json", code=1)).values()
    assert {row["name"]: row["outcome"] for row in results}["config_is_frozen"] == "passed"


def test_check_takes_a_config():
    assert "29 of 29" in wm("check", "linear", "--config", "bias=false")
    with pytest.raises(ConfigError, match="did you mean 'bias'"):
        wm("check", "linear", "--config", "bia=false")
    with pytest.raises(ConfigError, match="expected FIELD=VALUE"):
        wm("check", "linear", "--config", "bias")
    with pytest.raises(ConfigError, match="or --all"):
        wm("check")


def test_new_says_what_to_do_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "wm plugins check local/my-model-v0" in wm("new", "my-model", "--kind", "encoder")
    made = json.loads(wm("new", "acme/other", "--kind", "planner", "--package", "dist", "--json"))
    assert made["id"] == "acme/other-v0"
    assert (tmp_path / "dist" / "acme_other" / "registry.toml").is_file()


def test_a_wrongly_typed_declaration_costs_one_line(zoo):
    zoo.local()
    file = zoo.root / "acme_toy_v0.py"
    file.write_text(file.read_text().replace("summary=", "capabilities=None, summary="))
    rows = {row["id"]: row for row in json.loads(wm("list", "--check", "--json"))}
    assert rows["acme/toy-v0"]["status"] == "broken"
    assert rows["wm/linear-v0"]["status"] == "ok"
    assert "capabilities = None" in wm("show", "acme/toy-v0", code=1)


def test_a_malformed_registry_costs_one_line(zoo):
    zoo.local(extra='api = "two"')
    rows = {row["id"]: row for row in json.loads(wm("list", "--json"))}
    assert "api = 'two'" in rows["acme/toy-v0"]["reason"]
