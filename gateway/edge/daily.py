"""The daily record: a mark every hour, and once a day, when it is over, the reconciliation of it.

Records are counted once, an hour's worth at each mark. How far, the book of the day, the mark and the report are one
transaction: whatever dies when, a day is told once, and nothing of it is counted twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from gateway.edge.journal import Entry
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.orders.reconcile import day
from gateway.orders.reconcile.mark import write_mark
from gateway.orders.reconcile.report import write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from gateway.edge.book import Book
    from gateway.edge.journal import Journal, Moment
    from gateway.edge.marking import Business, Marker
    from gateway.orders.reconcile.report import Report

STATE = "daily"
"""Under this name is stored how far the records are counted, and the day's book."""

LOOK_S = 5.0
SETTLE_S = 90.0
"""After field has come, this long until its meters have been read."""

PATIENCE_S = 300.0
"""So long a mark waits for field; then it is made without registers, and they are gaps."""

TRIES = 20
"""So often the log is read to its end until nothing is stored meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A slice of the log: the records of orders in it as (target, body), its last number, how many records are lost."""

    upto: int
    orders: Sequence[tuple[str, Mapping[str, Any]]]
    lost: int = 0


class Records(Protocol):
    """What is read back of the log."""

    def newest(self) -> int:
        """Return the number of the last event that its maker knows to be stored."""

    async def after(self, seq: int) -> Told | None:
        """Return the next slice after this number; None at the end."""


class Daily:
    """One site; `zone` says where its days begin."""

    def __init__(
        self,
        *,
        book: Book,
        journal: Journal,
        records: Records,
        marker: Marker,
        business: Callable[[], Business],
        states: Mapping[str, bytes],
        zone: tzinfo,
    ) -> None:
        self._book = book
        self._journal = journal
        self._records = records
        self._marker = marker
        self._business = business
        self._zone = zone
        self._stored, self._marked = _taken_up(states.get(STATE), records.newest())
        self._here_s: float | None = None
        self._due: tuple[str, float] | None = None

    def running(self) -> Report | None:
        """Return what the day that is not over comes to up to its last mark; None before it has two."""
        return _read(self._stored)[2].report()

    async def run(self) -> None:
        """Mark every hour, tell every day; what the log refuses is tried again."""
        while True:
            await asyncio.sleep(LOOK_S)
            with contextlib.suppress(GatewayError):
                await self.look()

    async def look(self) -> None:
        """Make a mark if one is due. Raises `GatewayError`: it is not made then."""
        now = self._journal.now()
        if not self._book.is_field_here:
            self._here_s = None
        elif self._here_s is None:
            self._here_s = now.mono_s
        if not now.clock:  # nobody knows which day it is
            return
        local = datetime.fromtimestamp(now.ts_ms / 1000, UTC).astimezone(self._zone)
        hour = local.strftime("%Y-%m-%dT%H%z")
        if hour != self._marked and self._is_time(hour, now):
            upto, _, book = _read(self._stored)
            upto = await self._fold(book, upto)
            await self._mark(book, upto, hour, now, local)

    def _is_time(self, hour: str, now: Moment) -> bool:
        """Return whether the registers can be believed to be those of now, or were waited for long enough."""
        if self._due is None or self._due[0] != hour:
            self._due = (hour, now.mono_s)
        is_read = self._here_s is not None and now.mono_s - self._here_s >= SETTLE_S
        return is_read or now.mono_s - self._due[1] >= PATIENCE_S

    async def _fold(self, book: day.DayBook, upto: int) -> int:
        """Count what was stored since the last mark; return the number of the last record.

        At its end nothing lies between what is counted and what the desks have taken into their books.
        """
        for _ in range(TRIES):
            while (told := await self._records.after(upto)) is not None:
                book.lose(told.lost)
                for target, body in told.orders:
                    book.take(target, body)
                upto = told.upto
            if upto == self._records.newest():
                break
        return upto

    async def _mark(self, book: day.DayBook, upto: int, hour: str, now: Moment, local: datetime) -> None:
        mark = self._marker.mark(self._business(), upto, now, local)
        report = book.mark(mark)
        stored = _written(upto, hour, book)
        entries = [_entry(f"mark-{upto}-{hour}", now, write_mark(mark), {STATE: stored})]
        if report is not None:
            entries.append(_entry(f"reconciliation-{report.day}", now, write_report(report)))
        await self._journal.append_all(entries)
        self._stored, self._marked = stored, hour


def _entry(name: str, at: Moment, body: Mapping[str, object], state: Mapping[str, bytes] | None = None) -> Entry:
    return Entry(id=name, kind=EventKind.GATEWAY, target="*", at=at, body=body, state=state or {})


def _taken_up(stored: bytes | None, newest: int) -> tuple[bytes, str]:
    """Return what was stored as this log has it, and the hour of its last mark; a rescued log may have lost records."""
    upto, hour, book = _read(stored)
    book.lose(max(0, upto - newest))
    return _written(min(upto, newest), hour, book), hour


def _written(upto: int, hour: str, book: day.DayBook) -> bytes:
    head = json.dumps({"upto": upto, "hour": hour}).encode()
    return head + b"\n" + day.to_json(book)


def _read(stored: bytes | None) -> tuple[int, str, day.DayBook]:
    """Return how far was counted, the hour of the last mark, and a book of its own; what cannot be read begins anew."""
    head, _, body = (stored or b"").partition(b"\n")
    try:
        said = json.loads(head)
        return int(said["upto"]), str(said["hour"]), day.from_json(body)
    except (KeyError, TypeError, ValueError):
        return 0, "", day.DayBook()
