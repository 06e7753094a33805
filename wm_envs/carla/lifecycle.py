"""What an environment holds of the outside world, and its end: after exceptions, and when nobody calls close()."""

from __future__ import annotations

import numpy as np

from wm_envs.carla.errors import CarlaServerLost
from wm_envs.carla.options import CarlaOptions
from wm_envs.carla.scene import Scene
from wm_envs.carla.server import ServerProcess
from wm_envs.carla.session import Session


class Holdings:
    """Server process (if it is ours), session, scene: each made when needed, taken down from the last to the first."""

    def __init__(self, options: CarlaOptions) -> None:
        self.options = options
        self.server = None if options.server_command is None else ServerProcess(options.server_command)
        self.session: Session | None = None
        self.scene: Scene | None = None
        self.losses = 0  # in a row

    def new_scene(self, rng: np.random.Generator, render_mode: str | None) -> tuple[Session, Scene, int]:
        """Away with the old episode; a new one, spawned and settled, and the frame of its last tick.

        A lost server is restarted (reconnected to) and tried again, `max_restarts` times in a row.
        """
        state = rng.bit_generator.state
        while True:
            try:
                session, scene, frame = self._try(rng, render_mode)
            except CarlaServerLost:
                self.lost()
                if not self.options.reconnect or self.losses > self.options.max_restarts:
                    raise
                rng.bit_generator.state = state  # the same seed gives the same episode on the new server
            except BaseException:
                self.release()
                raise
            else:
                self.losses = 0
                return session, scene, frame

    def _try(self, rng: np.random.Generator, render_mode: str | None) -> tuple[Session, Scene, int]:
        if self.scene is not None:
            self.scene.destroy()
        if self.session is None:
            self.session = Session(self.options, self.server)
            self.session.open(reload=self.losses > 0)
        self.scene = Scene(self.session, self.options)
        self.scene.populate(rng, render_mode)
        return self.session, self.scene, self.scene.settle()

    def lost(self) -> None:
        """The server does not answer: forget it, and end it if it is ours (it may hang rather than be gone)."""
        self.losses += 1
        if self.session is not None and self.session.answers():
            self.release()
        self.scene = self.session = None  # nobody is there to destroy anything: each call would wait for its timeout
        if self.server is not None:
            self.server.stop()

    def release(self) -> None:
        """Destroy the scene and give the clock back; the server goes on."""
        scene, self.scene = self.scene, None
        session, self.session = self.session, None
        if scene is not None:
            scene.destroy()
        if session is not None:
            session.close()

    def close(self) -> None:
        """`release`, and the end of a server that we started. May be called twice."""
        self.release()
        if self.server is not None:
            self.server.stop()
