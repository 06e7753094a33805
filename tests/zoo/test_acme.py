"""The third-party distribution in examples/ is found, checked and composed as a stranger's would be."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from wm_zoo import manager
from wm_zoo.api import Spaces
from wm_zoo.composition import compose
from wm_zoo.testing import component_checks, parametrize_with_checks

ACME = Path(__file__).parents[2] / "examples" / "acme_plugin"


@pytest.fixture
def installed(zoo):
    files = {
        str(path.relative_to(ACME)): path.read_text()
        for path in (ACME / "acme_wm").rglob("*")
        if path.suffix in (".py", ".toml")
    }
    zoo.distribution("acme-wm", "0.1.0", "acme_wm:registry.toml", files)
    return zoo


def test_it_passes_the_kit_and_its_own_check(installed):
    checks = component_checks("acme/gru-v0")
    assert checks[-1].name == "members_disagree"  # from its wm_checks hook
    for check in checks:
        check()


def test_its_agent_composes_with_our_parts(installed):
    spaces = Spaces(gym.spaces.Box(0, 255, (32, 32, 3), np.uint8), gym.spaces.Box(-1, 1, (3,)))
    parts = manager.manager().agent("gru-driver")
    chosen = {kind: parts[kind] for kind in ("encoder", "dynamics", "controller")}
    made = compose(chosen, spaces)
    assert made.build_dynamics().feature_dim == 32 + 64
    assert made.build_controller().weight.shape == (3, 96)


def test_decorator_makes_one_test_per_check(installed):
    mark = parametrize_with_checks("acme/gru-v0", expected_failures={"prints_nothing": "it may"}).mark
    assert mark.args[0] == "check"
    marks = {parameter.id: [one.name for one in parameter.marks] for parameter in mark.args[1]}
    assert marks["prints_nothing"] == ["xfail"]
    assert marks["sequence_equals_steps"] == []
