"""Infos of a batch, as Gymnasium's SyncVectorEnv builds them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.vectors import Flags, everybody


class Numbers:
    """The infos of a native batch. Its views of the batch are made once: that takes longer than to copy one."""

    def __init__(self, batch: _native.CarRacingBatch) -> None:
        self._columns = {
            "tiles_visited": batch.tiles_visited,
            "tiles_total": batch.tiles_total,
            "speed": batch.speed,
        }
        self._final_columns = {
            "tiles_visited": batch.final_tiles_visited,
            "tiles_total": batch.final_tiles_total,
            "speed": batch.final_speed,
        }
        self._lap, self._final_lap = batch.lap, batch.final_lap

    def now(self, mask: Flags) -> dict[str, Any]:
        """What every lane of `mask` puts into its info after a reset; zeros elsewhere, with ``_key`` masks."""
        return _gather(self._columns, mask, None)

    def with_lap(self, mask: Flags) -> dict[str, Any]:
        """The same after a step: with ``lap_finished`` where the lap ended."""
        return _gather(self._columns, mask, self._lap if self._lap.max() >= 0 else None)

    def with_finals(self, ended: Flags, final_obs: NDArray[np.uint8]) -> dict[str, Any]:
        """SAME_STEP infos: ``final_obs`` and ``final_info`` of the lanes that ended, and all lanes' numbers."""
        info: dict[str, Any] = {}
        if ended.any():
            last = np.full(len(ended), None, dtype=object)
            for lane in np.flatnonzero(ended):
                last[lane] = final_obs[lane].copy()
            info["final_obs"], info["_final_obs"] = last, ended.copy()
            info["final_info"] = _gather(self._final_columns, ended, self._final_lap)
            info["_final_info"] = ended.copy()
        info.update(self.now(everybody(len(ended))))
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
