"""The daily record beside a living trading desk, in virtual time: one report a day, whatever dies when."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.field import FieldHouse, layouts_of
from gateway.bus.timing import LineTiming
from gateway.edge.book import Book
from gateway.edge.daily import PATIENCE_S, SETTLE_S, Daily, Told
from gateway.edge.journal import Moment
from gateway.edge.marking import Business, Marker
from gateway.edge.places import Places
from gateway.edge.trading.books import Books
from gateway.edge.trading.setup import TradingSetup
from gateway.model.command import CommandKind
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.model.layout import understand
from gateway.model.scan import Quality, Scan
from gateway.orders.reconcile.day import DayBook
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from gateway.testing.clock import run_virtual
from gateway.testing.line import MemoryLine
from tests.depth import sample
from tests.scenario.edge_side import Disk, MemoryJournal, edge_side
from tests.scenario.house import PileBank, shipped_shed
from tests.scenario.test_charging import charge, draw
from tests.scenario.test_two_processes import POSITION, UNIT, field_side
from tests.scenario.trading_side import FRIDGE, Corner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gateway.edge.journal import Entry
    from gateway.orders.reconcile.report import Report

CHINA = timezone(timedelta(hours=8))
EVENING_MS = 1_795_276_800_000 - 2_200_000  # 2026-11-22 00:00 in China, less 20 minutes: virtual time begins at 1000 s
HOUR_S = 3600.0
SLICE = 3


@dataclass
class Wall:
    """What the wall clock shows at virtual time 0, and how far it can be believed."""

    ts_ms: int = EVENING_MS
    clock: int = 2


@dataclass
class Deaths:
    """At which commit of the daily record edge dies, before or after it."""

    at: int = 0
    after: bool = False
    commits: int = 0
    died: asyncio.Event = field(default_factory=asyncio.Event)


class DailyJournal(MemoryJournal):
    """A journal with a wall clock of its own."""

    def __init__(self, disk: Disk, wall: Wall, deaths: Deaths) -> None:
        super().__init__(disk)
        self._wall = wall
        self._deaths = deaths

    def now(self) -> Moment:
        now = super().now()
        return replace(now, ts_ms=self._wall.ts_ms + round(1000 * now.mono_s), clock=self._wall.clock)

    async def append_all(self, entries: Sequence[Entry]) -> None:
        self._deaths.commits += 1
        dies = self._deaths.commits == self._deaths.at
        if not (dies and not self._deaths.after):
            await super().append_all(entries)
        if dies:
            self._deaths.died.set()
            await asyncio.Event().wait()


class DiskRecords:
    """What the log has, in small slices."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def newest(self) -> int:
        return len(self._disk.entries)

    async def after(self, seq: int) -> Told | None:
        await asyncio.sleep(0.001)
        found = self._disk.entries[seq : seq + SLICE]
        orders = [(entry.target, entry.body) for entry in found if entry.kind is EventKind.ORDER]
        return Told(upto=seq + len(found), orders=orders) if found else None


@contextlib.asynccontextmanager
async def days(corner: Corner, wall: Wall, deaths: Deaths | None = None) -> AsyncIterator[Daily]:
    """Run the daily record beside the desk of a corner."""
    assert corner.desk is not None
    assert corner.book is not None
    assert corner.setup is not None
    desk = corner.desk

    def business() -> Business:
        busy = frozenset(trade.place for trade in desk.trades.values())
        return Business(books=desk.books, busy=busy, running=len(desk.trades), unacknowledged=tuple(desk.owed))

    daily = Daily(
        book=corner.book,
        journal=DailyJournal(corner.disk, wall, deaths or Deaths()),
        records=DiskRecords(corner.disk),
        marker=Marker(corner.site, corner.book, corner.setup),
        business=business,
        states=corner.disk.state,
        zone=CHINA,
    )
    task = asyncio.create_task(daily.run())
    try:
        yield daily
    finally:
        assert not task.done(), task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def marks(corner: Corner) -> list[dict[str, Any]]:
    return corner.told(EventKind.GATEWAY, what="mark")


def reports(corner: Corner) -> list[dict[str, Any]]:
    return corner.told(EventKind.GATEWAY, what="reconciliation")


async def buy_a_cola(corner: Corner, order_id: str) -> None:
    def take() -> None:
        corner.grams["top"] -= 350

    await corner.ask(f"c-{order_id}", CommandKind.PURCHASE, "fridge", order_id=order_id, limit_mil=50_000, doors=[1])
    await corner.walk(3.0, lambda: corner.open.add(FRIDGE), take, corner.open.clear)
    await asyncio.sleep(10.0)
    assert corner.stages(order_id)[-1] == "settled"


def test_a_day_is_told_at_its_midnight_with_what_was_sold_and_what_is_there() -> None:
    async def story() -> None:
        corner, wall = Corner(scan_s=1.0), Wall()
        async with corner.edge(), days(corner, wall):
            await corner.restock()
            await asyncio.sleep(SETTLE_S + 20)
            assert [mark["day"] for mark in marks(corner)] == ["2026-11-21"]
            await buy_a_cola(corner, "p-1")
            corner.grams["top"] -= 350  # somebody had a key
            await asyncio.sleep(1200.0)
            (report,) = reports(corner)
            assert (report["day"], report["until_day"]) == ("2026-11-21", "2026-11-22")
            assert report["notes"] == ["started-late"]
            cola = next(line for line in report["stock"] if line["sku"] == "cola")
            assert (cola["start"], cola["sold"], cola["counted"], cola["difference"]) == (10, 1, 9, 0)
            top = next(line for line in report["scales"] if line["shelf"] == "fridge/top")
            assert top["difference_g"] == -350
            assert [(line["kind"], line["count"], line["amount_mil"]) for line in report["money"]] == [
                ("purchase", 1, 3000)
            ]
            assert report["waiting"] >= 1  # nobody has acknowledged the purchase

    run_virtual(story())


EVERY_DEATH = [(nth, dies_after) for nth in range(1, 4) for dies_after in (False, True)]
DEATHS = sample([death for death in EVERY_DEATH if death[1] == death[0] % 2], deep=EVERY_DEATH)
"""The commit at which edge dies, and whether after it."""


@pytest.mark.parametrize(("nth", "dies_after"), DEATHS)
def test_whenever_edge_dies_each_day_is_told_once_and_each_sale_counted_once(nth: int, *, dies_after: bool) -> None:
    async def story() -> None:
        corner, wall, deaths = Corner(scan_s=1.0), Wall(), Deaths(at=nth, after=dies_after)
        async with corner.edge():
            await corner.restock()

        async def living() -> None:
            for number in range(20):
                if number % 6 == 0:
                    await buy_a_cola(corner, f"p-{len(corner.disk.entries)}")
                await asyncio.sleep(180.0)

        async with corner.edge(), days(corner, wall, deaths):
            life = asyncio.create_task(living())
            await asyncio.wait({life, asyncio.create_task(deaths.died.wait())}, return_when="FIRST_COMPLETED")
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
        async with corner.edge(), days(corner, wall):
            await asyncio.sleep(200.0)
            await living()
            wall.ts_ms += 24 * 3_600_000
            await asyncio.sleep(200.0)
            told = [report["day"] for report in reports(corner)]
            assert told == sorted(set(told)), "a day was told twice"
            assert told[-1] == "2026-11-22"
            settled = {b["order_id"] for b in corner.told(EventKind.ORDER, stage="settled", purpose="sale")}
            counted = sum(line["count"] for report in reports(corner) for line in report["money"])
            open_since = marks(corner)[0]
            sold_before = open_since["folded_to"]
            early = {
                str(entry.body["order_id"])
                for entry in corner.disk.entries[:sold_before]
                if entry.body.get("stage") == "settled" and entry.body.get("purpose") == "sale"
            }
            assert counted == len(settled - early)
            assert all(line["difference"] == 0 for report in reports(corner) for line in report["stock"])

    run_virtual(story())


def test_nothing_is_marked_while_nobody_knows_the_time() -> None:
    async def story() -> None:
        corner, wall = Corner(scan_s=5.0), Wall(clock=0)
        async with corner.edge(), days(corner, wall):
            await asyncio.sleep(HOUR_S)
            assert marks(corner) == []
            wall.clock = 1
            await asyncio.sleep(SETTLE_S + 10)
            assert len(marks(corner)) == 1

    run_virtual(story())


def test_a_mark_waits_for_field_but_not_for_ever() -> None:
    async def story() -> None:
        corner, wall = Corner(scan_s=5.0), Wall()
        async with corner.edge(), days(corner, wall):
            assert corner.book is not None
            corner.book.is_field_here = False
            await asyncio.sleep(PATIENCE_S - 10)
            assert marks(corner) == []
            await asyncio.sleep(30.0)
            assert len(marks(corner)) == 1

    run_virtual(story())


def test_a_log_that_refuses_gets_the_same_mark_later() -> None:
    async def story() -> None:
        corner, wall = Corner(scan_s=5.0), Wall()
        async with corner.edge(), days(corner, wall) as daily:
            corner.disk.full = True
            await asyncio.sleep(SETTLE_S + 30)
            with pytest.raises(GatewayError):
                await daily.look()
            assert marks(corner) == []
            corner.disk.full = False
            await asyncio.sleep(10.0)
            assert len(marks(corner)) == 1

    run_virtual(story())


def test_a_rescued_log_that_lacks_what_was_counted_is_told_and_counted_on() -> None:
    async def story() -> None:
        corner, wall = Corner(scan_s=1.0), Wall()
        async with corner.edge(), days(corner, wall):
            await asyncio.sleep(SETTLE_S + 20)
            await corner.restock()
        del corner.disk.entries[-4:]
        corner.disk.state["daily"] = corner.disk.state["daily"].replace(b'{"upto": 0', b'{"upto": 99')
        async with corner.edge(), days(corner, wall):
            await buy_a_cola(corner, "p-1")
            await asyncio.sleep(1400.0)
            (report,) = reports(corner)
            assert "records-missing" in report["notes"]
            assert [line["count"] for line in report["money"]] == [1]

    run_virtual(story())


def test_what_a_pile_counts_is_what_its_orders_tell(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank), edge_side(tmp_path / "s", disk) as edge:
            marker, book = Marker(shipped_shed(), edge.book, TradingSetup(shipped_shed())), DayBook()
            nobody = Business(
                books=Books(cabinets={}, bins={}, stations={}), busy=frozenset(), running=0, unacknowledged=()
            )

            def mark(day: int) -> Report | None:
                now = MemoryJournal(disk).now()
                return book.mark(marker.mark(nobody, len(disk.entries), now, datetime(2026, 11, day, tzinfo=CHINA)))

            await charge(edge, bank, max_wh=15)
            assert mark(21) is None
            for _ in range(8):
                await draw(bank, 2)
            bank.amps[UNIT, POSITION] = 0.0
            await asyncio.sleep(60.0)
            for entry in disk.entries:
                if entry.kind is EventKind.ORDER:
                    book.take(entry.target, entry.body)
            report = mark(22)
            assert report is not None
            (pile,) = (line for line in report.piles if line.orders_wh)
            assert (pile.registers_wh, pile.orders_wh, pile.difference_wh) == (16, 16, 0)
            assert [(line.kind, line.count) for line in report.money] == [("charge", 1)]

    run_virtual(story())


METERED = """\
site: shed
buses:
  - {name: line, link: {kind: serial, path: /dev/line, baud: 9600}}
devices:
  - {name: feed, bus: line, profile: meter/eastron_sdm630, unit: 1, feeds: [lights]}
  - {name: lights, bus: line, profile: meter/eastron_sdm120, unit: 2}
"""


async def test_a_mark_has_every_meter_that_was_read_lately() -> None:
    site = compile_site(METERED, Path("/etc/site.yaml"), Library((BUILT_IN,)))
    house = FieldHouse(site, boot="plan", link_of=lambda _: MemoryLine(LineTiming.serial(9600), lambda *_: []))
    book = Book(site, "machine", {})
    layouts = layouts_of(house.loops)
    book.places = Places(layouts, book.models)
    marker = Marker(site, book, TradingSetup(site))
    for number, device, description in layouts:
        block = understand(description.encode()).block
        kwh = {"feed": 1234.5, "lights": 0.25}[device]
        raw = bytearray(block.payload_bytes)
        at = 2 * (0x48 - block.address)
        if 0 <= at <= len(raw) - 4:
            raw[at : at + 4] = struct.pack(">f", kwh)
        taken_s = {"feed": 1000.0, "lights": 700.0}[device]
        book.places.take(Scan(device, number, taken_s, bytes(raw), Quality.GOOD))
    now = Moment(ts_ms=EVENING_MS, clock=2, mono_s=1010.0)
    nobody = Business(books=Books(cabinets={}, bins={}, stations={}), busy=frozenset(), running=0, unacknowledged=())
    mark = marker.mark(nobody, 0, now, datetime(2026, 11, 21, 23, 40, tzinfo=CHINA))
    assert mark.registers == {"feed": 1_234_500.0}  # the other one's reading is too old
    assert (mark.meters, dict(mark.feeds)) == (("feed", "lights"), {"feed": ("lights",)})
    assert (mark.day, mark.into_day_s) == ("2026-11-21", 23 * 3600 + 40 * 60)
