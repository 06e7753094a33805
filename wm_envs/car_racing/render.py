"""Frames for people, as stock draws them (skid marks included), and a window that is opened only when asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.car_racing import score_text

RENDER_MODES = ("human", "rgb_array", "state_pixels")
FPS = 50  # physics frames a second

Frame = NDArray[np.uint8]


def check_render_mode(mode: str | None) -> None:
    """Raise ValueError for an unknown mode."""
    if mode is not None and mode not in RENDER_MODES:
        raise ValueError(f"render_mode={mode!r}: expected one of {', '.join(RENDER_MODES)}, or None")


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
        self._title = title
        self._screen: Any = None  # pygame's own types are known only once it is imported
        self._clock: Any = None
        self._pygame = score_text.import_pygame("render_mode='human'")

    def show(self, batch: _native.CarRacingBatch, lane: int, fps: float) -> None:
        """Show a lane's present state and wait for the next tick."""
        pygame = self._pygame
        picture = batch.window_frame(lane, score_text.grey(batch.reward_sum(lane)))
        if self._screen is None:
            pygame.display.init()
            self._screen = pygame.display.set_mode((picture.shape[1], picture.shape[0]))
            pygame.display.set_caption(self._title)
            self._clock = pygame.time.Clock()
        pygame.surfarray.blit_array(self._screen, picture.swapaxes(0, 1))
        pygame.event.pump()
        pygame.display.flip()
        self._clock.tick(fps)

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._screen is not None:
            self._pygame.display.quit()
            self._screen = None
