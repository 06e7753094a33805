"""Saved worlds and agents: where they are, and building the components that their cards name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from wm_zoo import atomic
from wm_zoo.api import Dims
from wm_zoo.ensemble import Ensemble
from wm_zoo.errors import CheckpointError, PluginNotFound, WorldError, nearest
from wm_zoo.manager import component, make, manager


def build_part(
    part: Mapping[str, Any], dims: Dims, folder: Path, card: Mapping[str, Any], name: str, device: torch.device | str
) -> Any:
    """Build the component that a card names, with the weights ``NAME.safetensors`` beside it.

    Raises:
        CheckpointError: the weights are missing, truncated, altered, or do not fit the component; names the file.
    """
    model = build_model(part, dims)
    path = folder / f"{name}.safetensors"
    tensors = atomic.load_tensors(path, card["files"].get(path.name))
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError(f"{path}: its tensors do not fit {part['id']}: {str(error).splitlines()[-1]}") from error
    return model.to(device)


def build_model(part: Mapping[str, Any], dims: Dims) -> Any:
    """The untrained component that a card names; with ``members``, an `Ensemble` of so many."""
    members = int(part.get("members", 1))
    models = [make(part["id"], dims, **part.get("config", {})) for _ in range(members)]
    return models[0] if members == 1 else Ensemble(models)


def find_folder(name_or_path: str | os.PathLike[str], section: str) -> Path:
    """Folder of a saved world or agent.

    Args:
        name_or_path: the folder itself, a run folder that holds it, or a registry name.
        section: "world" or "agent".

    Raises:
        WorldError: there is none; names the nearest registry name and what was looked for.
    """
    card, path = f"{section}.toml", Path(name_or_path)
    for folder in (path, path / section):
        if (folder / card).is_file():
            return folder
    if path.is_dir():
        raise WorldError(f"{path}: no {card} in it, nor in {path / section}: not a {section} folder or a finished run")
    try:
        asset = manager().asset(section, str(name_or_path))
    except PluginNotFound as error:
        raise WorldError(
            f"no {section} {str(name_or_path)!r}: neither a {section} folder, nor the folder of a finished run, nor a "
            f"name in the registry ({nearest(str(name_or_path), [one.id for one in manager().assets(section)])})"
        ) from error
    if "path" not in asset.values or asset.source.file is None:
        raise WorldError(f"{asset.id} ({asset.source.label}) is a plan without weights: train it first (`wm train`)")
    return asset.source.file.parent / str(asset.values["path"])


def full_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Full id and every config value, so that later defaults cannot change an old world."""
    found = component(part["id"])
    full = {"id": found.id, "config": found.configure(part.get("config")).model_dump(mode="json", exclude_none=True)}
    return full | ({"members": part["members"]} if part.get("members", 1) > 1 else {})
