"""An MP4 that is written while one drives: under a temporary name, renamed when it is whole."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from wm_zoo.errors import MissingDependency
from wm_zoo.play.errors import PlayError


class VideoFile:
    """H.264, one frame after the other, so that a long drive needs no memory.

    Args:
        folder: made when missing.
        size: width and height of every frame, both even.
        fps: frames a second.

    Raises:
        MissingDependency: imageio-ffmpeg is not installed.
        PlayError: ffmpeg cannot be started, or the folder cannot be written.

    Attributes:
        path: final name, ``drive-0001.mp4`` with the first number that is free.
        frames: written so far.
    """

    def __init__(self, folder: Path, size: tuple[int, int], fps: float) -> None:
        try:
            from imageio_ffmpeg import get_ffmpeg_exe
        except ImportError as error:
            raise MissingDependency("videos need imageio-ffmpeg: pip install imageio-ffmpeg") from error
        try:
            self.path, self._part = _reserve(folder)
            self._process = subprocess.Popen(
                _command(get_ffmpeg_exe(), size, fps, self._part),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us: ffmpeg must still end its file
            )
        except (OSError, RuntimeError) as error:
            raise PlayError(f"{folder}: cannot record a video: {error}") from error
        self.frames = 0

    def add(self, frame: bytes) -> None:
        """Write one frame, RGB rows from the top; PlayError when ffmpeg is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame)
        except OSError as error:
            words = self._end()
            self._part.unlink(missing_ok=True)
            raise PlayError(f"{self.path}: the video was lost: {words or error}") from error
        self.frames += 1

    def close(self) -> Path | None:
        """Finish the file; None when there is no frame. PlayError when ffmpeg could not write it."""
        words = self._end()
        if self._process.returncode == 0 and self.frames:
            with self._part.open("rb") as file:
                os.fsync(file.fileno())
            self._part.replace(self.path)
            return self.path
        self._part.unlink(missing_ok=True)
        if self.frames:
            raise PlayError(f"{self.path}: ffmpeg could not write the video: {words}")
        return None

    def _end(self) -> str:
        """Let ffmpeg finish; what it complained about."""
        try:
            _, words = self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, words = self._process.communicate()
        return " ".join(words.decode(errors="replace").split())


def _reserve(folder: Path) -> tuple[Path, Path]:
    """The first free number; the temporary file keeps it from others."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / f"drive-{number:04d}.mp4"
        part = folder / f".drive-{number:04d}.part.mp4"
        try:
            if not path.exists():
                part.open("xb").close()
                return path, part
        except FileExistsError:
            pass
        number += 1


def _command(ffmpeg: str, size: tuple[int, int], fps: float, path: Path) -> list[str]:
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", f"{fps:g}", "-i", "-"]
    coded = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"]
    return [ffmpeg, "-y", "-v", "error", *source, *coded, "-movflags", "+faststart", str(path)]
