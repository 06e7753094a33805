"""Honest evaluation: real returns on named seeds, baselines, dream returns, open-loop error. See docs/evaluation.md."""

from wm_zoo.evaluation.agent import evaluate_agent, evaluate_baselines
from wm_zoo.evaluation.dream import dream_returns, gap
from wm_zoo.evaluation.full import evaluate_recipe
from wm_zoo.evaluation.open_loop import HORIZONS, open_loop
from wm_zoo.evaluation.record import record_episodes
from wm_zoo.evaluation.result import EvalResult, EvaluationError, describe_seeds, named_seeds

__all__ = [
    "HORIZONS",
    "EvalResult",
    "EvaluationError",
    "describe_seeds",
    "dream_returns",
    "evaluate_agent",
    "evaluate_baselines",
    "evaluate_recipe",
    "gap",
    "named_seeds",
    "open_loop",
    "record_episodes",
]
