"""Who takes part in `dream.py`: the bare network in several libraries, and whole dreams."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from wm_zoo.world import ComposedWorld


@dataclass(frozen=True)
class Timer:
    """Somebody whose calls are timed.

    Attributes:
        run: seconds of each of so many rounds of calls, one after another.
        calls: of one round; each of them costs something else (a step, the step that begins anew).
    """

    run: Callable[[int], list[float]]
    calls: int = 1

    def typical(self, seconds: list[float]) -> float:
        """Mean over the calls of a round of each one's median."""
        return float(np.median(np.reshape(seconds, (-1, self.calls)), 0).mean())


def timed(action: Callable[[], Any], threads: int = 1) -> Timer:
    """Time every call; torch may use so many threads."""

    def run(repeats: int) -> list[float]:
        torch.set_num_threads(threads)
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            action()
            seconds.append(time.perf_counter() - start)
        torch.set_num_threads(1)
        return seconds

    return Timer(run)


def episodes(env: Any, horizon: int) -> Timer:
    """Whole episodes of a vector environment: `horizon` steps and the step that begins anew."""
    env.reset(seed=0)
    action, length = env.action_space.sample(), horizon + 1

    def run(repeats: int) -> list[float]:
        seconds = []
        for _ in range(length * -(-repeats // length)):
            start = time.perf_counter()
            env.step(action)
            seconds.append(time.perf_counter() - start)
        return seconds

    return Timer(run, length)


def by_torch(world: ComposedWorld) -> ComposedWorld:
    """Make a world (which nobody else holds) into one of a model that says nothing of native steps."""
    model: Any = world.dynamics
    model.__class__ = type("ByTorch", (type(model),), {"row_independent": False})
    assert world.step_program is None
    return world


def bare(world: ComposedWorld, n: int) -> dict[str, Timer]:
    """The network alone, in torch and in the native kernel, on one thread and on two."""
    model: Any = world.dynamics
    state = {name: tensor.normal_() for name, tensor in model.initial(n).items()}
    action = torch.zeros(n, world.action_dim)

    def in_torch() -> None:
        with torch.inference_mode():
            x, r = torch.cat([state["z"], action], -1), model.rnn
            weights = (r.weight_ih_l0, r.weight_hh_l0, r.bias_ih_l0, r.bias_hh_l0)
            if "c" in state:
                hidden, _ = torch.lstm_cell(x, (state["h"], state["c"]), *weights)
            else:
                hidden = torch.gru_cell(x, state["h"], *weights)
            context = torch.cat([hidden, state["z"], action], -1)
            model.latent_head(context)
            model.reward_head(context)

    kernel = _kernel(world, state, action)
    found = {"torch": timed(in_torch), "native kernel": timed(lambda: kernel(slice(None)))}
    if n > 1:
        found |= {"torch, 2 threads": timed(in_torch, 2), "native kernel, 2 threads": timed(_halves(kernel, n))}
    return found


def _kernel(world: ComposedWorld, state: dict[str, torch.Tensor], action: torch.Tensor) -> Callable[[slice], None]:
    """The native kernel on some of the rows; all arrays exist already."""
    program: Any = world.step_program
    inputs = [(action if name == "action" else state[name]).numpy() for name in program.inputs]
    parts, dims = 3 if program.components > 1 else 2, world.latent_dim
    widths = [state[name].shape[1] for name in program.memory] + [parts * dims * program.components, 2, 1]
    outputs = [np.empty((len(action), width), np.float32) for width in widths]
    ready: dict[tuple[Any, Any], tuple[list[Any], list[Any]]] = {}

    def run(rows: slice) -> None:
        key = rows.start, rows.stop
        if key not in ready:
            ready[key] = [array[rows] for array in inputs], [array[rows] for array in outputs]
        program.network.native.run(*ready[key])

    return run


def _halves(kernel: Callable[[slice], None], n: int) -> Callable[[], None]:
    """The kernel releases the GIL: one half here, one in another thread."""
    pool, middle = ThreadPoolExecutor(1), n // 2

    def run() -> None:
        other = pool.submit(kernel, slice(middle, n))
        kernel(slice(0, middle))
        other.result()

    return run


class GraphWorkers:
    """ONNX Runtime and OpenVINO, each in a process of its own, asked line by line (`dream_onnx.py`).

    Attributes:
        versions: of those that are there.
    """

    def __init__(self, python: str | None, world: ComposedWorld, folder: Path) -> None:
        self.versions: dict[str, str] = {}
        self._workers: dict[str, Any] = {}
        if python is None:
            return
        model: Any = world.dynamics
        sizes = np.array([world.latent_dim, world.action_dim, model.config.hidden])
        weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
        np.savez(folder / "weights.npz", sizes=sizes, **weights)
        for runtime in ("onnxruntime", "openvino"):
            for threads in (1, 2):
                self._start(python, folder / "weights.npz", runtime, threads)

    def _start(self, python: str, weights: Path, runtime: str, threads: int) -> None:
        script = Path(__file__).with_name("dream_onnx.py")
        command = [python, str(script), str(weights), runtime, str(threads)]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        version = worker.stdout.readline().strip()
        if version:
            self.versions[runtime] = version
            self._workers[runtime if threads == 1 else f"{runtime}, 2 threads"] = worker
            worker.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers.values():
            worker.kill()
            worker.wait()

    def at(self, n: int) -> dict[str, Timer]:
        """Forwards of n rows."""
        chosen = {name: worker for name, worker in self._workers.items() if n > 1 or "," not in name}
        return {name: self._timer(worker, n) for name, worker in chosen.items()}

    def _timer(self, worker: Any, n: int) -> Timer:
        def run(repeats: int) -> list[float]:
            worker.send_signal(signal.SIGCONT)
            worker.stdin.write(f"{n} {repeats}\n")
            worker.stdin.flush()
            seconds = [float(word) for word in worker.stdout.readline().split()]
            worker.send_signal(signal.SIGSTOP)  # its threads would spin on into the next one's turn
            return seconds

        return Timer(run)
