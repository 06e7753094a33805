"""The `wm` command. Sub-commands are imported when they are used, so that ``wm --help`` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from wm_zoo.errors import WMError, nearest

COMMANDS = {
    "train": ("wm_zoo.cli.train:command", "Run a recipe: collect, learn a world, practise in the dream, evaluate."),
    "eval": ("wm_zoo.cli.evaluate:command", "What an agent is worth in the real environment."),
    "dream": ("wm_zoo.cli.dream:command", "Real beside dreamt: a video, and how far the dream can be trusted."),
    "play": ("wm_zoo.cli.play:command", "Drive with keyboard or gamepad: real, dreamt, or both."),
    "collect": ("wm_zoo.cli.collect:collect", "Collect episodes of an environment into a dataset."),
    "report": ("wm_zoo.cli.report:command", "Write report.html of a run."),
    "plugins": ("wm_zoo.cli.plugins:app", "The zoo: list, show, new, check."),
    "envs": ("wm_zoo.cli.envs:command", "Environment ids and their options."),
    "bench": ("wm_zoo.cli.bench:command", "How fast everything is on this machine."),
    "doctor": ("wm_zoo.cli.doctor:command", "What is wrong with this installation."),
}
"""Name: (``module:attribute``, one line). The attribute is a function, or a `typer.Typer` with sub-commands."""


class LazyGroup(TyperGroup):
    """A group that knows the names of its commands, and imports one only to run it."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in with the help line, for listings."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name][1]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command and its arguments."""
        name = args[0]
        if name not in COMMANDS:
            raise WMError(f"no command {name!r}; {nearest(name, COMMANDS)}")
        return name, load_command(name), args[1:]


app = typer.Typer(
    cls=LazyGroup,
    name="wm",
    help="Drive a real track, dream it, train inside the dream, prove it on the real track.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("wm-suite")
        except PackageNotFoundError:
            number = "(a source tree, not installed)"
        typer.echo(f"wm-suite {number}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and leave.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error (anywhere in the line).")
    ] = False,
) -> None:
    """Drive a real track, dream it, train inside the dream, prove it on the real track."""


def load_command(name: str) -> Any:
    """Import a command of the table as a typer command."""
    target, summary = COMMANDS[name]
    module, attribute = target.split(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        single.command(name, help=None if found.__doc__ else summary)(found)
        found = single
    else:
        found.pretty_exceptions_enable = False
    command = typer.main.get_command(found)
    command.name = name
    return command


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of `wm`. An error of the user's is one line on standard error and exit code 2.

    Args:
        arguments: of the command line; those of this process if None.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        typer.main.get_command(app)(args=[word for word in words if word != "--debug"], prog_name="wm")
    except WMError as error:
        if debug:
            raise
        typer.echo(f"error: {' '.join(str(error).split())}", err=True)
        sys.exit(error.exit_code)
