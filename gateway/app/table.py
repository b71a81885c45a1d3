"""Tables for spreadsheets: CSV with its byte order mark, or .xlsx. A stranger's text is never taken for a formula."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gateway.model.errors import GatewayError
from gateway.orders.tariff.text import yuan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NEEDS_XLSX = (
    "an .xlsx file needs the package XlsxWriter: `./run --with xlsx orders ...` installs it; .csv needs nothing"
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes the beginning of a formula by."""

WIDTH = 18


@dataclass(frozen=True, slots=True)
class Money:
    """0.001 yuan; in a table yuan, with two decimals or three."""

    mil: int


Cell = str | int | float | Money | None


def write_table(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, is_xlsx: bool) -> None:
    """Write a table. Raises `GatewayError` where .xlsx cannot be written here, `OSError` where the file cannot."""
    if is_xlsx:
        _write_xlsx(file, columns, rows)
        return
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(columns)
        table.writerows([_plain(cell) for cell in row] for row in rows)


def _plain(cell: Cell) -> str | float | None:
    if isinstance(cell, Money):
        return yuan(cell.mil)
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def _write_xlsx(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    try:
        writer: Any = import_module("xlsxwriter")
    except ImportError:
        raise GatewayError(NEEDS_XLSX) from None
    with file.open("wb") as out, writer.Workbook(out, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True})
        money, text = book.add_format({"num_format": "0.00#"}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, WIDTH)
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, heading)
        for place, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                match cell:
                    case Money(mil=mil):
                        sheet.write_number(place, column, mil / 1000, money)
                    case str():
                        sheet.write_string(place, column, cell, text)  # as text, even once somebody edits it
                    case int() | float():
                        sheet.write_number(place, column, cell)
