"""The orders of the log as the console shows them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from gateway.app.logbook import told
from gateway.app.order_rows import (
    DAY_MS,
    LONGEST_MS,
    MONTH_MS,
    TOLD_WITHIN_MS,
    begin_ms,
    day_at,
    receipt_of,
    row_of,
    searched,
    written,
)
from gateway.app.orders import COLUMNS, ENDS, OrderRecord
from gateway.model.event import EventKind
from gateway.orders.reconcile.report import WHAT as REPORT
from gateway.orders.reconcile.report import read_report
from gateway.orders.reconcile.text import report_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, tzinfo

    from gateway.app.log_reader import LogReader
    from gateway.orders.reconcile.report import Report
    from gateway.orders.tariff.text import Language
    from gateway.store.record import Event


class LogOrders:
    """Reads on demand, one asker after another; keeps nothing.

    `running`: the report of the day that is not over. `stickers`: the outlet of each code, in lower case.
    """

    def __init__(
        self,
        reader: LogReader,
        zone: tzinfo,
        wall_ms: Callable[[], int],
        running: Callable[[], Report | None],
        stickers: Mapping[str, str],
    ) -> None:
        self._reader = reader
        self._zone = zone
        self._wall_ms = wall_ms
        self._running = running
        self._stickers = stickers
        self._alone = asyncio.Lock()

    def today(self) -> date:
        return day_at(self._wall_ms(), self._zone)

    async def rows(self, day: date | None, word: str, _gateway: str) -> list[dict[str, Any]]:
        outlet = self._stickers.get(word, "")
        found = await self._month(outlet or word) if day is None else await self._day(day)
        rows = [row_of(each) for each in found if (each.place == outlet if outlet else word in searched(each))]
        return sorted(rows, key=lambda row: row["at"], reverse=True)

    async def receipt(self, order_id: str, language: Language, _gateway: str) -> str:
        for order in await self._month(order_id.lower()):
            if order.order_id == order_id:
                return receipt_of(order, language)
        return ""

    async def table(self, day: date, _gateway: str, *, is_xlsx: bool) -> bytes:
        rows = [order.row(self._zone) for order in await self._day(day)]
        return await asyncio.to_thread(written, COLUMNS, rows, is_xlsx=is_xlsx)

    async def reconciliation(self, day: date, language: Language, _gateway: str) -> str:
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
        return begin_ms(day, self._zone, later=later)


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
