"""Short names."""

from __future__ import annotations

import pytest

from wm_zoo.errors import AmbiguousName, PluginNotFound, nearest
from wm_zoo.names import resolve

IDS = ["wm/rnn-v0", "wm/rnn-v2", "wm/rnn-v10", "acme/gru-v0", "other/gru-v0", "other/gru-v1", "acme/cem-v0"]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("wm/rnn-v0", "wm/rnn-v0"),
        ("rnn-v2", "wm/rnn-v2"),
        ("rnn", "wm/rnn-v10"),  # the latest, as a number
        ("wm/rnn", "wm/rnn-v10"),
        ("other/gru", "other/gru-v1"),
        ("gru-v1", "other/gru-v1"),
        ("cem", "acme/cem-v0"),
    ],
)
def test_unique_names_resolve(name, full):
    assert resolve(name, IDS) == full


@pytest.mark.parametrize("name", ["gru", "gru-v0"])
def test_ambiguous_names_list_the_candidates(name):
    with pytest.raises(AmbiguousName, match=r"acme/gru-v0, other/gru-v[01]"):
        resolve(name, IDS)


@pytest.mark.parametrize(("name", "hint"), [("rn", "rnn"), ("acme/gro-v0", "acme/gru-v0"), ("cem-v9", "cem-v0")])
def test_unknown_names_say_the_nearest(name, hint):
    with pytest.raises(PluginNotFound, match=f"did you mean '{hint}'"):
        resolve(name, IDS)


def test_nearest_lists_what_there_is_when_nothing_is_close():
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
    assert nearest("zzz", []) == "there is none"
    assert "in all" in nearest("zzz", [f"name{i}" for i in range(30)])
