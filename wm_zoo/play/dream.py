"""The dreamt side: one lane of a world, with the options of wm/Dream-v0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wm_envs.dream.core import DreamCore
from wm_envs.dream.filter import begin_at
from wm_zoo.play.pictures import Picture, picture_of
from wm_zoo.play.real import Outcome

if TYPE_CHECKING:
    from torch import Tensor

    from wm_envs.dream.options import DreamOptions

_LANE = np.array([0])
HOTTEST = 4.0


class DreamSide:
    """A dream that can begin at any real moment.

    Args:
        world: what is dreamt in.
        options: of the dream; its temperature is where `temperature` begins.

    Attributes:
        obs: the decoded observation.
        ended: the episode is over; a new dream must begin.
    """

    def __init__(self, world: Any, options: DreamOptions) -> None:
        self.world = world
        self._core = DreamCore(world, 1, options, [0])
        self.obs: Any = None
        self.ended = True

    @property
    def temperature(self) -> float:
        """Spread of the sampled future; 0 takes the most likely one."""
        return self._core.options.temperature

    @temperature.setter
    def temperature(self, value: float) -> None:
        """The same dream goes on, in a core with other options: a core may compile them into its step."""
        old = self._core
        options = replace(old.options, temperature=round(min(max(value, 0.0), HOTTEST), 3))
        self._core = DreamCore(self.world, 1, options, [0])
        self._core.noise.set_state(old.noise.get_state())
        if old.alive[0]:
            begin_at(self._core, old.state)
            self._core.steps[:] = old.steps

    def seed(self, seed: int) -> None:
        """Begin the noise anew."""
        self._core.noise.reseed([0], [seed])

    def begin(self, state: Mapping[str, Tensor]) -> None:
        """Dream from a real moment that was filtered, tensors ``[1, ...]``."""
        begin_at(self._core, state)
        self._look()

    def begin_stored(self, seed: int) -> None:
        """Dream from one of the world's stored real moments: what ``reset(seed=seed)`` of wm/Dream-v0 does."""
        self._core.reset(_LANE, [seed])
        self._look()

    def step(self, action: Any) -> Outcome:
        """Imagine one decision."""
        got = self._core.step(_LANE, np.asarray(action)[None])
        self._look()
        terminated, truncated = bool(got.terminated[0]), bool(got.truncated[0])
        self.ended = terminated or truncated
        info = {"invalid": True} if got.invalid[0] else {}
        return Outcome(float(got.reward[0]), terminated, truncated, float(got.uncertainty[0]), info)

    def seen(self) -> Picture | None:
        """The dream as a picture."""
        return picture_of(self.obs)

    def _look(self) -> None:
        self.obs, self.ended = self._core.decode(_LANE)[0], False
