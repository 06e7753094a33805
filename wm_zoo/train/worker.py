"""A second process that performs stages while the first one performs others.

It is started as ``python -m wm_zoo.train.worker RUN`` and talks in lines of JSON: requests come on its standard input,
progress goes out on its standard output. When the first process dies, however it dies, that input ends and the worker
leaves at once; nothing is lost, because a stage goes on from its own checkpoint.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from wm_zoo.errors import WMError
from wm_zoo.run import Run, StageFolder
from wm_zoo.train.loop import Interrupted, Monitor, TrainingError

SEND_EVERY = 0.25  # seconds between two messages about progress


class WorkerError(WMError):
    """The second process failed; what it said is in the message."""

    exit_code = 1


class Worker:
    """The first process's side. One stage at a time; started when it is first needed."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._process: subprocess.Popen[str] | None = None
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._busy: StageFolder | None = None

    def start(self, stage: StageFolder) -> None:
        """Ask for a stage; it runs from now on."""
        self._ensure()
        self._busy = stage
        self._send({"stage": stage.name, "round": stage.round})

    def pump(self, monitor: Monitor) -> None:
        """Pass on what the worker has said; raises what went wrong there."""
        while self._busy is not None:
            try:
                message = self._messages.get_nowait()
            except queue.Empty:
                return
            self._handle(message, monitor)

    def join(self, monitor: Monitor) -> None:
        """Wait for the stage to finish, or, when the monitor stops, to save itself; then raises `Interrupted`."""
        asked = False
        while self._busy is not None:
            if monitor.stopping() and not asked:
                self._send({"stop": True})
                asked = True
            try:
                message = self._messages.get(timeout=0.1)
            except queue.Empty:
                continue
            self._handle(message, monitor)

    def stop(self, monitor: Monitor) -> None:
        """Let a running stage save itself, and wait for that."""
        if self._busy is None:
            return
        self._send({"stop": True})
        try:
            while self._busy is not None:
                self._handle(self._messages.get(timeout=60), monitor)
        except (Interrupted, WorkerError, queue.Empty):
            self._busy = None

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        process, self._process = self._process, None
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it may have died already
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def _ensure(self) -> None:
        if self._process is not None:
            return
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        environment |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
        self._process = subprocess.Popen(
            # -P: a checkout in the current folder must not shadow the package that this process runs.
            [sys.executable, "-P", "-m", "wm_zoo.train.worker", str(self._run.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for the first process
        )
        assert self._process.stdout is not None
        threading.Thread(target=_listen, args=(self._process.stdout, self._messages), daemon=True).start()

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError:
            self._fail("it has died")

    def _handle(self, message: dict[str, Any] | None, monitor: Monitor) -> None:
        stage = self._busy
        assert stage is not None
        if message is None:
            self._fail("it has died")
        elif "progress" in message:
            done, total = message["progress"]
            monitor.progress(stage, done, total, message.get("row"))
        elif "error" in message:
            self._busy = None
            kind = TrainingError if message["kind"] == "TrainingError" else WorkerError
            raise kind(f"{stage.name}, round {stage.round}: {message['error']}")
        else:
            self._busy = None
            if message.get("interrupted"):
                raise Interrupted

    def _fail(self, why: str) -> None:
        assert self._process is not None
        self._busy = None
        code = self._process.poll()
        detail = "" if code is None else f" (exit status {code})"
        raise WorkerError(f"the second process of this run: {why}{detail}; go on with --resume")


def _listen(stream: IO[str], messages: queue.Queue[dict[str, Any] | None]) -> None:
    """Lines to messages; None when the stream ends."""
    try:
        for line in stream:
            messages.put(json.loads(line))
    except (ValueError, OSError):
        pass  # cut short by its death, or closed here
    messages.put(None)


class _Reporter:
    """The monitor on the worker's side."""

    def __init__(self, out: IO[str]) -> None:
        self._out, self._sent_at = out, 0.0
        self.stop = threading.Event()

    def progress(self, stage: StageFolder, done: float, total: float, row: Mapping[str, Any] | None = None) -> None:
        """Send it, unless something was sent just now."""
        if row is None and done < total and time.monotonic() - self._sent_at < SEND_EVERY:
            return
        self._sent_at = time.monotonic()
        self.send({"progress": [done, total], "row": row})

    def stopping(self) -> bool:
        """Whether the first process asked to stop."""
        return self.stop.is_set()

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line."""
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()


def serve(folder: Path) -> None:
    """The worker's main loop: perform what is asked until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints goes to standard error, and never between the messages
    reporter = _Reporter(out)
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_receive, args=(requests, reporter), daemon=True).start()

    import torch

    from wm_zoo.train.assembly import Assembly
    from wm_zoo.train.stages import perform

    torch.set_num_threads(1)
    assembly = Assembly(Run.open(folder))
    while True:
        request = requests.get()
        reporter.stop.clear()
        try:
            perform(assembly, assembly.run.stage(request["stage"], request["round"]), reporter)
            reporter.send({"finished": True})
        except Interrupted:
            reporter.send({"interrupted": True})
        except WMError as error:
            reporter.send({"error": str(error), "kind": type(error).__name__})
        except Exception as error:  # a bug, ours or a plugin's: the traceback goes to standard error
            import traceback

            traceback.print_exc()
            reporter.send({"error": f"{type(error).__name__}: {error}", "kind": type(error).__name__})


def _receive(requests: queue.Queue[dict[str, Any]], reporter: _Reporter) -> None:
    """Read requests beside the work. The end of the input is the end of the first process, and so of this one."""
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("stop"):
            reporter.stop.set()
        else:
            requests.put(message)
    os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
