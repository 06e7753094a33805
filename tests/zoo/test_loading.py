"""A plugin that misbehaves costs itself, nothing else."""

from __future__ import annotations

import sys

import gymnasium as gym
import numpy as np
import pytest

from wm_zoo import make
from wm_zoo.api import Dims, Spaces
from wm_zoo.errors import ConfigError, ContractMismatch, PluginBroken
from wm_zoo.manager import component, manager
from wm_zoo.manifest import Status

PLUGIN = """
from wm_zoo.api import Component, Config, Contract, Kind, Option, hookimpl

class MyConfig(Config):
    size: int = Option(3, ge=1, le=9, description="a size")

@hookimpl
def wm_components():
    yield Component(id="{id}", kind=Kind.CONTROLLER, target=__name__ + ":Model", config=MyConfig, summary="x")

class Model:
    def __init__(self, config, dims):
        self.config, self.dims = config, dims
"""


def _ported(contract: str) -> str:
    return PLUGIN.replace("summary=", f"contract=Contract({contract}), summary=")


SPACES = Spaces(gym.spaces.Box(0, 255, (64, 64, 3), np.uint8), gym.spaces.Box(-1, 1, (3,)))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no licence\\nsecond line')", "raised RuntimeError: no licence"),
        ("raise SystemExit(3)", "raised SystemExit: 3"),
        ("import no_such_package", "raised ModuleNotFoundError: No module named 'no_such_package'"),
        ("x = = 3", "raised SyntaxError"),
        ("", "no @hookimpl function wm_components"),
        ("def wm_components(): return []", "lacks the decorator"),
        (
            "from wm_zoo.api import hookimpl\n@hookimpl\ndef wm_component(): return []",
            "unknown hook 'wm_component', did you mean 'wm_components'",
        ),
        (
            "from wm_zoo.api import hookimpl\n@hookimpl\ndef wm_components(extra): return []",
            "raised PluginValidationError",
        ),
        (
            "from wm_zoo.api import hookimpl\n@hookimpl\ndef wm_components(self): return []",
            "Argument(s) {'self'} are declared in the hookimpl but can not be found in the hookspec",
        ),
        ("\n\nraise RuntimeError('late')", "late (HOME/acme_toy_v0.py:3)"),
        (PLUGIN.replace("summary=", "capabilities=None, summary="), "capabilities = None, expected a frozenset"),
        (
            PLUGIN.replace("summary=", "contract={'inputs': {}}, summary="),
            "contract = {'inputs': {}}, expected Contract",
        ),
        (PLUGIN.replace("summary=", "contract=Contract(inputs=[1]), summary="), "inputs = [1], expected a mapping"),
        (PLUGIN.replace("summary=", "requires={'dynamics': ['reward']}, summary="), "expected a frozenset"),
        (PLUGIN.replace("config=MyConfig", "config=None"), "expected a subclass of wm_zoo.api.Config"),
        (_ported("inputs={'features': 'flaot32[B,F]'}"), "no dtype 'flaot32'; did you mean 'float32'"),
        (_ported("inputs={'feature': 'float32[B,F]'}"), "no input port 'feature'; did you mean 'features'"),
        (_ported("outputs={'actoin': 'float32[B,A]'}"), "no output port 'actoin'; did you mean 'action'"),
        (_ported("outputs={'action': 'float32[B,a]'}"), "expected dtype[letters]"),
        (_ported("bind={'f': 'size'}"), "bind 'f', expected a letter in upper case"),
        (_ported("bind={'F': 'sise'}"), "no 'sise'; did you mean 'size'"),
        (
            "from wm_zoo.api import hookimpl\n@hookimpl\ndef wm_components(): return [3]",
            "gave 3, expected wm_zoo.api.Component",
        ),
        ("from wm_zoo.api import hookimpl\n@hookimpl\ndef wm_components(): return 1 / 0", "raised ZeroDivisionError"),
        (PLUGIN.replace('"{id}"', '"acme/toi-v0"'), "declares no 'acme/toy-v0'; did you mean 'acme/toi-v0'"),
        (
            PLUGIN.replace("Kind.CONTROLLER", "Kind.PLANNER"),
            "kind differs: registry.toml says controller, the code says planner",
        ),
        (PLUGIN.replace("summary=", "api=2, summary="), "api differs"),
        (PLUGIN.replace("config=MyConfig", "config=dict"), "expected a subclass of wm_zoo.api.Config"),
    ],
)
def test_broken_plugin_is_listed_with_its_reason(zoo, source, reason):
    full, reason = zoo.local(source), reason.replace("HOME", str(zoo.root))
    assert zoo.entry(full).status is Status.OK  # static data cannot know better
    with pytest.raises(PluginBroken) as caught:
        component(full)
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert reason in zoo.entry(full).reason
    assert component("linear").id == "wm/linear-v0"


def test_strict_mode_gives_the_original_error(zoo, monkeypatch):
    full = zoo.local("raise RuntimeError('no licence')")
    monkeypatch.setenv("WM_STRICT_PLUGINS", "1")
    with pytest.raises(RuntimeError, match="no licence"):
        component(full)


def test_ctrl_c_stays_ctrl_c(zoo):
    full = zoo.local("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        component(full)


def test_capabilities_must_agree(zoo):
    full = zoo.local(extra='capabilities = ["continuous"]')
    with pytest.raises(PluginBroken, match=r"says \['continuous'\], the code says \[\]"):
        component(full)


def test_local_file_builds(zoo):
    full = zoo.local()
    model = make(full, Dims(SPACES, action=3, features=4), size=5)
    assert model.config.size == 5
    assert model.dims.features == 4
    assert make("toy", Dims(SPACES, 3, features=4)).config.size == 3


def test_package_folder_with_relative_imports(zoo):
    source = PLUGIN.replace('__name__ + ":Model"', 'f"{__name__}.model:Model"').replace("{id}", "acme/deep-v0")
    zoo.write("deep/__init__.py", source.split("class Model")[0])
    zoo.write(
        "deep/model.py",
        "from . import MyConfig\nclass Model:\n    def __init__(self, config, dims): self.c = (config, MyConfig)\n",
    )
    zoo.registry('schema = 1\napi = 1\nnamespace = "acme"\n[component.deep-v0]\nkind = "controller"\npath = "deep"\n')
    config, cls = make("deep", Dims(SPACES, 3, features=2)).c
    assert type(config) is cls


@pytest.mark.parametrize(
    ("target", "reason"),
    [("no_colon", "expected 'module:Class'"), ("json:Modl", "no 'Modl'"), ("no_such_package:X", "ModuleNotFoundError")],
)
def test_bad_target(zoo, target, reason):
    full = zoo.local(PLUGIN.replace('__name__ + ":Model"', f'"{target}"'))
    with pytest.raises(PluginBroken, match=reason):
        make(full, Dims(SPACES, 3, features=2))


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"sise": 3}, "unknown key 'sise'; did you mean 'size'?"),
        ({"size": 10}, r"size = 10: .*less than or equal to 9 \(allowed: ≥ 1, ≤ 9\)"),
        ({"size": "many"}, "size = 'many': .*integer"),
    ],
)
def test_config_errors_are_one_line(zoo, config, text):
    full = zoo.local()
    with pytest.raises(ConfigError, match=f"^{full}: {text}") as caught:
        make(full, Dims(SPACES, 3, features=2), **config)
    assert len(str(caught.value).splitlines()) == 1


def test_nested_config_keys_are_named():
    with pytest.raises(ConfigError, match=r"unknown key 'views.0.pol'; did you mean 'pool'"):
        make("pca", SPACES, views=[{"pol": [2, 2]}])


@pytest.mark.parametrize(
    ("name", "dims", "text"),
    [
        ("pca", None, "pass its Spaces"),
        ("mdn-rnn", SPACES, "needs the size of latent"),
        ("linear", SPACES, "needs the size of features"),
        ("linear", 3, "dims = 3, expected"),
    ],
)
def test_missing_dims_say_what_to_pass(name, dims, text):
    with pytest.raises(ContractMismatch, match=text):
        make(name, dims)


def test_spaces_suffice_for_encoders_and_planners():
    assert make("pca", SPACES, views=[{"pool": [8, 8], "dims": 7}]).latent_dim == 7
    assert hasattr(make("cem", SPACES), "plan")


def test_agents_come_from_their_hook(zoo):
    zoo.write(
        "acme_agents.py",
        "from wm_zoo.api import hookimpl\n@hookimpl\ndef wm_agents():\n"
        "    yield {'id': 'acme/fast-v0', 'encoder': 'pca', 'dynamics': 'mdn-rnn', 'controller': 'linear'}\n",
    )
    sys.path.insert(0, str(zoo.root))
    try:
        zoo.registry(
            'schema = 1\napi = 1\nnamespace = "acme"\n[agent.fast-v0]\nmodule = "acme_agents"\n'
            '[agent.gone-v0]\nmodule = "acme_agents"\n'
        )
        assert manager().agent("fast") == {"encoder": "pca", "dynamics": "mdn-rnn", "controller": "linear"}
        with pytest.raises(PluginBroken, match="declares no 'acme/gone-v0'"):
            manager().agent("gone")
    finally:
        sys.path.remove(str(zoo.root))


def test_the_place_is_the_plugins_own_last_line(zoo):
    full = zoo.local("import json\ndef deep():\n    json.loads('{')\ndeep()\n")
    with pytest.raises(PluginBroken, match=r"raised JSONDecodeError: .*acme_toy_v0\.py:3\)$"):
        component(full)
