"""One client, one world, one tick at a time: synchronous mode that is always given back."""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Iterator
from typing import Any

from wm_envs.carla.errors import CarlaError, CarlaServerLost, ForeignTick
from wm_envs.carla.library import import_carla
from wm_envs.carla.options import CarlaOptions
from wm_envs.carla.server import ServerProcess


@contextlib.contextmanager
def server_calls(where: str) -> Iterator[None]:
    """Names the loss of the server: the wheel raises a bare RuntimeError("time-out of …") for it."""
    try:
        yield
    except CarlaError:
        raise
    except RuntimeError as error:
        text = str(error).lower()
        if any(word in text for word in ("time-out", "timeout", "connection", "rpc")):
            raise CarlaServerLost(f"{where}: {error}") from error
        raise


class Session:
    """A connection to a server, from `open` to `close`.

    Synchronous mode and the fixed step are set together, the TrafficManager likewise; `close` puts back what was there.
    """

    def __init__(self, options: CarlaOptions, server: ServerProcess | None) -> None:
        self.carla = import_carla()
        self.options, self.server = options, server
        self.client: Any = None
        self.world: Any = None
        self.map: Any = None
        self.traffic: Any = None
        self.frame = -1
        self._saved: Any = None

    @property
    def address(self) -> str:
        """host:port, for messages."""
        return f"{self.options.host}:{self.options.port}"

    def open(self, *, reload: bool = False) -> None:
        """Connect, waiting for a server that is starting; take over the clock.

        Args:
            reload: load the town afresh: a server that was lost may still hold our actors, and our settings.

        Raises:
            CarlaServerLost: nothing answered in `connect_timeout` seconds.
        """
        if self.server is not None:
            self.server.start()
        self._connect()
        with server_calls(f"CARLA at {self.address}"):
            self.client.set_timeout(self.options.timeout)
            self._warn_of_other_version()
            self.world = self._load_town(reload)
            self.map = self.world.get_map()
            self._take_the_clock()

    def _connect(self) -> None:
        options = self.options
        deadline = time.monotonic() + options.connect_timeout
        while True:
            self.client = self.carla.Client(options.host, options.port)
            self.client.set_timeout(min(options.timeout, 5.0))
            try:
                self.client.get_server_version()
                return
            except RuntimeError as error:
                died = self.server is not None and not self.server.running
                if died or time.monotonic() >= deadline:
                    raise CarlaServerLost(self._no_answer(died)) from error
            time.sleep(min(0.5, max(deadline - time.monotonic(), 0.0)))

    def _no_answer(self, died: bool) -> str:
        if died and self.server is not None:
            return f"server_command {self.server.command!r} ended before the server answered at {self.address}"
        return (
            f"no CARLA server answers at {self.address} within {self.options.connect_timeout:g} s: start one "
            "(./CarlaUE4.sh -RenderOffScreen), or pass server_command=, host=, port="
        )

    def _warn_of_other_version(self) -> None:
        server, client = self.client.get_server_version(), self.client.get_client_version()
        if server != client:
            warnings.warn(f"CARLA server {server}, client {client}: install the client of that version", stacklevel=4)

    def _load_town(self, reload: bool) -> Any:
        world = self.client.get_world()
        town = self.options.town
        other = town is not None and world.get_map().name.rsplit("/", 1)[-1] != town
        if not other and not reload:
            return world
        self.client.set_timeout(max(self.options.timeout, 60.0))  # loading a town takes long
        world = self.client.load_world(town) if other else self.client.reload_world()
        self.client.set_timeout(self.options.timeout)
        return world

    def answers(self) -> bool:
        """Whether the server is there after all; waits 2 s at most."""
        if self.client is None:
            return False
        try:
            self.client.set_timeout(2.0)
            self.client.get_server_version()
            self.client.set_timeout(self.options.timeout)
        except RuntimeError:
            return False
        return True

    def _take_the_clock(self) -> None:
        self._saved = self.world.get_settings()
        settings = self.world.get_settings()  # a second object: the first stays as it was
        settings.synchronous_mode = True
        settings.fixed_delta_seconds = self.options.control_step
        settings.substepping = True
        settings.max_substep_delta_time, settings.max_substeps = substeps(self.options.control_step)
        settings.deterministic_ragdolls = True
        settings.no_rendering_mode = not self.options.needs_rendering
        self.world.apply_settings(settings)
        self.traffic = self.client.get_trafficmanager(self.options.tm_port)
        self.traffic.set_synchronous_mode(True)
        self.frame = -1

    def seed(self, traffic: int, pedestrians: int) -> None:
        """Seeds of the TrafficManager and of the pedestrians' navigation, at every reset."""
        with server_calls("seeding"):
            self.traffic.set_random_device_seed(traffic)
            self.world.set_pedestrians_seed(pedestrians)

    def tick(self) -> int:
        """Advance the world by one step; the new frame.

        Raises:
            ForeignTick: the frame is not the one after the last.
            CarlaServerLost: no answer within `timeout` s.
        """
        with server_calls(f"tick after frame {self.frame}"):
            frame = int(self.world.tick(self.options.timeout))
        if self.frame >= 0 and frame != self.frame + 1:
            before, self.frame = self.frame, frame
            raise ForeignTick(
                f"frame {frame} follows frame {before} at {self.address}: another client ticks this server. "
                "An environment needs a server (and a tm_port) of its own"
            )
        self.frame = frame
        return frame

    def close(self) -> None:
        """Give the clock back. Never raises: what cannot be reached any more needs no restoring."""
        saved, self._saved = self._saved, None
        with contextlib.suppress(RuntimeError):
            if self.traffic is not None:
                self.traffic.set_synchronous_mode(False)
        with contextlib.suppress(RuntimeError):
            if saved is not None:
                self.world.apply_settings(saved)
        self.traffic = self.world = self.map = self.client = None


def substeps(step: float) -> tuple[float, int]:
    """Length (s) and number of physics sub-steps: 0.01 s each where 16, the engine's most, are enough for `step`."""
    count = min(16, math.ceil(step / 0.01 - 1e-9))
    return max(0.01, step / count), count
