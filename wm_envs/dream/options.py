"""What one can ask of a dream: checked once, with the nearest valid word in every error."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

_CHOICES = {
    "obs": ("features", "latent", "pixels"),
    "start": ("anywhere", "episode"),
    "termination": ("threshold", "sample"),
}


@dataclass(frozen=True)
class DreamOptions:
    """Options of a dream; every one is a keyword of ``gym.make("wm/Dream-v0", world=…)``.

    Attributes:
        obs: "features" float32 ``[F]``, what controllers see; "latent" float32 ``[Z]``; "pixels" the decoded
            observation in the real observation space.
        horizon: steps until `truncated`; None for no limit.
        temperature: spread of the sampled future; 0 takes the most likely one.
        start: "anywhere" in a real episode, or at the beginning of an "episode".
        termination: "threshold" ends where the predicted probability exceeds `threshold`; "sample" draws it.
        threshold: probability in [0, 1).
        pessimism: k in ``reward - k * uncertainty``, >= 0, in reward units per unit of uncertainty.
        max_reward: no step pays more, in reward units; None for no limit. Where a dream has no finish line, it pays for
            haste what reality does not.
        max_uncertainty: `truncated` where the uncertainty exceeds it; None for never.
        member: of an ensemble, who imagines: one drawn for each "episode", one for each "step", or the one with this
            number. A world of one model has nobody to choose from.
        dropout: probability in [0, 1) that an entry of the world's memory is forgotten for a whole episode.
    """

    obs: str = "features"
    horizon: int | None = 50
    temperature: float = 1.0
    start: str = "anywhere"
    termination: str = "threshold"
    threshold: float = 0.5
    pessimism: float = 0.0
    max_reward: float | None = None
    max_uncertainty: float | None = None
    member: str | int = "episode"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                raise ValueError(f"{name}={value!r}: expected one of {', '.join(choices)}{_nearest(value, choices)}")
        if self.horizon is not None and (self.horizon < 1 or int(self.horizon) != self.horizon):
            raise ValueError(f"horizon={self.horizon!r}: expected a whole number of steps >= 1, or None for no limit")
        if not 0.0 <= self.threshold < 1.0:
            raise ValueError(f"threshold={self.threshold!r}: expected a probability in [0, 1)")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout={self.dropout!r}: expected a probability in [0, 1)")
        if self.max_reward is not None and not abs(self.max_reward) < float("inf"):
            raise ValueError(f"max_reward={self.max_reward!r}: expected a finite number, or None for no limit")
        for name in ("temperature", "pessimism", "max_uncertainty"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value < float("inf"):
                raise ValueError(f"{name}={value!r}: expected a finite number >= 0")

    def check_member(self, members: int) -> None:
        """Raise a ValueError unless a world of so many dynamics models has the member that is asked for."""
        known = self.member in ("episode", "step") if isinstance(self.member, str) else 0 <= self.member < members
        if not known:
            raise ValueError(
                f"member={self.member!r}: expected 'episode', 'step' or a number below {members}, the dynamics models "
                f"of this world{_nearest(self.member, ('episode', 'step'))}"
            )


def with_defaults(world: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options given, over those that transferred best from this world (its optional member `dream`)."""
    return {**getattr(world, "dream", {}), **given}


def refuse_unknown(owner: str, unknown: Mapping[str, Any], others: Iterable[str]) -> None:
    """Raise a TypeError for a keyword that nobody reads, naming the nearest one that exists."""
    known = [*others, *(field.name for field in fields(DreamOptions))]
    for name in unknown:
        raise TypeError(f"{owner} has no option {name!r}{_nearest(name, known)} (options: {', '.join(known)})")


def _nearest(given: Any, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(given), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
