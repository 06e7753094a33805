"""The real environment through the eyes of a world: what a policy trained in a dream needs to be tried outside."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray

from wm_envs.dream import chunks
from wm_envs.dream.views import View
from wm_zoo.errors import ConfigError, WorldError, nearest
from wm_zoo.filtering import Belief, blank_belief, see
from wm_zoo.observations import batch_of_one
from wm_zoo.spaces import space_form
from wm_zoo.world import ComposedWorld

_KINDS = ("features", "latent")


def make_real_env(
    world: ComposedWorld, obs: str = "features", env_id: str | None = None, **kwargs: Any
) -> gym.Env[Any, Any]:
    """The real environment that a world was learned from, seen as its dreams are seen.

    Args:
        world: whose card names the environment and its options.
        obs: as in the dream: "features", "latent" or "pixels" (the environment's own observations).
        env_id: another environment with the same observations; None: the card's. Stock ``"CarRacing-v3"`` gets the
            view and the actions of the card's options (`wm_envs.stock`).
        **kwargs: change options of the environment, e.g. ``render_mode="rgb_array"``.

    Raises:
        WorldError: the world's card names no environment, and none was given.
    """
    from wm_envs.stock import make_real

    card = dict(world.card.env)
    name = env_id or card.get("id")
    if not name:
        raise WorldError(f"world {world.card.name!r} does not say what it was learned from: pass env_id=…")
    env = make_real(str(name), card.get("id"), card.get("kwargs"), card.get("max_episode_steps"), **kwargs)
    return env if obs == "pixels" else WorldFeatures(env, world, obs)


def require_spaces(world: ComposedWorld, env: Any) -> None:
    """Raise a WorldError unless an environment has observations and actions of the form that a world was learned from.

    Args:
        world: filters the observations.
        env: a single environment, or a vector environment, whose lanes are asked.
    """
    learned = world.card.env.get("id", "its own environment")
    lane = "single_" if isinstance(env, gym.vector.VectorEnv) else ""
    for what in ("observation", "action"):
        wanted = getattr(world.spaces, what)
        have = getattr(env, f"{lane}{what}_space")
        if space_form(have) != space_form(wanted):
            raise WorldError(
                f"world {world.card.name!r} does not fit {_name(env)}: its {what} space is {have}, the world was "
                f"learned from {wanted} of {learned}; use {learned} with the options of the world's card"
            )


class WorldFeatures(gym.Wrapper[NDArray[Any], Any, NDArray[Any], Any]):
    """Real observations replaced by the features (or latents) that the same world gives in its dreams.

    Args:
        env: the environment that the world was learned from (or one with the same observations).
        world: filters its observations; never changed.
        obs: as the dream that the policy was trained in: "features" or "latent".

    The observation space equals that of ``gym.make("wm/Dream-v0", world=world, obs=obs)``, rewards and ends are real.
    """

    def __init__(self, env: gym.Env[Any, Any], world: ComposedWorld, obs: str = "features") -> None:
        super().__init__(env)
        if obs not in _KINDS:
            raise ConfigError(f"obs={obs!r}; {nearest(obs, _KINDS)} (for pixels, use the environment itself)")
        require_spaces(world, env)
        self.world, self._kind = world, obs
        self.observation_space = View(world, obs).space
        self._belief = blank_belief(world, 1)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Reset the environment; nothing has been seen yet but its first observation."""
        obs, info = self.env.reset(seed=seed, options=options)
        self._belief = blank_belief(self.world, 1)
        return self._see(obs), info

    def step(self, action: Any) -> tuple[NDArray[Any], Any, bool, bool, dict[str, Any]]:
        """Step the environment and filter what it shows."""
        obs, reward, terminated, truncated, info = self.env.step(action)
        vector = self.world.codec.to_vector(np.asarray(action)[None])
        self._belief = self._belief.after(self.world.codec.clip(vector).to(self.world.device))
        return self._see(obs), reward, terminated, truncated, info

    @torch.no_grad()
    def _see(self, obs: Any) -> NDArray[Any]:
        with chunks.one_thread():
            ((_, state),) = see(self.world, self._belief, batch_of_one(obs))
            show = self.world.features if self._kind == "features" else self.world.latent
            self._belief = Belief({name: tensor[:1].clone() for name, tensor in state.items()}, self._belief.action)
            seen: NDArray[Any] = show(state)[0].cpu().numpy()
        return seen.copy()


def _name(env: Any) -> str:
    """Id of an environment, of a `SyncVectorEnv` that of its lanes; without one, its class."""
    spec = getattr(env, "envs", [env])[0].spec
    return str(spec.id) if spec is not None else type(env.unwrapped).__name__
