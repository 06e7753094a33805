"""The grammar of contracts: ``dtype[letters]``, e.g. ``uint8[B,H,W,C]``, and the sizes that a space gives them.

- dtype: a torch name; several may be allowed, ``uint8|float32[B,H,W,C]``; ``any`` allows all.
- letters: host letters ``B T A H W C Z F`` mean the same everywhere; other capital letters are the component's own; a
  number is a fixed size; ``...`` stands for any number of axes. ``T`` may be left out by either side: a port that takes
  sequences also takes a stream of steps.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wm_zoo.errors import ContractMismatch, nearest
from wm_zoo.vocabulary import Kind

if TYPE_CHECKING:
    import gymnasium as gym

    from wm_zoo.api.component import Component
    from wm_zoo.api.types import Spaces

HOST_LETTERS = frozenset("BTAHWCZF")

DTYPES = frozenset(
    {"any", "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"}
    | {"float16", "bfloat16", "float32", "float64", "complex64", "complex128"}
)
"""What may stand before the letters: names of torch dtypes, known without importing torch."""

PORTS = {
    Kind.ENCODER: (("obs",), ("latent",)),
    Kind.DYNAMICS: (("latent", "action"), ("features", "reward", "terminated", "uncertainty")),
    Kind.CONTROLLER: (("features",), ("action", "value")),
    Kind.PLANNER: ((), ("action",)),
}
"""Names of inputs and outputs of each kind; ``obs.KEY`` stands for one key of a Dict observation, `ANY_OBS` for all."""

ANY_OBS = "obs.*"
"""Input port of an encoder that takes a Box as well as any Dict, and chooses what it looks at by its own config."""

_PORT = re.compile(r"(?P<dtypes>\w+(?:\|\w+)*)\[(?P<axes>[^\]]*)\]")
_LETTER = re.compile(r"[A-Z][A-Za-z0-9_]*")
_AXIS = re.compile(r"[A-Z][A-Za-z0-9_]*|\d+|\.\.\.")


@dataclass(frozen=True)
class Port:
    """One parsed port.

    Attributes:
        text: as written.
        dtypes: allowed dtypes; empty means any.
        axes: letters, numbers or ``...``, without ``T``.
    """

    text: str
    dtypes: frozenset[str]
    axes: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether ``...`` stands for any number of axes."""
        return "..." in self.axes


def parse(text: str, where: str = "contract") -> Port:
    """Parse ``dtype[letters]``; raises ContractMismatch naming `where`."""
    match = _PORT.fullmatch(text.replace(" ", ""))
    axes = match.group("axes").split(",") if match and match.group("axes") else []
    if match is None or not all(_AXIS.fullmatch(axis) for axis in axes) or axes.count("...") > 1:
        raise ContractMismatch(f"{where}: port {text!r}, expected dtype[letters] such as 'float32[B,Z]'")
    names = frozenset(match.group("dtypes").split("|"))
    return Port(text, frozenset() if "any" in names else names, tuple(axis for axis in axes if axis != "T"))


def check_contract(component: Component) -> None:
    """Refuse ports and bindings that cannot be meant, before a typo makes the host overlook them.

    Raises:
        ContractMismatch: bad grammar, an unknown dtype or port name, or a binding to what the config lacks; names the
            nearest valid word.
    """
    contract = component.contract
    for side, given, known in zip(
        ("input", "output"), (contract.inputs, contract.outputs), PORTS[Kind(component.kind)], strict=True
    ):
        for name, text in given.items():
            if name not in known and not (name.startswith("obs.") and "obs" in known):
                hint = nearest(name, known)
                raise ContractMismatch(f"{component.id}: {component.kind} has no {side} port {name!r}; {hint}")
            for dtype in sorted(parse(text, component.id).dtypes - DTYPES):
                raise ContractMismatch(f"{component.id}: port {text!r}: no dtype {dtype!r}; {nearest(dtype, DTYPES)}")
    for letter, path in contract.bind.items():
        if not _LETTER.fullmatch(letter):
            raise ContractMismatch(f"{component.id}: bind {letter!r}, expected a letter in upper case such as 'Z'")
        _check_path(component, path)


def _check_path(component: Component, path: str) -> None:
    """Follow a dotted path through the config's class, as far as the annotations tell."""
    owner: Any = component.config
    for name in path.split("."):
        fields = getattr(owner, "model_fields", None)
        if fields is None:
            return
        if name not in fields and not hasattr(owner, name):
            words = [*fields, *(word for word, value in vars(owner).items() if isinstance(value, property))]
            hint = nearest(name, words)
            raise ContractMismatch(f"{component.id}: its contract binds to config.{path}: no {name!r}; {hint}")
        owner = fields[name].annotation if name in fields else None


def align(wanted: Port, given: Port) -> list[tuple[str, str]] | None:
    """Pair the axes of two ports; None if the ranks do not fit. What ``...`` covers is left out."""
    if not wanted.open and not given.open:
        same = len(wanted.axes) == len(given.axes)
        return list(zip(wanted.axes, given.axes, strict=True)) if same else None
    front = min(_fixed_front(wanted), _fixed_front(given))
    back = min(_fixed_back(wanted), _fixed_back(given))
    for one, other in ((wanted, given), (given, wanted)):
        if not one.open and len(one.axes) < len(other.axes) - 1:
            return None
    pairs = list(zip(wanted.axes[:front], given.axes[:front], strict=True))
    return pairs + (list(zip(wanted.axes[-back:], given.axes[-back:], strict=True)) if back else [])


def _fixed_front(port: Port) -> int:
    return port.axes.index("...") if port.open else len(port.axes)


def _fixed_back(port: Port) -> int:
    return port.axes[::-1].index("...") if port.open else len(port.axes)


def environment_ports(spaces: Spaces) -> dict[str, Port]:
    """What the environment gives: ``obs`` (and ``obs.KEY`` for each key of a Dict) and ``action``."""
    ports = {"action": parse("float32[B,A]"), "reward": parse("float32[B]"), "terminated": parse("float32[B]")}
    ports |= _observation_ports("obs", spaces.observation)
    return ports


def _observation_ports(name: str, space: gym.Space[Any]) -> dict[str, Port]:
    nested = getattr(space, "spaces", None)
    if isinstance(nested, dict):
        found: dict[str, Port] = {}
        for key, inner in nested.items():
            found |= _observation_ports(f"{name}.{key}", inner)
        return found
    if space.shape is None or space.dtype is None:
        return {}
    sizes = ",".join(["B", *(str(size) for size in space.shape)])
    return {name: parse(f"{space.dtype}[{sizes}]")}


def action_size(space: gym.Space[Any]) -> int:
    """A: length of an action vector; a Box flattened, a Discrete as one-hot.

    Raises:
        ContractMismatch: another kind of space.
    """
    import gymnasium as gym

    if isinstance(space, gym.spaces.Box):
        return math.prod(space.shape)
    if isinstance(space, gym.spaces.Discrete):
        return int(space.n)
    raise ContractMismatch(f"action space {space}: expected Box or Discrete; wrap the environment to give one of them")
