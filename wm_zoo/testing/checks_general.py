"""Checks of every component: what it declares, how it is imported and configured."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib

from pydantic import ValidationError

from wm_zoo.api import Capability, Kind
from wm_zoo.loading import import_target, verify
from wm_zoo.manager import manager
from wm_zoo.ports import parse
from wm_zoo.testing.expect import expect
from wm_zoo.testing.kit import check
from wm_zoo.testing.subject import Subject

_METHODS = {
    Kind.ENCODER: ("encode",),
    Kind.DYNAMICS: ("initial", "observe", "imagine", "features", "latent", "sequence"),
    Kind.CONTROLLER: ("act",),
    Kind.PLANNER: ("plan",),
}
_METHODS_OF = {
    Capability.DECODE: ("decode",),
    Capability.FIT: ("fit",),
    Capability.ACTOR_CRITIC: ("distribution", "value"),
    Capability.FLAT_PARAMETERS: ("flat_parameters", "load_flat_parameters", "act_population"),
}

_LIGHT = """
import os, random, sys
import numpy
environment = dict(os.environ)
states = random.getstate(), str(numpy.random.get_state())
from wm_zoo.manager import component
component(sys.argv[1])
heavy = {"torch", "pygame", "stable_baselines3", "matplotlib", "tensorflow", "jax"} & set(sys.modules)
if heavy and sys.argv[2] == "light":
    raise SystemExit(f"importing the module that declares it imports {', '.join(sorted(heavy))}")
if dict(os.environ) != environment:
    raise SystemExit("importing it changes os.environ")
if (random.getstate(), str(numpy.random.get_state())) != states:
    raise SystemExit("importing it changes the global random state")
"""


@check()
def manifest_equals_code(subject: Subject) -> None:
    """registry.toml and the code say the same, and every component of the module is registered."""
    index = manager()
    entry = index.find(subject.component.id)
    verify(entry, subject.component)
    expect(entry.summary, f"{entry.id} has no summary in registry.toml")
    registered = {one.id for one in index.entries()}
    for component in index.loaded(entry).components:
        expect(component.id in registered, f"{component.id} is declared by the module, but stands in no registry.toml")


@check()
def light_import(subject: Subject) -> None:
    """Importing the declaring module in a fresh process loads no torch, prints nothing and changes nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    path = manager().find(subject.component.id).path
    weight = "any" if path is not None and path.is_file() else "light"  # an experiment in one file holds its model too
    command = [sys.executable, "-P", "-W", "ignore", "-c", _LIGHT, subject.component.id, weight]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode == 0, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the import failed")
    expect(not done.stdout, f"importing it prints {done.stdout[:80]!r}")


@check()
def config_is_frozen(subject: Subject) -> None:
    """A config cannot be changed after it was made."""
    config = subject.component.configure()
    for name in type(config).model_fields:
        try:
            setattr(config, name, getattr(config, name))
        except ValidationError:
            continue
        raise AssertionError(f"config.{name} can be assigned to; derive the config from wm_zoo.api.Config")
    hash(config)


@check()
def config_rejects_unknown_keys(subject: Subject) -> None:
    """A misspelt key is an error, never silence."""
    try:
        subject.component.configure({"no_such_key": 1})
    except ValidationError:
        return
    raise AssertionError("the config accepts the unknown key 'no_such_key'; derive it from wm_zoo.api.Config")


@check()
def config_survives_toml(subject: Subject) -> None:
    """A config written to TOML and read back is the same config."""
    import tomli_w

    values = subject.config.model_dump(mode="json", exclude_none=True)
    again = subject.component.configure(tomllib.loads(tomli_w.dumps(values)))
    expect(again == subject.config, f"{subject.config!r} comes back from TOML as {again!r}")


@check()
def config_explains_its_fields(subject: Subject) -> None:
    """Every field has a default and a description, for `wm plugins show`."""
    for name, field in subject.component.config.model_fields.items():
        expect(not field.is_required(), f"config.{name} has no default")
        expect(field.description, f"config.{name} has no description; write Option(default, description=…)")


@check()
def contract_can_be_read(subject: Subject) -> None:
    """Every port parses, and every letter is bound to something that the config has."""
    contract = subject.component.contract
    for name, text in {**contract.inputs, **contract.outputs}.items():
        parse(text, f"port {name!r}")
    for letter, path in contract.bind.items():
        value: object = subject.config
        for part in path.split("."):
            expect(hasattr(value, part), f"letter {letter} is bound to config.{path}, which does not exist")
            value = getattr(value, part)
        expect(isinstance(value, int), f"letter {letter} is bound to config.{path} = {value!r}, expected an integer")


@check()
def has_its_methods(subject: Subject) -> None:
    """The class has the methods of its kind and of the capabilities that it declares."""
    target = import_target(subject.component)
    wanted = list(_METHODS[subject.kind])
    for capability, methods in _METHODS_OF.items():
        wanted += methods if subject.can(capability) else ()
    if subject.can(Capability.GRADIENT) and subject.kind in (Kind.ENCODER, Kind.DYNAMICS):
        wanted.append("loss")
    missing = [name for name in wanted if not callable(getattr(target, name, None))]
    expect(not missing, f"{target.__name__} lacks {', '.join(missing)}")
