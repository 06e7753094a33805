"""Windows of real episodes for the dynamics trainer, each with what the model remembered at its beginning."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from wm_zoo.api import SequenceBatch
from wm_zoo.data.loader import SequenceLoader, sequence_batch
from wm_zoo.train.dynamics import DynamicsConfig
from wm_zoo.train.replay import Replay, rows_of


class ReplayWindows:
    """Draws batches for `DynamicsTrainer`.

    A window begins anywhere in an episode, and its hidden state is the one that the model of the last round had there
    (stale by a round, as in R2D2 (Kapturowski et al. 2019), and much better than zeros).

    Args:
        replay: the episodes.
        states: of the last round's model, from `Replay.states`; None begins every window blank.
        config: batch, length and share of windows from the newest round.
    """

    def __init__(self, replay: Replay, states: Mapping[str, Tensor] | None, config: DynamicsConfig) -> None:
        self._replay, self._states = replay, states
        self._loader = SequenceLoader(
            replay.datasets,
            length=config.length,
            batch=config.batch,
            generator=np.random.default_rng(0),
            recent_fraction=config.recent_fraction,
            threads=1,
        )

    def __call__(self, generator: torch.Generator) -> SequenceBatch:
        """One batch; all its randomness comes from `generator`, which is what a checkpoint holds."""
        seed = int(torch.randint(2**62, (1,), generator=generator))
        self._loader.generator = np.random.default_rng(seed)
        batch = self._loader.sample()
        if self._states is None:
            return sequence_batch(batch)
        frame = torch.from_numpy(self._replay.first)[batch["episode"]] + batch["offset"]
        return sequence_batch(batch, rows_of(self._states, frame))
