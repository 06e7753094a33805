"""Driving: roads, traffic, sensors and vehicle dynamics; see docs/driving.md."""

from wm_envs.driving.dynamics import derivatives, drive, rollout
from wm_envs.driving.env import DrivingEnv
from wm_envs.driving.opendrive import load_opendrive
from wm_envs.driving.opendrive_model import MapLane, MapSignal, OpenDriveError, OpenDriveWarning, RoadMap
from wm_envs.driving.vector import DrivingVectorEnv

__all__ = [
    "DrivingEnv",
    "DrivingVectorEnv",
    "MapLane",
    "MapSignal",
    "OpenDriveError",
    "OpenDriveWarning",
    "RoadMap",
    "derivatives",
    "drive",
    "load_opendrive",
    "rollout",
]
