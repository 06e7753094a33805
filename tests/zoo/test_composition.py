"""Components are checked against each other and the environment before a tensor exists."""

from __future__ import annotations

import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
import torch

import wm_zoo
from wm_zoo.api import Spaces
from wm_zoo.composition import compose
from wm_zoo.errors import ConfigError, ContractMismatch, PluginBroken, PluginError, PluginNotFound

BOX = gym.spaces.Box(-1, 1, (3,))
IMAGE = gym.spaces.Box(0, 255, (32, 32, 3), np.uint8)
SPACES = Spaces(IMAGE, BOX)
VIEWS = {"views": [{"pool": [4, 4], "dims": 5}, {"pool": [8, 8], "dims": 2}]}

ENCODER = """
from wm_zoo.api import Component, Config, Contract, Kind, Option, hookimpl

class C(Config):
    latent: int = Option(4, ge=1, description="z")

@hookimpl
def wm_components():
    yield Component(id="{id}", kind=Kind.ENCODER, target=__name__ + ":E", config=C, contract=Contract(
        inputs={"obs": "INPUT"}, outputs={"latent": "OUTPUT"}, bind=BIND), summary="x")

class E:
    def __init__(self, config, dims): self.latent_dim = config.latent
"""


def encoder(zoo, input="uint8[B,H,W,C]", output="float32[B,Z]", bind='{"Z": "latent"}', port="obs"):
    text = ENCODER.replace('"obs"', f'"{port}"').replace("INPUT", input).replace("OUTPUT", output).replace("BIND", bind)
    full = zoo.local(text)
    file = next(path for path in zoo.root.glob("*.toml"))
    file.write_text(file.read_text().replace('"controller"', '"encoder"'))
    wm_zoo.manager.refresh()
    return full


def test_a_whole_agent_is_built_with_agreeing_sizes():
    parts = {
        "encoder": {"id": "pca", "config": VIEWS},
        "dynamics": {"id": "mdn-rnn", "config": {"hidden": 16}},
        "controller": "linear",
    }
    made = compose(parts, SPACES)
    assert (made.latent_dim, made.feature_dim) == (7, None)  # a property of a nested config; F is the model's affair
    encoder, dynamics, controller = made.build_encoder(), made.build_dynamics(), made.build_controller()
    assert made.feature_dim == dynamics.feature_dim == 7 + 16
    latent = encoder.encode(torch.zeros((2, 32, 32, 3), dtype=torch.uint8))
    state = dynamics.observe(dynamics.initial(2), torch.zeros(2, 3), latent)
    assert controller.act(dynamics.features(state)).shape == (2, 3)


def test_sizes_are_worked_out_without_touching_the_random_state():
    made = compose({"encoder": {"id": "pca", "config": VIEWS}, "dynamics": "mdn-rnn", "controller": "linear"}, SPACES)
    before = torch.get_rng_state()
    assert made.dims_controller.features == 7 + 256
    assert torch.equal(before, torch.get_rng_state())
    assert (made.dims_encoder.latent, made.dims_dynamics.latent, made.dims_planner.features) == (0, 7, 263)


def test_checking_builds_no_tensor():
    code = """
import sys, numpy as np, gymnasium as gym, wm_zoo
from wm_zoo.api import Spaces
spaces = Spaces(gym.spaces.Box(0, 255, (32, 32, 3), np.uint8), gym.spaces.Box(-1, 1, (3,)))
wm_zoo.compose({"encoder": "pca", "dynamics": "mdn-rnn", "planner": "cem"}, spaces)
assert wm_zoo.compose.__name__ == "compose"  # the function, whatever was imported before
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


@pytest.mark.parametrize(
    ("parts", "spaces", "text"),
    [
        (
            {"encoder": "pca"},
            Spaces(gym.spaces.Box(-1, 1, (6,)), BOX),
            r"wm/pca-v0: port 'obs' expects uint8\[B,H,W,C\], got float32\[B,6\] from the environment: the dtypes",
        ),
        ({"encoder": "pca"}, Spaces(gym.spaces.Box(0, 9, (6,), np.uint8), BOX), "2 axes where 4 are expected"),
        (
            {"encoder": "pca"},
            Spaces(gym.spaces.Dict({"camera": IMAGE}), BOX),
            "no observation for its input port 'obs'.*gives obs.camera",
        ),
        ({"encoder": "pca"}, Spaces(IMAGE, gym.spaces.MultiDiscrete([2, 2])), "expected Box or Discrete"),
        ({"planner": "cem"}, SPACES, "wm/cem-v0 needs a dynamics with reward, termination"),
        (
            {"encoder": "pca", "dynamics": "mdn-rnn", "controller": "linear", "planner": "cem"},
            SPACES,
            "controller wm/linear-v0 and planner wm/cem-v0: an agent has either",
        ),
        ({"encoder": "linear"}, SPACES, "wm/linear-v0 is of kind controller; use one of: .*wm/pca-v0"),
    ],
)
def test_mismatches_say_what_and_where(parts, spaces, text):
    with pytest.raises(ContractMismatch, match=text):
        compose(parts, spaces)


@pytest.mark.parametrize(
    ("parts", "error", "text"),
    [
        ({"encodr": "pca"}, ConfigError, "unknown part 'encodr'; did you mean 'encoder'"),
        ({"encoder": {"id": "pca", "confg": {}}}, ConfigError, "unknown key 'confg'; did you mean 'config'"),
        ({"encoder": {"config": {}}}, ConfigError, "expected an id"),
        ({"encoder": {"id": "pca", "config": {"view": []}}}, ConfigError, "did you mean 'views'"),
        ({"dynamics": "mdn-rn"}, PluginNotFound, "did you mean 'mdn-rnn'"),
    ],
)
def test_bad_parts(parts, error, text):
    with pytest.raises(error, match=text):
        compose(parts, SPACES)


CAR = gym.spaces.Dict({"camera": IMAGE, "state": gym.spaces.Box(-1, 1, (5,))})


@pytest.mark.parametrize("space", [CAR, CAR["state"]])
def test_a_port_for_any_observation_takes_a_box_and_every_key_of_a_dict(zoo, space):
    full = encoder(zoo, input="any[B,...]", port="obs.*")
    assert compose({"encoder": full}, Spaces(space, BOX)).latent_dim == 4


def test_ports_of_keys_are_checked_key_by_key(zoo):
    full = encoder(zoo, input="float32[B,N]", port="obs.state")
    compose({"encoder": full}, Spaces(CAR, BOX))
    with pytest.raises(ContractMismatch, match=r"port 'obs.state' \(.*gives obs.camera; set encoder.id"):
        compose({"encoder": full}, Spaces(gym.spaces.Dict({"camera": IMAGE}), BOX))
    with pytest.raises(ContractMismatch, match=r"port 'obs.state' expects .* got float64\[B,5\]"):
        compose({"encoder": full}, Spaces(gym.spaces.Dict({"state": gym.spaces.Box(-1, 1, (5,), np.float64)}), BOX))


def test_bound_letters_name_the_field_to_change(zoo):
    full = encoder(zoo, input="uint8[B,H,W,C]", bind='{"Z": "latent", "H": "latent"}')
    with pytest.raises(ContractMismatch, match=r"got 32 by the environment; set encoder.config.latent = 32"):
        compose({"encoder": full}, SPACES)


@pytest.mark.parametrize("port", ["uint8|float32[B,...]", "any[B,32,W,C]", "uint8[B,T,N,N,C]", "uint8[B,...,3]"])
def test_grammar_of_ports_accepts(zoo, port):
    compose({"encoder": encoder(zoo, input=port)}, SPACES)


@pytest.mark.parametrize(
    ("port", "text"),
    [
        ("uint8[B,64,W,C]", "64 is not 32"),
        ("uint8[B,N,W,N]", "expected N = 32 by the environment, got 3"),
        ("uint8[B,C,H,W,...,H,W]", "axes where"),
        ("uint8(B)", "expected dtype"),
        ("uint8[b,H]", "expected dtype"),
    ],
)
def test_grammar_of_ports_refuses(zoo, port, text):
    with pytest.raises(PluginError, match=text):
        compose({"encoder": encoder(zoo, input=port)}, SPACES)


def test_wrong_bind_is_the_authors_fault(zoo):
    with pytest.raises(PluginBroken, match=r"binds to config.latnt: no 'latnt'; did you mean 'latent'"):
        compose({"encoder": encoder(zoo, bind='{"Z": "latnt"}')}, SPACES)


def test_contract_must_tell_the_truth(zoo):
    made = compose({"encoder": encoder(zoo)}, SPACES)
    made.latent_dim = 9
    with pytest.raises(ContractMismatch, match="gives Z = 9, but the model it builds has 4"):
        made.build_encoder()


def test_unbound_latents_are_asked_of_the_model(zoo):
    made = compose({"encoder": {"id": encoder(zoo, bind="{}"), "config": {"latent": 6}}, "dynamics": "mdn-rnn"}, SPACES)
    assert made.latent_dim is None
    assert made.build_dynamics().latent_dim == 6


def test_missing_part_is_named():
    with pytest.raises(ContractMismatch, match="no planner in this composition"):
        compose({"encoder": "pca"}, SPACES).build_planner()
