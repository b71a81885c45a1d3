"""The orders of the log as the console shows them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.logbook import told
from gateway.app.orders import COLUMNS, ENDS, OrderRecord
from gateway.app.table import write_table
from gateway.app.trade_receipt import trade_receipt
from gateway.model.event import EventKind
from gateway.orders.reconcile.report import WHAT as REPORT
from gateway.orders.reconcile.report import read_report
from gateway.orders.reconcile.text import report_text
from gateway.orders.tariff.receipt import read_receipt
from gateway.orders.tariff.text import receipt_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from gateway.app.log_reader import LogReader
    from gateway.orders.reconcile.report import Report
    from gateway.orders.tariff.text import Language
    from gateway.store.record import Event

DAY_MS = 86_400_000
MONTH_MS = 31 * DAY_MS
LONGEST_MS = DAY_MS
"""No order lasts longer: the records of a day's orders begin so long before it."""

TOLD_WITHIN_MS = 3 * DAY_MS
"""A day is told when the next one is marked, which waits for the gateway to run."""

BY_STAFF = frozenset({"restock", "collection"})
SHOWN = ("user_ref", "wh", "s", "net_g", "points", "amount_mil", "fault_side")


class LogOrders:
    """Reads on demand, one asker after another; keeps nothing. `running`: the report of the day that is not over."""

    def __init__(
        self, reader: LogReader, zone: tzinfo, wall_ms: Callable[[], int], running: Callable[[], Report | None]
    ) -> None:
        self._reader = reader
        self._zone = zone
        self._wall_ms = wall_ms
        self._running = running
        self._alone = asyncio.Lock()

    def today(self) -> date:
        return datetime.fromtimestamp(self._wall_ms() / 1000, UTC).astimezone(self._zone).date()

    async def rows(self, day: date | None, word: str) -> list[dict[str, Any]]:
        found = await self._month(word) if day is None else await self._day(day)
        rows = [_row(order) for order in found if word in _searched(order)]
        return sorted(rows, key=lambda row: row["at"], reverse=True)

    async def receipt(self, order_id: str, language: Language) -> str:
        for order in await self._month(order_id.lower()):
            if order.order_id == order_id:
                worked = order.receipt()
                if worked:
                    return receipt_text(read_receipt(dict(worked)), language)
                return trade_receipt(order.told[-1][2], order.place, language)
        return ""

    async def table(self, day: date, *, is_xlsx: bool) -> bytes:
        rows = [order.row(self._zone) for order in await self._day(day)]
        return await asyncio.to_thread(_written, rows, is_xlsx=is_xlsx)

    async def reconciliation(self, day: date, language: Language) -> str:
        running = self._running()
        if running is not None and running.day == day.isoformat():
            return report_text(running, language, self._zone)
        begin_ms = self.begin_ms(day)
        async for event in self._reader.since(begin_ms, begin_ms + TOLD_WITHIN_MS, EventKind.GATEWAY):
            if b'"reconciliation"' not in event.body:
                continue
            _, body = told(event)
            with contextlib.suppress(ValueError):  # of a version that said it otherwise
                if body.get("what") == REPORT and (report := read_report(body)).day == day.isoformat():
                    return report_text(report, language, self._zone)
        return ""

    # ------------------------------------------------------------------ the log

    async def _day(self, day: date) -> list[OrderRecord]:
        """Return the orders of which something was told on a day."""
        begin_ms = self.begin_ms(day)
        found = await self._read(begin_ms - LONGEST_MS, self.begin_ms(day, later=1), b"")
        return [order for order in found if order.told[-1][0] >= begin_ms]

    async def _month(self, word: str) -> list[OrderRecord]:
        now_ms = self._wall_ms()
        return await self._read(now_ms - MONTH_MS, now_ms + DAY_MS, json.dumps(word, ensure_ascii=False)[1:-1].encode())

    async def _read(self, from_ms: int, until_ms: int, word: bytes) -> list[OrderRecord]:
        found: dict[str, OrderRecord] = {}
        async with self._alone:
            async for event in self._reader.since(from_ms, until_ms, EventKind.ORDER):
                if word in event.body.lower():
                    _take(found, event)
        return list(found.values())

    def begin_ms(self, day: date, *, later: int = 0) -> int:
        """Return when a day, or one so many days later, begins at the site."""
        found = date.fromordinal(min(day.toordinal() + later, date.max.toordinal()))
        return round(datetime(found.year, found.month, found.day, tzinfo=self._zone).timestamp() * 1000)


def _take(found: dict[str, OrderRecord], event: Event) -> None:
    """Add a record to its order, of which only the stages and the last word on everything are kept."""
    target, body = told(event)
    order_id, stage = body.get("order_id"), body.get("stage")
    if not isinstance(order_id, str) or not isinstance(stage, str):
        return
    order = found.setdefault(order_id, OrderRecord(order_id, target))
    if stage in ENDS and any(known == stage for _, known, _ in order.told):
        return
    before: Mapping[str, Any] = {}
    if order.told:
        ts_ms, known, before = order.told[-1]
        order.told[-1] = (ts_ms, known, {})
    news = {name: value for name, value in body.items() if value is not None}
    order.told.append((event.at.ts_ms, stage, {**before, **news}))


def _searched(order: OrderRecord) -> str:
    return " ".join((order.order_id, order.place, str(order.said("user_ref") or ""))).lower()


def _row(order: OrderRecord) -> dict[str, Any]:
    is_over = order.stage in ENDS
    row = {
        "order_id": order.order_id,
        "kind": purpose if (purpose := order.said("purpose")) in BY_STAFF else order.kind,
        "place": order.place,
        "stage": order.stage,
        "reason": order.said("reason") or order.said("why"),
        "at": order.told[0][0],
        "ended": (order.said("ended_ts_ms") or order.told[-1][0]) if is_over else None,
        **{name: order.said(name) for name in SHOWN},
    }
    return {name: value for name, value in row.items() if value is not None}


def _written(rows: list[Any], *, is_xlsx: bool) -> bytes:
    with tempfile.TemporaryDirectory(prefix="gateway-orders-") as folder:
        file = Path(folder) / "orders"
        write_table(file, COLUMNS, rows, is_xlsx=is_xlsx)
        return file.read_bytes()
