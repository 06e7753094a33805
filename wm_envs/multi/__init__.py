"""Many agents on one road: PettingZoo environments, and batches of worlds for training.

>>> from wm_envs.multi import driving_v0
>>> env = driving_v0.parallel_env(scenario="intersection", num_agents=4)
"""

from wm_envs.multi import driving_v0
from wm_envs.multi.worlds import DrivingWorlds

__all__ = ["DrivingWorlds", "driving_v0"]
