"""Whether an agent that is going to be trained could act in the environment that its score is measured in."""

from __future__ import annotations

import gymnasium as gym

from wm_envs.stock import NATIVE_ID, STOCK_ID, make_real
from wm_zoo.api.types import Spaces
from wm_zoo.data.envs import env_spaces
from wm_zoo.errors import RecipeError, WMError
from wm_zoo.recipe import Recipe
from wm_zoo.spaces import space_form


def check_evaluation(recipe: Recipe, spaces: Spaces) -> None:
    """Compare the environment of `[evaluate]` with that of `[env]`, before hours are spent on training.

    Args:
        recipe: its `[env]` and `[evaluate]`; without episodes there, nothing is compared.
        spaces: of the environment that is learned from.

    Raises:
        RecipeError: `evaluate.env` cannot be made, or its observations or actions have another form.
    """
    settings = recipe.evaluate
    if not settings.episodes or (settings.env == recipe.env.id and not settings.kwargs):
        return
    given = f"[evaluate] env = {settings.env!r}"
    try:
        found = _spaces(recipe)
    except (WMError, TypeError, ValueError, ImportError, gym.error.Error) as error:
        raise RecipeError(f"{given}: {error}") from error
    for what in ("observation", "action"):
        have, wanted = getattr(found, what), getattr(spaces, what)
        if space_form(have) != space_form(wanted):
            raise RecipeError(
                f"{given}: its {what} space is {have}, and the agent learns from {wanted} of {recipe.env.id}; "
                f"set evaluate.env = {recipe.env.id!r}, or evaluate.kwargs so that they agree, or evaluate.episodes = 0"
            )


def _spaces(recipe: Recipe) -> Spaces:
    """Spaces of the environment as the evaluation makes it."""
    settings, learned = recipe.evaluate, recipe.env
    if (settings.env, learned.id) == (STOCK_ID, NATIVE_ID):
        env = make_real(settings.env, learned.id, learned.kwargs, learned.max_episode_steps, **settings.kwargs)
        try:
            return Spaces(env.observation_space, env.action_space)
        finally:
            env.close()
    own = learned.kwargs if settings.env == learned.id else {}
    return env_spaces(settings.env, {**own, **settings.kwargs})
