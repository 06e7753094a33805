"""What one can ask of CarRacing: checked once, with the nearest valid word in every error."""

from __future__ import annotations

import math
import secrets
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from wm_envs import _native
from wm_envs.arguments import flag, one_of, reject_unknown, reject_unknown_reset_options

_CHOICES: dict[str, tuple[Any, ...]] = {
    "obs_size": (96, 64),
    "painter": ("fast", "exact"),
    "actions": ("pedals", "accel"),
}
_FLAGS = ("domain_randomize", "continuous", "grayscale", "verbose")
_RESET_OPTIONS = ("randomize",)


@dataclass(frozen=True)
class CarRacingOptions:
    """Options of CarRacing; every one is a keyword of ``gym.make("wm/CarRacing-v0", …)``.

    Attributes:
        lap_complete_percent: as in stock; looked at only when tile 0 is visited for the first time, which is in reset.
        domain_randomize: new colours of road, background and grass at every reset.
        continuous: False takes the integers 0 nothing, 1 right, 2 left, 3 gas, 4 brake.
        obs_size: side of the observation in pixels, 96 or 64 (an area resize of the 96x96 picture).
        frame_skip: physics frames per step; the action is repeated, rewards are summed, only the last frame is drawn.
        grayscale: observation ``[H, W]``, 0.2125 r + 0.7154 g + 0.0721 b as gymnasium's GrayscaleObservation has it.
        painter: "fast", 4x4 supersampled, within 0.12 of 255 of stock on average; "exact", every byte as stock
            (needs pygame-ce for the score's font; a tenth of the speed).
        actions: "pedals" is stock's steer [-1, 1], gas [0, 1], brake [0, 1]; "accel" is steer and accel in [-1, 1] with
            gas = max(accel, 0) and brake = 0.8 max(-accel, 0).
        verbose: a line to stdout for every new track, as stock writes.
    """

    lap_complete_percent: float = 0.95
    domain_randomize: bool = False
    continuous: bool = True
    obs_size: int = 96
    frame_skip: int = 1
    grayscale: bool = False
    painter: str = "fast"
    actions: str = "pedals"
    verbose: bool = False

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            one_of(name, getattr(self, name), choices)
        for name in _FLAGS:
            flag(name, getattr(self, name))
        if not isinstance(self.frame_skip, int) or isinstance(self.frame_skip, bool) or self.frame_skip < 1:
            raise ValueError(f"frame_skip={self.frame_skip!r}: expected a whole number of frames >= 1")
        if not isinstance(self.lap_complete_percent, (int, float)) or not math.isfinite(self.lap_complete_percent):
            raise ValueError(f"lap_complete_percent={self.lap_complete_percent!r}: expected a finite number")
        if not self.continuous and self.actions != "pedals":
            raise ValueError(f"actions={self.actions!r} is for continuous actions; with continuous=False leave it out")

    @property
    def obs_shape(self) -> tuple[int, ...]:
        """Shape of one observation: ``(H, W, 3)``, or ``(H, W)`` in grey."""
        return (self.obs_size, self.obs_size) if self.grayscale else (self.obs_size, self.obs_size, 3)

    def announce(self, tiles: Iterable[int]) -> None:
        """With `verbose`, say how long the new tracks are."""
        if self.verbose:
            sys.stdout.writelines(f"Track generation: {count}-tiles track\n" for count in tiles)

    def native(self, num_envs: int, num_threads: int, max_episode_steps: int, autoreset: str) -> _native.CarRacingBatch:
        """A batch with these options, seeded from the system's entropy until it is seeded explicitly."""
        scores = None
        if self.painter == "exact":
            from wm_envs.car_racing.score_text import score_table

            scores = score_table()
        return _native.CarRacingBatch(
            num_envs=num_envs,
            num_threads=num_threads,
            entropy=[secrets.randbits(32) for _ in range(4)],
            actions=self.actions if self.continuous else "discrete",
            lap_complete_percent=float(self.lap_complete_percent),
            domain_randomize=self.domain_randomize,
            frame_skip=self.frame_skip,
            obs_size=self.obs_size,
            grayscale=self.grayscale,
            max_episode_steps=max_episode_steps,
            autoreset=autoreset,
            scores=scores,
        )


def parse_options(owner: str, options: Mapping[str, Any], others: Iterable[str]) -> CarRacingOptions:
    """Options from keywords; a TypeError names the nearest option for one that does not exist.

    Args:
        owner: class to name in the error.
        options: keywords as the user gave them.
        others: keywords that `owner` takes itself, for the list of known ones.
    """
    known = [field.name for field in fields(CarRacingOptions)]
    reject_unknown(owner, (name for name in options if name not in known), [*others, *known])
    return CarRacingOptions(**options)


def parse_reset_options(options: Mapping[str, Any] | None) -> bool:
    """The `randomize` flag of ``reset(options={"randomize": …})``; True where it is not given."""
    reject_unknown_reset_options(options, _RESET_OPTIONS)
    return bool((options or {}).get("randomize", True))
