"""The outcome of driving some episodes, with everything that is needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wm_zoo.errors import WMError
from wm_zoo.stats import episode_summary


class EvaluationError(WMError):
    """An evaluation cannot be run, or its result cannot be read."""


@dataclass(frozen=True)
class EvalResult:
    """Returns of whole episodes, one on each seed.

    Attributes:
        label: who drove, on what; a row's name in tables.
        env_id: Gymnasium id.
        env_kwargs: as the environment was made with.
        gymnasium: version of Gymnasium.
        seeds: every episode's `reset(seed=…)`, in order.
        returns: undiscounted, environment units, beside `seeds`.
        lengths: in decisions.
        terminated: True where the episode really ended, False where a time limit cut it.
        max_episode_steps: the limit, in decisions; None: the environment's own.
        deterministic: the policy's mode was driven rather than a sample.
        minutes: wall time.
    """

    label: str
    env_id: str
    env_kwargs: Mapping[str, Any]
    gymnasium: str
    seeds: tuple[int, ...]
    returns: tuple[float, ...]
    lengths: tuple[int, ...]
    terminated: tuple[bool, ...]
    max_episode_steps: int | None = None
    deterministic: bool = True
    minutes: float = 0.0

    def __post_init__(self) -> None:
        sizes = {len(self.seeds), len(self.returns), len(self.lengths), len(self.terminated)}
        if len(sizes) != 1 or not self.seeds:
            raise EvaluationError(f"seeds, returns, lengths and terminated differ in length: {sorted(sizes)}")

    def summary(self) -> dict[str, Any]:
        """Mean, std, interval_95 (bootstrap, of the mean), iqm, min, median, max, episodes, minutes."""
        return episode_summary(self.returns) | {"minutes": round(self.minutes, 3)}

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the summary."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {**plain, "env_kwargs": dict(self.env_kwargs), "summary": self.summary()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EvalResult:
        """Inverse of `to_json`.

        Raises:
            EvaluationError: a field is missing.
        """
        rows = ("seeds", "returns", "lengths", "terminated")
        try:
            needed: dict[str, Any] = {name: tuple(value[name]) for name in rows}
            needed |= {name: value[name] for name in ("label", "env_id", "env_kwargs", "gymnasium")}
        except KeyError as error:
            raise EvaluationError(f"this is no evaluation result: {error} is missing, got {sorted(value)}") from error
        optional = {name: value[name] for name in ("max_episode_steps", "deterministic", "minutes") if name in value}
        return cls(**needed, **optional)


def named_seeds(first: int, episodes: int) -> tuple[int, ...]:
    """The seed set ``first, first + 1, …``: what ``--seed`` and ``--episodes`` mean."""
    if episodes < 1:
        raise EvaluationError(f"episodes={episodes}: expected at least 1")
    if first < 0:
        raise EvaluationError(f"seed={first}: expected a number >= 0, Gymnasium has no negative seeds")
    return tuple(range(first, first + episodes))


def describe_seeds(seeds: Sequence[int]) -> str:
    """``100 seeds, 2000 to 2099``, or a list when they are not consecutive."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{len(seeds)} seeds, {seeds[0]} to {seeds[-1]}"
    shown = ", ".join(str(seed) for seed in list(seeds)[:8])
    return f"{len(seeds)} seeds: {shown}{', …' if len(seeds) > 8 else ''}"
