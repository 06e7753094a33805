"""Episodes: collecting, storing and loading them. Names load on first use, so that importing this costs no torch.

`collect` itself is ``from wm_zoo.data.collect import collect``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wm_zoo.data.correlated import CorrelatedRandomPolicy
    from wm_zoo.data.dataset import Dataset
    from wm_zoo.data.envs import env_spaces
    from wm_zoo.data.episode import Episode
    from wm_zoo.data.frames import frame_batches, sample_frames, write_latents
    from wm_zoo.data.loader import SequenceLoader, sequence_batch
    from wm_zoo.data.meta import DatasetMeta
    from wm_zoo.data.minari import from_minari, to_minari
    from wm_zoo.data.noisy import NoisyPolicy
    from wm_zoo.data.policies import BatchPolicy, ConstantPolicy, RandomPolicy
    from wm_zoo.data.writer import DatasetWriter

_HOME = {
    "BatchPolicy": "policies",
    "ConstantPolicy": "policies",
    "CorrelatedRandomPolicy": "correlated",
    "Dataset": "dataset",
    "DatasetMeta": "meta",
    "DatasetWriter": "writer",
    "Episode": "episode",
    "NoisyPolicy": "noisy",
    "RandomPolicy": "policies",
    "SequenceLoader": "loader",
    "env_spaces": "envs",
    "frame_batches": "frames",
    "from_minari": "minari",
    "sample_frames": "frames",
    "sequence_batch": "loader",
    "to_minari": "minari",
    "write_latents": "frames",
}

__all__ = [
    "BatchPolicy",
    "ConstantPolicy",
    "CorrelatedRandomPolicy",
    "Dataset",
    "DatasetMeta",
    "DatasetWriter",
    "Episode",
    "NoisyPolicy",
    "RandomPolicy",
    "SequenceLoader",
    "env_spaces",
    "frame_batches",
    "from_minari",
    "sample_frames",
    "sequence_batch",
    "to_minari",
    "write_latents",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"wm_zoo.data.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
