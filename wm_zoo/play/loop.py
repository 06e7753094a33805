"""The loop: events, one decision, one picture; until the driver leaves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wm_envs.window import import_pygame
from wm_zoo.play.actions import ActionMap
from wm_zoo.play.controls import Controls, strongest
from wm_zoo.play.gamepad import Gamepads
from wm_zoo.play.hud import HISTORY, Shown
from wm_zoo.play.keyboard import Keyboard
from wm_zoo.play.keys import BINDINGS
from wm_zoo.play.log import Log
from wm_zoo.play.pictures import numbers_of
from wm_zoo.play.real import Outcome
from wm_zoo.play.recorder import Recorder
from wm_zoo.play.screen import shown
from wm_zoo.play.session import DREAM, Session
from wm_zoo.play.window import PlayWindow

MESSAGE_SECONDS = 4.0
END_SECONDS = 3.0
"""How long the end of an episode is shown before the next one begins by itself."""
WARMER = 0.25
"""Step of the temperature."""


@dataclass(frozen=True)
class LoopOptions:
    """How to play.

    Attributes:
        name: of what is played, for the screen.
        fps: decisions a second.
        frames: after which it ends, or None.
        folder: of screenshots and recordings.
    """

    name: str
    fps: float
    frames: int | None
    folder: Path


class Loop:
    """One drive in one window.

    Args:
        session: what is driven; reset here.
        actions: from the driver's wishes to the environment's actions.
        window: to draw in.
        recorder: of the record key.
        log: of everything that happens.
        options: see there.
        smooth: keys move wheel and pedals at a rate.
    """

    def __init__(
        self,
        session: Session,
        actions: ActionMap,
        window: PlayWindow,
        recorder: Recorder,
        log: Log,
        options: LoopOptions,
        *,
        smooth: bool = True,
    ) -> None:
        self.session, self.window, self.recorder, self.log, self.options = session, window, recorder, log, options
        recorder.say = self.say
        self._pygame: Any = import_pygame("wm play")
        self._actions = actions
        self._keyboard, self._pads = Keyboard(smooth=smooth), Gamepads()
        self._keys = {code: b.command for b in BINDINGS for code in _codes(self._pygame, b.keys)}
        self._buttons = {b.button: b.command for b in BINDINGS if b.button is not None}
        self._commands: dict[str, Callable[[], None]] = {
            "toggle": self._toggle,
            "compare": self._compare,
            "record": lambda: self.recorder.toggle(self.session),
            "reset": self._reset,
            "pause": self._pause,
            "once": self._once,
            "cooler": lambda: self._warm(-WARMER),
            "hotter": lambda: self._warm(WARMER),
            "view": self._view,
            "screenshot": self._screenshot,
            "help": self._help_key,
            "quit": self._quit,
        }
        self._uncertainty: deque[float] = deque(maxlen=HISTORY)
        self._controls = Controls()
        self._message, self._message_left = "", 0
        self._paused = self._step_once = self._help = self._leaving = False
        self._waiting = 0  # frames since the episode ended
        self._frame = 0

    def run(self, *, record: bool = False, compare: bool = False) -> int:
        """Play; returns the number of frames.

        Args:
            record: from the first frame on.
            compare: begin with both sides.
        """
        self._reset()
        self.say("H: help", {"event": "start", "seed": self.session.seed, "name": self.options.name})
        if compare:
            self._compare()
        if record:
            self.recorder.toggle(self.session)
        try:
            while not self._leaving and self._frame != self.options.frames:
                self._turn()
        except KeyboardInterrupt:
            self.log.write(frame=self._frame, event="interrupted")
        finally:
            self.recorder.stop()
            self.log.write(frame=self._frame, event="end")
        return self._frame

    def say(self, words: str, facts: dict[str, Any]) -> None:
        """Show words for a moment, and log what happened."""
        self._message, self._message_left = words, round(MESSAGE_SECONDS * self.options.fps)
        self.log.write(frame=self._frame, message=words, **facts)

    def _turn(self) -> None:
        for event in self.window.events():
            self._handle(event)
        self._controls = strongest(self._keyboard.update(1 / self.options.fps), self._pads.update())
        if self.session.side.ended:
            self._wait_for_next()
        elif (not self._paused and not self._help) or self._step_once:
            self._step()
        self._step_once = False
        self.window.draw(self._shown())
        self.recorder.frame(self.window.size, self.window.pixels)
        self._message_left -= 1
        self._frame += 1
        self.window.wait(self.options.fps)

    def _handle(self, event: Any) -> None:
        pygame = self._pygame
        self._keyboard.handle(event)
        if words := self._pads.handle(event):
            self.say(words, {"event": "gamepad"})
        command = None
        if event.type == pygame.QUIT:
            command = "quit"
        elif event.type == pygame.KEYDOWN:
            command = self._keys.get(event.key)
        elif event.type == pygame.JOYBUTTONDOWN:
            command = self._buttons.get(event.button)
        if command is not None:
            self._commands[command]()

    def _step(self) -> None:
        action = self._actions(self._controls)
        outcome = self.session.step(action)
        self.recorder.step(self.session, action, outcome)
        if outcome.uncertainty is not None:
            self._uncertainty.append(outcome.uncertainty if outcome.uncertainty < float("inf") else 0.0)
        self._log_step(action, outcome)
        self._waiting = 0

    def _log_step(self, action: Any, outcome: Outcome) -> None:
        session = self.session
        self.log.write(
            frame=self._frame,
            event="step",
            mode=session.mode,
            comparing=session.comparing,
            episode=session.episode,
            step=session.score.steps,
            action=action,
            reward=outcome.reward,
            total=session.score.total,
            terminated=outcome.terminated,
            truncated=outcome.truncated,
            uncertainty=outcome.uncertainty,
            temperature=None if session.dream is None else session.dream.temperature,
            fps=round(self.window.fps, 2),
            info=numbers_of(outcome.info),
        )

    def _wait_for_next(self) -> None:
        self._waiting += 1
        if not self._paused and self._waiting > END_SECONDS * self.options.fps:
            self._reset()

    def _reset(self) -> None:
        self.recorder.cut()
        self.session.reset()
        self._keyboard.clear()
        self._uncertainty.clear()
        self.recorder.begin(self.session)
        self._waiting = 0
        facts = {"event": "reset", "mode": self.session.mode, "seed": self.session.episode_seed}
        self.say(f"episode {self.session.episode}, seed {self.session.episode_seed}", facts)

    def _toggle(self) -> None:
        before = self.session.mode
        words = self.session.toggle()
        self._changed(words, "toggle", cut=self.session.mode != before)

    def _compare(self) -> None:
        words = self.session.compare()
        self._changed(words, "compare", cut=self.session.mode == DREAM and self.session.comparing)

    def _changed(self, words: str, event: str, *, cut: bool) -> None:
        """Tell of a change; what is recorded is cut where the next step does not follow the last one."""
        if cut:
            self.recorder.cut()
            self.recorder.begin(self.session)
        self.say(words, {"event": event, "mode": self.session.mode, "comparing": self.session.comparing})

    def _warm(self, by: float) -> None:
        dream = self.session.dream
        if dream is None:
            self.say("only dreams have a temperature", {"event": "temperature", "temperature": None})
            return
        dream.temperature += by
        facts = {"event": "temperature", "temperature": dream.temperature}
        self.say(f"temperature {dream.temperature:g}", facts)

    def _pause(self) -> None:
        self._paused = not self._paused
        self.say("paused" if self._paused else "on", {"event": "pause", "paused": self._paused})

    def _once(self) -> None:
        self._paused = self._step_once = True

    def _view(self) -> None:
        self.session.people = not self.session.people
        self.say("as people see it" if self.session.people else "as the model sees it", {"event": "view"})

    def _screenshot(self) -> None:
        path = self.window.screenshot(self.options.folder)
        self.say(f"screenshot: {path}", {"event": "screenshot", "path": str(path)})

    def _help_key(self) -> None:
        self._help = not self._help
        self.log.write(frame=self._frame, event="help", shown=self._help)

    def _quit(self) -> None:
        self._leaving = True

    def _shown(self) -> Shown:
        return shown(
            self.session,
            name=self.options.name,
            fps=self.window.fps,
            uncertainty=list(self._uncertainty),
            controls=self._controls,
            message=self._message if self._message_left > 0 else "",
            paused=self._paused,
            recording=self.recorder.active,
            help=self._help,
        )


def _codes(pygame: Any, names: tuple[str, ...]) -> list[int]:
    return [pygame.key.key_code(name) for name in names]
