"""Puts components together: letters, dtypes, capabilities and spaces are checked before any tensor is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wm_zoo import ports
from wm_zoo.api.component import Capability, Component, Config, Kind
from wm_zoo.configure import configure
from wm_zoo.errors import ConfigError, ContractMismatch, WMError, nearest
from wm_zoo.loading import build
from wm_zoo.manager import list_components, manager

if TYPE_CHECKING:
    from wm_zoo.api.types import Dims, Spaces

_PART_KEYS = ("id", "config")


@dataclass(frozen=True)
class Part:
    """A component, configured."""

    component: Component
    config: Config


@dataclass(frozen=True)
class _Size:
    """What decided the size of a letter: who says so, and how the user can change it."""

    value: int
    owner: str
    change: str = ""


class Composition:
    """Components that fit each other and the environment, and the sizes they are built with.

    Z and F may be known only to a built model (an encoder whose latent size is no config field, the feature size of
    any dynamics). `build_encoder` and `build_dynamics` record them; asked before that, a throwaway model is built.

    Attributes:
        spaces: of the real environment.
        parts: by kind, those that were given.
        latent_dim, feature_dim: Z and F as far as known, else None.
    """

    def __init__(self, parts: Mapping[Kind, Part], spaces: Spaces, sizes: Mapping[str, int]) -> None:
        self.parts, self.spaces = dict(parts), spaces
        self._action = ports.action_size(spaces.action)
        self.latent_dim: int | None = sizes.get("Z")
        self.feature_dim: int | None = sizes.get("F")

    @property
    def dims_encoder(self) -> Dims:
        """Sizes for the encoder."""
        return self._dims()

    @property
    def dims_dynamics(self) -> Dims:
        """Sizes for the dynamics; Z is worked out if need be."""
        if self.latent_dim is None:
            self.latent_dim = int(self._probe(Kind.ENCODER, self.dims_encoder).latent_dim)
        return self._dims(latent=self.latent_dim)

    @property
    def dims_controller(self) -> Dims:
        """Sizes for the controller; Z and F are worked out if need be."""
        dims = self.dims_dynamics
        if self.feature_dim is None:
            self.feature_dim = int(self._probe(Kind.DYNAMICS, dims).feature_dim)
        return self._dims(latent=dims.latent, features=self.feature_dim)

    @property
    def dims_planner(self) -> Dims:
        """Sizes for the planner."""
        return self._dims(latent=self.latent_dim or 0, features=self.feature_dim or 0)

    def build_encoder(self) -> Any:
        """Build the encoder (a `torch.nn.Module`) and record Z."""
        model = self._build(Kind.ENCODER, self.dims_encoder)
        self.latent_dim = self._agree(Kind.ENCODER, "Z", self.latent_dim, int(model.latent_dim))
        return model

    def build_dynamics(self) -> Any:
        """Build the dynamics (a `torch.nn.Module`) and record F."""
        model = self._build(Kind.DYNAMICS, self.dims_dynamics)
        self.feature_dim = self._agree(Kind.DYNAMICS, "F", self.feature_dim, int(model.feature_dim))
        return model

    def build_controller(self) -> Any:
        """Build the controller (a `torch.nn.Module`)."""
        return self._build(Kind.CONTROLLER, self.dims_controller)

    def build_planner(self) -> Any:
        """Build the planner."""
        return self._build(Kind.PLANNER, self.dims_planner)

    def part(self, kind: Kind | str) -> Part:
        """The part of a kind; raises ContractMismatch if there is none."""
        if kind not in self.parts:
            have = ", ".join(self.parts)
            raise ContractMismatch(f"no {kind} in this composition (it has {have}); add [{kind}] with an id")
        return self.parts[Kind(kind)]

    def _dims(self, latent: int = 0, features: int = 0) -> Dims:
        from wm_zoo.api.types import Dims

        return Dims(self.spaces, self._action, latent, features)

    def _build(self, kind: Kind, dims: Dims) -> Any:
        part = self.part(kind)
        return build(part.component, part.config, dims)

    def _probe(self, kind: Kind, dims: Dims) -> Any:
        """A throwaway model, to ask it for a size; the caller's random state stays as it was."""
        import torch

        with torch.random.fork_rng(devices=[]):
            return self._build(kind, dims)

    def _agree(self, kind: Kind, letter: str, contract: int | None, built: int) -> int:
        if contract is not None and contract != built:
            name = self.part(kind).component.id
            raise ContractMismatch(
                f"{name}: its contract gives {letter} = {contract}, but the model it builds has {built}; "
                "its author must correct the contract's bind"
            )
        return built


def compose(parts: Mapping[str, Any], spaces: Spaces) -> Composition:
    """Check that components fit each other and an environment.

    Args:
        parts: ``{"encoder": {"id": …, "config": {…}}, "dynamics": …, "controller" or "planner": …}``; a bare id may
            stand for the inner mapping. Other keys than the kinds are refused. Any subset of the kinds may be given,
            but not both a controller and a planner.
        spaces: of the real environment.

    Returns:
        The composition; nothing is built yet.

    Raises:
        PluginError, ConfigError: a component cannot be found or configured.
        ContractMismatch: they do not fit; the message names component, port, expected, got, and what to change.
    """
    unknown = [key for key in parts if key not in tuple(Kind)]
    if unknown:
        raise ConfigError(f"unknown part {unknown[0]!r}; {nearest(unknown[0], tuple(Kind))}")
    chosen = {kind: _part(kind, parts[kind]) for kind in Kind if parts.get(kind) is not None}
    _check_one_agent(chosen)
    for part in chosen.values():
        _check_requires(part.component, chosen)
        _check_actions(part.component, spaces)
    return Composition(chosen, spaces, _Unifier(chosen, spaces).sizes())


def accepts(component: Component, config: Config, spaces: Spaces) -> bool:
    """Whether a component alone fits an environment."""
    try:
        _check_actions(component, spaces)
        _Unifier({component.kind: Part(component, config)}, spaces).sizes()
    except WMError:
        return False
    return True


def _part(kind: Kind, given: Any) -> Part:
    values: Any = {"id": given} if isinstance(given, str) else given
    if not isinstance(values, Mapping) or "id" not in values:
        raise ConfigError(f"{kind} = {given!r}: expected an id, or a table with id and config")
    for key in values:
        if key not in _PART_KEYS:
            hint = nearest(key, _PART_KEYS)
            raise ConfigError(f"{kind}: unknown key {key!r}; {hint} (its own fields go in {kind}.config)")
    component = manager().load(values["id"])
    if component.kind is not kind:
        others = [entry.id for entry in list_components(kind)]
        raise ContractMismatch(f"{kind}: {component.id} is of kind {component.kind}; use one of: {', '.join(others)}")
    return Part(component, configure(component, values.get("config")))


def _check_one_agent(chosen: Mapping[Kind, Part]) -> None:
    if Kind.CONTROLLER in chosen and Kind.PLANNER in chosen:
        names = " and ".join(f"{kind} {chosen[kind].component.id}" for kind in (Kind.CONTROLLER, Kind.PLANNER))
        raise ContractMismatch(f"got {names}: an agent has either a controller or a planner; leave one of them out")


def _check_requires(component: Component, chosen: Mapping[Kind, Part]) -> None:
    name = component.id
    for other, wanted in component.requires.items():
        part = chosen.get(Kind(other))
        lacking = sorted(set(wanted) - set(part.component.capabilities)) if part else sorted(wanted)
        if part is None:
            raise ContractMismatch(f"{name} needs a {other} with {', '.join(lacking)}; the composition has no {other}")
        if lacking:
            able = [entry.id for entry in list_components(other) if set(wanted) <= entry.capabilities]
            raise ContractMismatch(
                f"{name} needs {', '.join(lacking)} of the {other}, which {part.component.id} cannot; "
                f"set {other}.id to one of: {', '.join(able) or 'none is installed'}"
            )


def _check_actions(component: Component, spaces: Spaces) -> None:
    """Controllers and planners say which action spaces they can act in."""
    import gymnasium as gym

    ports.action_size(spaces.action)
    if component.kind not in (Kind.CONTROLLER, Kind.PLANNER):
        return
    discrete = isinstance(spaces.action, gym.spaces.Discrete)
    wanted = Capability.DISCRETE if discrete else Capability.CONTINUOUS
    if wanted not in component.capabilities:
        able = [entry.id for entry in list_components(component.kind) if wanted in entry.capabilities]
        raise ContractMismatch(
            f"{component.id}: port 'action' expects {_action_kinds(component)} actions, got {spaces.action} from the "
            f"environment; set {component.kind}.id to one of: {', '.join(able) or 'none is installed'}"
        )


def _action_kinds(component: Component) -> str:
    words = {Capability.CONTINUOUS, Capability.DISCRETE} & component.capabilities
    return " or ".join(sorted(words)) or "no kind of"


class _Unifier:
    """Gives every letter one size, walking from the environment to the controller."""

    def __init__(self, chosen: Mapping[Kind, Part], spaces: Spaces) -> None:
        self._chosen = chosen
        self._known: dict[str, _Size] = {"A": _Size(ports.action_size(spaces.action), "the environment's action space")}
        self._given = {name: ("the environment", port) for name, port in ports.environment_ports(spaces).items()}

    def sizes(self) -> dict[str, int]:
        """Sizes of all letters that are known; raises ContractMismatch."""
        for kind in Kind:
            if kind in self._chosen:
                self._join(kind, self._chosen[kind])
        return {letter: size.value for letter, size in self._known.items()}

    def _join(self, kind: Kind, part: Part) -> None:
        component, contract = part.component, part.component.contract
        for letter, attribute in contract.bind.items():
            size = _Size(_attribute(part, attribute), component.id, f"{kind}.config.{attribute}")
            self._unify(self._scoped(component, letter), size, f"{component.id}: letter {letter}")
        for name, text in contract.inputs.items():
            observations = [given for given in self._given if given.split(".")[0] == "obs"]
            if name in self._given:
                self._connect(component, name, ports.parse(text, component.id))
            elif name == ports.ANY_OBS and observations:
                for observation in observations:
                    self._connect(component, observation, ports.parse(text, component.id))
            elif name.startswith("obs"):
                have = ", ".join(observations) or "none"
                raise ContractMismatch(
                    f"{component.id}: no observation for its input port {name!r} ({text}); the environment gives "
                    f"{have}; set encoder.id to one that takes it, or the environment's keywords so that it gives it"
                )
        for name, text in contract.outputs.items():
            port = ports.parse(text, component.id)
            if name in self._given:
                self._connect(component, name, port)
            if name != "action":
                self._given[name] = (component.id, port)

    def _connect(self, component: Component, name: str, wanted: ports.Port) -> None:
        owner, given = self._given[name]
        where = f"{component.id}: port {name!r} expects {wanted.text}, got {given.text} from {owner}"
        if wanted.dtypes and given.dtypes and not wanted.dtypes & given.dtypes:
            raise ContractMismatch(f"{where}: the dtypes differ")
        pairs = ports.align(wanted, given)
        if pairs is None:
            raise ContractMismatch(f"{where}: {len(given.axes)} axes where {len(wanted.axes)} are expected")
        for mine, theirs in pairs:
            self._unify_axes(component, mine, theirs, owner, where)

    def _unify_axes(self, component: Component, mine: str, theirs: str, owner: str, where: str) -> None:
        if theirs.isdigit() and mine.isdigit():
            if mine != theirs:
                raise ContractMismatch(f"{where}: {mine} is not {theirs}")
        elif theirs.isdigit():
            self._unify(self._scoped(component, mine), _Size(int(theirs), owner), where)
        elif mine.isdigit():
            self._unify(theirs, _Size(int(mine), component.id), where)
        elif mine != theirs and {mine, theirs} & ports.HOST_LETTERS:
            raise ContractMismatch(f"{where}: {mine} is not {theirs}")

    def _scoped(self, component: Component, letter: str) -> str:
        return letter if letter in ports.HOST_LETTERS else f"{component.id}:{letter}"

    def _unify(self, letter: str, new: _Size, where: str) -> None:
        old = self._known.setdefault(letter, new)
        if old.value != new.value:
            changes = [f"set {size.change} = {other.value}" for size, other in ((new, old), (old, new)) if size.change]
            fix = f"; {' or '.join(changes)}" if changes else ""
            name = letter.rpartition(":")[2]
            raise ContractMismatch(
                f"{where}: expected {name} = {old.value} by {old.owner}, got {new.value} by {new.owner}{fix}"
            )


def _attribute(part: Part, path: str) -> int:
    """A config field, a property, or a dotted path through nested configs, as a size."""
    value: Any = part.config
    for name in path.split("."):
        if not hasattr(value, name):
            hint = nearest(name, type(value).model_fields if isinstance(value, Config) else ())
            raise ContractMismatch(f"{part.component.id}: its contract binds to config.{path}: no {name!r}; {hint}")
        value = getattr(value, name)
    if not isinstance(value, int):
        raise ContractMismatch(f"{part.component.id}: its contract binds to config.{path} = {value!r}, not an integer")
    return value
