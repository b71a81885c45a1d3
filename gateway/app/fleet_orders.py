"""The orders of many gateways, from the fleet console's own store, as the local console shows those of one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from gateway.app.order_rows import (
    DAY_MS,
    LONGEST_MS,
    MONTH_MS,
    TOLD_WITHIN_MS,
    begin_ms,
    day_at,
    receipt_of,
    row_of,
    written,
)
from gateway.app.orders import COLUMNS, OrderRecord
from gateway.fleet.day import ShedDay, shed_days
from gateway.fleet.ledger import Kept
from gateway.orders.reconcile.report import read_report
from gateway.orders.reconcile.text import report_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, tzinfo

    from gateway.fleet.estate import Estate
    from gateway.fleet.ledger import Ledger
    from gateway.orders.tariff.text import Language

OF_OUTLET_MOST = 1000
"""Orders of a month that one sticker has at most."""


class Rows(Sequence[dict[str, Any]]):
    """A list of orders of which only those that are looked at are read."""

    def __init__(self, found: Sequence[Kept]) -> None:
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        found = self._found[place]
        return _row(found) if isinstance(found, Kept) else [_row(kept) for kept in found]


class FleetOrders:
    """`zone` is where the fleet's days begin; `wall_ms` the wall clock."""

    def __init__(self, ledger: Ledger, estate: Estate, zone: tzinfo, wall_ms: Callable[[], int]) -> None:
        self._ledger = ledger
        self._estate = estate
        self._zone = zone
        self._wall_ms = wall_ms

    def today(self) -> date:
        return day_at(self._wall_ms(), self._zone)

    async def rows(self, day: date | None, word: str, gateway: str) -> Rows:
        return Rows(await self._found(day, word, gateway))

    async def receipt(self, order_id: str, language: Language, gateway: str) -> str:
        for kept in await self._ledger.named(order_id):
            if gateway in ("", kept.gateway):
                return receipt_of(_record(kept), language)
        return ""

    async def table(self, day: date, gateway: str, *, is_xlsx: bool) -> bytes:
        found = await self._day(day, gateway=gateway)

        def write() -> bytes:
            rows = [[kept.gateway, *_record(kept).row(self._zone)] for kept in reversed(found)]
            return written(("gateway", *COLUMNS), rows, is_xlsx=is_xlsx)

        return await asyncio.to_thread(write)

    async def reconciliation(self, day: date, language: Language, gateway: str) -> str:
        texts = {}
        for name, body in await self._reports(day, gateway):
            with contextlib.suppress(ValueError):  # of a version that said it otherwise
                if (report := read_report(body)).day == day.isoformat():
                    texts[name] = f"{name}\n\n{report_text(report, language, self._zone)}"
        return "\n\n\n".join(texts.values())

    async def days(self, day: date) -> Sequence[ShedDay]:
        """Return what a day came to at each gateway. Raises `GatewayError`."""
        begin, end = (begin_ms(day, self._zone, later=later) for later in (0, 1))
        reports = await self._reports(day, "")
        sockets = {name: shed.sockets for name, shed in self._estate.sheds.items()}
        return shed_days(await self._ledger.sums(begin, end), reports, sockets, day.isoformat())

    # ------------------------------------------------------------------ the store

    async def _found(self, day: date | None, word: str, gateway: str) -> list[Kept]:
        now_ms = self._wall_ms()
        places = self._estate.places_of(word)
        if places:
            found = await self._ledger.at_places(places, now_ms - MONTH_MS, OF_OUTLET_MOST)
            return [kept for kept in found if gateway in ("", kept.gateway) and (day is None or self._is_of(kept, day))]
        if day is not None:
            return await self._day(day, word, gateway)
        begin, end = now_ms - MONTH_MS, now_ms + DAY_MS
        return await self._ledger.orders(begin, end, longest_ms=LONGEST_MS, word=word, gateway=gateway)

    async def _day(self, day: date, word: str = "", gateway: str = "") -> list[Kept]:
        """Return the orders of which something was told on a day."""
        begin, end = (begin_ms(day, self._zone, later=later) for later in (0, 1))
        return await self._ledger.orders(begin, end, longest_ms=LONGEST_MS, word=word, gateway=gateway)

    def _is_of(self, kept: Kept, day: date) -> bool:
        begin, end = (begin_ms(day, self._zone, later=later) for later in (0, 1))
        return kept.from_ms < end and kept.until_ms >= begin

    async def _reports(self, day: date, gateway: str) -> list[tuple[str, dict[str, Any]]]:
        begin = begin_ms(day, self._zone)
        return await self._ledger.reports(begin, begin + TOLD_WITHIN_MS, gateway)


def _row(kept: Kept) -> dict[str, Any]:
    return {"gateway": kept.gateway, **row_of(_record(kept))}


def _record(kept: Kept) -> OrderRecord:
    """Return an order as `gateway orders` understands it: when it began, and the last word on everything."""
    account = kept.account
    last = (account.until_ms, account.stage, {**account.facts, "stage": account.stage})
    begun: list[tuple[int, str, dict[str, Any]]] = []
    if account.accepted_ms is not None:
        begun = [(account.accepted_ms, "accepted", {})]
    if account.first.ts_ms < account.until_ms and account.first.ts_ms != account.accepted_ms:
        begun = [(account.first.ts_ms, "", {}), *begun]
    return OrderRecord(kept.order_id, account.place, [*begun, last])
