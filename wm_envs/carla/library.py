"""The ``carla`` wheel, imported only when a server is about to be used."""

from __future__ import annotations

import importlib
from typing import Any

from wm_envs.carla.errors import CarlaNotInstalled

_NEEDED = ("Client", "WorldSettings", "VehicleControl", "Transform", "command")


def import_carla() -> Any:
    """The module ``carla``.

    Raises:
        CarlaNotInstalled: no such module, or an unrelated one of that name.
    """
    try:
        carla = importlib.import_module("carla")
    except ImportError as error:
        raise CarlaNotInstalled(
            f"wm/Carla-v0 needs CARLA's Python client ({error}): pip install 'wm-suite[carla]' "
            "(carla 0.9.16 for Python 3.10 to 3.12), and a server of the same version"
        ) from error
    missing = [name for name in _NEEDED if not hasattr(carla, name)]
    if missing:
        where = getattr(carla, "__file__", None) or "a namespace package"
        raise CarlaNotInstalled(f"the module 'carla' in {where} has no {', '.join(missing)}: it is not CARLA's client")
    return carla
