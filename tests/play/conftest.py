"""A toy environment and its exact toy world, a display that nobody sees, and events that are posted by the frame."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import gymnasium as gym
import pytest

DREAM = Path(__file__).parents[1] / "dream"
TOY = DREAM / "toy_world.py"


@pytest.fixture(autouse=True)
def no_display(monkeypatch, tmp_path):
    """SDL draws into memory; recordings go to a temporary folder."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.chdir(tmp_path)
    yield
    import pygame

    pygame.joystick.quit()
    pygame.display.quit()  # not pygame.quit(): CarRacing keeps the font of its score
    gc.collect()


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    """The module `toy_world`, its components in the registry, its real environment in Gymnasium's."""
    from wm_zoo.loading import import_path

    file = tmp_path / "toy_registry.toml"
    module = import_path(TOY)
    file.write_text(module.REGISTRY.replace('path = "toy_world.py"', f'path = "{TOY}"'))
    monkeypatch.setenv("WM_REGISTRY", str(file))
    real = import_path(DREAM / "toy_real.py")
    real.register()
    yield module
    del gym.registry[real.REAL_ID]


@pytest.fixture
def world(toy):
    """A continuous toy world; its card names the toy environment."""
    return toy.toy_world()


@pytest.fixture
def saved(world, tmp_path):
    """Folder of it."""
    world.save(tmp_path / "toy")
    return str(tmp_path / "toy")


@pytest.fixture
def make_session(saved):
    """Sessions of the toy environment and its world, reset, with a seed; temperature 0 unless told otherwise."""
    from wm_zoo.play.setup import make_session

    made = []

    def make(env_id="wm/Dream-v0", **kwargs):
        kwargs = {"world": saved, "seed": 5, "env_kwargs": {"temperature": 0.0}} | kwargs
        session, _, _ = make_session(env_id, **kwargs)
        made.append(session)
        session.reset()
        return session

    yield make
    for session in made:
        session.close()


@pytest.fixture
def posted(monkeypatch):
    """Post events at frames: ``posted({3: [("KEYDOWN", {"key": "t"})]})``; keys are given by name."""
    import pygame

    from wm_zoo.play.window import PlayWindow

    def post(script):
        taken = PlayWindow.events
        frame = iter(range(10**9))

        def events(window):
            for kind, values in script.get(next(frame), ()):
                coded = {k: pygame.key.key_code(v) if k == "key" else v for k, v in values.items()}
                pygame.event.post(pygame.event.Event(getattr(pygame, kind), coded))
            return taken(window)

        monkeypatch.setattr(PlayWindow, "events", events)

    return post


@pytest.fixture
def tap():
    """Events of keys that are pressed and released at once: ``tap("t", "c")``."""
    return lambda *names: [event for n in names for event in (("KEYDOWN", {"key": n}), ("KEYUP", {"key": n}))]


@pytest.fixture
def hold():
    """The event of a key that goes down and stays there."""
    return lambda name: ("KEYDOWN", {"key": name})


@pytest.fixture
def wm(capsys):
    """Run `wm play …`; returns exit code, standard output, standard error, and the lines of its log."""
    from wm_zoo.cli import main

    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(["play", *map(str, words), "--fps", "500", "--log", "play.jsonl"])
        out = capsys.readouterr()
        log = Path("play.jsonl")
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return caught.value.code or 0, out.out, out.err, lines

    return run
