"""A sound model of each kind, and beside each the bugs that this field really shipped, planted one at a time."""

from __future__ import annotations

from collections.abc import Iterable

from wm_zoo.api import Capability, Component, Config, Contract, Kind, Option, hookimpl

DYNAMICS = frozenset(
    {
        Capability.GRADIENT,
        Capability.RECURRENT,
        Capability.REWARD,
        Capability.STOCHASTIC,
        Capability.TERMINATION,
    }
)
ENCODER = frozenset({Capability.DECODE, Capability.GRADIENT, Capability.STOCHASTIC})
CONTROLLER = frozenset(
    {Capability.ACTOR_CRITIC, Capability.CONTINUOUS, Capability.FLAT_PARAMETERS, Capability.GRADIENT}
)
PLANNER = frozenset({Capability.CONTINUOUS})

# Class: (kind, the checks that must catch it; empty for the sound ones)
PLANTED = {
    "dynamics:Sound": (Kind.DYNAMICS, ()),
    "dynamics:PosteriorIgnoresLastFrame": (Kind.DYNAMICS, ("posterior_depends_on_the_last_latent",)),
    "dynamics:ActionOffByOneInLoss": (Kind.DYNAMICS, ("actions_are_aligned_in_time", "learns_the_reward")),
    "dynamics:MemoryDroppedInLoss": (Kind.DYNAMICS, ("loss_begins_after_the_first_latent",)),
    "dynamics:FirstLatentSeenTwice": (Kind.DYNAMICS, ("loss_begins_after_the_first_latent",)),
    "dynamics:ActionOffByOneInObserve": (Kind.DYNAMICS, ("posterior_depends_on_its_action",)),
    "dynamics:StepIsNotSequence": (Kind.DYNAMICS, ("sequence_equals_steps",)),
    "dynamics:TruncationStoredAsTermination": (Kind.DYNAMICS, ("truncation_is_not_termination",)),
    "dynamics:MaskIgnored": (Kind.DYNAMICS, ("mask_is_respected",)),
    "dynamics:LanesLeak": (Kind.DYNAMICS, ("lanes_do_not_leak",)),
    "dynamics:BatchNormalised": (Kind.DYNAMICS, ("lanes_do_not_leak",)),
    "dynamics:StateModifiedInPlace": (Kind.DYNAMICS, ("states_are_not_modified",)),
    "dynamics:GlobalNoise": (Kind.DYNAMICS, ("global_random_state_untouched", "same_generator_same_output")),
    "dynamics:TemperatureIgnored": (Kind.DYNAMICS, ("temperature_changes_the_spread",)),
    "dynamics:LogitAsProbability": (Kind.DYNAMICS, ("probabilities_and_uncertainty_are_in_range",)),
    "dynamics:UnusedHead": (Kind.DYNAMICS, ("every_parameter_learns",)),
    "dynamics:Unpicklable": (Kind.DYNAMICS, ("can_be_sent_to_a_process",)),
    "dynamics:Chatty": (Kind.DYNAMICS, ("prints_nothing",)),
    "encoder:SoundEncoder": (Kind.ENCODER, ()),
    "encoder:MeanWhereSampleWasMeant": (Kind.ENCODER, ("sample_differs_from_mean",)),
    "encoder:LossOfTheMean": (Kind.ENCODER, ("loss_uses_the_sample",)),
    "encoder:FirstChannelsOnly": (Kind.ENCODER, ("last_frame_matters",)),
    "encoder:LimitForgotten": (Kind.ENCODER, ("latents_stay_inside_the_limit",)),
    "encoder:FloatFrames": (Kind.ENCODER, ("decodes_to_observations",)),
    "controller:SoundController": (Kind.CONTROLLER, ()),
    "controller:CriticMissingFromCheckpoint": (Kind.CONTROLLER, ("critic_is_in_the_checkpoint",)),
    "controller:PopulationTransposed": (Kind.CONTROLLER, ("act_population_equals_loop",)),
    "controller:BoundsOfAUnitBox": (Kind.CONTROLLER, ("actions_lie_in_the_space",)),
    "planner:SoundPlanner": (Kind.PLANNER, ()),
    "planner:EndIgnored": (Kind.PLANNER, ("ended_episodes_pay_nothing",)),
    "planner:WorstCandidate": (Kind.PLANNER, ("beats_random_actions",)),
    "planner:MemoryOnSelf": (Kind.PLANNER, ("planner_keeps_no_episode",)),
}

CAPABILITIES = {
    Kind.DYNAMICS: DYNAMICS,
    Kind.ENCODER: ENCODER,
    Kind.CONTROLLER: CONTROLLER,
    Kind.PLANNER: PLANNER,
}
CONTRACTS = {
    Kind.DYNAMICS: Contract(
        inputs={"latent": "float32[B,Z]", "action": "float32[B,A]"}, outputs={"features": "float32[B,F]"}
    ),
    Kind.ENCODER: Contract(
        inputs={"obs": "uint8[B,H,W,C]"}, outputs={"latent": "float32[B,Z]"}, bind={"Z": "latent_dim"}
    ),
    Kind.CONTROLLER: Contract(inputs={"features": "float32[B,F]"}, outputs={"action": "float32[B,A]"}),
    Kind.PLANNER: Contract(outputs={"action": "float32[B,A]"}),
}


class PlantedConfig(Config):
    latent_dim: int = Option(5, ge=1, le=64, description="size of z")
    hidden: int = Option(24, ge=1, description="hidden units")
    samples: int = Option(64, ge=1, description="candidates")


def identifier(target: str) -> str:
    name = target.partition(":")[2]
    return "planted/" + "".join("-" + c.lower() if c.isupper() else c for c in name).strip("-") + "-v0"


def registry() -> str:
    """registry.toml of this package."""
    from pathlib import Path

    lines = ["schema = 1", "api = 1", 'namespace = "planted"']
    for target, (kind, _) in PLANTED.items():
        lines.append(f"[component.{identifier(target).partition('/')[2]}]")
        lines.append(f'kind = "{kind}"\npath = {str(Path(__file__).parent)!r}\nsummary = "planted"')
        lines.append(f"capabilities = {sorted(str(word) for word in CAPABILITIES[kind])}")
        if kind is Kind.PLANNER:
            lines.append('requires.dynamics = ["reward", "termination"]')
    return "\n".join(lines)


@hookimpl
def wm_components() -> Iterable[Component]:
    for target, (kind, _) in PLANTED.items():
        needs = {"dynamics": frozenset({Capability.REWARD, Capability.TERMINATION})}
        yield Component(
            id=identifier(target),
            kind=kind,
            target=f"{__name__}.{target}",
            config=PlantedConfig,
            contract=CONTRACTS[kind],
            capabilities=CAPABILITIES[kind],
            requires=needs if kind is Kind.PLANNER else {},
            summary="planted",
        )
