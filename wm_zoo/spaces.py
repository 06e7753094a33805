"""Gymnasium spaces as JSON and actions as vectors, for everything that is written to disk."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_zoo.errors import WMError

_SUPPORTED = ("Box", "Discrete", "Dict")


class SpaceError(WMError):
    """A space that the zoo cannot store, or a JSON form that is not one."""


def space_to_json(space: gym.Space[Any]) -> dict[str, Any]:
    """JSON form of a Box, a Discrete or a Dict of those (nested too); exact, also for infinite bounds.

    Raises:
        SpaceError: another kind of space.
    """
    if isinstance(space, gym.spaces.Box):
        shape, dtype = list(space.shape), np.dtype(space.dtype).name
        return {"type": "Box", "shape": shape, "dtype": dtype, "low": _bound(space.low), "high": _bound(space.high)}
    if isinstance(space, gym.spaces.Discrete):
        return {"type": "Discrete", "n": int(space.n), "start": int(space.start)}
    if isinstance(space, gym.spaces.Dict):
        return {"type": "Dict", "spaces": {key: space_to_json(child) for key, child in space.spaces.items()}}
    raise SpaceError(f"cannot store the space {space}; supported: {', '.join(_SUPPORTED)}")


def space_from_json(value: Mapping[str, Any]) -> gym.Space[Any]:
    """Inverse of `space_to_json`.

    Raises:
        SpaceError: an unknown type or missing keys.
    """
    kind = value.get("type")
    try:
        if kind == "Box":
            return _box(value)
        if kind == "Discrete":
            return gym.spaces.Discrete(int(value["n"]), start=int(value.get("start", 0)))
        if kind == "Dict":
            return gym.spaces.Dict({key: space_from_json(child) for key, child in value["spaces"].items()})
    except KeyError as error:
        raise SpaceError(f"the JSON form of a {kind} space lacks the key {error}: {dict(value)}") from error
    near = difflib.get_close_matches(str(kind), _SUPPORTED, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise SpaceError(f"unknown space type {kind!r}, expected one of {', '.join(_SUPPORTED)}{hint}")


def flat_observation(space: gym.Space[Any], prefix: str = "obs") -> dict[str, gym.Space[Any]]:
    """Dataset field of every part of an observation: ``{"obs": space}``, or ``obs.<key>`` for each key of a Dict."""
    if not isinstance(space, gym.spaces.Dict):
        return {prefix: space}
    fields: dict[str, gym.Space[Any]] = {}
    for key, child in space.spaces.items():
        fields |= flat_observation(child, f"{prefix}.{key}")
    return fields


def action_size(space: gym.Space[Any]) -> int:
    """Length A of an action vector: a Box flattened, a Discrete one-hot."""
    if isinstance(space, gym.spaces.Box):
        return int(np.prod(space.shape, dtype=np.int64))
    if isinstance(space, gym.spaces.Discrete):
        return int(space.n)
    raise SpaceError(f"actions of {space} have no vector form; supported: Box, Discrete")


def action_vectors(space: gym.Space[Any], actions: NDArray[Any]) -> NDArray[np.float32]:
    """Environment actions ``[N, ...]`` to action vectors float32 ``[N, A]`` (Discrete: one-hot)."""
    actions = np.asarray(actions)
    if isinstance(space, gym.spaces.Discrete):
        classes = np.arange(int(space.n)) + int(space.start)
        one_hot: NDArray[np.bool_] = actions.reshape(-1, 1) == classes  # [N, A]
        return one_hot.astype(np.float32)
    return np.asarray(actions.reshape(len(actions), action_size(space)), np.float32)  # [N, A]


def actions_from_vectors(space: gym.Space[Any], vectors: NDArray[np.float32]) -> NDArray[Any]:
    """Inverse of `action_vectors`: ``[N, A]`` to environment actions ``[N, ...]`` (Discrete: int64 ``[N]``)."""
    if isinstance(space, gym.spaces.Discrete):
        return np.asarray(np.argmax(vectors, 1) + int(space.start), np.int64)
    assert isinstance(space, gym.spaces.Box)
    return np.asarray(vectors.reshape(len(vectors), *space.shape), space.dtype)


def _bound(bound: NDArray[Any]) -> Any:
    """One scalar when all bounds are equal; infinities as text, because JSON has none."""
    flat = [_scalar(v) for v in bound.ravel().tolist()]
    return flat[0] if flat and all(v == flat[0] for v in flat) else flat


def _scalar(value: float) -> float | str:
    return value if np.isfinite(value) else str(value)


def _box(value: Mapping[str, Any]) -> gym.spaces.Box:
    dtype, shape = np.dtype(value["dtype"]), tuple(value["shape"])
    low, high = (_array(value[name], shape, dtype) for name in ("low", "high"))
    return gym.spaces.Box(low, high, shape, dtype=dtype.type)


def _array(bound: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    flat = [float(v) if isinstance(v, str) else v for v in (bound if isinstance(bound, list) else [bound])]
    array = np.array(flat, dtype=dtype)
    return np.full(shape, array[0], dtype) if array.size == 1 else array.reshape(shape)


def space_form(space: gym.Space[Any]) -> Any:
    """What must agree for a model to fit: kind, shape, dtype and number of choices; bounds change no tensor's size."""
    if isinstance(space, gym.spaces.Dict):
        return {name: space_form(part) for name, part in space.spaces.items()}
    return type(space).__name__, space.shape, str(space.dtype), int(getattr(space, "n", 0))
