"""What the record key keeps: a video of the window, and the drive as episodes of datasets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wm_zoo.data.meta import DatasetMeta
from wm_zoo.errors import WMError
from wm_zoo.play.real import Outcome
from wm_zoo.play.session import Session
from wm_zoo.play.tape import LONGEST, Tape
from wm_zoo.play.video_file import VideoFile


class Recorder:
    """Starts and stops; a problem is told through `say` and never ends the drive.

    The real and the dreamt are kept in different datasets. An episode is stored when it ends, when the driver changes
    sides, and when the recording stops.

    Args:
        folder: of videos, and of one dataset for each side.
        metas: where the episodes of each mode come from.
        fps: of the video.

    Attributes:
        active: whether it records now.
        kept: everything saved so far, as text.
        say: told words for the screen and facts for the log.
    """

    def __init__(self, folder: Path, metas: Mapping[str, DatasetMeta], fps: float) -> None:
        self.folder, self._metas, self._fps = folder, metas, fps
        self.active = False
        self.kept: list[str] = []
        self.say: Callable[[str, dict[str, Any]], None] = lambda words, facts: None
        self._video: VideoFile | None = None
        self._tape: Tape | None = None
        self._saved: list[str] = []

    def toggle(self, session: Session) -> None:
        """Start, or stop and save."""
        if self.active:
            self.stop()
            return
        self.active, self._saved = True, []
        self.begin(session)
        self.say("recording", {"event": "record", "folder": str(self.folder)})

    def begin(self, session: Session) -> None:
        """An episode (or a dream, or reality after it) begins with what is seen now."""
        if not self.active or session.side.ended:
            return
        meta = self._metas[session.mode]
        name = meta.env_id if session.mode == "real" else f"dream-of-{self._metas.get('real', meta).env_id}"
        self._tape = Tape(meta, self.folder / name.replace("/", "-"), session.episode_seed)
        self._tape.begin(session.side.obs)

    def step(self, session: Session, action: Any, outcome: Outcome) -> None:
        """One step of the side that is driven."""
        if self._tape is None:
            return
        self._tape.add(action, outcome.reward, session.side.obs, terminated=outcome.terminated)
        if outcome.ended:
            self.cut()
        elif len(self._tape) >= LONGEST:
            self.cut()
            self.begin(session)

    def cut(self) -> None:
        """The episode is over: store it."""
        tape, self._tape = self._tape, None
        if tape is None:
            return
        try:
            folder = tape.save()
        except (WMError, OSError) as error:
            self.say(f"episode not stored: {error}", {"event": "error", "error": str(error)})
            return
        if folder is not None:
            self._saved.append(str(folder))
            self.say(
                f"{len(tape)} steps stored in {folder}",
                {"event": "episode", "dataset": str(folder), "steps": len(tape), "env_id": tape.meta.env_id},
            )

    def frame(self, size: tuple[int, int], pixels: Callable[[], bytes]) -> None:
        """One picture of the window, asked for only while recording."""
        if not self.active:
            return
        try:
            if self._video is None:
                self._video = VideoFile(self.folder, size, self._fps)
            self._video.add(pixels())
        except WMError as error:
            self._video = None
            self.active = False
            self.cut()
            self.say(f"recording stopped: {error}", {"event": "error", "error": str(error)})

    def stop(self) -> None:
        """Store what there is; safe to call when nothing is recorded."""
        if not self.active:
            return
        self.active = False
        self.cut()
        video, self._video = self._video, None
        path = None
        try:
            path = None if video is None else video.close()
        except WMError as error:
            self.say(str(error), {"event": "error", "error": str(error)})
        kept = [str(path)] * (path is not None) + sorted(set(self._saved))
        self.kept += [one for one in kept if one not in self.kept]
        facts = {"event": "saved", "video": None if path is None else str(path), "datasets": sorted(set(self._saved))}
        self.say(f"saved: {', '.join(kept)}" if kept else "nothing to save", facts)
