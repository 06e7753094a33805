"""`wm plugins`: list, show, new, check. Imports the zoo only inside the commands, and torch only in `check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wm_zoo.manifest import Entry

app = typer.Typer(no_args_is_help=True, help="The zoo: what there is, how it is configured, and whether it is sound.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_STYLE = {"ok": "green", "deprecated": "yellow", "disabled": "dim", "missing": "yellow", "incompatible": "red"}


@app.command("list")
def list_command(
    pattern: Annotated[str, typer.Argument(help="Glob over ids, e.g. '*vae*'.")] = "*",
    kind: Annotated[str | None, typer.Option(help="encoder, dynamics, controller or planner.")] = None,
    status: Annotated[str | None, typer.Option(help="ok, disabled, deprecated, incompatible, missing, broken.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Import every plugin, to find the broken ones.")] = False,
    as_json: Json = False,
) -> None:
    """List the components of all registries; without --check from static data, importing none of them."""
    from wm_zoo.manager import list_components

    if check:
        _import_all()
    entries = list_components(kind, status=status, pattern=pattern)
    if as_json:
        typer.echo(json.dumps([_as_dict(entry) for entry in entries], indent=2))
        return
    _print_table(entries)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Full or short id.")], as_json: Json = False) -> None:
    """Show one component: registry entry, contract, config fields, weights. Imports it."""
    from wm_zoo.errors import PluginError
    from wm_zoo.loading import containing
    from wm_zoo.manager import manager

    entry = manager().find(name)
    try:
        component = manager().load(entry.id)
        with containing(f"describing {entry.id}"):
            details = _details(component)
    except PluginError as error:
        details = {"error": str(error)}
    entry = manager().find(entry.id)  # its status may be known better now
    weights = [one.id for one in manager().assets("weights") if one.id.startswith(entry.id)]
    if as_json:
        typer.echo(json.dumps({**_as_dict(entry), **details, "weights": weights}, indent=2))
    else:
        _print_details(entry, details, weights)
    if "error" in details:
        raise typer.Exit(1)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="my-model, or namespace/my-model (--package needs it).")],
    kind: Annotated[str, typer.Option(help="encoder, dynamics, controller or planner.")],
    package: Annotated[Path | None, typer.Option(help="Write a full distribution into this new folder.")] = None,
    in_tree: Annotated[bool, typer.Option("--in-tree", help="Write into plugins/ of this source tree.")] = False,
    as_json: Json = False,
) -> None:
    """Write a plugin that passes its checks as it is; by default a folder here, for WM_REGISTRY."""
    from wm_zoo.scaffold import new_plugin

    done = new_plugin(name, kind, package=package, in_tree=in_tree)
    if as_json:
        report = {"id": done.id, "files": [str(path) for path in done.files], "commands": list(done.commands)}
        typer.echo(json.dumps(report, indent=2))
        return
    typer.echo(f"wrote {done.id}:")
    for path in done.files:
        typer.echo(f"  {path}")
    typer.echo("next:")
    for command in done.commands:
        typer.echo(f"  {command}")


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Full or short ids.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Check every usable component.")] = False,
    slow: Annotated[bool, typer.Option("--slow", help="Also the checks that start processes.")] = False,
    config: Annotated[list[str] | None, typer.Option("--config", help="FIELD=VALUE (TOML), repeatable.")] = None,
    as_json: Json = False,
) -> None:
    """Run the conformance kit; exit code 1 if a check fails."""
    from wm_zoo.errors import ConfigError
    from wm_zoo.manager import list_components

    chosen = [entry.id for entry in list_components(status="ok")] if everything else names or []
    if not chosen:
        raise ConfigError("say which component to check, e.g. 'wm plugins check mdn-rnn-v0', or --all")
    values = _config_values(config or [])
    reports = {name: _check_one(name, values, slow, quiet=as_json) for name in chosen}
    if as_json:
        typer.echo(json.dumps(reports, indent=2))
    if not all(result["outcome"] == "passed" for results in reports.values() for result in results):
        raise typer.Exit(1)


def _check_one(name: str, config: Mapping[str, Any], slow: bool, quiet: bool) -> list[dict[str, Any]]:
    """Run and print the checks of one component."""
    from rich.console import Console
    from rich.markup import escape

    from wm_zoo.testing import run_checks

    console = Console(quiet=quiet, highlight=False)
    console.print(f"[bold]{escape(name)}[/bold]")
    results = []
    for result in run_checks(name, config=config, slow=slow):
        results.append(result)
        mark = "[green]✓[/green]" if result.good else "[red]✗[/red]"
        console.print(f"  {mark} {result.name} [dim]{result.seconds:.2f} s[/dim]")
        if not result.good:
            console.print(f"      {escape(result.description)}\n      [red]{escape(result.message)}[/red]")
    good = sum(result.good for result in results)
    console.print(f"  {good} of {len(results)} checks passed")
    return [vars(result) for result in results]


def _config_values(pairs: list[str]) -> dict[str, Any]:
    """``a.b=1`` pairs as a nested mapping; values are TOML, bare words are strings."""
    import tomllib

    from wm_zoo.errors import ConfigError

    values: dict[str, Any] = {}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        if not separator or not key:
            raise ConfigError(f"--config {pair!r}: expected FIELD=VALUE")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        *parents, last = key.split(".")
        inner = values
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return values


def _import_all() -> None:
    """Load whatever looks usable, so that its status tells the truth."""
    import warnings

    from wm_zoo.errors import PluginError
    from wm_zoo.manager import list_components, manager

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for entry in list_components():
            if entry.status in ("ok", "deprecated"):
                try:
                    manager().load(entry.id)
                except PluginError:
                    continue  # the manager has noted the reason


def _as_dict(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "status": entry.status,
        "reason": entry.reason,
        "declared": entry.declared,
        "summary": entry.summary,
        "capabilities": sorted(entry.capabilities),
        "requires": {kind: sorted(words) for kind, words in entry.requires.items()},
        "module": entry.module or (str(entry.path) if entry.path else ""),
        "source": entry.source.label,
        "api": entry.api,
    }


def _print_table(entries: list[Entry]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("id", "kind", "status", "capabilities", "summary", "from"):
        table.add_column(column, no_wrap=column == "id")
    for entry in entries:
        style = _STYLE.get(entry.status, "red")
        table.add_row(
            escape(entry.id),
            str(entry.kind or "?"),
            f"[{style}]{entry.status}[/{style}]",
            ", ".join(sorted(entry.capabilities)),
            escape(entry.reason or entry.summary),
            escape(entry.source.label),
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)  # a pipe has no width: do not fold ids that somebody greps for
    console.print(table)


def _details(component: Any) -> dict[str, Any]:
    from wm_zoo.configure import describe

    contract = component.contract
    return {
        "target": component.target,
        "contract": {
            "inputs": dict(contract.inputs),
            "outputs": dict(contract.outputs),
            "bind": dict(contract.bind),
        },
        "config": [vars(row) for row in describe(component.config)],
    }


def _print_details(entry: Entry, details: Mapping[str, Any], weights: list[str]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"[bold]{escape(entry.id)}[/bold]  {entry.kind or '?'}  {entry.status}  {escape(entry.summary)}")
    rows = {
        "from": entry.source.label,
        "module": entry.module or str(entry.path or ""),
        "capabilities": ", ".join(sorted(entry.capabilities)),
        "requires": "; ".join(f"{kind}: {', '.join(sorted(words))}" for kind, words in entry.requires.items()),
        "reason": details.get("error", entry.reason),
        "target": details.get("target", ""),
        "weights": ", ".join(weights),
    }
    ports = details.get("contract", {})
    for side in ("inputs", "outputs", "bind"):
        rows[side] = ", ".join(f"{name}: {text}" for name, text in ports.get(side, {}).items())
    for label, text in rows.items():
        if text:
            console.print(f"  {label:<13}{escape(str(text))}", soft_wrap=True)
    if not details.get("config"):
        return
    table = Table(box=None, pad_edge=False)
    for column in ("field", "type", "default", "allowed", "description"):
        table.add_column(column, no_wrap=column == "field")
    for row in details["config"]:
        table.add_row(*(escape(str(row[key])) for key in ("name", "type", "default", "allowed", "description")))
    console.print(table)
