"""How far a world can be trusted: replay real actions from real moments, never correct, compare by horizon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wm_zoo.api import State
from wm_zoo.data.episode import Episode
from wm_zoo.evaluation.result import EvaluationError
from wm_zoo.filtering import encode
from wm_zoo.stats import auc, spearman

Numbers = NDArray[np.float64]

HORIZONS = (1, 2, 4, 8, 16, 32, 64)
_COPIED = 4096  # start moments imagined at once


@dataclass(frozen=True)
class _Moments:
    """M real moments and what really followed, over the longest horizon H."""

    state: State  # [M, ...], filtered: everything up to this moment was seen
    action: Tensor  # float32 [M, H, A]
    reward: Numbers  # [M, H]
    ended: NDArray[np.bool_]  # [M, H], the episode truly ended in that step
    real: NDArray[np.bool_]  # [M, H], the step happened
    latent: Tensor  # float32 [M, H + 1, Z], encodings of the real frames


@torch.no_grad()
def open_loop(
    world: Any,
    episodes: Iterable[Episode],
    horizons: Sequence[int] = HORIZONS,
    *,
    burn_in: int = 5,
    stride: int = 10,
) -> dict[str, Any]:
    """Open-loop error of a world by horizon.

    The world filters each real episode; every `stride` steps after the burn-in it is let go: it imagines the most
    likely continuation under the actions that were really taken, and is compared with what really came.

    Args:
        world: a `ComposedWorld`.
        episodes: real ones that it was not trained on, with frames or latents.
        horizons: steps ahead.
        burn_in: real steps seen before the first moment, so that a recurrent state has settled.
        stride: steps between two moments.

    Returns:
        Lists beside `horizons`, None where not defined (no moment is followed by that many steps, one class only):
        ``reward_mae``, ``reward_bias``, ``reward_r2`` of the reward sum over the first h steps,
        ``reward_mae_mean`` (always predicting the mean sum), ``latent_rmse`` at step h and ``latent_rmse_still``
        (predicting no change), ``termination_auc`` of the predicted chance to have ended within h steps,
        ``uncertainty_spearman`` (rank correlation of the uncertainty summed over h steps with the latent error);
        and ``windows`` (moments), ``windows_at`` (by horizon), ``episodes``, ``burn_in``, ``stride``.

    Raises:
        EvaluationError: no episode is longer than the burn-in.
    """
    horizons = sorted({int(h) for h in horizons})
    if not horizons or horizons[0] < 1:
        raise EvaluationError(f"horizons={list(horizons)}: expected at least one number >= 1")
    table: dict[str, list[Any]] = {}
    parts, count = [], 0
    for episode in episodes:
        count += 1
        moments = _moments(world, episode, horizons[-1], burn_in, stride)
        if moments is not None:
            parts.append(_compare(world, moments))
    if not parts:
        raise EvaluationError(f"none of {count} episodes is longer than the burn-in of {burn_in} steps")
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for h in horizons:
        for name, value in _at_horizon(joined, h).items():
            table.setdefault(name, []).append(value)
    facts = {"windows": len(joined["real"]), "episodes": count, "burn_in": burn_in, "stride": stride}
    return {"horizons": horizons, **table, **facts}


def _moments(world: Any, episode: Episode, longest: int, burn_in: int, stride: int) -> _Moments | None:
    steps = len(episode)
    starts = np.arange(burn_in, steps, stride)[:_COPIED]
    if not len(starts):
        return None
    latent = _latents(world, episode)  # [T + 1, Z]
    action = torch.from_numpy(np.asarray(episode.action, np.float32)).to(latent.device)  # [T, A]
    led_by = torch.cat([torch.zeros_like(action[:1]), action])  # [T + 1, A]: nothing led to frame 0
    states = world.dynamics.sequence(world.blank(1), latent[None], led_by[None])
    index = torch.from_numpy(starts).to(latent.device)
    ahead = starts[:, None] + np.arange(longest)[None]  # [M, H]
    real = ahead < steps
    inside = np.minimum(ahead, steps - 1)
    last = np.zeros(steps, np.bool_)
    last[-1] = episode.terminated
    return _Moments(
        state={name: tensor[0, index] for name, tensor in states.items()},
        action=action[torch.from_numpy(inside).to(latent.device)],
        reward=np.asarray(episode.reward, np.float64)[inside] * real,
        ended=last[inside] & real,
        real=real,
        latent=latent[torch.from_numpy(np.minimum(np.c_[ahead, ahead[:, -1] + 1], steps)).to(latent.device)],
    )


def _latents(world: Any, episode: Episode) -> Tensor:
    if episode.obs is None:
        assert episode.latent is not None
        stored = torch.from_numpy(np.asarray(episode.latent, np.float32)).to(world.device)
        return stored.clamp(-world.latent_limit, world.latent_limit)
    return encode(world, episode.obs)


def _compare(world: Any, moments: _Moments) -> dict[str, Any]:
    """Imagined beside real: every array ``[M, H]``, row by row."""
    state, longest = moments.state, moments.action.shape[1]
    reward, ended, doubt, error, still = ([] for _ in range(5))
    for step in range(longest):
        imagined = world.imagine(state, moments.action[:, step])
        state = imagined.state
        reward.append(imagined.reward)
        ended.append(imagined.terminated)
        doubt.append(imagined.uncertainty)
        truth = moments.latent[:, step + 1]
        error.append(((world.latent(state) - truth) ** 2).mean(-1))
        still.append(((moments.latent[:, 0] - truth) ** 2).mean(-1))
    columns = {"reward": reward, "ended": ended, "doubt": doubt, "error": error, "still": still}
    imagined_arrays = {name: torch.stack(values, 1).double().cpu().numpy() for name, values in columns.items()}
    return imagined_arrays | {"real_reward": moments.reward, "real_ended": moments.ended, "real": moments.real}


def _at_horizon(rows: dict[str, Any], h: int) -> dict[str, Any]:
    """One column of the table.

    Rewards, latents and uncertainty are compared where h real steps follow. Termination is compared where they do, or
    where the episode really ended before.
    """
    real, ended = rows["real"], rows["real_ended"]
    full = real[:, h - 1]
    over = ended[:, :h].any(1)
    known = full | over
    alive = np.cumprod(1.0 - rows["ended"][:, :h], axis=1)[:, -1]
    numbers: dict[str, Any] = {
        "windows_at": int(full.sum()),
        "termination_auc": auc(over[known], 1.0 - alive[known]),
        "terminations_at": int(over.sum()),
    }
    truth = rows["real_reward"][full, :h].sum(1)
    guess = rows["reward"][full, :h].sum(1)
    errors = rows["error"][full, h - 1]
    if not len(truth):
        return numbers | dict.fromkeys(_DEFINED)
    variance = float(truth.var())
    return numbers | {
        "reward_mae": float(np.abs(guess - truth).mean()),
        "reward_mae_mean": float(np.abs(truth - truth.mean()).mean()),
        "reward_bias": float((guess - truth).mean()),
        "reward_r2": 1.0 - float(((guess - truth) ** 2).mean()) / variance if variance > 0 else None,
        "latent_rmse": float(np.sqrt(errors.mean())),
        "latent_rmse_still": float(np.sqrt(rows["still"][full, h - 1].mean())),
        "uncertainty_spearman": spearman(rows["doubt"][full, :h].sum(1), errors),
    }


_DEFINED = (
    "reward_mae",
    "reward_mae_mean",
    "reward_bias",
    "reward_r2",
    "latent_rmse",
    "latent_rmse_still",
    "uncertainty_spearman",
)
