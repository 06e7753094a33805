"""Stage `validate`: the agent on real episodes with seeds of their own. This, and not the dream, chooses the agent."""

from __future__ import annotations

from typing import Any

from wm_zoo import atomic
from wm_zoo.evaluation.agent import evaluate_agent
from wm_zoo.evaluation.dream import dream_returns
from wm_zoo.recipe import Recipe
from wm_zoo.run import StageFolder
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Monitor, report
from wm_zoo.train.stages.outcome import Outcome

DREAMS = 32


def run(assembly: Assembly, stage: StageFolder, monitor: Monitor) -> Outcome:
    """Drive the validation episodes, and as many dreams; also written as ``rounds/NN/validate.json``."""
    recipe, k = assembly.recipe, stage.round
    agent = assembly.agent(k)
    config = recipe.validation
    seeds = tuple(range(config.first_seed, config.first_seed + config.episodes))
    result = evaluate_agent(
        agent,
        recipe.env.id,
        recipe.env.kwargs,
        seeds,
        max_episode_steps=recipe.env.max_episode_steps,
        progress=lambda done, total, _mean: report(monitor, stage, done, total),
    )
    driver = agent.controller or agent.planner
    assert driver is not None
    dream = dream_returns(agent.world, driver, seeds=range(DREAMS), horizon=dream_horizon(recipe, max(result.lengths)))
    real = result.summary()
    numbers: dict[str, Any] = {
        "mean": real["mean"],
        "std": real["std"],
        "dream_mean": dream["summary"]["mean"],
        "dream_minus_real": dream["summary"]["mean"] - real["mean"],
        "mean_length": sum(result.lengths) / len(result.lengths),
        "real_decisions": assembly.run.real_decisions(k),
        "returns": list(result.returns),
        "seeds": list(result.seeds),
    }
    atomic.write_json(stage.file("validation.json"), result.to_json())
    return Outcome(numbers)


def dream_horizon(recipe: Recipe, longest: int) -> int:
    """Steps of a whole dreamt episode: the recipe's, else the time limit, else the longest real episode."""
    return recipe.evaluate.dream_horizon or recipe.env.max_episode_steps or longest
