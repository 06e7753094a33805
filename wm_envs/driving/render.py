"""Pictures of driving for people: from above, with trails, sensor overlays and a dashboard."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native
from wm_envs.driving.options import DrivingOptions

RENDER_MODES = ("human", "rgb_array")
HEIGHT, WIDTH = 480, 640
WINDOW_HEIGHT, WINDOW_WIDTH = 720, 960

Frame = NDArray[np.uint8]


def metadata(options: DrivingOptions | None = None) -> dict[str, Any]:
    """Gymnasium's metadata: one frame a decision."""
    step = 0.1 if options is None else options.control_step
    return {"render_modes": list(RENDER_MODES), "render_fps": max(round(1 / step), 1)}


def frame(batch: _native.DrivingBatch, lane: int) -> Frame:
    """What ``render()`` returns: uint8 ``[480, 640, 3]``."""
    return batch.render(lane, HEIGHT, WIDTH)


def window_frame(batch: _native.DrivingBatch, lane: int) -> Frame:
    """What the window shows: uint8 ``[720, 960, 3]``."""
    return batch.render(lane, WINDOW_HEIGHT, WINDOW_WIDTH)
