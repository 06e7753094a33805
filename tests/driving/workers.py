"""Importable from a fresh process."""

from __future__ import annotations

from typing import Any

import gymnasium as gym


def make_highway() -> gym.Env[Any, Any]:
    """By id alone: `wm_envs` is imported by Gymnasium."""
    return gym.make("wm_envs:wm/Highway-v0", sensors=["state"])
