"""The toy zoo of tests/dream, here too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("dream_conftest", Path(__file__).parents[1] / "dream" / "conftest.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
saved, toy, world = _module.saved, _module.toy, _module.world
