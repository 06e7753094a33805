"""Checks that every environment makes of what it is given, with the nearest valid word in the error."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def nearest(given: Any, known: Iterable[str]) -> str:
    """The words that point to the most similar known name, or nothing."""
    close = difflib.get_close_matches(str(given), list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def reject_unknown(owner: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raise TypeError for a keyword that `owner` does not have."""
    for name in given:
        if name not in known:
            raise TypeError(f"{owner} has no option {name!r}{nearest(name, known)} (options: {', '.join(known)})")


def reject_unknown_reset_options(options: Mapping[str, Any] | None, known: Sequence[str]) -> None:
    """Raise ValueError for an entry of ``reset(options=…)`` that does not exist."""
    for name in options or {}:
        if name not in known:
            listed = ", ".join(known) or "none"
            raise ValueError(f"reset has no option {name!r}{nearest(name, known)} (options: {listed})")


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Raise ValueError unless `value` is one of `choices`."""
    if value not in choices:
        expected = ", ".join(map(repr, choices))
        raise ValueError(f"{name}={value!r}: expected {expected}{nearest(value, map(str, choices))}")


def whole_number(name: str, value: Any, low: int, high: int) -> None:
    """Raise ValueError unless `value` is an integer from `low` to `high`."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name}={value!r}: expected a whole number from {low} to {high}")


def number(name: str, value: Any, low: float, high: float) -> None:
    """Raise ValueError unless `value` is a finite number from `low` to `high`."""
    plain = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not plain or not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name}={value!r}: expected a number from {low:g} to {high:g}")


def flag(name: str, value: Any) -> None:
    """Raise ValueError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}={value!r}: expected True or False")


def fields_within(
    options: Any,
    *,
    choices: Mapping[str, Sequence[Any]],
    flags: Iterable[str],
    whole: Mapping[str, tuple[int, int]],
    real: Mapping[str, tuple[float, float]],
) -> None:
    """Raise ValueError unless the named attributes of `options` are what the tables say."""
    for name, allowed in choices.items():
        one_of(name, getattr(options, name), allowed)
    for name in flags:
        flag(name, getattr(options, name))
    for name, bounds in whole.items():
        whole_number(name, getattr(options, name), *bounds)
    for name, limits in real.items():
        number(name, getattr(options, name), *limits)


def some_of(name: str, given: Any, known: Sequence[str]) -> None:
    """Raise ValueError unless `given` holds one or more different words (which ones is `one_of`'s to check)."""
    if isinstance(given, str) or not given or len(set(given)) != len(given):
        raise ValueError(f"{name}={given!r}: expected one or more of {', '.join(known)}, each once")


def render_mode(mode: str | None, modes: Sequence[str]) -> None:
    """Raise ValueError for an unknown render mode."""
    if mode is not None and mode not in modes:
        raise ValueError(f"render_mode={mode!r}: expected one of {', '.join(modes)}, or None{nearest(mode, modes)}")


def float_actions(actions: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Floating-point actions of exactly `shape`, as float64 ``[rows, shape[-1]]``, C-contiguous.

    Raises:
        ValueError: for another shape or dtype.
    """
    given = np.asarray(actions)
    if given.shape != shape or given.dtype.kind != "f":
        raise ValueError(
            f"action: expected a floating-point array of shape {shape}, got {given.dtype} of shape {given.shape}"
        )
    native: NDArray[np.float64] = given.astype(np.float64, "C", copy=False)
    return native if native.ndim == 2 else native.reshape(-1, shape[-1])


def seed_words(seed: int) -> list[int]:
    """A seed in 32-bit words, low word first, as numpy's SeedSequence splits it."""
    if seed < 0:
        raise ValueError(f"seed={seed}: expected a whole number >= 0")
    words = []
    while True:
        words.append(seed & 0xFFFFFFFF)
        seed >>= 32
        if seed == 0:
            return words
