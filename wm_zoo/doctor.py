"""Checks of an installation: each says what it found and, if something is wrong, what to do."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

PACKAGES = ("wm-suite", "numpy", "gymnasium", "torch", "stable-baselines3", "pettingzoo", "pygame-ce", "Box2D")
"""Whose versions are shown; a missing one is a problem."""

LEAST_SPACE = 2e9
"""Bytes of disk below which a run may not finish (quickstart leaves about 0.6 GB)."""


@dataclass(frozen=True)
class Finding:
    """One line of the examination.

    Attributes:
        name: what was looked at.
        status: "ok", "note" (works, but you may want to know) or "problem".
        found: what there is.
        fix: what to do, for notes and problems.
    """

    name: str
    status: Literal["ok", "note", "problem"]
    found: str
    fix: str = ""


def examine() -> list[Finding]:
    """All checks; one that itself fails is a problem, not a crash."""
    findings: list[Finding] = []
    for check in (_python, _packages, _pygame, _extension, _torch, _plugins, _stock, _display, _disk):
        try:
            findings += check()
        except Exception as error:
            name = check.__name__.strip("_")
            findings.append(Finding(name, "problem", f"{type(error).__name__}: {error}", "please report this"))
    return findings


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = f"{version}, {platform.system()} {platform.machine()}, {cores} cores"
    yield Finding("python", "ok" if good else "problem", found, "" if good else "use Python 3.11 or newer")


def _packages() -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            yield Finding(name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            source = name == "wm-suite"
            fix = "pip install -c constraints.txt ." if source else f"pip install {name}"
            yield Finding(name, "note" if source else "problem", "not installed", fix)


def _pygame() -> Iterator[Finding]:
    """`pygame` and `pygame-ce` write the same folder; with both, pictures (the score's digits) change."""
    try:
        rival = metadata.version("pygame")
    except metadata.PackageNotFoundError:
        yield Finding("pygame", "ok", "only pygame-ce")
        return
    fix = "pip uninstall -y pygame pygame-ce && pip install pygame-ce"
    yield Finding("pygame", "problem", f"the distribution pygame {rival} is installed and overwrites pygame-ce", fix)


def _extension() -> Iterator[Finding]:
    try:
        module = importlib.import_module("wm_envs._native")
    except ImportError as error:
        yield Finding("extension", "problem", f"wm_envs._native does not load: {error}", "pip install . (needs g++)")
        return
    yield Finding("extension", "ok", f"{module.__name__} loads")


def _torch() -> Iterator[Finding]:
    import torch

    devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    found = f"{', '.join(devices)}" if devices else f"no GPU, {torch.get_num_threads()} CPU threads"
    yield Finding("compute", "ok", found)
    if torch.get_num_threads() > 1 and not devices and "OMP_WAIT_POLICY" not in os.environ:
        fix = "export OMP_WAIT_POLICY=passive when other processes are busy: small nets are then several times faster"
        yield Finding("threads", "note", "OMP_WAIT_POLICY is not set", fix)


def _plugins() -> Iterator[Finding]:
    """Broken and incompatible ones are problems; missing extras and disabled ones are choices."""
    from wm_zoo.manager import list_components

    entries = list_components()
    yield Finding("plugins", "ok" if entries else "problem", f"{len(entries)} components listed")
    for entry in entries:
        if str(entry.status) in ("broken", "incompatible"):
            yield Finding(entry.id, "problem", f"{entry.status}: {entry.reason}", f"wm plugins show {entry.id}")
        elif str(entry.status) == "missing":
            yield Finding(entry.id, "note", str(entry.reason))


def _stock() -> Iterator[Finding]:
    """Stock CarRacing-v3, on which every headline score is driven, and ours beside it: they should be equal."""
    import gymnasium as gym
    import numpy as np

    import wm_envs
    from wm_envs.stock import make_stock_car_racing

    wm_envs.register_all()
    returns = []
    for env in (make_stock_car_racing(frame_skip=_STEPS), gym.make("wm/CarRacing-v0", frame_skip=_STEPS)):
        env.reset(seed=0)
        returns.append(float(env.step(np.array([0.1, 0.5, 0.0], np.float32))[1]))
        env.close()
    stock, ours = returns
    if stock == ours:
        yield Finding("CarRacing", "ok", f"native and stock rewards are equal over {_STEPS} frames")
        return
    fix = "physics is equal to the bit on glibc/x86-64 only; elsewhere scores of the two may differ by chance"
    yield Finding("CarRacing", "note", f"native returns {ours!r}, stock {stock!r} over {_STEPS} frames", fix)


_STEPS = 40  # frames driven on both


def _display() -> Iterator[Finding]:
    headless = sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    driver = os.environ.get("SDL_VIDEODRIVER")
    if not headless:
        yield Finding("display", "ok", f"available (SDL_VIDEODRIVER={driver or 'unset'})")
        return
    fix = "training, evaluation and videos need none; `wm play` and render_mode='human' do"
    yield Finding("display", "note", f"none (SDL_VIDEODRIVER={driver or 'unset'})", fix)


def _disk() -> Iterator[Finding]:
    from wm_zoo.atomic import free_space, human_size

    free = free_space(".")
    good = free > LEAST_SPACE
    fix = "" if good else "make room, or give another disk with --out"
    yield Finding("disk", "ok" if good else "problem", f"{human_size(free)} free here", fix)
