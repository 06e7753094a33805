"""Recipes by name or path, `--set` overrides, and errors in one line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from wm_zoo.errors import ConfigError, PluginError, RecipeError, nearest
from wm_zoo.recipe import Recipe

TRAINERS = {
    "dynamics": "wm_zoo.train.dynamics:DynamicsConfig",
    "ppo": "wm_zoo.train.dream_ppo:DreamPpoConfig",
    "cma-es": "wm_zoo.train.dream_cma_es:DreamCmaEsConfig",
}
"""Classes of the `config` tables under [train]."""

PARTS = ("encoder", "dynamics", "controller", "planner")
"""Tables of a recipe that name a component."""


def load_recipe(name_or_path: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read, override and check a recipe, with every `config` table in it.

    Args:
        name_or_path: a recipe of the package ("quickstart"), or a TOML file.
        overrides: ``a.b=c`` texts of ``--set``, see `apply_overrides`; a value is TOML, or else a plain string.

    Raises:
        RecipeError: one line that names the key and the nearest valid one.
        PluginError: an unknown or unusable component.
    """
    path = find_recipe(name_or_path)
    values = _read(path)
    apply_overrides(values, overrides)
    return check_recipe(values, path.name)


def check_recipe(values: Mapping[str, Any], where: str = "recipe") -> Recipe:
    """Validate the values of a recipe, components and trainers included; see `load_recipe`."""
    recipe: Recipe = _validate(Recipe, values, where)
    _check_components(recipe, where)
    trainer_config(recipe, "dynamics", where)
    if recipe.controller is not None:
        trainer_config(recipe, recipe.train.controller.method, where)
    return recipe


def trainer_config(recipe: Recipe, which: str, where: str = "recipe") -> Any:
    """The validated trainer configuration: `which` is "dynamics", "ppo" or "cma-es"."""
    module, name = TRAINERS[which].split(":")
    table = recipe.train.dynamics if which == "dynamics" else recipe.train.controller
    prefix = f"{where}: [train.{'dynamics' if which == 'dynamics' else 'controller'}.config]"
    return _validate(getattr(import_module(module), name), table.config, prefix)


def recipe_folder() -> Path:
    """Where the recipes of the package are: beside this module in a wheel, in the root of a source tree."""
    inside = Path(__file__).parent / "recipes"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "recipes"


def recipe_names() -> list[str]:
    """Names that `wm train` knows."""
    return sorted(path.stem for path in recipe_folder().glob("*.toml"))


def find_recipe(name_or_path: str | Path) -> Path:
    """File of a recipe; raises RecipeError with the nearest name."""
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.is_file():
        if path.is_file():
            return path
        raise RecipeError(f"{path}: there is no such recipe file")
    inside = recipe_folder() / f"{name_or_path}.toml"
    if inside.is_file():
        return inside
    raise RecipeError(f"no recipe {str(name_or_path)!r}; {nearest(str(name_or_path), recipe_names())}")


def apply_overrides(values: dict[str, Any], texts: Iterable[str]) -> None:
    """Put the ``--set`` texts of one command into the raw values of a recipe, in place.

    Which components there are is settled first, whatever the order of the texts: another component starts from its own
    defaults, because the recipe's `config` was written for the one that it replaces; a controller replaces the planner
    and the other way round. ``encoder=pca`` is short for ``encoder.id=pca``.

    Raises:
        RecipeError: see `apply_override`.
    """
    given = list(texts)
    chosen = [text for text in given if _chosen_part(text)]
    agents = {_chosen_part(text) for text in chosen} & {"controller", "planner"}
    if len(agents) == 1:  # both: the recipe itself refuses that, in its own words
        values.pop("planner" if agents == {"controller"} else "controller", None)
    for text in chosen:
        _choose(values, text)
    for text in given:
        if text not in chosen:
            apply_override(values, text)


def _chosen_part(text: str) -> str:
    """The part whose component a ``--set`` text names ("encoder" of ``encoder=…`` and ``encoder.id=…``), else ""."""
    key, found, _ = text.partition("=")
    part, *rest = (name.strip() for name in key.split("."))
    return part if found and part in PARTS and rest in ([], ["id"]) else ""


def _choose(values: dict[str, Any], text: str) -> None:
    """Apply a text that names a part's component; a different one loses the config of the one before."""
    part, value = _chosen_part(text), _toml_value(text.partition("=")[2].strip())
    before = values.get(part)
    if isinstance(before, str):
        before = {"id": before}
    if isinstance(value, str) and isinstance(before, dict):
        same = _full_id(before.get("id")) == _full_id(value)
        values[part] = before | {"id": value} | ({} if same else {"config": {}})
    elif isinstance(value, str):
        values[part] = {"id": value}
    else:
        apply_override(values, text)


def _full_id(name: Any) -> Any:
    """What a short name stands for; a name that nobody knows stands for itself, and is refused later."""
    from wm_zoo.manager import manager

    try:
        return manager().find(name).id if isinstance(name, str) else name
    except PluginError:
        return name


def apply_override(values: dict[str, Any], text: str) -> None:
    """Put one ``a.b=c`` into the raw values of a recipe, in place; ``views.0.dims=12`` reaches into lists."""
    key, found, value = text.partition("=")
    names = [name.strip() for name in key.split(".")]
    if not found or not all(names):
        raise RecipeError(f"--set {text!r}: expected KEY=VALUE, e.g. --set train.rounds=3")
    node: Any = values
    for name in names[:-1]:
        node = _descend(node, name, text)
    _assign(node, names[-1], _toml_value(value.strip()), text)


def _toml_value(text: str) -> Any:
    """A TOML value; what is none is a string, so that ``--set evaluate.env=CarRacing-v3`` needs no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _descend(node: Any, name: str, text: str) -> Any:
    if isinstance(node, dict):
        return node.setdefault(name, {})
    if isinstance(node, list):
        return node[_position(node, name, text)]
    raise RecipeError(f"--set {text!r}: {name!r} is below a plain value, not a table")


def _assign(node: Any, name: str, value: Any, text: str) -> None:
    if isinstance(node, dict):
        node[name] = value
    elif isinstance(node, list):
        node[_position(node, name, text)] = value
    else:
        raise RecipeError(f"--set {text!r}: {name!r} is below a plain value, not a table")


def _position(node: list[Any], name: str, text: str) -> int:
    if not name.isdigit() or int(name) >= len(node):
        raise RecipeError(f"--set {text!r}: {name!r} is no position in a list of {len(node)}")
    return int(name)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not TOML: {error}") from error
    except OSError as error:
        raise RecipeError(f"{path}: cannot read this recipe: {error.strerror or error}") from error


def _validate(model: type[Any], values: Mapping[str, Any], where: str) -> Any:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise RecipeError(_one_line(where, model, error)) from error


def _one_line(where: str, model: type[BaseModel], error: ValidationError) -> str:
    from wm_zoo.configure import explain

    return explain(where, model, error)


def _check_components(recipe: Recipe, where: str) -> None:
    from wm_zoo.configure import configure
    from wm_zoo.manager import component

    for name, part in recipe.parts().items():
        found = component(part["id"])
        if found.kind != name:
            raise RecipeError(f"{where}: [{name}] id = {part['id']!r} is a component of kind {found.kind.value!r}")
        try:
            configure(found, part["config"])
        except ConfigError as error:
            raise RecipeError(f"{where}: [{name}.config] {error}") from error
