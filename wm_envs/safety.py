"""Safety-Gymnasium's convention over ours: the cost as a value of its own, third in a step of six."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

_HINT = "wm/Driving-v0 and wm/Carla-v0 give it in every step"


class SafetyWrapper:
    """An environment whose step is ``(obs, reward, cost, terminated, truncated, info)``.

    That is what Safety-Gymnasium, OmniSafe and SafePO expect. It is no `gymnasium.Wrapper` on purpose: Gymnasium's own
    wrappers and checks expect five values, so this one goes outermost.

    Args:
        env: an environment whose ``info["cost"]`` is the cost of the step.

    Every other attribute is the environment's.

    Raises:
        KeyError: at the first step, when the environment gives no cost.
    """

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        if hasattr(env, "single_action_space"):
            raise TypeError("SafetyWrapper is for single environments: use SafetyVectorWrapper for a batch")
        self.env = env

    def __getattr__(self, name: str) -> Any:
        if name == "env" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.env, name)

    def __repr__(self) -> str:
        return f"<SafetyWrapper{self.env}>"

    def __enter__(self) -> SafetyWrapper:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """The environment's own."""
        return self.env.reset(seed=seed, options=options)

    def step(self, action: Any) -> tuple[Any, float, float, bool, bool, dict[str, Any]]:
        """The environment's step with ``info["cost"]`` as the third value; the info keeps it, too."""
        obs, reward, terminated, truncated, info = self.env.step(action)
        return obs, float(reward), float(_cost(info, self.env)), terminated, truncated, info

    def render(self) -> Any:
        """The environment's own."""
        return self.env.render()

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    @property
    def unwrapped(self) -> gym.Env[Any, Any]:
        """The innermost environment."""
        return self.env.unwrapped


class SafetyVectorWrapper:
    """The same for a batch: cost float64 ``[N]``, third of six.

    In SAME_STEP mode the cost of a lane that was reset in the step is its last one (``final_info``), as its reward is.

    Args:
        env: a batch with ``infos["cost"]``.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any]) -> None:
        self.env = env
        self._same_step = env.metadata.get("autoreset_mode") is AutoresetMode.SAME_STEP

    def __getattr__(self, name: str) -> Any:
        if name == "env" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.env, name)

    def __repr__(self) -> str:
        return f"<SafetyVectorWrapper{self.env}>"

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """The batch's own."""
        return self.env.reset(seed=seed, options=options)

    def step(
        self, actions: Any
    ) -> tuple[Any, NDArray[Any], NDArray[np.float64], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """The batch's step with the costs ``[N]`` as the third value."""
        obs, rewards, terminated, truncated, infos = self.env.step(actions)
        costs = np.array(_cost(infos, self.env), np.float64)
        if self._same_step and "final_info" in infos:
            ended = terminated | truncated
            costs[ended] = np.asarray(_cost(infos["final_info"], self.env), np.float64)[ended]
        return obs, rewards, costs, terminated, truncated, infos

    def render(self) -> Any:
        """The batch's own."""
        return self.env.render()

    def close(self) -> None:
        """Close the batch."""
        self.env.close()


def _cost(info: dict[str, Any], env: Any) -> Any:
    if "cost" not in info:
        known = ", ".join(sorted(key for key in info if not key.startswith("_"))) or "nothing"
        raise KeyError(f"{env} gives no info['cost'] ({_HINT}); its info has {known}")
    return info["cost"]
