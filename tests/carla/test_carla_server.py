"""Servers that are missing, die, come back, or are ours to start; and a wheel that is not there."""

from __future__ import annotations

import builtins
import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wm_envs.carla.errors import CarlaNotInstalled, CarlaServerLost
from wm_envs.carla.server import ServerProcess

GO = np.array([0.0, 0.5, 0.0], np.float32)
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
Make = Callable[..., Any]


def test_missing_wheel_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from wm_envs.carla import CarlaEnv

    monkeypatch.delitem(sys.modules, "carla", raising=False)
    real = importlib.import_module

    def no_carla(name: str, *args: Any) -> Any:
        if name == "carla":
            raise ModuleNotFoundError("No module named 'carla'")
        return real(name, *args)

    monkeypatch.setattr(importlib, "import_module", no_carla)
    with pytest.raises(CarlaNotInstalled, match=r"pip install 'wm-suite\[carla\]'"):
        CarlaEnv().reset()


def test_another_module_of_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from wm_envs.carla import CarlaEnv

    monkeypatch.setitem(sys.modules, "carla", builtins)
    with pytest.raises(CarlaNotInstalled, match="has no Client"):
        CarlaEnv().reset()


def test_no_server(server: Any, make: Make) -> None:
    env = make(port=12345)
    with pytest.raises(CarlaServerLost, match=r"no CARLA server answers at 127\.0\.0\.1:12345 within 0\.3 s"):
        env.reset(seed=0)


def test_a_server_lost_in_an_episode_truncates_it(server: Any, make: Make) -> None:
    env = make()
    obs, _ = env.reset(seed=0)
    server.dies_at_tick = server.ticks + 2
    env.step(GO)
    last, reward, terminated, truncated, info = env.step(GO)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["server_lost"] is True
    assert env.observation_space.contains(last)
    server.restart()
    obs, info = env.reset(seed=0)
    assert server.reloads == 1  # whatever the old episode left is gone
    assert env.observation_space.contains(obs)
    env.step(GO)


def test_without_reconnect_the_loss_is_raised(server: Any, make: Make) -> None:
    env = make(reconnect=False)
    env.reset(seed=0)
    server.alive = False
    with pytest.raises(CarlaServerLost, match="time-out"):
        env.step(GO)


def test_losses_in_a_row_are_raised_in_the_end(server: Any, make: Make) -> None:
    env = make(max_restarts=2)
    env.reset(seed=0)
    server.alive = False
    env.step(GO)
    with pytest.raises(CarlaServerLost):
        env.reset(seed=0)
    server.restart()
    env.reset(seed=0)
    env.step(GO)


def test_a_server_that_only_hung_gets_its_actors_and_settings_back(server: Any, make: Make, fake: Any) -> None:
    env = make()
    env.reset(seed=0)
    tick, fake.World.tick = fake.World.tick, lambda self, seconds: _hang()
    assert env.step(GO)[3]
    fake.World.tick = tick
    assert not server.actors
    assert not server.settings["synchronous_mode"]


def _hang() -> int:
    raise RuntimeError("time-out of 1000ms while waiting for the simulator")


def test_the_same_seed_after_a_restart_is_the_same_episode(server: Any, make: Make) -> None:
    env = make()
    env.reset(seed=5)
    weather, seed = str(server.weather), server.traffic_seeds[-1]
    server.dies_at_tick = server.ticks + 1  # in the next warm-up
    restart = server.restart
    server.alive_again = restart

    def reload(env: Any = env, lost: Any = env._holdings.lost) -> None:
        lost()
        restart()

    env._holdings.lost = reload
    env.reset(seed=5)
    assert (str(server.weather), server.traffic_seeds[-1]) == (weather, seed)


def test_server_command_is_started_watched_and_stopped(server: Any, make: Make) -> None:
    env = make(server_command=SLEEPER)
    process = env._holdings.server
    assert not process.running
    env.reset(seed=0)
    assert process.running
    server.dies_at_tick = server.ticks + 1
    assert env.step(GO)[3]
    assert not process.running
    server.restart()
    env.reset(seed=0)
    assert process.running
    assert process.starts == 2
    env.close()
    assert not process.running


def test_a_command_that_ends_at_once_is_named(server: Any, make: Make) -> None:
    server.alive = False
    env = make(server_command=[sys.executable, "-c", "pass"], connect_timeout=20.0, max_restarts=0)
    with pytest.raises(CarlaServerLost, match="ended before the server answered"):
        env.reset(seed=0)


def test_a_command_that_does_not_exist(server: Any, make: Make) -> None:
    env = make(server_command="./NoCarlaUE4.sh -RenderOffScreen", max_restarts=0)
    with pytest.raises(CarlaServerLost, match="cannot be started"):
        env.reset(seed=0)


def test_stopping_reaches_the_scripts_children(tmp_path: Any) -> None:
    note = tmp_path / "pid"
    process = ServerProcess(["sh", "-c", f"sleep 60 & echo $! > {note}; wait"])
    process.start()
    deadline = time.monotonic() + 5
    while not (note.exists() and note.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.01)
    child = int(note.read_text())
    process.stop()
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(child)
    process.stop()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        return stat.read().split(") ")[1][0] != "Z"
