"""`dataset.toml`: what a dataset says about itself. It is written last, so it names only what is whole."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from wm_zoo import atomic
from wm_zoo.api.types import Spaces
from wm_zoo.data.shard import ShardEntry, entry_to_toml
from wm_zoo.errors import DatasetError
from wm_zoo.spaces import space_from_json, space_to_json

SCHEMA = 1
NAME = "dataset.toml"


@dataclass(frozen=True)
class DatasetMeta:
    """Where the data of a dataset come from.

    Attributes:
        env_id: Gymnasium id.
        spaces: of one environment.
        env_kwargs: keyword arguments of the environment, JSON-able.
        policy: who drove first (every episode names its own policy too).
        seed: of the collection; every episode records its own.
    """

    env_id: str
    spaces: Spaces
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    policy: str = ""
    seed: int | None = None

    def differs(self, other: DatasetMeta) -> str | None:
        """In what another dataset's environment differs from this one, or None."""
        for name in ("env_id", "env_kwargs", "spaces"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if (dict(mine) != dict(theirs)) if name == "env_kwargs" else (mine != theirs):
                return f"{name} {theirs!r}, but it holds {mine!r}"
        return None


def write_meta(folder: Path, meta: DatasetMeta, shards: Sequence[ShardEntry]) -> None:
    """Write `dataset.toml` atomically: the moment at which a new shard belongs to the dataset."""
    value = {
        "schema": SCHEMA,
        "wm_version": _version(),
        "policy": meta.policy,
        "seed": meta.seed,
        "episodes": sum(shard.episodes for shard in shards),
        "steps": sum(shard.steps for shard in shards),
        # JSON inside TOML: TOML has neither null nor the full range of numbers
        "env": {"id": meta.env_id, "kwargs": json.dumps(dict(meta.env_kwargs))},
        "spaces": {
            "observation": json.dumps(space_to_json(meta.spaces.observation)),
            "action": json.dumps(space_to_json(meta.spaces.action)),
        },
        "shards": [entry_to_toml(shard) for shard in shards],
    }
    atomic.write_toml(folder / NAME, value)


def read_meta(folder: Path) -> tuple[DatasetMeta, list[ShardEntry]]:
    """Read `dataset.toml`.

    Raises:
        DatasetError: there is none, it is damaged, or it has another schema; names the file.
    """
    path = folder / NAME
    if not path.is_file():
        hint = "this folder does not exist" if not folder.exists() else f"this folder has no {NAME}"
        raise DatasetError(f"{folder} is not a dataset: {hint}; make one with `wm collect ENV_ID --out {folder}`")
    try:
        value = tomllib.loads(path.read_text())
        if (schema := value.get("schema")) != SCHEMA:
            raise DatasetError(f"{path}: schema {schema}, this version of WM Suite reads schema {SCHEMA}")
        return _meta(value), [ShardEntry.from_toml(shard) for shard in value.get("shards", [])]
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: altered or truncated: {error}; the shards beside it are not readable") from error


def _meta(value: Mapping[str, Any]) -> DatasetMeta:
    observation, action = (space_from_json(json.loads(value["spaces"][name])) for name in ("observation", "action"))
    kwargs = json.loads(value["env"]["kwargs"])
    return DatasetMeta(
        value["env"]["id"], Spaces(observation, action), kwargs, value.get("policy", ""), value.get("seed")
    )


def _version() -> str:
    try:
        return version("wm-suite")
    except PackageNotFoundError:  # run from a source tree
        return "0"
