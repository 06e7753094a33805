"""A CARLA server that this process starts, watches and stops."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence

from wm_envs.carla.errors import CarlaServerLost


class ServerProcess:
    """The server as a child process, in a process group of its own: CARLA's start script leaves children behind.

    Args:
        command: what starts the server, e.g. ``"./CarlaUE4.sh -RenderOffScreen -carla-rpc-port=2000"`` or the same as a
            list. The port in it must be the one that the client uses.
    """

    def __init__(self, command: str | Sequence[str]) -> None:
        self.command = shlex.split(command) if isinstance(command, str) else list(command)
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there; it may still be loading, or hang."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, if it is not running.

        Raises:
            CarlaServerLost: the command cannot be run at all.
        """
        if self.running:
            return
        self.stop()
        try:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise CarlaServerLost(f"server_command {self.command!r} cannot be started: {error}") from error
        self.starts += 1

    def stop(self, patience: float = 10.0) -> None:
        """Ask the whole group to end, then insist; may be called twice.

        Args:
            patience: s between the request and the kill.
        """
        process, self._process = self._process, None
        if process is None:
            return
        self._signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        self._signal(process, signal.SIGKILL)  # the script may be gone while the simulator it started lives
        process.wait()

    @staticmethod
    def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)  # the group's id is its first process's
