"""`gateway orders` reads a log beside the edge that owns it, and says what its records add up to."""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from contextlib import asynccontextmanager
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from gateway.app.logbook import stamp
from gateway.app.orders import COLUMNS, orders_of
from gateway.app.table import Money, write_table
from gateway.cli import app
from gateway.model.errors import GatewayError
from gateway.orders.charge.event import StopAsked
from gateway.orders.charge.record import settled, settlement_digest
from gateway.orders.reason import StopReason
from gateway.store.log import Log
from gateway.store.record import NewEvent
from tests.unit.orders.charging import Run
from tests.unit.store.making import append_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


CHINA = timezone(timedelta(hours=8))


def an_order(order_id: str = "A-1") -> list[tuple[str, dict[str, Any]]]:
    """Return the records of a charge that was really run."""
    run = Run().charging(power_w=200.0, for_s=900.0)
    run(StopAsked(reason=StopReason.USER))
    run.off()
    assert run.order.receipt is not None
    last = settled(run.order) | {"digest": settlement_digest(run.order)}
    accepted = {"user_ref": "=1+1", "tariff": {"id": "t", "version": 1}}
    records: list[tuple[str, dict[str, Any]]] = [("accepted", accepted), ("charging", {"wh": 0}), ("settled", last)]
    return [
        (stage, {"order_id": order_id, "stage": stage, "outlet": "pile-01/outlet-01", **body})
        for stage, body in [*records, ("settled", last)]
    ]


@asynccontextmanager
async def living_log(file: Path) -> AsyncIterator[Log]:
    log = await Log.open(file, clock=stamp)
    try:
        for number, (_, body) in enumerate(an_order()):
            said = json.dumps({"target": "pile-01/outlet-01", "body": body}).encode()
            await append_event(log, NewEvent(id=str(number), kind="order", at=stamp(), body=said))
        await append_event(log, NewEvent(id="x", kind="alarm", at=stamp(), body=b"{}"))
        yield log
    finally:
        await log.close()


async def test_a_log_is_read_while_its_owner_has_it_open(tmp_path: Path) -> None:
    async with living_log(tmp_path / "log"):
        (order,) = orders_of(tmp_path / "log").values()
    assert [stage for _, stage, _ in order.told] == ["accepted", "charging", "settled"]
    row = dict(zip(COLUMNS, order.row(CHINA), strict=True))
    assert row["amount_yuan"] == Money(order.receipt()["total_mil"])
    assert (row["kind"], row["tariff"], row["stage"], row["reason"]) == ("charge", "t/1", "settled", "user")
    assert str(row["ended"]).endswith("+08:00")


async def test_the_commands_show_list_receipt_and_table(tmp_path: Path) -> None:
    file, table = tmp_path / "log", tmp_path / "orders.csv"
    async with living_log(file):

        def said(*words: str) -> str:
            done = CliRunner().invoke(app, ["orders", *words, "--log", str(file)])
            assert done.exit_code == 0, done
            return done.stdout

        assert said("list").splitlines()[1].split()[:3] == ["A-1", "pile-01/outlet-01", "settled"]
        assert '"tariff": {"id": "t", "version": 1}' in said("show", "A-1")
        assert "合计" in said("receipt", "A-1")
        assert "Total" in said("receipt", "A-1", "--lang", "en")
        said("export", str(table))
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")  # else a spreadsheet guesses the encoding
    with table.open(encoding="utf-8-sig", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["order_id"], row["user_ref"]) == ("A-1", "'=1+1")  # no formula of a stranger's
    assert row["amount_yuan"] == "0.05"


NAMES = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def cells_of(file: Path) -> list[dict[str, tuple[str, str]]]:
    """Return each row of a workbook as column -> (text or number as written, number format), by the standard alone."""
    with zipfile.ZipFile(file) as book:
        parts = {name: ET.fromstring(book.read(name)) for name in book.namelist() if name.endswith(".xml")}  # noqa: S314 - our own file
    words = ["".join(each.itertext()) for each in parts["xl/sharedStrings.xml"].findall("x:si", NAMES)]
    styles = parts["xl/styles.xml"]
    own = {each.get("numFmtId"): str(each.get("formatCode")) for each in styles.findall(".//x:numFmt", NAMES)}
    formats = [
        own.get(each.get("numFmtId"), str(each.get("numFmtId"))) for each in styles.findall("x:cellXfs/x:xf", NAMES)
    ]
    rows = []
    for row in parts["xl/worksheets/sheet1.xml"].findall(".//x:row", NAMES):
        assert row.findall(".//x:f", NAMES) == [], "a formula"
        cells = {}
        for cell in row.findall("x:c", NAMES):
            value = str(cell.findtext("x:v", "", NAMES))
            text = words[int(value)] if cell.get("t") == "s" else value
            cells[str(cell.get("r")).rstrip("0123456789")] = text, formats[int(cell.get("s", 0))]
        rows.append(cells)
    return rows


@pytest.mark.parametrize("options", [("orders.xlsx",), ("orders.out", "--format", "xlsx")])
async def test_a_workbook_has_money_as_numbers_ids_as_text_and_no_formula(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    file, name = tmp_path / "log", options[0]
    async with living_log(file):
        words = ["orders", "export", str(tmp_path / name), *options[1:], "--log", str(file)]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done
    heading, row = cells_of(tmp_path / name)
    column = {text: letter for letter, (text, _) in heading.items()}
    assert row[column["order_id"]] == ("A-1", "@")
    assert row[column["user_ref"]] == ("=1+1", "@")
    assert row[column["amount_yuan"]] == ("0.05", "0.00#")
    assert row[column["accepted"]][0].endswith("+08:00")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_kept_from_it(tmp_path: Path, text: str) -> None:
    write_table(tmp_path / "t.csv", ["said", "change"], [[text, -5]], is_xlsx=False)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as lines:
        assert list(csv.reader(lines))[1] == [f"'{text}", "-5"]  # a number of ours stays one


async def test_without_its_package_a_workbook_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(GatewayError, match="needs the package XlsxWriter"):
        write_table(tmp_path / "t.xlsx", ["a"], [], is_xlsx=True)
    assert not (tmp_path / "t.xlsx").exists()


async def test_what_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    async with living_log(tmp_path / "log"):
        done = CliRunner().invoke(app, ["orders", "show", "A-2", "--log", str(tmp_path / "log")])
        assert isinstance(done.exception, GatewayError)
        assert str(done.exception).endswith("no order A-2 (did you mean A-1?)")
    with pytest.raises(FileNotFoundError):
        orders_of(tmp_path / "no-log")
