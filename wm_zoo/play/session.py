"""One drive: real or dreamt, and back, without losing the moment.

A dream begins at the filtered state of the present real moment. Waking up, the real environment goes on where it was
left, because it cannot be put into a state that was dreamt. Comparing, both are given the same actions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wm_zoo.play.dream import DreamSide
from wm_zoo.play.pictures import Picture
from wm_zoo.play.real import Outcome, RealSide

REAL, DREAM = "real", "dream"


@dataclass
class Score:
    """What one side has brought since its episode (or its dream) began."""

    steps: int = 0
    total: float = 0.0
    last: Outcome | None = None

    def add(self, outcome: Outcome) -> None:
        """Count one step."""
        self.steps, self.total, self.last = self.steps + 1, self.total + outcome.reward, outcome


@dataclass
class Session:
    """The state of a drive. Call `reset` before anything else.

    Attributes:
        real: the real side, or None for a world whose environment cannot be had.
        dream: the dreamt side, or None without a world. At least one of the two is there.
        seed: of the first episode; episode k has seed + k.
        mode: "real" or "dream": the side that is driven, scored and recorded.
        comparing: both sides are stepped, with the same actions.
        people: show the real side as people see it, not as the model does.
        episode: number of the present episode, from 0.
        scores: by mode.
    """

    real: RealSide | None
    dream: DreamSide | None
    seed: int
    mode: str = REAL
    comparing: bool = False
    people: bool = False
    episode: int = -1
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def side(self) -> RealSide | DreamSide:
        """The side that is driven."""
        side = self.real if self.mode == REAL else self.dream
        assert side is not None
        return side

    @property
    def score(self) -> Score:
        """Of the side that is driven."""
        return self.scores[self.mode]

    @property
    def episode_seed(self) -> int:
        """Seed of the present episode."""
        return self.seed + self.episode

    def reset(self) -> None:
        """A new real episode. A dream begins at a stored real moment, as wm/Dream-v0 does; beside reality, with it."""
        self.episode += 1
        self.scores = {REAL: Score(), DREAM: Score()}
        if self.real is not None:
            self.real.reset(self.episode_seed)
        if self.dream is None:
            return
        if self.comparing or (self.real is not None and self.dream.world.starts is None):
            self.dream.seed(self.episode_seed)
            self._fall_asleep()
        elif self.mode == DREAM:
            self.dream.begin_stored(self.episode_seed)
        else:
            self.dream.seed(self.episode_seed)

    def step(self, action: Any) -> Outcome:
        """One decision of the side that is driven, and of the other one too while comparing."""
        if self.comparing:
            other = self.dream if self.mode == REAL else self.real
            if other is not None and not other.ended:
                self.scores[DREAM if self.mode == REAL else REAL].add(other.step(action))
        outcome = self.side.step(action)
        self.score.add(outcome)
        return outcome

    def toggle(self) -> str:
        """Fall asleep, or wake up; returns words for the screen."""
        if self.dream is None:
            return "nothing to dream in: start with --world RUN"
        if self.real is None:
            return "this world does not say which real environment it was learned from"
        if self.mode == DREAM:
            self.mode = REAL
            return "awake: reality goes on where it was left"
        if self.real.ended:
            return "the real episode is over: reset first"
        self.mode = DREAM
        self._fall_asleep()
        return "dreaming from this moment"

    def compare(self) -> str:
        """Both sides, or one again; returns words for the screen."""
        if self.dream is None or self.real is None:
            return "comparing needs a world and its real environment"
        if not self.comparing and self.real.ended:
            return "the real episode is over: reset first"
        self.comparing = not self.comparing
        if not self.comparing:
            return "one picture"
        self._fall_asleep()
        return "real beside dream, from the present real moment"

    def pictures(self) -> list[tuple[str, Picture | None]]:
        """Sides to show, real first: their names and uint8 ``[H, W, 3]``."""
        shown = []
        for name, side in ((REAL, self.real), (DREAM, self.dream)):
            if side is not None and (self.comparing or name == self.mode):
                shown.append((name, self._picture(side)))
        return shown

    def close(self) -> None:
        """Close the real environment."""
        if self.real is not None:
            self.real.close()

    def _picture(self, side: RealSide | DreamSide) -> Picture | None:
        if isinstance(side, DreamSide):
            return side.seen()
        picture = None if self.people else side.seen()
        return side.rendered() if picture is None else picture

    def _fall_asleep(self) -> None:
        assert self.real is not None
        assert self.real.filter is not None
        assert self.dream is not None
        self.scores[DREAM] = Score()
        self.dream.begin(self.real.filter.state)
