"""Which key and which button does what: the one table that the loop, the help and docs/play.md follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Binding:
    """One command.

    Attributes:
        command: word that the loop knows.
        keys: names of keys, as `pygame.key.key_code` knows them.
        button: number of a gamepad button in the Xbox layout, or None.
        shown: for people, key and button.
        words: what it does.
    """

    command: str
    keys: tuple[str, ...]
    button: int | None
    shown: tuple[str, str]
    words: str


BINDINGS: tuple[Binding, ...] = (
    Binding("toggle", ("t", "tab"), 0, ("T, Tab", "A"), "real / dream, from this moment"),
    Binding("compare", ("c",), 3, ("C", "Y"), "real beside dream, same actions"),
    Binding("record", ("f", "f9"), 2, ("F, F9", "X"), "record: start, or stop and save"),
    Binding("reset", ("r", "backspace"), 1, ("R, Backspace", "B"), "new episode"),
    Binding("pause", ("p",), 7, ("P", "Start"), "pause"),
    Binding("once", ("n",), None, ("N", ""), "one step, then pause"),
    Binding("cooler", ("-", "[", "keypad -"), 4, ("-, [", "LB"), "dream temperature down"),
    Binding("hotter", ("=", "+", "]", "keypad +"), 5, ("+, ]", "RB"), "dream temperature up"),
    Binding("view", ("v",), None, ("V", ""), "what the model sees / what people see"),
    Binding("screenshot", ("x", "f12"), None, ("X, F12", ""), "screenshot"),
    Binding("help", ("h", "f1"), 6, ("H, F1", "Back"), "this help"),
    Binding("quit", ("q", "escape"), None, ("Q, Esc", ""), "save what is recorded and leave"),
)

DRIVING: tuple[tuple[str, str, str], ...] = (
    ("Left, A / Right, D", "left stick, D-pad", "steer"),
    ("Up, W", "right trigger", "gas"),
    ("Down, S, Space", "left trigger", "brake"),
    ("0 to 9", "", "an action of a discrete environment"),
)
"""Keys that are held, the gamepad's counterpart, and what they do."""

HELD: dict[str, tuple[str, ...]] = {
    "left": ("left", "a"),
    "right": ("right", "d"),
    "gas": ("up", "w"),
    "brake": ("down", "s", "space"),
}
"""Names of the keys that are held while driving."""


def help_rows() -> list[tuple[str, str, str]]:
    """Every row of the help: key, gamepad, what it does."""
    return [*DRIVING, *((*binding.shown, binding.words) for binding in BINDINGS)]
