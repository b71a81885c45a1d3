"""`gateway orders reconcile`: the report of a day as the gateway told it, or as its log adds up so far."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.app.logbook import told
from gateway.app.table import Cell, Money, write_table
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.orders.reconcile.day import DayBook
from gateway.orders.reconcile.mark import WHAT as MARK
from gateway.orders.reconcile.mark import Mark, read_mark
from gateway.orders.reconcile.report import WHAT as REPORT
from gateway.orders.reconcile.report import Report, read_report, write_report
from gateway.orders.reconcile.text import TABLE, report_rows, report_text
from gateway.store.beside import events_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from gateway.orders.tariff.text import Language
    from gateway.store.record import Event

MOST_DAYS = 10
"""Days that a mistaken day is told to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which day (None: the newest that is over), and how it is shown: as text, as JSON, or in a file."""

    day: str | None
    language: Language
    as_json: bool
    file: Path | None
    is_xlsx: bool


def reconcile(log: Path, zone: tzinfo, wanted: Wanted) -> int:
    """Show the report of a day. Raises `GatewayError` where the log has none."""
    report = _chosen(reports_in(events_beside(log, EventKind.ORDER, EventKind.GATEWAY)), wanted.day, log)
    if wanted.file is not None:
        write_table(wanted.file, TABLE, _rows(report), is_xlsx=wanted.is_xlsx)
        sys.stdout.write(f"{report.day} in {wanted.file}\n")
    elif wanted.as_json:
        sys.stdout.write(json.dumps(write_report(report), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(report_text(report, wanted.language, zone) + "\n")
    return 0


def reports_in(events: Iterable[Event]) -> dict[str, Report]:
    """Return the reports of these records by their day: as they were told, else as the records add up.

    A mark stands where its maker had counted to, not where it was stored.
    """
    found: dict[str, Report] = {}
    reports: dict[str, Report] = {}
    steps: list[tuple[int, bool, str, Mapping[str, object] | Mark]] = []
    for event in events:
        target, body = told(event)
        if event.kind == EventKind.ORDER:
            steps.append((event.seq, False, target, body))
        elif body.get("what") in {REPORT, MARK}:
            with contextlib.suppress(ValueError):  # of a version that said it otherwise
                if body["what"] == REPORT:
                    report = read_report(body)
                    found[report.day] = report
                else:
                    mark = read_mark(body)
                    steps.append((mark.folded_to, True, target, mark))
    book = DayBook()
    for _, _, target, said in sorted(steps, key=lambda step: step[:2]):
        if not isinstance(said, Mark):
            book.take(target, said)
        elif (over := book.mark(said)) is not None:
            reports[over.day] = over
    if (running := book.report()) is not None:
        reports[running.day] = running
    return reports | found


def _chosen(reports: Mapping[str, Report], day: str | None, log: Path) -> Report:
    if not reports:
        raise GatewayError(f"{log}: nothing to reconcile yet; a running gateway whose clock is set marks every hour")
    if day is None:
        over = [name for name, report in reports.items() if report.until_day > report.day]
        return reports[max(over or reports)]
    if day not in reports:
        known = ", ".join(sorted(reports)[-MOST_DAYS:])
        raise GatewayError(f"{log}: no report of {day}; there are {known}")
    return reports[day]


def _rows(report: Report) -> Iterable[list[Cell]]:
    for section, place, item, figure, value in report_rows(report):
        if isinstance(value, int) and figure.endswith("_mil"):
            yield [section, place, item, figure.removesuffix("_mil") + "_yuan", Money(value)]
        else:
            yield [section, place, item, figure, value]
