"""Exact snapshots of a dream as bytes: states, noise and step counts, with a mark of the world they belong to."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from wm_envs.dream.core import DreamCore

_MAGIC = b"WMDREAM1"  # the digit is the version of this format


def pack(core: DreamCore, extra: dict[str, Any] | None = None) -> bytes:
    """Bytes of everything that decides how `core` goes on; `extra` are small arrays of the caller."""
    from safetensors.numpy import save

    arrays = {f"state.{name}": tensor.cpu().numpy() for name, tensor in core.state.items()}
    arrays |= {"steps": core.steps, "alive": core.alive, "noise": core.noise.get_state().view(np.int64)}
    arrays |= {f"extra.{name}": np.asarray(value) for name, value in (extra or {}).items()}
    metadata = {"world": _mark(core), "lanes": str(core.n)}
    return _MAGIC + save({k: np.ascontiguousarray(v) for k, v in arrays.items()}, metadata)


def unpack(core: DreamCore, data: bytes) -> dict[str, Any]:
    """Put `core` where it was when `data` was made; returns the extras.

    Raises:
        ValueError: for bytes that are no snapshot, are damaged, or belong to another world or number of lanes.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError(f"not a dream snapshot of this version: expected bytes that start with {_MAGIC!r}")
    body = bytes(data[len(_MAGIC) :])
    try:
        arrays = load(body)
        metadata = json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])["__metadata__"]
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"damaged dream snapshot ({len(data)} bytes): {error}") from error
    if metadata["world"] != _mark(core):
        raise ValueError("this snapshot belongs to another world; make the dream with the world it was taken from")
    if metadata["lanes"] != str(core.n):
        raise ValueError(f"this snapshot has {metadata['lanes']} lanes, the dream has {core.n}")
    _restore(core, arrays)
    return {name[6:]: value for name, value in arrays.items() if name.startswith("extra.")}


def _restore(core: DreamCore, arrays: dict[str, Any]) -> None:
    core.restore(
        {name[6:]: value for name, value in arrays.items() if name.startswith("state.")},
        arrays["steps"],
        arrays["alive"],
        arrays["noise"].view(np.uint64),
    )


def _mark(core: DreamCore) -> str:
    """The world's fingerprint, or, without one, the sizes that its states depend on."""
    world: Any = core.world
    return str(getattr(world, "fingerprint", None) or f"{world.feature_dim}:{world.spaces}")
