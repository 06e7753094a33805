"""The second process: same bits whoever is faster, errors come through, and nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from wm_zoo.run import Run
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.loop import Interrupted, Silent
from wm_zoo.train.worker import Worker, WorkerError


@pytest.fixture
def overlapping(toy):
    return toy(**{"train.overlap": True})


def test_overlap_ends_at_the_same_bits_every_time_and_leaves_nobody(tmp_path, overlapping, go, fingerprint) -> None:
    go(overlapping, tmp_path / "a")
    go(overlapping, tmp_path / "b")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")
    validated = sorted(path.parent.name for path in (tmp_path / "a/rounds").glob("*/validate"))
    assert validated == ["00", "01", "02"]  # one more: C practised once in the newest world
    assert not (tmp_path / "a/rounds/02/dynamics").exists()
    assert not children()


def test_which_world_a_controller_practises_in(tmp_path, toy, overlapping) -> None:
    from wm_zoo.data.envs import env_spaces

    spaces = env_spaces("toy_track:Toy-v0")
    one, two = (Assembly(Run.create(tmp_path / n, r), spaces) for n, r in (("a", overlapping), ("b", toy())))
    assert [one.world_round(k) for k in range(3)] == [0, 0, 1]
    assert [two.world_round(k) for k in range(2)] == [0, 1]


@pytest.fixture
def begin():
    """`begin(run)`: a worker that is closed after the test, whatever happens."""
    workers = []

    def make(run):
        workers.append(Worker(run))
        return workers[-1]

    yield make
    for worker in workers:
        worker.close()


def prepared(folder, recipe):
    """A run whose round 0 has data and encoder, so that a worker has something to do."""
    from wm_zoo.data.envs import env_spaces
    from wm_zoo.train.stages import perform

    run = Run.create(folder, recipe)
    assembly = Assembly(run, env_spaces(recipe.env.id))
    run.write_spaces(assembly.spaces)
    for name in ("collect", "encoder", "collect_more"):
        perform(assembly, run.stage(name, 0), Silent())
    return run


def test_a_failure_comes_through_with_its_reason(tmp_path, overlapping, begin) -> None:
    run = prepared(tmp_path / "a", overlapping)
    (run.data(0) / "shard-00000/latent.npy").write_bytes(b"short")
    worker = begin(run)
    worker.start(run.stage("dynamics", 0))
    with pytest.raises(WorkerError, match=r"dynamics, round 0: .*latent"):
        worker.join(Silent())
    worker.close()
    assert not children()


def test_stop_saves_and_the_next_goes_on(tmp_path, toy, begin) -> None:
    recipe = toy(**{"train.dynamics": {"first_updates": 100_000, "config": {"batch": 2, "length": 2}}})
    run = prepared(tmp_path / "a", recipe)
    worker, began = begin(run), time.monotonic()
    worker.start(run.stage("dynamics", 0))
    checkpoint = run.stage("dynamics", 0).file("checkpoint.safetensors")
    with pytest.raises(Interrupted):
        worker.join(Silent(lambda: checkpoint.exists() or time.monotonic() - began > 60))
    worker.close()
    assert checkpoint.exists()
    assert not run.stage("dynamics", 0).finished


def test_a_killed_worker_is_an_error_that_says_resume(tmp_path, toy, begin) -> None:
    recipe = toy(**{"train.dynamics": {"first_updates": 100_000, "config": {"batch": 2, "length": 2}}})
    run = prepared(tmp_path / "a", recipe)
    worker = begin(run)
    worker.start(run.stage("dynamics", 0))
    os.kill(children()[0], signal.SIGKILL)
    with pytest.raises(WorkerError, match="--resume"):
        worker.join(Silent())
    worker.close()


def test_the_worker_leaves_when_its_parent_is_killed(tmp_path, toy) -> None:
    recipe = toy(**{"train.dynamics": {"first_updates": 100_000, "config": {"batch": 2, "length": 2}}})
    run = prepared(tmp_path / "a", recipe)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from wm_zoo.run import Run; from wm_zoo.train.worker import Worker\n"
        "run = Run.open(Path(sys.argv[1])); worker = Worker(run); worker.start(run.stage('dynamics', 0))\n"
        "print(worker._process.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-P", "-c", code, str(run.folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    checkpoint = run.stage("dynamics", 0).file("checkpoint.safetensors")
    wait_for(checkpoint.exists)  # it is at work
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not alive(worker))


def children() -> list[int]:
    """Workers that this process has started and that still run."""
    words = ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())]
    table = subprocess.run(words, capture_output=True, text=True, check=False)
    return [int(line.split()[0]) for line in table.stdout.splitlines() if "wm_zoo.train.worker" in line]


def alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1] not in ("", "Z")


def wait_for(condition, seconds=60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_members_learn_after_the_loop_and_two_at_a_time_at_the_same_bits(tmp_path, toy, go, fingerprint) -> None:
    from wm_zoo.world import load_world

    ensemble = {"train.dynamics": {**toy().train.dynamics.model_dump(), "members": 3, "member_updates": 7}}
    go(toy(**ensemble), tmp_path / "a")
    go(toy(**{"train.overlap": True, "train.final_controller": False}, **ensemble), tmp_path / "b")
    world = load_world(tmp_path / "a")
    assert world.members == 3
    weights = [member.rnn.weight_ih_l0 for member in world.dynamics.members]
    assert not any(torch.equal(weights[i], weights[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    assert sorted(path.name for path in (tmp_path / "a/members").iterdir()) == [f"{n:02d}" for n in range(6)]
    updates = [Run.open(tmp_path / "b").stage("member", n).numbers()["updates"] for n in range(6)]
    assert updates == [2, 2, 2, 2, 3, 3]
    assert load_world(tmp_path / "b").members == 3
    assert load_world(tmp_path / "a/agent/world").members == 1  # the world that C practised in
