"""Gymnasium environments of WM Suite: importing this package registers every ``wm/…`` id.

``import wm_envs`` costs numpy, gymnasium and the extension: no torch, pygame, Stable-Baselines3 or matplotlib.
"""

from wm_envs.registration import ENV_IDS, register_all

__all__ = ["ENV_IDS", "register_all"]

register_all()
