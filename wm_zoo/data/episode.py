"""One episode, the unit in which data are collected and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wm_zoo.errors import DatasetError

Array = NDArray[Any]


@dataclass(frozen=True)
class Episode:
    """``obs[t] --action[t]--> reward[t], obs[t + 1]``: T steps, T + 1 observations.

    Attributes:
        action: vectors float32 ``[T, A]`` (Box flattened, Discrete one-hot).
        reward: float32 ``[T]``, environment units.
        terminated: the last step truly ended the episode; never for a time limit or a cut.
        truncated: the episode was cut short by a limit.
        seed: that the environment was reset with.
        obs: ``[T + 1, ...]`` in the environment's dtype, a dict of them for Dict spaces, or None.
        latent: float16 ``[T + 1, Z]`` or None; at least one of obs and latent is there.
        policy: who drove.
    """

    action: Array
    reward: Array
    terminated: bool
    truncated: bool
    seed: int
    obs: Array | Mapping[str, Array] | None = None
    latent: Array | None = None
    policy: str = ""

    def __len__(self) -> int:
        return len(self.reward)

    @property
    def total_reward(self) -> float:
        """Undiscounted return."""
        return float(np.sum(self.reward, dtype=np.float64))

    def fields(self) -> dict[str, Array]:
        """Every array by its field name in a dataset; checks their lengths.

        Raises:
            DatasetError: no steps, nothing observed, or lengths that do not agree.
        """
        frames = flatten(self.obs)
        if self.latent is not None:
            frames["latent"] = np.asarray(self.latent, np.float16)
        steps = len(self)
        if steps == 0 or not frames:
            raise DatasetError(f"an episode needs a step and obs or latent; got {steps} steps and {sorted(frames)}")
        for name, array in frames.items():
            if len(array) != steps + 1:
                raise DatasetError(f"{name} has {len(array)} rows, expected {steps + 1} for {steps} steps")
        if self.action.ndim != 2 or len(self.action) != steps:
            raise DatasetError(f"action has shape {self.action.shape}, expected [{steps}, A]")
        return frames | {"action": np.asarray(self.action, np.float32), "reward": np.asarray(self.reward, np.float32)}

    def without_obs(self, latent: Array) -> Episode:
        """The same episode with latents ``[T + 1, Z]`` in place of its frames."""
        return replace(self, obs=None, latent=np.asarray(latent, np.float16))


def flatten(obs: Array | Mapping[str, Any] | None, prefix: str = "obs") -> dict[str, Array]:
    """Observations by field name: ``obs``, or ``obs.<key>`` for (nested) Dict observations."""
    if obs is None:
        return {}
    if not isinstance(obs, Mapping):
        return {prefix: np.asarray(obs)}
    fields: dict[str, Array] = {}
    for key, child in obs.items():
        fields |= flatten(child, f"{prefix}.{key}")
    return fields


def unflatten(fields: Mapping[str, Array]) -> Array | dict[str, Any] | None:
    """Inverse of `flatten`; other fields are ignored."""
    if "obs" in fields:
        return fields["obs"]
    tree: dict[str, Any] = {}
    for name, array in fields.items():
        parts = name.split(".")
        if parts[0] != "obs":
            continue
        node = tree
        for part in parts[1:-1]:
            node = node.setdefault(part, {})
        node[parts[-1]] = array
    return tree or None
