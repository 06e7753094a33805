"""Synthetic run folders: as a finished run leaves them, without any model."""

import json

import numpy as np
import pytest

from wm_zoo.evaluation.dream import gap
from wm_zoo.evaluation.result import EvalResult
from wm_zoo.stats import episode_summary

RECIPE = """schema = 1
name = "quickstart"
seed = 3

[env]
id = "wm/CarRacing-v0"
max_episode_steps = 250

[env.kwargs]
obs_size = 64
frame_skip = 4
actions = "accel"
"""


def result(label, mean, n, seed=0, env="wm/CarRacing-v0"):
    kwargs = {"frame_skip": 4}
    rng = np.random.default_rng(seed)
    returns = tuple(np.minimum(rng.normal(mean, 60, n), 940).tolist())
    ended = tuple(bool(value > 800) for value in returns)
    return EvalResult(label, env, kwargs, "1.4.0", tuple(range(200_000, 200_000 + n)), returns, (250,) * n, ended, 250)


def done(folder, name, number, numbers, seconds):
    folder.mkdir(parents=True)
    record = {"stage": name, "round": number, "outputs": {}, "numbers": numbers, "wall_seconds": seconds}
    (folder / "done.json").write_text(json.dumps(record))


def finished_run(folder, rounds=6):
    folder.mkdir(exist_ok=True)
    (folder / "recipe.toml").write_text(RECIPE)
    machine = {"system": "Linux", "cores": 2, "gpu": None}
    versions = {"torch": "2.13.0", "gymnasium": "1.4.0"}
    (folder / "run.json").write_text(json.dumps({"seed": 3, "git": "abc123", "versions": versions, "machine": machine}))
    (folder / "metrics.jsonl").write_text('{"stage": "dynamics", "round": 0, "update": 1, "loss": 1.0}\n' * 3)
    for k in range(rounds):
        real = 860 - 600 * 0.6**k
        numbers = {"mean": real, "std": 200 - 15 * k, "dream_mean": real + 80, "real_decisions": 12_000 * (k + 3)}
        done(folder / "rounds" / f"{k:02d}" / "collect", "collect", k, {"decisions": 12_000}, 9.0)
        done(folder / "rounds" / f"{k:02d}" / "dynamics", "dynamics", k, {}, 30.0)
        done(folder / "rounds" / f"{k:02d}" / "controller", "controller", k, {}, 24.0)
        done(folder / "rounds" / f"{k:02d}" / "validate", "validate", k, numbers, 4.0)
    (folder / "results.json").write_text(json.dumps(results()))
    return folder


def results():
    rows = {
        "real": result("agent on stock CarRacing-v3", 855, 20, 1, "CarRacing-v3"),
        "native": result("agent on wm/CarRacing-v0", 860, 100, 2),
        "random": result("random policy (wm/CarRacing-v0)", -33, 100, 3),
        "constant": result("constant throttle (wm/CarRacing-v0)", 20, 100, 4),
    }
    dreamt = np.random.default_rng(5).normal(905, 30, 64).tolist()
    horizons = [1, 2, 4, 8, 16, 32, 64]
    rise = [h**0.5 for h in horizons]
    return {
        "schema": 1,
        "rows": {name: row.to_json() for name, row in rows.items()},
        "dream": {"label": "agent in its own dream", "returns": dreamt, "summary": episode_summary(dreamt)},
        "gap": gap(dreamt, rows["real"].returns),
        "open_loop": {
            "horizons": horizons,
            "reward_mae": [0.5 * value for value in rise],
            "reward_mae_mean": [1.4 * value for value in rise],
            "reward_bias": [0.02 * value for value in rise],
            "reward_r2": [0.6, 0.7, 0.75, 0.8, 0.7, 0.6, 0.4],
            "latent_rmse": [0.2 * value for value in rise],
            "latent_rmse_still": [0.4 + 0.15 * value for value in rise],
            "termination_auc": [None, None, 0.9, 0.88, 0.86, 0.8, 0.7],
            "uncertainty_spearman": [0.5, 0.5, 0.45, 0.4, 0.4, 0.3, 0.2],
            "windows_at": [500, 490, 480, 460, 400, 300, 200],
            "windows": 500,
            "episodes": 24,
        },
        "selection": {"keep": "best", "seeds": list(range(100_000, 100_032))},
    }


@pytest.fixture
def run(tmp_path):
    """A finished run."""
    return finished_run(tmp_path / "run")
