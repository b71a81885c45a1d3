"""`gateway orders reconcile` on a log that its owner has open: what was told, what adds up, in every form."""

from __future__ import annotations

import csv
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from gateway.app.logbook import Logbook, LogRecords, stamp
from gateway.cli import app
from gateway.model.errors import GatewayError
from gateway.orders.reconcile.mark import Article, Mark, write_mark
from gateway.orders.reconcile.report import read_report, write_report
from gateway.store.log import Log
from gateway.store.record import NewEvent
from tests.unit.store.making import append_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

COLA = Article(shelf="fridge/top", sku="cola", count=10, price_mil=3000, unit_g=350)
MARK = Mark(day="2026-11-20", into_day_s=2, ts_ms=1_795_104_002_000, folded_to=0, articles=(COLA,))


def sale(order_id: str) -> dict[str, Any]:
    line = {"shelf": "fridge/top", "sku": "cola", "count": 1, "price_mil": 3000, "amount_mil": 3000}
    body = {"cabinet": "fridge", "purpose": "sale", "lines": [line], "amount_mil": 3000}
    return {"order_id": order_id, "stage": "settled", **body}


async def put(log: Log, kind: str, target: str, body: Mapping[str, Any]) -> int:
    said = json.dumps({"target": target, "body": body}).encode()
    return await append_event(log, NewEvent(id="x", kind=kind, at=stamp(), body=said))


async def mark(log: Log, folded_to: int, day: str, count: int) -> None:
    made = replace(MARK, day=day, folded_to=folded_to, articles=(replace(COLA, count=count),))
    await put(log, "gateway", "*", write_mark(made))


@asynccontextmanager
async def living_log(file: Path) -> AsyncIterator[Log]:
    """Open a log of two days that are over and one that is not; one sale was stored before its mark was."""
    log = await Log.open(file, clock=stamp)
    try:
        await mark(log, 0, "2026-11-20", 10)
        sold = await put(log, "order", "fridge", sale("P-1"))
        await put(log, "order", "fridge", sale("P-2"))  # between what was counted and the mark
        await mark(log, sold, "2026-11-21", 9)
        await put(log, "order", "fridge", sale("P-2"))
        await mark(log, 99, "2026-11-22", 8)
        await mark(log, 99, "2026-11-22", 8)
        yield log
    finally:
        await log.close()


def said(file: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["orders", "reconcile", *words, "--log", str(file)])
    assert done.exit_code == 0, done
    return done.stdout


async def test_each_day_has_what_was_counted_before_its_mark(tmp_path: Path) -> None:
    async with living_log(tmp_path / "log"):
        for day, count in (("2026-11-20", 1), ("2026-11-21", 1), ("2026-11-22", 0)):
            report = read_report(json.loads(said(tmp_path / "log", "--day", day, "--json")))
            assert sum(line.count for line in report.money) == count
            assert [line.difference for line in report.stock] == [0]
        newest = json.loads(said(tmp_path / "log", "--json"))
    assert newest["day"] == "2026-11-21"  # the newest that is over


async def test_what_the_cloud_was_told_is_what_is_shown(tmp_path: Path) -> None:
    async with living_log(tmp_path / "log") as log:
        report = read_report(json.loads(said(tmp_path / "log", "--day", "2026-11-21", "--json")))
        await put(log, "gateway", "*", write_report(replace(report, running=7)))
        assert "Orders under way: 7" in said(tmp_path / "log", "--day", "2026-11-21", "--lang", "en")
        assert "未结束订单: 7" in said(tmp_path / "log", "--day", "2026-11-21")


async def test_a_report_is_a_table_too(tmp_path: Path) -> None:
    table = tmp_path / "day.csv"
    async with living_log(tmp_path / "log"):
        said(tmp_path / "log", "--table", str(table))
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = {
            (row["section"], row["place"], row["item"], row["figure"]): row["value"] for row in csv.DictReader(lines)
        }
    assert rows["stock", "fridge/top", "cola", "sold"] == "1"
    assert rows["money", "purchase", "", "amount_yuan"] == "3.00"


async def test_a_day_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    async with living_log(tmp_path / "log"):
        done = CliRunner().invoke(app, ["orders", "reconcile", "--day", "2026-12-24", "--log", str(tmp_path / "log")])
    assert isinstance(done.exception, GatewayError)
    assert str(done.exception).endswith("no report of 2026-12-24; there are 2026-11-20, 2026-11-21, 2026-11-22")


async def test_a_log_without_a_mark_says_what_it_needs(tmp_path: Path) -> None:
    log = await Log.open(tmp_path / "log", clock=stamp)
    await log.close()
    done = CliRunner().invoke(app, ["orders", "reconcile", "--log", str(tmp_path / "log")])
    assert isinstance(done.exception, GatewayError)
    assert "marks every hour" in str(done.exception)


async def test_records_that_are_gone_from_the_log_are_counted_as_lost(tmp_path: Path) -> None:
    log = await Log.open(tmp_path / "log", clock=stamp)
    try:
        await put(log, "order", "fridge", sale("P-1"))
        last = await put(log, "order", "fridge", sale("P-2"))
        await log._do(lambda file: file._commit(lambda work: file._events.prune(work, 1, 10), size=0, rows=1))
        told = await LogRecords(log, Logbook(log, last)).after(0)
        assert told is not None
        assert (told.upto, told.lost, [body["order_id"] for _, body in told.orders]) == (last, 1, ["P-2"])
    finally:
        await log.close()


async def test_the_log_is_read_back_slice_by_slice(tmp_path: Path) -> None:
    log = await Log.open(tmp_path / "log", clock=stamp)
    try:
        first = (await log.standing()).last_event_seq
        for number in range(150):
            await put(log, "order" if number % 2 else "alarm", "fridge", sale(f"P-{number}"))
        records = LogRecords(log, Logbook(log, (await log.standing()).last_event_seq))
        upto, orders, slices = first, 0, 0
        while (told := await records.after(upto)) is not None:
            upto, orders, slices = told.upto, orders + len(told.orders), slices + 1
        assert (upto, orders) == (records.newest(), 75)
        assert slices > 1
        assert await records.after(upto + 5) is None
    finally:
        await log.close()
