"""The kit passes sound models and catches the bugs that this field shipped, each by the check that names it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from wm_zoo import manager
from wm_zoo.errors import ConfigError, ConformanceError
from wm_zoo.testing import check_component, component_checks, run_checks

_SPEC = importlib.util.spec_from_file_location("planted", Path(__file__).parent / "planted" / "__init__.py")
planted = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(planted)

SOUND = [target for target, (_, checks) in planted.PLANTED.items() if not checks]
BUGS = [(target, check) for target, (_, checks) in planted.PLANTED.items() for check in checks]


@pytest.fixture(scope="module", autouse=True)
def registry(tmp_path_factory):
    path = tmp_path_factory.mktemp("planted") / "registry.toml"
    path.write_text(planted.registry())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WM_REGISTRY", str(path))
        manager.refresh()
        yield
    for name in [name for name in sys.modules if name.startswith("wm_local_planted")]:
        del sys.modules[name]
    manager.refresh()


@pytest.mark.parametrize("target", SOUND)
def test_sound_models_pass_everything(target):
    results = check_component(planted.identifier(target))
    assert len(results) >= 24  # at least a dozen of the kind beside the general ones
    assert all(result.outcome == "passed" for result in results)


@pytest.mark.parametrize(("target", "check"), BUGS, ids=lambda value: value.partition(":")[2] or value)
def test_planted_bug_is_caught_by_its_check(target, check):
    (one,) = [each for each in component_checks(planted.identifier(target)) if each.name == check]
    with pytest.raises(AssertionError) as caught:
        one()
    assert str(caught.value), "the failure says nothing"


def test_failures_are_reported_together_with_their_meaning():
    with pytest.raises(ConformanceError) as caught:
        check_component(planted.identifier("planner:EndIgnored"))
    text = str(caught.value)
    assert "fails 1 of" in text
    assert "ended_episodes_pay_nothing" in text
    assert "Reward after a predicted termination does not count" in text


def test_expected_failures_are_strict():
    name = planted.identifier("planner:EndIgnored")
    reason = {"ended_episodes_pay_nothing": "the task never ends"}
    results = check_component(name, expected_failures=reason)
    assert [one.message for one in results if one.outcome == "expected failure"] == ["the task never ends"]
    with pytest.raises(ConformanceError, match="unexpected pass"):
        check_component(name, expected_failures={**reason, "builds": "never did"})


def test_unknown_expected_failure_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'beats_random_actions'"):
        list(run_checks(planted.identifier("planner:SoundPlanner"), expected_failures={"beat_random_actions": "x"}))


def test_slow_check_runs_in_a_spawned_process():
    checks = component_checks(planted.identifier("controller:SoundController"), slow=True)
    (one,) = [each for each in checks if each.slow]
    assert one.name == "survives_spawn"
    one()


def test_config_reaches_the_model():
    checks = component_checks(planted.identifier("encoder:SoundEncoder"), config={"latent_dim": 9})
    assert checks[0].subject.build().latent_dim == 9


@pytest.mark.parametrize("module", ["path", "package"])
def test_heavy_import_is_for_single_files_only(zoo, module):
    source = "import torch\nfrom pathlib import Path\n"
    source += "from wm_zoo.api import Component, Config, Contract, Kind, hookimpl\n"
    source += "class C(Config): ...\n@hookimpl\ndef wm_components():\n"
    source += "    yield Component(id='acme/heavy-v0', kind=Kind.PLANNER, target=f'{__name__}:P', config=C)\n"
    source += "class P: ...\n"
    file = "heavy.py" if module == "path" else "heavy/__init__.py"
    zoo.write(file, source)
    path = file.partition("/")[0]
    zoo.registry(f'schema = 1\napi = 1\nnamespace = "acme"\n[component.heavy-v0]\nkind = "planner"\npath = "{path}"\n')
    (check,) = [one for one in component_checks("acme/heavy-v0") if one.name == "light_import"]
    if module == "path":
        check()
    else:
        with pytest.raises(AssertionError, match="imports torch"):
            check()
