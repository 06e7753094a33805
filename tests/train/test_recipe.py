"""Recipes: overrides, errors in one line with the nearest key, and documentation of every key."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wm_zoo.errors import PluginNotFound, RecipeError
from wm_zoo.recipe import Recipe, Table
from wm_zoo.recipe_load import apply_override, check_recipe, load_recipe, recipe_names

from .conftest import toy_values

ROOT = Path(__file__).parents[2]


def test_every_recipe_of_the_package_is_valid() -> None:
    assert {"driving", "quickstart", "world-models"} <= set(recipe_names())
    for name in recipe_names():
        assert load_recipe(name).name == name


def test_to_toml_comes_back_the_same() -> None:
    recipe = load_recipe("quickstart", ["collect.idle_limit=7"])
    assert check_recipe(recipe.to_toml()) == recipe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("train.rounds=3", 3),
        ("train.rates=[0.5, 0.1]", [0.5, 0.1]),
        ("collect.noise={fraction = 0.5}", {"fraction": 0.5}),
        ("evaluate.env=CarRacing-v3", "CarRacing-v3"),
        ("env.kwargs.obs_size = 96", 96),
        ("train.overlap=true", True),
        ("brand.new.table=1", 1),
        ('name="a b"', "a b"),
    ],
)
def test_overrides_are_typed(text, expected) -> None:
    values = {"train": {"rounds": 1}, "env": {"kwargs": {}}}
    apply_override(values, text)
    node = values
    for name in text.split("=")[0].strip().split("."):
        node = node[name]
    assert node == expected
    assert type(node) is type(expected)


def test_overrides_reach_into_lists() -> None:
    recipe = load_recipe("quickstart", ["encoder.config.views.0.dims=12"])
    assert recipe.encoder.config["views"][0]["dims"] == 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train.rouns=3", "unknown key 'train.rouns'; did you mean 'rounds'?"),
        ("validate.epsodes=3", "unknown key 'validate.epsodes'; did you mean 'episodes'?"),
        ("scheme=1", "unknown key 'scheme'; did you mean 'schema'?"),
        ("encoder.config.views.0.dimz=3", "did you mean 'dims'?"),
        ("train.dynamics.config.lenght=3", "did you mean 'length'?"),
        ("train.controller.config.horizn=3", "did you mean 'horizon'?"),
        ("collect.lanes=0", "collect.lanes = 0"),
        ("dynamics.config.hidden=0", "hidden = 0"),
        ("train.rounds=three", "train.rounds = 'three'"),
        ("schema=2", "schema = 2"),
        ("evaluate.first_seed=100_001", "validate and evaluate share seeds"),
        ("evaluate.first_seed=2_000_000", "training seeds begin at 1048576"),
        ("dynamics.id=pca", "kind 'encoder'"),
        ("encoder.config.views.7.dims=3", "'7' is no position"),
        ("name.first=3", "below a plain value"),
        ("train.rounds", "expected KEY=VALUE"),
    ],
)
def test_errors_are_one_line_and_say_what_is_right(text, words) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe("quickstart", [text])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["encoder.id=conv-vae", "encoder=conv-vae", "encoder.id=wm/conv-vae-v0"])
def test_another_component_starts_from_its_own_defaults(text) -> None:
    recipe = load_recipe("quickstart", ["encoder.config.latent_dim=7", text])  # whatever the order
    assert recipe.encoder.config == {"latent_dim": 7}
    assert recipe == load_recipe("quickstart", [text, "encoder.config.latent_dim=7"])
    assert load_recipe("quickstart", [text]).encoder.config == {}


def test_the_same_component_by_another_name_keeps_its_config() -> None:
    before = load_recipe("quickstart").encoder
    assert load_recipe("quickstart", ["encoder=wm/pca-v0"]).encoder.config == before.config
    assert load_recipe("quickstart", ["encoder.id=pca"]).encoder == before


@pytest.mark.parametrize("text", ["planner.id=cem", "planner=cem", 'planner={id = "cem"}'])
def test_a_planner_takes_the_controllers_place(text, tmp_path) -> None:
    import tomli_w

    recipe = load_recipe("quickstart", ["planner.config.horizon=3", text][:: -1 if "{" in text else 1])
    assert (recipe.controller, recipe.agent_part[0]) == (None, "planner")
    assert recipe.agent_part[1].config == {"horizon": 3}
    path = tmp_path / "planned.toml"
    path.write_text(tomli_w.dumps(recipe.to_toml()))
    assert load_recipe(path, ["controller=mlp-policy"]).agent_part[0] == "controller"
    with pytest.raises(RecipeError, match=r"either \[controller\] or \[planner\]"):
        load_recipe("quickstart", [text, "controller.id=linear"])


def test_several_unknown_keys_are_one_clause() -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe("quickstart", ["dynamics.config.hiden=4", "dynamics.config.zzz=1", "dynamics.config.xxx=1"])
    said = str(caught.value)
    assert "unknown keys 'hiden' (did you mean 'hidden'?), 'zzz', 'xxx'; known: cell, " in said
    assert said.count("known: ") == said.count("unknown key") == 1


def test_the_score_is_measured_where_it_was_learned() -> None:
    values = toy_values()
    del values["evaluate"]["env"]
    assert check_recipe(values).to_toml()["evaluate"]["env"] == "toy_track:Toy-v0"
    values["env"] = {"id": "wm/CarRacing-v0"}
    assert check_recipe(values).evaluate.env == "CarRacing-v3"
    del values["evaluate"]
    assert check_recipe(values).evaluate.env == "CarRacing-v3"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"evaluate.env": "CartPole-v1"}, r"env = 'CartPole-v1': its observation space is Box.*'toy_track:Toy-v0'"),
        ({"evaluate.env": "CartPol-v1"}, "env = 'CartPol-v1': no environment"),
        (
            {"env": {"id": "wm/CarRacing-v0"}, "evaluate.env": "CarRacing-v3", "evaluate.kwargs": {"grayscale": True}},
            "its observation",
        ),
        ({"encoder": {"id": "conv-vae"}}, "64 is not 8"),
    ],
)
def test_a_refused_run_says_so_at_once_and_leaves_no_folder(tmp_path, toy, changes, words) -> None:
    from wm_zoo.errors import WMError
    from wm_zoo.train.launch import open_run

    with pytest.raises(WMError, match=words):
        open_run(toy(**changes), tmp_path / "a", resume=False)
    assert not (tmp_path / "a").exists()
    (tmp_path / "mine").mkdir()
    with pytest.raises(WMError, match=words):
        open_run(toy(**changes), tmp_path / "mine", resume=False)
    assert list((tmp_path / "mine").iterdir()) == []


def test_unknown_names() -> None:
    with pytest.raises(RecipeError, match="did you mean 'quickstart'"):
        load_recipe("quikstart")
    with pytest.raises(PluginNotFound, match="did you mean 'pca'"):
        load_recipe("quickstart", ["encoder.id=pcaa"])
    with pytest.raises(RecipeError, match="no such recipe file"):
        load_recipe("nowhere.toml")


def test_broken_toml_is_named(tmp_path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("schema = ")
    with pytest.raises(RecipeError, match=r"a\.toml: not TOML"):
        load_recipe(path)


def test_missing_table() -> None:
    values = toy_values()
    del values["env"]
    with pytest.raises(RecipeError, match="'env' is missing"):
        check_recipe(values)


def test_the_recipe_module_is_light() -> None:
    code = "import sys, wm_zoo.recipe, wm_zoo.recipe_load; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def tables(model: type[Table]) -> list[type[Table]]:
    found = [model]
    for field in model.model_fields.values():
        inner = [a for a in [field.annotation, *getattr(field.annotation, "__args__", ())] if isinstance(a, type)]
        for one in inner:
            if issubclass(one, Table) and one not in found:
                found += tables(one)
    return found


def test_every_key_is_documented() -> None:
    """docs/recipes.md is written by hand; this holds it to the models."""
    text = (ROOT / "docs/recipes.md").read_text()
    seen = tables(Recipe)
    assert len(seen) > 12
    for table in seen:
        for name, field in table.model_fields.items():
            assert f"`{field.alias or name}`" in text, (table.__name__, name)
            assert field.description
