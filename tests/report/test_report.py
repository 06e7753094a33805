"""The page of a run: numbers, self-contained, honest about what is missing."""

import base64
import json
import re
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from wm_zoo.report import ReportError, figures, read_run, write_report
from wm_zoo.report.record import Round, stage_minutes

VOID = {"meta", "img", "br"}


class Outline(HTMLParser):
    """Open tags, what points outside, and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.outside, self.text, self.images = [], [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "data", "action"):
                (self.images if value.startswith("data:image/png;base64,") else self.outside).append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(path):
    outline = Outline()
    outline.feed(path.read_text(encoding="utf-8"))
    assert outline.open == []
    outline.text = " ".join(" ".join(outline.text).split())
    return outline


def test_finished_run_is_one_file_with_everything(run):
    page = read(write_report(run))
    assert page.outside == []
    assert len(page.images) == 4
    for image in page.images:
        assert base64.b64decode(image.partition(",")[2]).startswith(b"\x89PNG")
    rows = json.loads((run / "results.json").read_text())["rows"]
    for row in rows.values():
        assert row["label"] in page.text
        assert f"{row['summary']['mean']:.1f}".replace("-", "−") in page.text
    for fact in (
        "Dream minus real",
        "32 seeds, 100000 to 100031",
        "abc123",
        "2.13.0",
        "frame_skip = 4",
        "0.90",
        "are not drawn",
    ):
        assert fact in page.text
    assert "url(" not in (run / "report.html").read_text()


def test_headline_is_the_stock_score(run):
    summary = json.loads((run / "results.json").read_text())["rows"]["real"]["summary"]
    page = read(write_report(run))
    assert f"agent on stock CarRacing-v3: {summary['mean']:.0f} ± {summary['std']:.0f}" in page.text


def test_filmstrip_is_embedded(run):
    (run / "filmstrip.png").write_bytes(figures.stage_times({"a": 1.0}))
    (run / "video.mp4").write_bytes(b"0")
    page = read(write_report(run))
    assert len(page.images) == 5
    assert "video.mp4" in page.text


def test_run_that_has_only_begun_says_what_is_missing(run):
    for name in ("results.json", "run.json", "metrics.jsonl"):
        (run / name).unlink()
    for path in (run / "rounds").glob("*/*/done.json"):
        path.unlink()
    page = read(write_report(run))
    for fact in (
        "results.json: missing",
        "run.json: missing",
        "no learning curve",
        "This run has produced no score yet",
    ):
        assert fact in page.text


def test_run_between_two_rounds_shows_its_last_validation(run):
    (run / "results.json").unlink()
    (run / "rounds" / "05" / "validate" / "done.json").unlink()
    page = read(write_report(run))
    assert "the last validation (round 4) returned 782" in page.text


def test_damaged_files_are_named_and_survived(run):
    text = (run / "results.json").read_text()
    (run / "results.json").write_text(text[: len(text) // 2])
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"stage": "dyn')
    record = read_run(run)
    assert any(problem.startswith("results.json: unreadable") for problem in record.problems)
    assert any("1 of 4 lines are damaged" in problem for problem in record.problems)
    assert "results.json: unreadable" in read(write_report(run)).text


def test_labels_are_escaped(run):
    results = json.loads((run / "results.json").read_text())
    results["rows"]["real"]["label"] = "<script>alert(1)</script>"
    (run / "results.json").write_text(json.dumps(results))
    assert "<script>" not in write_report(run).read_text()


def test_not_a_run(tmp_path):
    with pytest.raises(ReportError, match="no such run folder"):
        read_run(tmp_path / "nowhere")
    with pytest.raises(ReportError, match="not a run folder"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_numbers_of_the_rounds(run):
    record = read_run(run)
    first, last = record.rounds[0], record.rounds[-1]
    assert (first.number, first.real, first.dream, first.frames) == (0, 260.0, 340.0, 36_000)
    assert last.minutes == pytest.approx(6 * 67 / 60)
    assert stage_minutes(run)["dynamics"] == pytest.approx(3.0)


def test_nothing_to_draw_is_no_picture():
    assert figures.learning_curves([Round(0, None, None, None, None, None)]) is None
    assert figures.returns({"a": {"label": "a", "returns": []}}) is None
    assert figures.open_loop({}) is None
    assert figures.stage_times({}) is None


def test_command_line(run, tmp_path):
    import typer

    from wm_zoo.cli.report import command

    app = typer.Typer()
    app.command()(command)
    (run / "run.json").unlink()
    done = CliRunner().invoke(app, [str(run), "--json"])
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert said["report"].endswith("report.html")
    assert re.search("run.json: missing", said["missing"][0])
    assert isinstance(CliRunner().invoke(app, [str(tmp_path / "none")]).exception, ReportError)
