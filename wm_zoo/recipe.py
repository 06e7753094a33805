"""A recipe: one TOML file that says everything about a run. Unknown keys are refused, ranges are checked.

This module costs pydantic and nothing else; what configures a model or a trainer (`config` tables) is checked against
its own class by `wm_zoo.recipe_load.load_recipe`, which imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Key

SCHEMA = 1

STOCK_OF = {"wm/CarRacing-v0": "CarRacing-v3"}
"""Environments of ours whose original is what the headline score is measured on, unless the recipe says otherwise."""

MEMBER_PHASES = 3
"""Stages in which each further model of an ensemble learns."""

TRAINING_SEEDS = 2**20
"""Seeds of collected episodes start here; validation and test use smaller ones, so that the three never meet."""


class Table(BaseModel):
    """Base of every table of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Env(Table):
    """`[env]`: the real environment that is learned from."""

    id: str = Key(description="Gymnasium id")
    kwargs: dict[str, Any] = Key(default={}, description="keyword arguments of the environment")
    max_episode_steps: int | None = Key(
        default=None, ge=1, description="time limit in decisions; unset: the environment's"
    )


class Part(Table):
    """`[encoder]`, `[dynamics]`, `[controller]` or `[planner]`: a component of the zoo."""

    id: str = Key(description="id, or short name, of `wm plugins list`")
    config: dict[str, Any] = Key(default={}, description="its configuration, see `wm plugins show ID`")

    @model_validator(mode="before")
    @classmethod
    def _bare_id(cls, given: Any) -> Any:
        """``encoder = "pca"`` is short for ``encoder = { id = "pca" }``."""
        return {"id": given} if isinstance(given, str) else given


class CollectPolicy(Table):
    """`[collect.first.policy]`: who drives before there is an agent."""

    kind: Literal["correlated", "random"] = Key(default="correlated", description="correlated or white noise")
    rho: float = Key(default=0.85, ge=0, lt=1, description="correlation of successive actions")
    bias_mean: float | tuple[float, ...] = Key(default=0.0, description="mean of an episode's bias, in half ranges")
    bias_std: float | tuple[float, ...] = Key(default=0.15, description="standard deviation of an episode's bias")
    scale: float | tuple[float, ...] = Key(default=0.8, description="factor on the noise")
    scale_range: tuple[float, float] = Key(default=(0.1, 1.0), description="each episode draws a further factor here")
    opposed: tuple[tuple[int, int], ...] = Key(default=(), description="pairs (gas, brake) that one signal drives")


class CollectFirst(Table):
    """`[collect.first]`: round 0, without an agent."""

    batches: int = Key(
        default=3,
        ge=1,
        description="times that all lanes are run; the encoder learns from the first, unless all frames are kept",
    )
    steps: int = Key(default=250, ge=1, description="decisions of each lane in a batch")
    max_episode_steps: int | None = Key(default=None, ge=1, description="episodes are cut here; random ones go astray")
    policy: CollectPolicy = Key(default=CollectPolicy(), description="who drives")


class CollectNoise(Table):
    """`[collect.noise]`: mistakes mixed into the agent's driving, so that the world sees them too."""

    fraction: float = Key(default=0.7, ge=0, le=1, description="share of the episodes that get any")
    most: float = Key(default=0.3, ge=0, le=1, description="largest share of noise in an action")
    rho: float = Key(default=0.85, ge=0, lt=1, description="correlation of successive noise")


class Collect(Table):
    """`[collect]`: real experience of every round."""

    lanes: int = Key(default=48, ge=1, description="environments side by side")
    steps: int = Key(default=250, ge=1, description="decisions of each lane in a round")
    max_episode_steps: int | None = Key(
        default=None, ge=1, description="episodes are cut here in the first `short_rounds`"
    )
    short_rounds: int = Key(default=3, ge=0, description="rounds after the first to which `max_episode_steps` applies")
    idle_limit: int | None = Key(
        default=None, ge=1, description="decisions without a positive reward that end an episode"
    )
    deterministic: bool = Key(default=False, description="the agent's most likely action instead of a sample")
    keep_frames: Literal["first", "all"] = Key(
        default="first", description="whose frames stay on disk: those of the first batch of round 0, or of everything"
    )
    noise: CollectNoise = Key(default=CollectNoise(), description="mistakes mixed in")
    first: CollectFirst = Key(default=CollectFirst(), description="round 0")


class TrainEncoder(Table):
    """`[train.encoder]`: V, once, on the frames of round 0."""

    frames: int = Key(default=20_000, ge=2, description="frames that a `fit` encoder sees")
    updates: int = Key(default=2000, ge=1, description="gradient steps of a `gradient` encoder")
    batch: int = Key(default=100, ge=1, description="frames of a gradient step")
    rate: float = Key(default=1e-3, gt=0, description="Adam's learning rate")


class TrainDynamics(Table):
    """`[train.dynamics]`: M, every round."""

    first_updates: int = Key(default=2000, ge=1, description="gradient steps in round 0")
    updates: int = Key(default=900, ge=1, description="gradient steps in later rounds")
    members: int = Key(
        default=1, ge=1, le=16, description="models of the finished world; those after the first learn when all is over"
    )
    member_updates: int = Key(default=6000, ge=3, description="gradient steps of each of those, from scratch")
    config: dict[str, Any] = Key(default={}, description="see `wm_zoo.train.dynamics.DynamicsConfig`")


class TrainController(Table):
    """`[train.controller]`: C, every round, in dreams only."""

    method: Literal["ppo", "cma-es"] = Key(default="ppo", description="policy gradients, or evolution")
    first_updates: int = Key(default=110, ge=1, description="updates (ppo) or generations (cma-es) in round 0")
    updates: int = Key(default=110, ge=1, description="in later rounds")
    restart_every: int = Key(
        default=0, ge=0, description="rounds after which a new C begins, so that M meets all skills; 0: never"
    )
    restart_until: int | None = Key(
        default=None, ge=1, description="from this round on no new C begins; unset: to the end"
    )
    config: dict[str, Any] = Key(
        default={},
        description="see `wm_zoo.train.dream_ppo.DreamPpoConfig`, `wm_zoo.train.dream_cma_es.DreamCmaEsConfig`",
    )


class Train(Table):
    """`[train]`: the loop."""

    rounds: int = Key(default=12, ge=1, description="collect, learn, dream: so many times")
    overlap: bool = Key(
        default=False, description="learn M of this round while C practises in the world of the last one"
    )
    final_controller: bool = Key(
        default=True, description="with `overlap`: let C practise once more, in the newest world"
    )
    rates: tuple[float, float] = Key(
        default=(1.0, 1.0), description="learning-rate factor of M and C, first to last update"
    )
    checkpoint_seconds: float = Key(default=15.0, gt=0, description="longest loss of work when killed")
    encoder: TrainEncoder = Key(default=TrainEncoder(), description="V")
    dynamics: TrainDynamics = Key(default=TrainDynamics(), description="M")
    controller: TrainController = Key(default=TrainController(), description="C")


class Starts(Table):
    """`[starts]`: the real moments from which dreams begin."""

    size: int = Key(default=40_000, ge=1, description="states kept, drawn evenly from everything")
    recent_size: int = Key(default=20_000, ge=1, description="newest states, kept apart")
    recent_fraction: float = Key(default=0.4, ge=0, le=1, description="share of dreams that begin in a newest state")
    stride: int = Key(default=2, ge=1, description="every n-th step is a candidate; the first of an episode always is")
    burn_in: int = Key(default=0, ge=0, description="steps of an episode that are no start yet")
    world_size: int = Key(default=1024, ge=1, description="states of each kind that are stored with the finished world")


class Dream(Table):
    """`[dream]`: defaults of the finished world's dreams, where they differ from those of `wm/Dream-v0`."""

    horizon: int | None = Key(default=None, ge=1, description="steps")
    temperature: float | None = Key(default=None, ge=0, description="spread of the sampled future")
    pessimism: float | None = Key(default=None, ge=0, description="reward minus this times the uncertainty")
    max_reward: float | None = Key(default=None, description="no step pays more")
    dropout: float | None = Key(default=None, ge=0, lt=1, description="share of the memory forgotten in an episode")
    member: Literal["episode", "step"] | int | None = Key(default=None, description="who imagines, of an ensemble")


class Validate(Table):
    """`[validate]`: real episodes after every round; they alone choose the agent."""

    episodes: int = Key(default=32, ge=1, description="episodes of a validation")
    first_seed: int = Key(default=100_000, ge=0, description="their seeds: first_seed, first_seed + 1, …")
    keep: Literal["best", "last"] = Key(default="best", description="which round becomes `agent/`")


class Evaluate(Table):
    """`[evaluate]`: the score of the finished agent, on seeds never used before."""

    env: str = Key(
        default="",
        description="environment of the headline score; unset: the one learned from (wm/CarRacing-v0: CarRacing-v3)",
    )
    kwargs: dict[str, Any] = Key(default={}, description="its keyword arguments")
    episodes: int = Key(default=20, ge=0, description="episodes there")
    native_episodes: int = Key(default=100, ge=0, description="episodes in the environment that was learned from")
    first_seed: int = Key(default=200_000, ge=0, description="seeds: first_seed, first_seed + 1, …")
    dream_episodes: int = Key(default=64, ge=0, description="dreams, from the beginning of an episode")
    dream_horizon: int | None = Key(default=None, ge=1, description="steps of those; unset: the episode's time limit")
    baselines: dict[str, tuple[float, ...]] = Key(
        default={}, description="name = constant action, beside a random policy"
    )
    open_loop_episodes: int = Key(default=24, ge=0, description="validation episodes on which the world is measured")
    open_loop_horizons: tuple[int, ...] = Key(default=(1, 2, 4, 8, 16, 32, 64), description="steps ahead")
    video: bool = Key(default=True, description="record a video, real beside dreamt")


class Recipe(Table):
    """The whole file."""

    schema_version: int = Key(default=SCHEMA, alias="schema", ge=SCHEMA, le=SCHEMA, description="format of this file")
    name: str = Key(min_length=1, description="name of the recipe")
    summary: str = Key(default="", description="one line for people")
    seed: int = Key(default=0, ge=0, le=2**31 - 1, description="of everything random in the run")
    env: Env = Key(description="what is learned from")
    encoder: Part = Key(description="V")
    dynamics: Part = Key(description="M")
    controller: Part | None = Key(default=None, description="C; either this or a planner")
    planner: Part | None = Key(default=None, description="searches in the world instead of learning C")
    collect: Collect = Key(default=Collect(), description="real experience")
    train: Train = Key(default=Train(), description="the loop")
    starts: Starts = Key(default=Starts(), description="where dreams begin")
    dream: Dream = Key(default=Dream(), description="defaults of the finished world's dreams")
    validation: Validate = Key(default=Validate(), alias="validate", description="real episodes after every round")
    evaluate: Evaluate = Key(default=Evaluate(), description="the final score")

    @model_validator(mode="before")
    @classmethod
    def _scored_where(cls, given: Any) -> Any:
        """Fill in `evaluate.env`, so that the recipe of a run says where it was scored."""
        if not isinstance(given, Mapping):
            return given
        env, evaluate = given.get("env"), given.get("evaluate", {})
        learned = env.get("id") if isinstance(env, Mapping) else getattr(env, "id", None)
        if not isinstance(learned, str) or not isinstance(evaluate, Mapping) or evaluate.get("env", "") != "":
            return given
        return {**given, "evaluate": {**evaluate, "env": STOCK_OF.get(learned, learned)}}

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        if (self.controller is None) == (self.planner is None):
            raise ValueError("a recipe needs either [controller] or [planner], and not both")
        for name, first, count in self._seed_ranges():
            if first + count > TRAINING_SEEDS:
                raise ValueError(f"{name}: seeds reach {first + count - 1}, training seeds begin at {TRAINING_SEEDS}")
        (_, a, m), (_, b, n) = self._seed_ranges()
        if a < b + n and b < a + m:
            shared = f"{a}…{a + m - 1} and {b}…{b + n - 1}"
            raise ValueError(f"validate and evaluate share seeds ({shared}); move a first_seed")
        return self

    def _seed_ranges(self) -> tuple[tuple[str, int, int], tuple[str, int, int]]:
        test = max(self.evaluate.episodes, self.evaluate.native_episodes)
        return (
            ("validate", self.validation.first_seed, self.validation.episodes),
            ("evaluate", self.evaluate.first_seed, test),
        )

    @property
    def agent_part(self) -> tuple[Literal["controller", "planner"], Part]:
        """Which kind of agent this is, and its component."""
        if self.controller is not None:
            return "controller", self.controller
        assert self.planner is not None
        return "planner", self.planner

    @property
    def collects_more(self) -> bool:
        """Whether round 0 has batches that are collected after the encoder has learned, and need no frames on disk."""
        return self.collect.keep_frames == "first" and self.collect.first.batches > 1

    @property
    def practice_rounds(self) -> int:
        """Rounds in which C practises: one more than the others when `overlap` leaves it a world behind."""
        train = self.train
        extra = train.overlap and train.final_controller and self.controller is not None and train.rounds > 1
        return train.rounds + int(extra)

    @property
    def member_stages(self) -> int:
        """Stages in which the finished world's further models learn."""
        return MEMBER_PHASES * (self.train.dynamics.members - 1)

    def parts(self) -> dict[str, dict[str, Any]]:
        """What `wm_zoo.compose` takes."""
        kind, part = self.agent_part
        parts = {"encoder": self.encoder, "dynamics": self.dynamics, kind: part}
        return {name: {"id": one.id, "config": dict(one.config)} for name, one in parts.items()}

    def to_toml(self) -> dict[str, Any]:
        """Every key with its value, as `recipe.toml` of a run has it (None means unset and is left out)."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
