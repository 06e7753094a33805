"""One self-contained `report.html` of a run: `write_report(run_dir)`."""

from wm_zoo.report.page import write_report
from wm_zoo.report.record import ReportError, RunRecord, read_run

__all__ = ["ReportError", "RunRecord", "read_run", "write_report"]
