"""Keeps an SB3 run in a dream honest: the same policy is tried outside, and the real return picks the checkpoint."""

from __future__ import annotations

import copy
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecEnv

from wm_zoo.errors import ConfigError
from wm_zoo.sb3.real_features import make_real_vec_env
from wm_zoo.sb3.same_view import observation_statistics, same_view
from wm_zoo.sb3.vec_adapter import make_vec_env
from wm_zoo.world import ComposedWorld, load_world

FIRST_SEED = 100_000
"""Validation tracks; tests use others (design: validation and test apart)."""


class RealEvalCallback(BaseCallback):  # type: ignore[misc]
    """Evaluate in the real environment while training in a dream.

    Logs ``real/return`` and ``dream/return``, both of whole episodes from the beginning with the same policy, and
    ``dream/gap``, the second minus the first: a gap that grows means that the policy lives on the model's errors.
    Works for every algorithm with SB3's `predict`: on-policy, off-policy, recurrent. Where the training environment
    normalises observations (`VecNormalize`), real and dream show them with its statistics.

    Args:
        world: what is dreamt in: `ComposedWorld`, or its registry name or folder.
        eval_freq: dreamt steps between two evaluations.
        n_eval_episodes: real episodes in each, on seeds ``seed, seed + 1, …``, all lanes at once.
        best_model_save_path: folder that gets ``best_model.zip``, best by the real return, and ``vecnormalize.pkl``
            where observations are normalised; None keeps the best in memory.
        restore_best: at the end of training the model gets the weights of its best evaluation.
        patience: evaluations in a row without a better real return after which training stops; None: never.
        max_gap: training stops when dream minus real return exceeds this after the best evaluation; None: never.
        env_id: evaluate in another environment, such as stock ``"CarRacing-v3"`` (slower).
        real_env: a `VecEnv` to evaluate in instead of the one that the world's card names; closed by its owner.
        obs: as in the dream: "features", "latent" or "pixels".
        seed: first seed of the evaluations.
        deterministic: the policy's most likely actions.
        dream_episodes: dreams for ``dream/return``; 0 for none.
        dream_horizon: steps of those; None: the real environment's time limit, or 1000 if the card names none.
        verbose: 1 prints a line for each evaluation.

    Attributes:
        history: a dict for every evaluation: step, real/return, real/std, dream/return, dream/gap.
        best_real_return: the best mean so far.
        best_step: when it was.
        stopped: why training was stopped early; "" if it was not.

    Raises:
        ConfigError: a number out of range; when training begins: the real environment shows the policy something
            else than the dream does.
    """

    def __init__(  # noqa: PLR0913 (keywords of a callback)
        self,
        world: Any,
        *,
        eval_freq: int = 20_000,
        n_eval_episodes: int = 16,
        best_model_save_path: str | os.PathLike[str] | None = None,
        restore_best: bool = True,
        patience: int | None = None,
        max_gap: float | None = None,
        env_id: str | None = None,
        real_env: VecEnv | None = None,
        obs: str = "features",
        seed: int = FIRST_SEED,
        deterministic: bool = True,
        dream_episodes: int = 16,
        dream_horizon: int | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(verbose)
        for name, value, least in (("eval_freq", eval_freq, 1), ("n_eval_episodes", n_eval_episodes, 1)):
            if value < least:
                raise ConfigError(f"{name}={value}: expected at least {least}")
        self.world = world if isinstance(world, ComposedWorld) else load_world(world)
        self.eval_freq, self.n_eval_episodes, self.seed = eval_freq, n_eval_episodes, seed
        self.folder = None if best_model_save_path is None else Path(best_model_save_path)
        self.restore_best, self.patience, self.max_gap = restore_best, patience, max_gap
        self.env_id, self.obs, self.deterministic, self.dream_episodes = env_id, obs, deterministic, dream_episodes
        self.best_real_return, self.best_step, self.stopped = -np.inf, 0, ""
        self.history: list[dict[str, float]] = []
        self._best: tuple[dict[str, Any], Any] | None = None  # parameters, statistics of observations
        self._next = 0
        self._given, self._horizon = real_env, dream_horizon
        self._real: VecEnv | None = None
        self._dream: VecEnv | None = None

    def _init_callback(self) -> None:
        real = self._given or make_real_vec_env(self.world, self.n_eval_episodes, obs=self.obs, env_id=self.env_id)
        self._real = same_view(real, self.training_env, "the real environment")
        if self.dream_episodes:
            horizon = int(self._horizon or self.world.card.env.get("max_episode_steps") or 1000)
            dream = make_vec_env(
                "wm/Dream-v0", self.dream_episodes, world=self.world, obs=self.obs, start="episode", horizon=horizon
            )
            self._dream = same_view(dream, self.training_env, "the dream of the evaluations")

    def _on_training_start(self) -> None:
        if self.num_timesteps == 0:  # else `learn` goes on where it was, and so do we
            self.best_real_return, self.best_step, self.history, self._best = -np.inf, 0, [], None
        self.stopped = ""
        self._next = self.num_timesteps + self.eval_freq

    def _on_step(self) -> bool:
        if self.num_timesteps < self._next:
            return True
        self._next += self.eval_freq
        self._evaluate()
        return not self.stopped

    def _on_training_end(self) -> None:
        if self._real is None:  # rl-zoo3 says it twice
            return
        if not self.history or self.history[-1]["step"] < self.num_timesteps:
            self._evaluate()
        if self.restore_best and self._best is not None:
            self._restore(*self._best)
        for env in (self._real if self._given is None else None, self._dream):
            if env is not None:
                env.close()
        self._real = self._dream = None

    def _evaluate(self) -> None:
        returns = self._returns(self._real, self.n_eval_episodes)
        real = float(np.mean(returns))
        row = {"step": float(self.num_timesteps), "real/return": real, "real/std": float(np.std(returns))}
        if self._dream is not None:
            dream = float(np.mean(self._returns(self._dream, self.dream_episodes)))
            row |= {"dream/return": dream, "dream/gap": dream - real}
        self.history.append(row)
        for name, value in row.items():
            if name != "step":
                self.logger.record(name, value)
        self.logger.dump(self.num_timesteps)  # as SB3's own EvalCallback: the next evaluation would overwrite them
        if self.verbose:
            sys.stdout.write(", ".join(f"{name} {value:.0f}" for name, value in row.items()) + "\n")
            sys.stdout.flush()
        if real > self.best_real_return:
            self._keep(real)
        self._judge(row)

    def _returns(self, env: VecEnv | None, episodes: int) -> list[float]:
        assert env is not None
        env.seed(self.seed)  # takes effect at the next reset, which evaluate_policy does
        returns, _ = evaluate_policy(self.model, env, episodes, self.deterministic, return_episode_rewards=True)
        return [float(one) for one in returns]

    def _keep(self, real: float) -> None:
        self.best_real_return, self.best_step = real, self.num_timesteps
        statistics = observation_statistics(self.training_env)
        seen = None if statistics is None else statistics.obs_rms
        self._best = copy.deepcopy((self.model.get_parameters(), seen))  # training goes on in the originals
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.model.save(self.folder / "best_model")
            if statistics is not None:
                statistics.save(str(self.folder / "vecnormalize.pkl"))

    def _restore(self, parameters: dict[str, Any], seen: Any) -> None:
        self.model.set_parameters(parameters)
        statistics = observation_statistics(self.training_env)
        if statistics is not None:
            statistics.obs_rms = seen

    def _judge(self, row: dict[str, float]) -> None:
        since = sum(1 for one in self.history if one["step"] > self.best_step)
        if self.patience is not None and since >= self.patience:
            self.stopped = f"no better real return in {since} evaluations"
        gap = row.get("dream/gap", 0.0)
        if self.max_gap is not None and since and gap > self.max_gap:
            self.stopped = f"the dream pays {gap:.0f} more than the real environment"
