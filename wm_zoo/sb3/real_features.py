"""A batch of the real environment through the eyes of a world: where a policy trained in a dream is tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

from wm_envs.dream import chunks
from wm_envs.dream.views import View
from wm_zoo.data.envs import final_observation
from wm_zoo.data.episode import flatten, unflatten
from wm_zoo.errors import ConfigError, WorldError, nearest
from wm_zoo.evaluation.drive import has_batch, make_batch
from wm_zoo.filtering import Belief, blank_belief, see
from wm_zoo.sb3.vec_adapter import VecAdapter
from wm_zoo.world import ComposedWorld, load_world
from wm_zoo.world_features import make_real_env, require_spaces


def make_real_vec_env(
    world: Any, n_envs: int = 1, seed: int | None = None, *, obs: str = "features", env_id: str | None = None
) -> VecEnv:
    """An SB3 `VecEnv` over the environment that a world was learned from, seen as its dreams are seen.

    Args:
        world: `ComposedWorld`, or its registry name or folder.
        n_envs: number of lanes: the native batch where there is one, else copies of the single environment.
        seed: lane i is seeded with ``seed + i`` at the first reset.
        obs: as in the dream: "features", "latent" or "pixels" (the environment's own observations).
        env_id: another environment with the same observations, such as stock ``"CarRacing-v3"``; None: the card's.

    Raises:
        WorldError: the world's card names no environment, and none was given.
        ConfigError: for another `obs`.
    """
    world = world if isinstance(world, ComposedWorld) else load_world(world)
    if n_envs < 1:
        raise ConfigError(f"n_envs={n_envs}: expected at least 1")
    batch = _real_batch(world, n_envs, env_id)
    seen = batch if obs == "pixels" else WorldFeaturesVector(batch, world, obs)
    venv: VecEnv = VecMonitor(VecAdapter(seen))
    if seed is not None:
        venv.seed(seed)
    return venv


def _real_batch(world: ComposedWorld, n: int, env_id: str | None) -> VectorEnv[Any, Any, Any]:
    """The environment's own batch in SAME_STEP mode, or a `SyncVectorEnv` of it."""
    card = dict(world.card.env)
    name = env_id or card.get("id")
    if not name:
        raise WorldError(f"world {world.card.name!r} does not say what it was learned from: pass env_id=…")
    mode = AutoresetMode.SAME_STEP
    if name == card.get("id") and has_batch(name):
        kwargs = {**card.get("kwargs", {}), "autoreset_mode": mode.value}
        envs: VectorEnv[Any, Any, Any] = make_batch(name, kwargs, n, card.get("max_episode_steps"))
        return envs
    return SyncVectorEnv([lambda: make_real_env(world, "pixels", name)] * n, autoreset_mode=mode)


class WorldFeaturesVector(VectorEnv[NDArray[Any], Any, NDArray[Any]]):
    """`wm_zoo.world_features.WorldFeatures` for a batch in SAME_STEP mode.

    Args:
        env: batch of the environment that the world was learned from.
        world: filters its observations; never changed.
        obs: "features" or "latent", as the dream that the policy was trained in.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], world: ComposedWorld, obs: str = "features") -> None:
        if obs not in ("features", "latent"):
            raise ConfigError(f"obs={obs!r}; {nearest(obs, ('features', 'latent'))}")
        require_spaces(world, env)
        self.env, self.world = env, world
        self._show = world.features if obs == "features" else world.latent
        self.num_envs, self.spec, self.metadata = env.num_envs, env.spec, dict(env.metadata)
        self.single_observation_space = View(world, obs).space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.single_action_space, self.action_space = env.single_action_space, env.action_space
        self._belief = blank_belief(world, self.num_envs)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Reset all lanes; nothing has been seen yet but their first observations."""
        obs, infos = self.env.reset(seed=seed, options=options)  # type: ignore[arg-type]
        self._belief = blank_belief(self.world, self.num_envs)
        return self._see(obs), infos

    def step(self, actions: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Step the batch and filter what it shows; ``final_obs`` of lanes that ended likewise."""
        obs, reward, terminated, truncated, infos = self.env.step(actions)
        vectors = self.world.codec.clip(self.world.codec.to_vector(np.asarray(actions))).to(self.world.device)
        self._belief = self._belief.after(vectors)
        ended = terminated | truncated
        if ended.any():
            infos = {**infos, "final_obs": self._finals(infos, obs, ended)}
            self._belief = self._belief.forget(ended, blank_belief(self.world, self.num_envs))
        return self._see(obs), reward, terminated, truncated, infos

    def render(self) -> tuple[Any, ...] | None:
        """Frames of the real environment."""
        frames: tuple[Any, ...] | None = self.env.render()
        return frames

    def close_extras(self, **kwargs: Any) -> None:
        """Close the batch."""
        self.env.close(**kwargs)

    def _finals(self, infos: dict[str, Any], obs: Any, ended: NDArray[np.bool_]) -> NDArray[Any]:
        """Features of the last observations, one array a lane that ended; the belief is left alone."""
        last = {name: array.copy() for name, array in flatten(obs).items()}
        for lane in np.flatnonzero(ended).tolist():
            for name, row in (final_observation(self.env, infos, lane) or {}).items():
                last[name][lane] = row
        before = self._belief
        features = self._see(unflatten(last))
        self._belief = before
        out = np.full(self.num_envs, None, dtype=object)
        for lane in np.flatnonzero(ended).tolist():
            out[lane] = features[lane]
        return out

    @torch.no_grad()
    def _see(self, obs: Any) -> NDArray[Any]:
        with chunks.one_thread():
            pieces = list(see(self.world, self._belief, obs))
            counts = [len(lanes) for lanes, _ in pieces]
            seen = chunks.merge([state for _, state in pieces], counts)
            shown = [self._show(state)[:count] for (_, state), count in zip(pieces, counts, strict=True)]
            self._belief = Belief(seen, self._belief.action)
            features: NDArray[Any] = torch.cat(shown).cpu().numpy()
        return features
