"""Frames for people, as stock draws them (skid marks included), and a window that is opened only when asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native, arguments, window
from wm_envs.car_racing import score_text

RENDER_MODES = ("human", "rgb_array", "state_pixels")
FPS = 50  # physics frames a second

Frame = NDArray[np.uint8]


def check_render_mode(mode: str | None) -> None:
    """Raise ValueError for an unknown mode."""
    arguments.render_mode(mode, RENDER_MODES)


def metadata(frame_skip: int) -> dict[str, Any]:
    """Gymnasium's metadata: a step shows one frame, so that a skip makes fewer of them a second."""
    return {"render_modes": list(RENDER_MODES), "render_fps": max(round(FPS / frame_skip), 1)}


def frame(batch: _native.CarRacingBatch, lane: int, mode: str) -> Frame:
    """What stock's ``render()`` returns: "rgb_array" uint8 ``[400, 600, 3]``, "state_pixels" uint8 ``[96, 96, 3]``."""
    if mode == "state_pixels":
        return batch.picture(lane)
    return batch.video_frame(lane, score_text.grey(batch.reward_sum(lane)))


class Window:
    """Stock's window of 1000x800 pixels on one lane, opened by the first frame."""

    def __init__(self, title: str) -> None:
        self._window = window.Window(title)

    def show(self, batch: _native.CarRacingBatch, lane: int, fps: float) -> None:
        """Show a lane's present state and wait for the next tick."""
        self._window.show(batch.window_frame(lane, score_text.grey(batch.reward_sum(lane))), fps)

    def close(self) -> None:
        """Close the window; may be called twice."""
        self._window.close()
