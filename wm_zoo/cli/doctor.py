"""`wm doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from wm_zoo.doctor import Finding

_MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "problem": "[red]PROBLEM[/]"}


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check Python, packages, the C++ extension, the plugins and the machine; exit code 1 if something is wrong."""
    import json
    from dataclasses import asdict

    from wm_zoo.doctor import examine

    findings = examine()
    problems = [finding for finding in findings if finding.status == "problem"]
    if as_json:
        typer.echo(json.dumps({"ok": not problems, "findings": [asdict(finding) for finding in findings]}))
    else:
        _print(findings, len(problems))
    if problems:
        raise typer.Exit(1)


def _print(findings: list[Finding], problems: int) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        fix = f"\n→ {finding.fix}" if finding.fix else ""
        table.add_row(_MARKS[finding.status], finding.name, escape(finding.found + fix))
    console = Console()
    console.print(table)
    console.print("nothing is wrong" if not problems else f"{problems} problem{'s' if problems > 1 else ''}")
