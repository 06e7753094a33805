"""Infos of a batch, as Gymnasium's SyncVectorEnv builds them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.vectors import Flags, everybody


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
