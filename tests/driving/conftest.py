"""Fixtures of the driving tests; their helper modules (driver, driving_helpers, …) are found beside them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
if (here := str(Path(__file__).parent)) not in sys.path:
    sys.path.append(here)


@pytest.fixture
def rng() -> np.random.Generator:
    """Numbers of this test."""
    return np.random.default_rng(0)
