"""The whole judgement of an agent, small: what `results.json` holds, and that the report can show it."""

import json

import pytest

from wm_zoo import atomic
from wm_zoo.evaluate import EvalResult, evaluate_recipe
from wm_zoo.recipe import Recipe
from wm_zoo.report import write_report

RECIPE = {
    "schema": 1,
    "name": "tiny",
    "env": {
        "id": "wm/CarRacing-v0",
        "kwargs": {"obs_size": 64, "frame_skip": 4, "actions": "accel"},
        "max_episode_steps": 12,
    },
    "encoder": {"id": "pca"},
    "dynamics": {"id": "mdn-rnn"},
    "controller": {"id": "mlp-policy"},
    "validate": {"episodes": 4},
    "evaluate": {
        "episodes": 1,
        "native_episodes": 3,
        "dream_episodes": 5,
        "open_loop_episodes": 2,
        "open_loop_horizons": [1, 4],
        "baselines": {"constant_throttle": [0.0, 0.2]},
    },
}


@pytest.fixture(scope="module")
def recipe():
    return Recipe.model_validate(RECIPE)


@pytest.fixture(scope="module")
def results(agent_folder, recipe):
    told = []
    found = evaluate_recipe(agent_folder, recipe, progress=lambda what, done, total: told.append((what, done, total)))
    assert ("driving on CarRacing-v3", 1, 1) in told
    return json.loads(json.dumps(found, allow_nan=False))


def test_every_part_is_there(results):
    assert list(results["rows"]) == ["real", "native", "random", "constant_throttle"]
    rows = {name: EvalResult.from_json(row) for name, row in results["rows"].items()}
    assert rows["real"].env_id == "CarRacing-v3"
    assert rows["real"].seeds == (200_000,)
    for name in ("native", "random", "constant_throttle"):
        assert rows[name].env_id == "wm/CarRacing-v0"
        assert rows[name].seeds == (200_000, 200_001, 200_002)
    assert results["dream"]["horizon"] == 12
    assert len(results["dream"]["returns"]) == 5
    real = results["rows"]["real"]["summary"]["mean"]
    assert results["gap"]["dream_minus_real"] == pytest.approx(results["dream"]["summary"]["mean"] - real)
    assert results["open_loop"]["horizons"] == [1, 4]
    assert results["selection"]["seeds"] == [100_000, 100_001, 100_002, 100_003]


def test_score_and_selection_never_share_a_seed(results):
    chosen_by = set(results["selection"]["seeds"]) | set(results["open_loop"]["seeds"])
    assert all(chosen_by.isdisjoint(row["seeds"]) for row in results["rows"].values())


def test_it_is_the_same_again(results, agent_folder, recipe):
    again = evaluate_recipe(agent_folder, recipe)
    assert again["rows"]["native"]["returns"] == results["rows"]["native"]["returns"]
    assert again["dream"]["returns"] == results["dream"]["returns"]
    assert again["open_loop"] == results["open_loop"]


def test_the_report_shows_it(results, recipe, tmp_path):
    atomic.write_toml(tmp_path / "recipe.toml", recipe.to_toml())
    atomic.write_json(tmp_path / "results.json", results)
    page = write_report(tmp_path).read_text()
    for row in results["rows"].values():
        assert row["label"] in page
    assert "steps ahead" in page


def test_parts_that_are_switched_off_are_absent(agent_folder, recipe):
    off = {"episodes": 0, "native_episodes": 2, "dream_episodes": 0, "open_loop_episodes": 0}
    small = recipe.model_copy(update={"evaluate": recipe.evaluate.model_copy(update=off)})
    results = evaluate_recipe(agent_folder, small)
    assert sorted(results) == ["rows", "schema", "selection"]
    assert list(results["rows"]) == ["native", "random", "constant_throttle"]
