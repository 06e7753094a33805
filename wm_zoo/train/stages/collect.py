"""Stage `collect`: real episodes, driven at random in round 0 and by the last round's agent later."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from wm_zoo.api import Encoder
from wm_zoo.data.collect import Collected, collect
from wm_zoo.data.correlated import CorrelatedRandomPolicy
from wm_zoo.data.episode import Episode
from wm_zoo.data.meta import DatasetMeta
from wm_zoo.data.noisy import NoisyPolicy
from wm_zoo.data.policies import BatchPolicy, RandomPolicy
from wm_zoo.data.progress import Progress
from wm_zoo.data.writer import DatasetWriter
from wm_zoo.observations import fields_of, observation, pieces
from wm_zoo.recipe import CollectPolicy, Recipe
from wm_zoo.run import StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor, report
from wm_zoo.train.seeding import stage_seed
from wm_zoo.train.stages.outcome import Outcome

ENCODE_AT_ONCE = 256


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Write the dataset ``data/NN``: frames in round 0, later only latents unless ``keep_frames = "all"``."""
    recipe, k = assembly.recipe, stage.round
    policy = _first_policy(recipe.collect.first.policy, assembly) if k == 0 else _agent_policy(assembly, k)
    batches = range(1) if k or recipe.collects_more else range(recipe.collect.first.batches)
    return collect_batches(assembly, stage, monitor, policy, batches)


def run_more(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """The other random batches of round 0, ``data/00-more``: the encoder has learned, so that no frame is written."""
    policy = _first_policy(assembly.recipe.collect.first.policy, assembly)
    return collect_batches(assembly, stage, monitor, policy, range(1, assembly.recipe.collect.first.batches))


def collect_batches(
    assembly: Assembly, stage: StageFolder, monitor: Monitor, policy: BatchPolicy, batches: range
) -> Outcome:
    """Run all lanes once for each batch; a batch is the same whichever stage collects it."""
    recipe, k = assembly.recipe, stage.round
    more = stage.name == "collect_more"
    folder = assembly.run.data(k, more=more)
    shutil.rmtree(folder, ignore_errors=True)  # of an interrupted attempt: it would come out the same
    meta = DatasetMeta(
        recipe.env.id, assembly.spaces, recipe.env.kwargs, policy.name, stage_seed(recipe.seed, "collect", k)
    )
    writer = DatasetWriter(folder, meta)
    collected: list[Collected] = []
    for batch in batches:
        collected.append(
            collect(
                recipe.env.id,
                recipe.env.kwargs,
                policy,
                lanes=recipe.collect.lanes,
                seed=stage_seed(recipe.seed, f"collect {batch}", k),
                steps_per_lane=recipe.collect.steps if k else recipe.collect.first.steps,
                max_episode_steps=_longest(recipe, k),
                idle_limit=recipe.collect.idle_limit if k else None,
                transform=_transform(assembly) if k or more else None,
                writer=writer,
                round=k,
                progress=functools.partial(_report, stage, monitor, len(collected), len(batches)),
            )
        )
    return Outcome(_numbers(collected))


def _first_policy(config: CollectPolicy, assembly: Assembly) -> BatchPolicy:
    space = assembly.spaces.action
    if config.kind == "random":
        return RandomPolicy(space)
    values = config.model_dump(exclude={"kind"})
    return CorrelatedRandomPolicy(space, **values)


def _agent_policy(assembly: Assembly, k: int) -> BatchPolicy:
    collecting = assembly.recipe.collect
    agent = assembly.agent(k - 1).batch(deterministic=collecting.deterministic)
    source = collecting.first.policy.model_copy(update={"rho": collecting.noise.rho})
    noise = _first_policy(source, assembly)
    space = assembly.spaces.action
    return NoisyPolicy(agent, space, lanes=collecting.noise.fraction, most=collecting.noise.most, noise=noise)


def _longest(recipe: Recipe, k: int) -> int | None:
    """Decisions after which an episode is cut: the smallest limit that applies to round k."""
    limits = [recipe.env.max_episode_steps]
    if k == 0:
        limits.append(recipe.collect.first.max_episode_steps)
    elif k <= recipe.collect.short_rounds:
        limits.append(recipe.collect.max_episode_steps)
    return min((limit for limit in limits if limit is not None), default=None)


def _transform(assembly: Assembly) -> Callable[[Episode], Episode]:
    """Encode finished episodes in memory."""
    keep = assembly.recipe.collect.keep_frames == "all"
    return functools.partial(_encode, assembly.encoder(), keep)


@torch.no_grad()
def _encode(encoder: Encoder, keep_frames: bool, episode: Episode) -> Episode:
    frames = observation(fields_of(episode.obs))
    latent = torch.cat([encoder.encode(part) for part in pieces(frames, ENCODE_AT_ONCE)]).half().numpy()
    if not keep_frames:
        return episode.without_obs(latent)
    return Episode(**{**vars(episode), "latent": latent})


def _report(stage: StageFolder, monitor: Monitor, batch: int, batches: int, now: Progress) -> None:
    report(monitor, stage, batch + now.done / now.total, batches)


def _numbers(collected: list[Collected]) -> dict[str, Any]:
    lengths = [length for part in collected for length in part.lengths]
    returns = [value for part in collected for value in part.returns]
    return {
        "episodes": len(lengths),
        "decisions": sum(lengths),
        "mean_return": float(np.mean(returns)),
        "mean_length": float(np.mean(lengths)),
    }
