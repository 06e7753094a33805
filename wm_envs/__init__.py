"""Gymnasium environments of WM Suite: importing this package registers every ``wm/…`` id.

``import wm_envs`` costs numpy, gymnasium and the extension: no torch, pygame, Stable-Baselines3 or matplotlib.
"""

from pathlib import Path
from pkgutil import extend_path

# Python started in a checkout finds this folder before the installed package, and the compiled extension is only there.
if not any(path.suffix in {".so", ".pyd"} for path in Path(__file__).parent.glob("_native*")):
    __path__ = extend_path(__path__, __name__)

from wm_envs.registration import ENV_IDS, register_all

__all__ = ["ENV_IDS", "register_all"]

register_all()
