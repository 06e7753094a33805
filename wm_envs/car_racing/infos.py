"""Gymnasium's conventions for vector environments: seeds, reset masks, and infos as SyncVectorEnv builds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsIndex, cast

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from wm_envs import _native

Flags = NDArray[np.bool_]


def autoreset_mode(given: str | AutoresetMode) -> AutoresetMode:
    """The mode from its value ("NextStep"), its name in any spelling ("next_step", "NEXT_STEP"), or itself."""
    if isinstance(given, AutoresetMode):
        return given
    plain = str(given).replace("_", "").replace("-", "").lower()
    for mode in AutoresetMode:
        if mode.value.lower() == plain:
            return mode
    raise ValueError(f"autoreset_mode={given!r}: expected one of {', '.join(mode.value for mode in AutoresetMode)}")


def lane_seeds(seed: SupportsIndex | Sequence[int | None] | None, lanes: int) -> Sequence[int | None]:
    """One seed a lane: None for all, s + i for an int s, or the sequence itself."""
    if seed is None:
        return [None] * lanes
    if isinstance(seed, (int, np.integer)):
        return [int(seed) + lane for lane in range(lanes)]
    seeds = cast("Sequence[int | None]", seed)
    if len(seeds) != lanes:
        raise ValueError(f"seed: expected an int or {lanes} seeds, one a lane, got {len(seeds)}")
    return seeds


def reset_mask(mask: Any, lanes: int) -> Flags:
    """``options["reset_mask"]`` checked; all lanes where it is not given."""
    if mask is None:
        return everybody(lanes)
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        kind = mask.dtype if isinstance(mask, np.ndarray) else type(mask).__name__
        raise TypeError(f"options['reset_mask']: expected a bool array of shape ({lanes},), got {kind}")
    if mask.shape != (lanes,) or not mask.any():
        raise ValueError(f"options['reset_mask']: expected shape ({lanes},) with at least one True, got {mask}")
    return np.ascontiguousarray(mask)


def everybody(lanes: int) -> Flags:
    """A mask of all lanes."""
    return np.ones(lanes, np.bool_)


def numbers(batch: _native.CarRacingBatch, mask: Flags, lap: NDArray[np.int8] | None = None) -> dict[str, Any]:
    """What every lane of `mask` puts into its info; zeros elsewhere, with ``_key`` masks."""
    columns = {"tiles_visited": batch.tiles_visited, "tiles_total": batch.tiles_total, "speed": batch.speed}
    return _gather(columns, mask, lap)


def with_finals(batch: _native.CarRacingBatch, ended: Flags, final_obs: NDArray[np.uint8]) -> dict[str, Any]:
    """Infos of a SAME_STEP batch: ``final_obs`` and ``final_info`` of the lanes that ended, and all lanes' numbers."""
    info: dict[str, Any] = {}
    if ended.any():
        columns = {
            "tiles_visited": batch.final_tiles_visited,
            "tiles_total": batch.final_tiles_total,
            "speed": batch.final_speed,
        }
        last = np.full(len(ended), None, dtype=object)
        for lane in np.flatnonzero(ended):
            last[lane] = final_obs[lane].copy()
        info["final_obs"], info["_final_obs"] = last, ended.copy()
        info["final_info"], info["_final_info"] = _gather(columns, ended, batch.final_lap), ended.copy()
    info.update(numbers(batch, everybody(len(ended))))
    return info


def _gather(columns: dict[str, NDArray[Any]], mask: Flags, lap: NDArray[np.int8] | None) -> dict[str, Any]:
    info: dict[str, Any] = {}
    everyone = bool(mask.all())
    for key, values in columns.items():
        info[key] = values.copy() if everyone else np.where(mask, values, values.dtype.type(0))
        info[f"_{key}"] = mask.copy()
    if lap is not None and (known := (lap >= 0) & mask).any():
        info["lap_finished"], info["_lap_finished"] = (lap == 1) & known, known
    return info
