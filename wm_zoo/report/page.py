"""The page: sections of HTML around the pictures, one file without any outside asset."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from string import Template

from wm_zoo import atomic
from wm_zoo.report import figures
from wm_zoo.report.record import RunRecord, number, read_run, stage_minutes
from wm_zoo.report.tables import (
    facts,
    headline_sentence,
    headline_table,
    honest_notes,
    open_loop_table,
    recipe_text,
)


def write_report(run_dir: str | Path) -> Path:
    """Write `report.html` into a run folder, also of a run that is not finished: it then says what is missing.

    Args:
        run_dir: what `wm train` left.

    Returns:
        Path of the report.

    Raises:
        ReportError: the folder is no run.
        StorageError: the report cannot be written.
    """
    record = read_run(run_dir)
    path = record.folder / "report.html"
    atomic.write_text(path, render(record))
    return path


def render(record: RunRecord) -> str:
    """The whole page."""
    name = str(record.recipe.get("name") or record.folder.resolve().name)
    sections = [
        _section("The score", _score(record)),
        _section("Learning", _learning(record)),
        _section("Real beside dreamt", _strip(record)),
        _section("How far the dream can be trusted", _open_loop(record)),
        _section("Where the minutes went", _times(record)),
        _section("Read this before quoting a number", _list(honest_notes(record))),
        _section("The run", facts(record)),
        _section("The recipe", recipe_text(record)),
        _section("Missing", _list([escape(problem) for problem in record.problems])),
    ]
    body = "\n".join(section for section in sections if section)
    title = escape(f"{name}: a run of WM Suite")
    return _PAGE.substitute(title=title, lead=headline_sentence(record), body=body)


def _score(record: RunRecord) -> str:
    rows = record.results.get("rows")
    if not isinstance(rows, dict) or not rows:
        return "<p>No evaluation yet.</p>"
    shown = {key: {**row, "colour": _colour(key)} for key, row in rows.items()}
    dream = record.results.get("dream")
    if isinstance(dream, dict) and dream.get("returns"):
        shown["dream"] = {**dream, "colour": figures.DREAM}
    return headline_table(record) + _picture(figures.returns(shown), "returns of every episode")


def _colour(key: str) -> str:
    return figures.REAL if key in ("real", "native") else figures.QUIET


def _learning(record: RunRecord) -> str:
    drawn = figures.learning_curves(record.rounds)
    if drawn is None:
        return "<p>No validation yet.</p>"
    caption = "Mean return of the validation episodes in the real environment after every round (band: one standard "
    caption += "deviation of the episodes), and what the agent returns in its own dream."
    return _picture(drawn, "learning curves", caption)


def _strip(record: RunRecord) -> str:
    path = record.folder / "filmstrip.png"
    if not path.is_file():
        return "<p>No frames were recorded (<code>wm dream</code> makes them).</p>"
    video = (
        "The moving form is <code>video.mp4</code> beside this file." if (path.parent / "video.mp4").is_file() else ""
    )
    caption = "Top: the real frame. Bottom: the dream, started from one real moment and given only the same actions; "
    caption += f"it never sees another frame until it is started anew. {video}"
    return _picture(path.read_bytes(), "real frames above dreamt ones", caption)


def _open_loop(record: RunRecord) -> str:
    table = record.results.get("open_loop")
    if not isinstance(table, dict) or not table.get("horizons"):
        return "<p>Not measured.</p>"
    caption = (
        f"The world is started from {table.get('windows', '?')} real moments in {table.get('episodes', '?')} episodes "
        "that it was not trained on, and replays the actions that were really taken. A high score alone proves no "
        "model: a random recurrent net also drives, so look here too."
    )
    return _picture(figures.open_loop(table), "open-loop error by horizon", caption) + open_loop_table(table)


def _times(record: RunRecord) -> str:
    caption = "Wall time of each kind of stage, over all rounds."
    if (wall := number(record.run, "wall_seconds")) is not None:
        caption += f" The whole run took {wall / 60:.1f} minutes; stages that ran side by side count in full."
    return _picture(figures.stage_times(stage_minutes(record.folder)), "stage times", caption)


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{body}\n</section>" if body else ""


def _list(items: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>" if items else ""


def _picture(data: bytes | None, alt: str, caption: str = "") -> str:
    if data is None:
        return ""
    source = base64.b64encode(data).decode()
    under = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img alt="{escape(alt)}" src="data:image/png;base64,{source}">{under}</figure>'


_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; color: #22272e; background: #fff;
  max-width: 58rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .2rem 0 .6rem; }
h2 { font-size: 1.1rem; margin: 2.4rem 0 .6rem; padding-top: .7rem; border-top: 1px solid #d9dee3; }
.lead { font-size: 1.1rem; }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; display: block; }
figcaption { color: #57606a; font-size: .9rem; margin-top: .4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid #e6e9ec; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; padding-left: 0; }
.names td:first-child { min-width: 11rem; }
thead th { color: #57606a; font-weight: 600; white-space: normal; vertical-align: bottom; }
tr.headline td { font-weight: 700; }
td.text { text-align: left; white-space: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: 0; }
dt { color: #57606a; } dd { margin: 0; overflow-wrap: anywhere; }
pre { background: #f6f8fa; padding: .8rem 1rem; overflow-x: auto; font-size: .82rem; line-height: 1.4; }
code { background: #f6f8fa; padding: 0 .2rem; } pre code { padding: 0; }
@media screen and (max-width: 34rem) { figure { overflow-x: auto; } img { max-width: none; width: 40rem; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } .wide, pre { overflow: visible; }
  pre { white-space: pre-wrap; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
</style>
</head>
<body>
<h1>$title</h1>
<p class="lead">$lead</p>
$body
</body>
</html>
""")
