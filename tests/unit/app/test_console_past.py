"""Orders are found again in the log, however long ago and under whatever number, while it goes on being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.app.console_past import LocalPast
from gateway.app.logbook import Logbook
from gateway.edge.journal import Entry, Moment
from gateway.model.event import EventKind
from gateway.store.log import Log
from gateway.store.record import ClockQuality, Stamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ENDED_MS = 1_700_000_000_000


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    clock = Stamp(ts_ms=ENDED_MS, clock=ClockQuality.SYNCED, mono_s=1.0)
    opened = await Log.open(tmp_path / "log", clock=lambda: clock)
    yield opened
    await opened.close()


def entry(number: int, kind: EventKind, target: str, body: dict[str, object], ts_ms: int = ENDED_MS) -> Entry:
    at = Moment(ts_ms=ts_ms, clock=2, mono_s=1.0)
    return Entry(id=f"e-{number}", kind=kind, target=target, at=at, body=body)


async def test_an_order_behind_thousands_of_later_events_is_found_with_its_trip(log: Log) -> None:
    book = Logbook(log, 0)
    cause = {"outlet": "p/a", "element": "power-limit", "measured": 1320.0, "pickup": 1000.0}
    settled = {"order_id": "ORD-77", "stage": "settled", "wh": 420, "ended_ts_ms": ENDED_MS, "outlet": "p/a"}
    await book.append_all(
        [
            entry(1, EventKind.TRIP, "p", {"stage": "tripped", "causes": [cause]}, ENDED_MS - 100),
            entry(2, EventKind.ORDER, "p/a", settled),
            entry(3, EventKind.ORDER, "p/b", {"order_id": "OTHER", "stage": "settled", "user_ref": "ORD-77"}),
        ]
    )
    for start in range(10, 3010, 500):
        await book.append_all(
            [entry(start + n, EventKind.GATEWAY, "*", {"what": "ORD-77"}, ENDED_MS + 1) for n in range(500)]
        )
    past = LocalPast(log)
    for said in ("ORD-77", "ORD-7", "p/a"):
        (story,) = await past.stories(said, 20)
        assert (story["order_id"], story["wh"], story["trip"]["measured"]) == ("ORD-77", 420, 1320.0), said
    assert await past.stories("nothing-like-it", 20) == []


async def test_no_more_is_returned_than_was_asked(log: Log) -> None:
    book = Logbook(log, 0)
    await book.append_all(
        [
            entry(n, EventKind.ORDER, "p/a", {"order_id": f"A{n:03d}", "stage": "settled"}, ENDED_MS + n)
            for n in range(30)
        ]
    )
    found = await LocalPast(log).stories("p/a", 3)
    assert [story["order_id"] for story in found] == ["A029", "A028", "A027"]


async def test_the_record_of_a_trip_is_found_once_it_is_closed(log: Log) -> None:
    book, past = Logbook(log, 0), LocalPast(log)
    await book.append_all([entry(1, EventKind.TRIP, "p", {"stage": "tripped", "trip_id": "b-t1"})])
    assert await past.trip("b-t1") is None, "its record is closed some seconds later"
    recorded = {"stage": "recorded", "trip_id": "b-t1", "before": [], "after": [], "measured_ms": 400.0}
    await book.append_all([entry(2, EventKind.TRIP, "p", recorded, ENDED_MS + 5000)])
    found = await past.trip("b-t1")
    assert found == {**recorded, "ts": ENDED_MS + 5000, "device": "p"}
    assert await past.trip("b-t") is None
