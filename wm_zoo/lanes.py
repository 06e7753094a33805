"""Per-lane noise (`wm_zoo.api.nn.LaneGenerator`); the code lives with the dreams, which know nothing of wm_zoo."""

from wm_envs.dream.lanes import LaneGenerator, lane_key

__all__ = ["LaneGenerator", "lane_key"]
