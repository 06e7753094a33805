"""Stage `collect_more`: the rest of round 0, encoded in memory as it comes."""

from wm_zoo.train.stages.collect import run_more as run

__all__ = ["run"]
