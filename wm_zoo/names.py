"""Short names: ``mdn-rnn-v0``, ``acme/rnn`` or ``mdn-rnn`` stand for a full id while they are unique."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wm_zoo.errors import AmbiguousName, PluginNotFound, nearest

_VERSION = re.compile(r"-v(\d+)$")


def resolve(name: str, ids: Iterable[str], what: str = "component") -> str:
    """Return the full id that `name` means.

    Args:
        name: a full id; or one without namespace, without version, or without both (the latest version is meant).
        ids: all full ids, ``namespace/name-vN``.
        what: the word for messages.

    Raises:
        AmbiguousName: several namespaces have it; the message lists them.
        PluginNotFound: none has it; the message names the nearest.
    """
    known = set(ids)
    if name in known:
        return name
    exact = sorted(one for one in known if short(one) == name)
    if not exact:
        exact = _latest(sorted(one for one in known if name in (base(one), base(short(one)))))
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise AmbiguousName(f"{name!r} is ambiguous; say one of: {', '.join(exact)}")
    spellings = {short(one) for one in known} | {base(short(one)) for one in known}
    hint = nearest(name, known if "/" in name else spellings)
    raise PluginNotFound(f"no {what} {name!r}; {hint} (wm plugins list shows all)")


def short(full_id: str) -> str:
    """The id without its namespace."""
    return full_id.partition("/")[2]


def base(name: str) -> str:
    """The name without its version."""
    return _VERSION.sub("", name)


def _latest(ids: list[str]) -> list[str]:
    """The highest version of each base."""
    newest: dict[str, str] = {}
    for one in ids:
        if base(one) not in newest or _version(one) > _version(newest[base(one)]):
            newest[base(one)] = one
    return sorted(newest.values())


def _version(full_id: str) -> int:
    match = _VERSION.search(full_id)
    return int(match.group(1)) if match else -1
