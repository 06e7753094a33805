"""A CARLA server behind the spaces of ``wm/Driving-v0``; the first reset imports the ``carla`` wheel, not this."""

from wm_envs.carla.env import CarlaEnv

__all__ = ["CarlaEnv"]
