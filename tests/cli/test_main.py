"""The `wm` command: help that costs nothing, errors in one line."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from wm_zoo.cli import COMMANDS, load_command, main
from wm_zoo.errors import WMError


def run(capsys, *words):
    """Exit code, standard output and standard error of `wm` with these words."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    out = capsys.readouterr()
    return caught.value.code or 0, out.out, out.err


def test_help_lists_every_command(capsys) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_explains_itself(capsys, name) -> None:
    assert load_command(name).name == name
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert f"wm {name}" in out


def test_version(capsys) -> None:
    code, out, _ = run(capsys, "--version")
    assert (code, out.split()[0]) == (0, "wm-suite")


def test_unknown_command_names_the_nearest(capsys) -> None:
    code, _, err = run(capsys, "trian")
    assert code == 2
    assert err == "error: no command 'trian'; did you mean 'train'?\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["train", "quikstart"], "did you mean 'quickstart'?"),
        (["train", "quickstart", "--set", "train.rouns=3"], "did you mean 'rounds'?"),
        (["train", "quickstart", "--set", "collect.lanes=0"], "allowed: ≥ 1"),
        (["train", "quickstart", "--device", "cuda"], "leave --device out"),
        (["train"], "which recipe? known: carracing, driving, quickstart"),
        (["train", "--resume"], "which run?"),
        (["train", "--resume", "--out", "nowhere"], "wm train RECIPE --out nowhere"),
    ],
)
def test_errors_are_one_line_with_the_fix(capsys, tmp_path, monkeypatch, words, text) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert code == 2
    assert out == ""
    assert text in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_a_wrong_option_is_exit_code_2(capsys) -> None:
    code, _, err = run(capsys, "train", "quickstart", "--sett", "a=1")
    assert code == 2
    assert "--set" in err


def test_debug_keeps_the_traceback() -> None:
    with pytest.raises(WMError):
        main(["train", "quikstart", "--debug"])


def test_an_existing_run_is_not_overwritten(capsys, tmp_path, toy_recipe) -> None:
    from wm_zoo.run import Run

    Run.create(tmp_path / "a", toy_recipe)
    code, _, err = run(capsys, "train", "quickstart", "--out", str(tmp_path / "a"))
    assert code == 2
    assert "--resume" in err
    assert "--out" in err


@pytest.fixture
def toy_recipe():
    from wm_zoo.recipe_load import load_recipe

    return load_recipe("quickstart")


def test_help_is_fast() -> None:
    """The best of five; a bound that a busy machine keeps, and an import of torch does not."""
    best = 9.0
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-P", "-m", "wm_zoo.cli", "--help"], check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    assert best < 1.5
