"""PettingZoo's entry points, under PettingZoo's names: ``parallel_env`` and ``env``."""

from __future__ import annotations

from typing import Any

from pettingzoo.utils.conversions import parallel_to_aec

from wm_envs.multi.parallel import DrivingParallelEnv

__all__ = ["env", "parallel_env"]


def parallel_env(
    scenario: str = "intersection",
    num_agents: int = 4,
    max_cycles: int = 600,
    render_mode: str | None = None,
    **options: Any,
) -> DrivingParallelEnv:
    """A world in which all agents act at once.

    Args:
        scenario: any of ``wm/Driving-v0``.
        num_agents: cars that are driven by agents, 1 to 64; traffic comes on top.
        max_cycles: decisions after which everybody who still drives is truncated.
        render_mode: "rgb_array" (uint8 ``[480, 640, 3]``), "human" (a window) or None.
        **options: `flat`, see `DrivingParallelEnv`; all others of ``wm/Driving-v0``.
    """
    return DrivingParallelEnv(scenario, num_agents, max_cycles, render_mode, **options)


def env(**options: Any) -> Any:
    """The same world with agents that act one after the other (AEC), through PettingZoo's own conversion."""
    return parallel_to_aec(parallel_env(**options))
