"""The fake ``carla`` module in place of the wheel, a server behind it, and environments that leave nothing behind."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

QUICK = {"timeout": 1.0, "sensor_timeout": 0.2, "connect_timeout": 0.3, "warm_up": 3, "vehicles": 4, "camera_height": 8,
         "camera_width": 12, "lidar_beams": 8}  # fmt: skip


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The fake module, new for every test."""
    spec = importlib.util.spec_from_file_location("carla", Path(__file__).with_name("fake_carla.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "carla", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(fake: Any) -> Any:
    """A running server on the default port."""
    return fake.Server()


@pytest.fixture
def make(server: Any) -> Iterator[Callable[..., Any]]:
    """Makes environments; at the end each is closed and nothing that was spawned may be left."""
    from wm_envs.carla import CarlaEnv

    envs: list[Any] = []

    def build(**options: Any) -> Any:
        envs.append(CarlaEnv(**(QUICK | options)))
        return envs[-1]

    yield build
    for env in envs:
        env.close()
    if server.alive:
        assert not server.actors, [a.type_id for a in server.actors.values()]
