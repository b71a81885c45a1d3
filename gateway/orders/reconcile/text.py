"""A report as people read it, in Chinese or English, and as the rows of a table. Pure; `zone` is the site's."""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.orders.reconcile.words import EN, ZH_CN, Words
from gateway.orders.tariff.text import Language, yuan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from gateway.orders.reconcile.report import Report

SECTIONS = ("feeders", "piles", "stock", "scales", "bins", "money", "reviews")
TABLE = ("section", "place", "item", "figure", "value")
"""The columns of the table: one row for each figure."""

Value = str | int | float | None

_WORDS = {Language.ZH_CN: ZH_CN, Language.EN: EN}
_NAMES = frozenset({"feeder", "pile", "shelf", "sku", "name", "kind", "order_id", "place"})
_PLACES = ("feeder", "pile", "shelf", "name", "place", "kind")


def report_text(report: Report, language: Language, zone: tzinfo) -> str:
    """Return the report as lines of text without a line end after the last."""
    words = _WORDS[language]
    start, end = (_time(ts_ms, zone) for ts_ms in (report.from_ts_ms, report.until_ts_ms))
    lines = [words.title.format(day=report.day), words.period.format(start=start, end=end)]
    for section in SECTIONS:
        found: Sequence[object] = getattr(report, section)
        if found:
            lines += ["", words.sections[section], *_aligned(_section(found, words))]
    lines += [
        "",
        words.running.format(count=report.running),
        words.unacknowledged.format(count=report.waiting, orders=" ".join(report.unacknowledged)).rstrip(),
    ]
    lines += [words.note.format(note=words.notes[note]) for note in report.notes]
    return "\n".join(lines)


def report_rows(report: Report) -> Iterator[tuple[str, str, str, str, Value]]:
    """Yield the rows of the table, in the order of `TABLE`; a figure that ends with `_mil` is money."""
    for section in SECTIONS:
        for line in getattr(report, section):
            said = {each.name: getattr(line, each.name) for each in fields(line)}
            place = next(str(said[name]) for name in _PLACES if name in said)
            item = str(said.get("sku") or said.get("order_id") or said.get("category") or "")
            for name, value in said.items():
                if name not in _NAMES and name != "category":
                    yield section, place, item, name, " ".join(value) if isinstance(value, tuple) else value
    yield "orders", "", "", "running", report.running
    yield "orders", "", "", "unacknowledged", report.waiting
    for note in report.notes:
        yield "notes", "", "", str(note), 1


def _section(lines: Sequence[object], words: Words) -> list[list[str]]:
    """Return a heading and a row for each line; the column of gaps only where there are any."""
    names = [each.name for each in fields(lines[0])]  # type: ignore[arg-type]  # every line is a dataclass
    shown = [name for name in names if name != "gaps" or any(getattr(line, name) for line in lines)]
    rows = [[words.columns[name] for name in shown]]
    rows += [[_cell(name, getattr(line, name), words) for name in shown] for line in lines]
    return rows


def _cell(name: str, value: object, words: Words) -> str:
    if value is None:
        return words.unknown
    if name.endswith("_mil") and isinstance(value, int):
        return yuan(value)
    if name == "kind":
        return words.kinds.get(str(value), str(value))
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value) or words.nothing
    return str(value)


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  " + "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: a Chinese character takes two."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def _time(ts_ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(zone).isoformat(sep=" ", timespec="seconds")
