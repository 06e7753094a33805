"""Starting and resuming a run: what `wm train` does, without its words."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wm_zoo.errors import RecipeError
from wm_zoo.recipe import Recipe
from wm_zoo.run import Run, RunError, read_json
from wm_zoo.train.display import Display
from wm_zoo.train.interrupt import StopSignal

if TYPE_CHECKING:
    from wm_zoo.train.assembly import Assembly


def default_folder(recipe: Recipe) -> Path:
    """``runs/NAME-seedN``."""
    return Path("runs") / f"{recipe.name}-seed{recipe.seed}"


def open_run(recipe: Recipe | None, folder: Path, *, resume: bool, overridden: bool = False) -> Run:
    """A new run, or the one in `folder`.

    Args:
        recipe: of a new run. A resumed run goes on with its own; this one is only compared with it (None: not at all).
        folder: of the run.
        resume: go on with an existing run.
        overridden: `recipe` has ``--set`` in it, and so must be the run's in every key, not just in name.

    Raises:
        RunError: there is a run already, there is none, or it was made by another recipe.
        WMError: what a new run's recipe asks for does not fit together; no folder is left behind.
    """
    if not resume:
        if recipe is None:
            raise RunError("a new run needs a recipe; name one, or use --resume with --out")
        return _new_run(folder, recipe)
    run = Run.open(folder)
    mine, theirs = (value.to_toml() if value else {} for value in (run.recipe, recipe))
    if not overridden:
        mine, theirs = ({"name": value.get("name")} for value in (mine, theirs))
    key = None if recipe is None else _first_difference(mine, theirs)
    if key is not None:
        raise RunError(
            f"{folder} was made by another recipe: {key} differs; leave out --set to go on with that one, "
            "or choose another folder with --out"
        )
    return run


def _new_run(folder: Path, recipe: Recipe) -> Run:
    """Begin a run whose parts fit; one that is refused leaves everything as it was."""
    existed = folder.exists()
    run = Run.create(folder, recipe)
    try:
        _checked(run)
    except BaseException:
        (folder / "recipe.toml").unlink(missing_ok=True)
        if not existed:
            folder.rmdir()
        raise
    return run


def _checked(run: Run) -> Assembly:
    """The models of a run, compared with the environment, the trainer and the evaluation, and built once."""
    from wm_zoo.data.envs import env_spaces
    from wm_zoo.train.assembly import Assembly
    from wm_zoo.train.stages.controller import check_method

    recipe = run.recipe
    try:
        spaces = env_spaces(recipe.env.id, recipe.env.kwargs)
        if recipe.controller is not None:
            check_method(recipe.controller.id, recipe.train.controller.method)
        assembly = Assembly(run, spaces)
        assembly.check()
    except (ValueError, TypeError) as error:  # of the environment's or a component's own making
        raise RecipeError(f"recipe {recipe.name!r}: {error}") from error
    return assembly


def train(run: Run, *, quiet: bool = False, command: str = "", display: Display | None = None) -> dict[str, Any]:
    """Do what is left of a run and return its results (`results.json`).

    Raises:
        Interrupted: stopped by the user; everything is saved.
        WMError: something is wrong with the recipe, the run or a plugin.
    """
    import torch

    from wm_zoo.train.engine import Engine

    with _locked(run), _threads(torch, 1):
        assembly = _checked(run)
        run.write_spaces(assembly.spaces)
        with display or Display(quiet=quiet) as shown:
            stop = StopSignal(lambda: shown.say("stopping: saving a checkpoint (Ctrl-C again: at once)"))
            with stop:
                Engine(run, assembly, shown, stop, command).execute()
    return read_json(run.folder / "results.json")


def resume_command(folder: Path) -> str:
    """What to type to go on."""
    return f"wm train --resume --out {folder}"


def quiet_cores() -> None:
    """Ask OpenMP to sleep rather than spin while it waits; must come before torch is imported."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@contextlib.contextmanager
def _locked(run: Run) -> Iterator[None]:
    run.lock()
    try:
        yield
    finally:
        run.unlock()


@contextlib.contextmanager
def _threads(torch: Any, count: int) -> Iterator[None]:
    """Small networks are several times slower on two threads than on one as soon as the other core is busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _first_difference(mine: Any, theirs: Any, path: Sequence[str] = ()) -> str | None:
    """Dotted key of the first value in which two recipes differ."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in sorted({*mine, *theirs}):
            found = _first_difference(mine.get(key), theirs.get(key), (*path, key))
            if found is not None:
                return found
        return None
    return None if mine == theirs else ".".join(path)
