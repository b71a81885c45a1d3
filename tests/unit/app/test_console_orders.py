"""What the console says of orders is what the log says of them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.console_orders import LogOrders
from gateway.app.console_pages import LocalPages, stickers_of
from gateway.app.log_reader import LogReader
from gateway.app.logbook import Logbook, stamp
from gateway.edge.journal import Entry, Moment
from gateway.model.event import EventKind
from gateway.orders.tariff.text import Language
from gateway.site.load import load_site
from gateway.store.log import Log
from gateway.store.record import ClockQuality, NewEvent, Stamp
from tests.scenario.trading_side import SITE
from tests.unit.app.test_orders import an_order
from tests.unit.store.making import append_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHINA = timezone(timedelta(hours=8))
NOON = round(datetime(2026, 11, 22, 4, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000
OUTLET = "pile-01/outlet-01"


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    opened = await Log.open(tmp_path / "log", clock=stamp)
    yield opened
    await opened.close()


async def tell(log: Log, order_id: str, ts_ms: int) -> None:
    for number, (_, body) in enumerate(an_order(order_id)):
        said = json.dumps({"target": OUTLET, "body": body}).encode()
        at = Stamp(ts_ms=ts_ms + number, clock=ClockQuality.SYNCED, mono_s=0.0)
        await append_event(log, NewEvent(id=f"{order_id}-{number}", kind="order", at=at, body=said))


async def orders_of(log: Log) -> LogOrders:
    book = Logbook(log, (await log.standing()).last_event_seq)
    return LogOrders(
        LogReader(log, book),
        CHINA,
        lambda: NOON + 2 * DAY_MS,
        lambda: None,
        {"r01-01": OUTLET, "r01-02": "pile-01/outlet-02"},
    )


def test_an_outlet_is_found_by_the_code_on_it_however_it_is_typed() -> None:
    found = stickers_of(load_site(Path("configs/sites/demo.yaml")))
    assert (found["a01-06"], found["a05-12"]) == ("pile-01/outlet-06", "pile-05/outlet-12")
    assert all(code == code.lower() for code in found)


async def test_a_day_has_its_own_orders_and_a_word_finds_those_of_the_month(log: Log) -> None:
    await tell(log, "A-1", NOON)
    await tell(log, "A-2", NOON + DAY_MS)
    orders = await orders_of(log)
    assert [row["order_id"] for row in await orders.rows(date(2026, 11, 22), "", "")] == ["A-1"]
    assert [row["order_id"] for row in await orders.rows(None, "a-", "")] == ["A-2", "A-1"]
    assert [row["order_id"] for row in await orders.rows(None, "=1+1", "")] == ["A-2", "A-1"]
    assert await orders.rows(date(2026, 11, 22), "no such order", "") == []
    (row,) = await orders.rows(None, "a-1", "")
    assert (row["place"], row["stage"], row["kind"], row["at"]) == (OUTLET, "settled", "charge", NOON)
    assert row["amount_mil"] == an_order()[-1][1]["amount_mil"]


async def test_the_code_on_an_outlet_finds_its_orders_of_a_day_and_of_the_month(log: Log) -> None:
    await tell(log, "A-1", NOON)
    await tell(log, "A-2", NOON + DAY_MS)
    orders = await orders_of(log)
    assert [row["order_id"] for row in await orders.rows(None, "r01-01", "")] == ["A-2", "A-1"]
    assert [row["order_id"] for row in await orders.rows(date(2026, 11, 22), "r01-01", "")] == ["A-1"]
    assert await orders.rows(None, "r01-02", "") == []


@pytest.mark.parametrize("day", [date.min, date.max])
async def test_the_first_and_the_last_day_of_all_have_no_orders(log: Log, day: date) -> None:
    await tell(log, "A-1", NOON)
    orders = await orders_of(log)
    assert await orders.rows(day, "", "") == []
    assert await orders.reconciliation(day, Language.EN, "") == ""


async def test_a_receipt_is_read_in_both_languages_and_only_of_the_order_that_is_asked_for(log: Log) -> None:
    await tell(log, "A-1", NOON)
    await tell(log, "A-11", NOON + 60_000)
    orders = await orders_of(log)
    assert (await orders.receipt("A-1", Language.EN, "")).startswith("Receipt")
    assert (await orders.receipt("A-1", Language.ZH_CN, "")).startswith("费用明细")
    assert await orders.receipt("A", Language.EN, "") == ""


async def test_a_table_has_a_row_for_each_order_and_no_formula(log: Log) -> None:
    await tell(log, "A-1", NOON)
    text = (await (await orders_of(log)).table(date(2026, 11, 22), "", is_xlsx=False)).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["order_id"], row["user_ref"], row["stage"]) == ("A-1", "'=1+1", "settled")


async def test_a_day_that_nobody_has_told_has_no_reconciliation(log: Log) -> None:
    await tell(log, "A-1", NOON)
    assert await (await orders_of(log)).reconciliation(date(2026, 11, 22), Language.EN, "") == ""


async def test_what_comes_while_the_log_is_read_back_counts_once(log: Log, tmp_path: Path) -> None:
    await tell(log, "A-1", NOON)
    book = Logbook(log, (await log.standing()).last_event_seq)
    nobody: Any = SimpleNamespace(running={})
    pages = LocalPages(
        SITE, log, book, uplinks=nobody, running=lambda: None, runtime=tmp_path, version="1",
        wall_ms=lambda: NOON + 60_000,
    )  # fmt: skip
    last = an_order("A-1")[-1][1]
    new = an_order("A-2")[-1][1]
    at = Moment(ts_ms=NOON + 9, clock=2, mono_s=0.0)
    pages.heard(Entry(id="A-1-3", kind=EventKind.ORDER, target=OUTLET, at=at, body=last))  # stored, and read back too
    assert pages.sums() is None
    await pages.count()
    pages.heard(Entry(id="A-2-3", kind=EventKind.ORDER, target=OUTLET, at=at, body=new))
    sums = pages.sums()
    assert sums is not None
    assert (sums["orders"], sums["amount_mil"]) == (2, last["amount_mil"] + new["amount_mil"])
    assert await pages.lines() is None
