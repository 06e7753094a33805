"""A toy environment and its exact toy world, a display that nobody sees, and events that are posted by the frame."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

TOY = Path(__file__).parents[1] / "dream" / "toy_world.py"
REAL_ID = "toy/Real-v0"


class ToyReal(gym.Env):
    """What the toy world's dynamics say, without noise: brightness is position and speed. Ends at the edge."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 (as the base)

    def __init__(self, render_mode=None, discrete=False):
        self.render_mode = render_mode
        self.observation_space = gym.spaces.Box(0, 255, (36, 36, 3), np.uint8)
        self.action_space = gym.spaces.Discrete(3) if discrete else gym.spaces.Box(-1, 1, (1,), np.float32)
        self.seeds = []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.seeds.append(seed)
        self.x, self.v = float(self.np_random.uniform(-0.5, 0.5)), 0.0
        return self._obs(), {}

    def step(self, action):
        push = (int(action) - 1) if isinstance(self.action_space, gym.spaces.Discrete) else float(action[0])
        self.v = 0.8 * self.v + 0.3 * push
        self.x += 0.3 * self.v
        return self._obs(), 1 - abs(self.x), abs(self.x) > 1.9, False, {"speed": abs(self.v), "x": self.x}

    def _obs(self):
        picture = np.zeros((36, 36, 3), np.uint8)
        picture[..., :2] = np.clip(np.round((np.array([self.x, self.v]) + 2) / 4 * 255), 0, 255)
        return picture

    def render(self):
        return np.repeat(np.repeat(self._obs(), 2, 0), 3, 1)


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
    gym.register(REAL_ID, entry_point=ToyReal, max_episode_steps=500)
    yield module
    del gym.registry[REAL_ID]


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
