"""The real side: an environment, and with a world what the world makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from wm_zoo.play.pictures import Picture, picture_of

if TYPE_CHECKING:
    import gymnasium as gym

    from wm_envs.dream.filter import Filter


@dataclass(frozen=True)
class Outcome:
    """What one decision brought on one side.

    Attributes:
        reward: environment units.
        terminated: the episode ended.
        truncated: it was cut.
        uncertainty: of the world about this step, or None without a world.
        info: of the environment; numbers are logged.
    """

    reward: float
    terminated: bool
    truncated: bool
    uncertainty: float | None = None
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing can follow."""
        return self.terminated or self.truncated


class RealSide:
    """One real environment.

    Args:
        env: a single environment with ``render_mode="rgb_array"``.
        follow: filters what the environment shows, or None: nobody will dream.

    Attributes:
        obs: what the environment showed last.
        ended: the episode is over; it must be reset before the next step.
    """

    def __init__(self, env: gym.Env[Any, Any], follow: Filter | None = None) -> None:
        self.env, self.filter = env, follow
        self.obs: Any = None
        self.ended = True

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self.obs, _ = self.env.reset(seed=seed)
        self.ended = False
        if self.filter is not None:
            self.filter.begin(self.obs)

    def step(self, action: Any) -> Outcome:
        """Do one decision, and let the world see what came of it."""
        uncertainty = self._uncertainty(action)
        self.obs, reward, terminated, truncated, info = self.env.step(action)
        if self.filter is not None:
            self.filter.advance(action, self.obs)
        self.ended = bool(terminated or truncated)
        return Outcome(float(reward), bool(terminated), bool(truncated), uncertainty, info)

    def seen(self) -> Picture | None:
        """What the model sees: the picture in the observation, if there is one."""
        return picture_of(self.obs)

    def rendered(self) -> Picture | None:
        """What people see."""
        frame = self.env.render()
        return None if frame is None else np.asarray(frame, np.uint8)

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def _uncertainty(self, action: Any) -> float | None:
        """How unsure the world is of the step that is about to be done, from what it has filtered so far."""
        return None if self.filter is None else self.filter.uncertainty(action)
