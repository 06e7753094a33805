"""Keeps an SB3 run in a dream honest: the same policy is tried outside, and the real return picks the checkpoint."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy


class DreamGapCallback(BaseCallback):  # type: ignore[misc]
    """Evaluate in the real environment while training in a dream.

    Logs ``real/return``, ``real/reward_per_step``, ``dream/reward_per_step`` and ``dream/gap``: dreamt minus real
    reward per step (a dream is shorter than a drive, so returns do not compare). A gap that grows while the dream
    return rises means that the policy exploits the model.

    Args:
        real_env: a `wm_zoo.world_features.WorldFeatures` (or a `VecEnv` of them) in a monitor.
        eval_freq: environment steps of training between evaluations.
        n_eval_episodes: real episodes in each.
        best_model_save_path: folder that gets ``best_model.zip``, best by the real return; None for none.
        seed: of the real environment at the beginning of every evaluation, so that they compare.
        deterministic: the policy's most likely actions.
    """

    def __init__(
        self,
        real_env: Any,
        *,
        eval_freq: int = 20_000,
        n_eval_episodes: int = 5,
        best_model_save_path: str | os.PathLike[str] | None = None,
        seed: int = 1_000,
        deterministic: bool = True,
        verbose: int = 0,
    ) -> None:
        super().__init__(verbose)
        self.real_env, self.eval_freq, self.n_eval_episodes = real_env, eval_freq, n_eval_episodes
        self.best_model_save_path, self.seed, self.deterministic = best_model_save_path, seed, deterministic
        self.best_real_return, self.history = -np.inf, list[dict[str, float]]()
        self._next = 0

    def _init_callback(self) -> None:
        self._next = self.num_timesteps + self.eval_freq

    def _on_step(self) -> bool:
        if self.num_timesteps >= self._next:
            self._next += self.eval_freq
            self._evaluate()
        return True

    def _on_training_end(self) -> None:
        if not self.history or self.history[-1]["step"] < self.num_timesteps:
            self._evaluate()

    def _evaluate(self) -> None:
        self._seed()
        returns, lengths = evaluate_policy(
            self.model, self.real_env, self.n_eval_episodes, self.deterministic, return_episode_rewards=True
        )
        real, rate = float(np.mean(returns)), float(np.sum(returns) / np.sum(lengths))
        row = {"step": float(self.num_timesteps), "real/return": real, "real/reward_per_step": rate}
        episodes = list(self.model.ep_info_buffer or ())
        if episodes:
            dreamt = float(np.sum([e["r"] for e in episodes]) / np.sum([e["l"] for e in episodes]))
            row |= {"dream/reward_per_step": dreamt, "dream/gap": dreamt - rate}
        self.history.append(row)
        for name, value in row.items():
            if name != "step":
                self.logger.record(name, value)
        if real > self.best_real_return:
            self.best_real_return = real
            if self.best_model_save_path is not None:
                folder = Path(self.best_model_save_path)
                folder.mkdir(parents=True, exist_ok=True)
                self.model.save(folder / "best_model")

    def _seed(self) -> None:
        if hasattr(self.real_env, "seed"):  # a VecEnv: takes effect at its next reset, which evaluate_policy does
            self.real_env.seed(self.seed)
        else:
            self.real_env.reset(seed=self.seed)
