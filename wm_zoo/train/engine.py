"""The order of a run: collect, learn the world, practise in the dream, look at the real thing; again; then judge.

```
round 0:  collect ── encoder ── collect_more ── dynamics ── controller ── validate
round k:  collect ── dynamics ── controller ── validate                           sequential
          collect ─┬ controller (in world k - 1) ── validate ─┬                   overlap = true, k > 0
                   └ dynamics (in a second process) ──────────┘
end:      member (one a process, where the recipe wants an ensemble) ── export ── evaluate ── report
```

Both sides of an overlap read only what was finished before, so its results do not depend on which is faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wm_zoo.errors import WMError
from wm_zoo.recipe import MEMBER_PHASES, Recipe
from wm_zoo.run import Run, StageFolder
from wm_zoo.train import metrics
from wm_zoo.train.assembly import Assembly
from wm_zoo.train.display import Display
from wm_zoo.train.facts import Facts
from wm_zoo.train.loop import Interrupted
from wm_zoo.train.rates import updates_before, updates_of
from wm_zoo.train.stages import perform
from wm_zoo.train.worker import Worker

FINAL = ("export", "evaluate", "report")

SECONDS = {"dynamics": 0.016, "ppo": 0.17, "cma-es": 1.0}
"""Of one update on one core, roughly: only for the proportions of the bar of the whole run."""


class Engine:
    """Runs what is not finished yet of a run.

    Args:
        run: locked by the caller.
        assembly: builds its models.
        display: shows progress.
        stopping: asked often; when it is True everything is saved and `Interrupted` raised.
        command: for `run.json`.
    """

    def __init__(
        self, run: Run, assembly: Assembly, display: Display, stopping: Callable[[], bool], command: str = ""
    ) -> None:
        self.run, self.recipe, self._assembly, self._display = run, run.recipe, assembly, display
        self.stopping = stopping
        self._facts = Facts(run, command)
        self._board = metrics.Board(run.folder / "tb")
        self._worker = Worker(run)
        self._helping = False

    def execute(self) -> None:
        """Do every stage that is not finished.

        Raises:
            Interrupted: asked to stop; `--resume` goes on to the same numbers.
            WMError: a stage failed, here or in the second process.
        """
        self._display.begin(_work_in_all(self.recipe), self.recipe.name)
        try:
            for round in range(self.recipe.practice_rounds):
                self._round(round)
            self._members()
        finally:
            self._worker.stop(self)
            self._worker.close()
        for name in FINAL:
            self._do(self.run.stage(name))
        self._board.close()

    def progress(self, stage: StageFolder, done: float, total: float, row: Mapping[str, Any] | None = None) -> None:
        """The `Monitor` of every stage; also listens to the second process."""
        if row is not None:
            self._board.add(row, _offset(self.recipe, stage))
        self._display.progress(stage, done, total, _work(self.recipe, stage), row)
        if self._helping:
            self._helping = False  # pumping reports progress itself
            self._worker.pump(self)
            self._helping = True

    def _round(self, round: int) -> None:
        def stage(name: str) -> StageFolder:
            return self.run.stage(name, round)

        learns = round < self.recipe.train.rounds
        practice = [stage("controller")] if self.recipe.controller is not None else []
        if learns:
            self._do(stage("collect"))
        if round == 0:
            self._do(stage("encoder"))
            if self.recipe.collects_more:
                self._do(stage("collect_more"))
        if learns and self._assembly.world_round(round) < round:
            self._beside(stage("dynamics"), *practice, stage("validate"))
            return
        for one in ([stage("dynamics")] if learns else []) + practice + [stage("validate")]:
            self._do(one)

    def _members(self) -> None:
        """The further models of an ensemble, phase by phase; with `overlap`, two at a time."""
        stages = [self.run.stage("member", number) for number in range(self.recipe.member_stages)]
        siblings = self.recipe.train.dynamics.members - 1
        while stages:
            side_by_side = self.recipe.train.overlap and siblings > 1 and (len(stages) - 1) % siblings
            if side_by_side:
                self._beside(stages.pop(0), stages.pop(0))
            else:
                self._do(stages.pop(0))

    def _beside(self, elsewhere: StageFolder, *here: StageFolder) -> None:
        """One stage in the second process, the others meanwhile in this one."""
        needed = not elsewhere.finished
        if needed:
            self._worker.start(elsewhere)
        self._helping = needed
        try:
            for stage in here:
                self._do(stage)
        finally:
            self._helping = False
        self._worker.join(self)
        if needed:
            self._committed(elsewhere)

    def _do(self, stage: StageFolder) -> None:
        if stage.finished:
            self._display.progress(stage, 1, 1, _work(self.recipe, stage), None)
        elif self._perform(stage):
            self._committed(stage)
        if self.stopping():
            raise Interrupted

    def _perform(self, stage: StageFolder) -> bool:
        try:
            return perform(self._assembly, stage, self)
        except WMError as error:
            if self.stopping():  # Ctrl-C has reached processes that it was not meant for
                raise Interrupted from error
            raise

    def _committed(self, stage: StageFolder) -> None:
        record = stage.record()
        metrics.join(self.run)
        self._facts.write()
        row = {"stage": stage.name, "update": 0, **record["numbers"]}
        self._board.add(row, stage.round)
        self._display.progress(stage, 1, 1, _work(self.recipe, stage), None)
        self._display.finish(stage, record["numbers"], record["wall_seconds"])
        if stage.name == "validate":
            _write_validation(self.run, stage, self._facts.minutes)


def _write_validation(run: Run, stage: StageFolder, minutes: float) -> None:
    """``rounds/NN/validate.json``: the round's place in the learning curve, for the report."""
    from wm_zoo import atomic

    atomic.write_json(stage.path.parent / "validate.json", stage.numbers() | {"minutes": round(minutes, 3)})


def _offset(recipe: Recipe, stage: StageFolder) -> int:
    """Updates of this kind in earlier rounds."""
    if stage.name == "dynamics":
        return updates_before(recipe.train.dynamics, stage.round)
    if stage.name == "controller":
        return updates_before(recipe.train.controller, stage.round)
    return 0


def _work(recipe: Recipe, stage: StageFolder) -> float:
    """Size of a stage for the bar of the whole run, in very rough seconds."""
    if stage.name == "dynamics":
        return SECONDS["dynamics"] * updates_of(recipe.train.dynamics, stage.round)
    if stage.name == "member":
        return SECONDS["dynamics"] * recipe.train.dynamics.member_updates / MEMBER_PHASES
    if stage.name == "controller":
        return SECONDS[recipe.train.controller.method] * updates_of(recipe.train.controller, stage.round)
    if stage.name == "evaluate":
        return 2.0 * recipe.evaluate.episodes
    return 2.0


def _work_in_all(recipe: Recipe) -> float:
    run = Run(Path(), recipe)
    total = 0.0
    for round in range(recipe.practice_rounds):
        names = ["validate"]
        names += ["collect", "dynamics"] if round < recipe.train.rounds else []
        names += ["controller"] if recipe.controller is not None else []
        total += sum(_work(recipe, run.stage(name, round)) for name in names)
    total += sum(_work(recipe, run.stage("member", number)) for number in range(recipe.member_stages))
    return total + sum(_work(recipe, run.stage(name)) for name in ("encoder", *FINAL))
