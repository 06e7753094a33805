"""Which checks belong to a component, and how they are run and reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wm_zoo.errors import ConfigError, ConformanceError, nearest
from wm_zoo.vocabulary import Capability, Kind

if TYPE_CHECKING:
    from wm_zoo.api import Component, Spaces
    from wm_zoo.testing.subject import Subject

_MODULES = ("general", "models", "encoder", "dynamics", "dynamics_native", "dynamics_learning", "controller", "planner")


@dataclass(frozen=True)
class Check:
    """One thing that is true of every good component.

    Attributes:
        name: snake_case; what `expected_failures` refers to.
        run: called with the `Subject`; raises AssertionError.
        description: one line, shown when it fails.
        slow: takes seconds (starts processes); only run when asked for.
        subject: what it is bound to, so that the check can be called without arguments.
    """

    name: str
    run: Callable[[Subject], None]
    description: str = ""
    slow: bool = False
    subject: Subject | None = None

    def __call__(self) -> None:
        """Run it; raises AssertionError with the reason."""
        if self.subject is None:
            raise ConfigError(f"check {self.name!r} is bound to no component; use component_checks(id)")
        with _one_thread():
            self.run(self.subject)

    def __repr__(self) -> str:
        return self.name


@contextmanager
def _one_thread() -> Iterator[None]:
    """Toy tensors are slower on many threads than on one, by far where tests run in parallel."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Rule:
    """A check and the components that it applies to."""

    check: Check
    kinds: frozenset[Kind]
    needs: frozenset[Capability]
    lacks: frozenset[Capability]

    def applies(self, component: Component) -> bool:
        """Whether the check belongs to `component`."""
        capabilities = set(component.capabilities)
        return component.kind in self.kinds and self.needs <= capabilities and not self.lacks & capabilities


RULES: list[Rule] = []
"""Every check of the kit, in the order in which they run; filled by the modules `checks_*`."""


def check(
    *kinds: Kind, needs: Iterable[Capability] = (), lacks: Iterable[Capability] = (), slow: bool = False
) -> Callable[[Callable[[Subject], None]], Callable[[Subject], None]]:
    """Decorator: make a function a check of the kit.

    Args:
        kinds: kinds that it applies to; all if none is given.
        needs: capabilities that a component must declare for the check to apply.
        lacks: capabilities that it must not declare.
        slow: see `Check`.
    """

    def register(run: Callable[[Subject], None]) -> Callable[[Subject], None]:
        one = Check(run.__name__, run, (run.__doc__ or "").strip().splitlines()[0], slow)
        RULES.append(Rule(one, frozenset(kinds or Kind), frozenset(needs), frozenset(lacks)))
        return run

    return register


def component_checks(
    name: str, *, config: Mapping[str, Any] | None = None, spaces: Spaces | None = None, slow: bool = False
) -> list[Check]:
    """The checks of a component, bound to it; those of its own module's `wm_checks` hook come last.

    Args:
        name: full or short id.
        config: fields of its config, for instance to make it small.
        spaces: environment to build it for; by default the first toy that its contract accepts.
        slow: include the slow ones.

    Raises:
        PluginError, ConfigError: it cannot be loaded or configured.
    """
    from wm_zoo.manager import manager
    from wm_zoo.testing.subject import Subject

    for module in _MODULES:
        import_module(f"wm_zoo.testing.checks_{module}")
    subject = Subject(name, config, spaces)
    found = [rule.check for rule in RULES if rule.applies(subject.component)]
    index = manager()
    for implementation in index.loaded(index.find(subject.component.id)).checks:
        found.extend(implementation(component=subject.component))
    bound = [Check(one.name, one.run, one.description, one.slow, subject) for one in found]
    return [one for one in bound if slow or not one.slow]


@dataclass(frozen=True)
class Result:
    """How one check went.

    Attributes:
        outcome: ``passed``, ``failed``, ``expected failure`` or ``unexpected pass``.
        message: why it failed, or the reason given for the expected failure.
    """

    name: str
    outcome: str
    message: str
    description: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether this result is as it should be."""
        return self.outcome in ("passed", "expected failure")


def run_checks(
    name: str,
    *,
    config: Mapping[str, Any] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    slow: bool = False,
) -> Iterable[Result]:
    """Run the checks of a component one by one, yielding each result as it comes; raises only as `component_checks`."""
    expected = expected_failures or {}
    checks = component_checks(name, config=config, slow=slow)
    _refuse_unknown(expected, checks)
    for one in checks:
        yield _run(one, expected.get(one.name))


def _run(one: Check, expected: str | None) -> Result:
    start = time.perf_counter()
    message = ""
    try:
        one()
        outcome = "passed" if expected is None else "unexpected pass"
    except Exception as error:
        message = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        outcome = "failed" if expected is None else "expected failure"
    return Result(one.name, outcome, expected or message, one.description, time.perf_counter() - start)


def check_component(
    name: str,
    *,
    config: Mapping[str, Any] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    slow: bool = False,
) -> list[Result]:
    """Run all checks of a component.

    Args:
        name: as in `component_checks`.
        config: as there.
        slow: as there.
        expected_failures: check name to the reason why it fails; a check that passes nevertheless is an error.

    Returns:
        All results, if they are good.

    Raises:
        ConformanceError: lists every failed check with its meaning and the reason.
    """
    results = list(run_checks(name, config=config, expected_failures=expected_failures, slow=slow))
    bad = [result for result in results if not result.good]
    if bad:
        lines = [f"{one.name} ({one.outcome}): {one.description} {one.message}" for one in bad]
        raise ConformanceError(f"{name} fails {len(bad)} of {len(results)} checks:\n  " + "\n  ".join(lines))
    return results


def parametrize_with_checks(
    name: str,
    *,
    config: Mapping[str, Any] | None = None,
    spaces: Spaces | None = None,
    expected_failures: Mapping[str, str] | None = None,
    slow: bool = False,
) -> Any:
    """Pytest decorator that runs a test function once for every check; its argument must be called ``check``.

    Args:
        name: as in `component_checks`.
        config: as there.
        spaces: as there.
        slow: as there.
        expected_failures: check name to reason; those become strict xfails.
    """
    import pytest

    expected = expected_failures or {}
    checks = component_checks(name, config=config, spaces=spaces, slow=slow)
    _refuse_unknown(expected, checks)
    parameters = [
        pytest.param(
            one,
            id=one.name,
            marks=[pytest.mark.xfail(reason=expected[one.name], strict=True)] if one.name in expected else [],
        )
        for one in checks
    ]
    return pytest.mark.parametrize("check", parameters)


def _refuse_unknown(expected: Mapping[str, str], checks: Iterable[Check]) -> None:
    names = [one.name for one in checks]
    for name in expected:
        if name not in names:
            raise ConfigError(f"expected_failures: no check {name!r} for this component; {nearest(name, names)}")
