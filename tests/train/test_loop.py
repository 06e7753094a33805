"""The loop that drives every trainer: an interrupted stage ends at the same bits and the same rows."""

from __future__ import annotations

import math

import pytest
import torch

from wm_zoo.errors import CheckpointError
from wm_zoo.run import CHECKPOINT, Clock, StageFolder
from wm_zoo.train.loop import Interrupted, Silent, TrainingError, carry_over, drive
from wm_zoo.train.metrics import ROWS, StageRows, read_rows
from wm_zoo.train.trainer import optimizer_tensors, pack, restore_optimizer, unpack


class Walk:
    """A trainer whose every number depends on all before it: weights, Adam's moments and noise."""

    def __init__(self, updates=95):
        self.updates, self.done = updates, 0
        self.generator = torch.Generator().manual_seed(3)
        self.weight = torch.nn.Parameter(torch.ones(3))
        self.optimizer = torch.optim.Adam([self.weight], lr=0.1)

    def update(self):
        loss = ((self.weight - torch.randn(3, generator=self.generator)) ** 2).sum()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.done += 1
        return {"loss": float(loss.detach())}

    def state(self):
        loop = {"generator": self.generator.get_state(), "done": torch.tensor(self.done)}
        return pack(model={"w": self.weight.data}, optimizer=optimizer_tensors(self.optimizer), loop=loop)

    def restore(self, state):
        self.weight.data = unpack(state, "model")["w"].clone()
        restore_optimizer(self.optimizer, unpack(state, "optimizer"))
        self.generator.set_state(state["loop/generator"])
        self.done = int(state["loop/done"])


def stage_in(folder, name="dynamics"):
    return StageFolder(folder / name, name, 0)


def interrupted_every(rows, stage):
    """Drive to the end, interrupted after so many rows again and again; returns the last trainer."""
    while True:
        trainer, left = Walk(), [rows]

        def stop(left=left):
            left[0] -= 1
            return left[0] < 0

        try:
            drive(trainer, stage, Silent(stop), checkpoint_seconds=1e9)
            return trainer
        except Interrupted:
            assert stage.file(CHECKPOINT).is_file()


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_interrupted_equals_undisturbed(tmp_path, rows) -> None:
    whole = Walk()
    drive(whole, stage_in(tmp_path / "a"), Silent(), checkpoint_seconds=1e9)
    pieces = interrupted_every(rows, stage_in(tmp_path / "b"))
    assert torch.equal(whole.weight, pieces.weight)
    assert (tmp_path / "a/dynamics" / ROWS).read_bytes() == (tmp_path / "b/dynamics" / ROWS).read_bytes()


def test_rows_are_means_and_cover_every_update(tmp_path) -> None:
    stage = stage_in(tmp_path)
    drive(Walk(), stage, Silent(), checkpoint_seconds=1e9)
    rows = read_rows(stage.file(ROWS))
    assert [row["update"] for row in rows] == [*range(3, 95, 3), 95]  # 40 rows at most, the last update always
    again = Walk()
    first = [again.update()["loss"] for _ in range(3)]
    assert rows[0]["loss"] == pytest.approx(sum(first) / 3)


def test_rows_after_the_checkpoint_are_dropped(tmp_path) -> None:
    """A kill leaves rows that the last checkpoint knows nothing of, and maybe half a line."""
    stage = stage_in(tmp_path)
    stage.begin()
    rows = StageRows(stage)
    for update in (2, 4, 6):
        rows.add(update, {"loss": 1.0})
    with stage.file(ROWS).open("a") as file:
        file.write('{"stage": "dyn')
    StageRows(stage, done=4)
    assert [row["update"] for row in read_rows(stage.file(ROWS))] == [2, 4]


def test_checkpoints_come_by_time_and_hold_the_clock(tmp_path) -> None:
    stage = stage_in(tmp_path)
    clock = drive(Walk(), stage, Silent(), checkpoint_seconds=0.0)
    assert stage.file(CHECKPOINT).is_file()
    assert clock.wall > 0
    stage.commit({}, clock)
    assert not stage.file(CHECKPOINT).exists()
    assert stage.finished


def test_nan_stops_the_run_with_a_reason(tmp_path) -> None:
    class Diverging(Walk):
        def update(self):
            return super().update() | {"loss": math.nan if self.done > 4 else 1.0}

    with pytest.raises(TrainingError, match=r"loss is nan at update 5.*learning rate"):
        drive(Diverging(), stage_in(tmp_path), Silent(), checkpoint_seconds=1e9)


def test_truncated_checkpoint_is_named(tmp_path) -> None:
    stage = stage_in(tmp_path)
    drive(Walk(), stage, Silent(), checkpoint_seconds=0.0)
    data = stage.file(CHECKPOINT).read_bytes()
    stage.file(CHECKPOINT).write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match=CHECKPOINT):
        drive(Walk(), stage, Silent(), checkpoint_seconds=1e9)


def test_carry_over_keeps_weights_and_moments_but_not_the_counter(tmp_path) -> None:
    first = Walk()
    drive(first, stage_in(tmp_path), Silent(), checkpoint_seconds=1e9)
    second = Walk(updates=5)
    second.generator.manual_seed(9)
    expected = second.generator.get_state()
    carry_over(second, first.state())
    assert second.done == 0
    assert torch.equal(second.weight, first.weight)
    assert torch.equal(second.generator.get_state(), expected)
    moments = optimizer_tensors(second.optimizer)
    assert all(torch.equal(moments[key], value) for key, value in optimizer_tensors(first.optimizer).items())


def test_clock_adds_up() -> None:
    assert Clock(1, 2).plus(Clock(3, 4)) == Clock(4, 6)
    assert Clock(3, 4).since(Clock(1, 1)) == Clock(2, 3)
