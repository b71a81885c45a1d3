"""A purchase and a delivery over real frames: lock boards, indicators, field, the socket, edge, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.modbus.frames import crc16
from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.edge.book import Book
from gateway.edge.link import FieldLink
from gateway.field.memory import Memory
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from simulators.vendor.lock_boards import Board8A, BoardWkly
from simulators.vendor.said import Said
from simulators.vendor.streams import ToledoIndicator, Ultrasonic
from tests.scenario.edge_desks import desks_of
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal
from tests.scenario.trading_side import SITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from typing import Any

    from gateway.edge.desks import Desks
    from gateway.model import site as setup

_names = (f"n-{number}" for number in itertools.count(1))
SCALES: dict[str, int] = {"top": 1_000, "low": 1_000, "floor": 12_000}
OVER = {"settled", "recorded", "review", "cancelled"}


def thermometer(frame: bytes) -> list[Said]:
    """Answer a read of two input registers with 4.0 degrees and 50 percent."""
    body = bytes((frame[0], 4, 4)) + (40).to_bytes(2, "big") + (500).to_bytes(2, "big")
    return [Said(body + crc16(body).to_bytes(2, "little"), 0.01)]


@dataclass(slots=True)
class Street:
    """The devices of `trading_side`'s site behind their lines; they outlive both processes."""

    tmp: Path
    lock: Board8A = field(default_factory=lambda: Board8A(1))
    bins: BoardWkly = field(default_factory=lambda: BoardWkly(0))
    scales: dict[str, ToledoIndicator] = field(
        default_factory=lambda: {name: ToledoIndicator(grams) for name, grams in SCALES.items()}
    )
    depth: Ultrasonic = field(default_factory=lambda: Ultrasonic(900))
    disk: Disk = field(default_factory=Disk)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    lines: dict[str, MemoryLine] = field(default_factory=dict)
    desks: Desks | None = None
    link: FieldLink | None = None

    def link_of(self, link: setup.Link) -> MemoryLine:
        path = getattr(link, "path", "")
        hears: dict[str, Callable[[bytes], list[Said]]] = {
            "/dev/locks": self.lock.hear,
            "/dev/doors": self.bins.hear,
            "/dev/climate": thermometer,
        }

        def respond(frame: bytes, end_s: float) -> list[Answer]:
            del end_s
            self.sent.append((path, frame))
            said = hears[path](frame) if path in hears else []
            return [Answer(each.data, each.after_s) for each in said]

        self.lines[path] = MemoryLine(timing_of(link), respond)
        return self.lines[path]

    @contextlib.asynccontextmanager
    async def field_side(self) -> AsyncIterator[FieldHouse]:
        """Run field until the block is left, which is its death."""
        house = FieldHouse(SITE, boot=next(_names), memory=Memory(self.tmp / "memory"), link_of=self.link_of)
        await house.door.open(self.tmp / "s")
        tasks = [asyncio.create_task(house.run()), asyncio.create_task(self._talk())]
        try:
            yield house
        finally:
            house.door.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self) -> None:
        """Let the devices talk that talk by themselves."""
        while True:
            await asyncio.sleep(1 / 7)
            for number, name in enumerate(SCALES, start=1):
                self.lines[f"/dev/scale-{number}"].say(self.scales[name].frame())
            self.lines["/dev/depth"].say(self.depth.frame())

    @contextlib.asynccontextmanager
    async def edge_side(self) -> AsyncIterator[None]:
        """Run edge until the block is left, which is its death."""
        journal, name = MemoryJournal(self.disk), lambda: next(_names)
        states = await journal.states()
        book = Book(SITE, MACHINE, states)
        path = self.tmp / "s"
        self.link = link = FieldLink(
            path=path, config_hash=SITE.digest, boot="edge", book=book, journal=journal, states=states
        )
        self.desks, runs = desks_of(SITE, book=book, link=link, journal=journal, states=states, new_id=name)
        tasks = [asyncio.create_task(each.run()) for each in runs]
        try:
            async with asyncio.timeout(30):
                while not link.is_ready:  # noqa: ASYNC110 - a link has no event to wait for
                    await asyncio.sleep(0.05)
            yield
        finally:
            for task in tasks:
                assert not task.done(), task
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def ask(self, kind: CommandKind, target: str, **args: object) -> Outcome:
        assert self.desks is not None
        expires_s = asyncio.get_running_loop().time() + 30
        command = Command(
            id=next(_names), kind=kind, target=target, origin=Origin.CLOUD, args=args, expires_s=expires_s
        )
        return await self.desks.submit(command)

    def unlocks(self) -> int:
        """How many frames have told a lock to open."""
        return sum(frame[0] == 0x8A or (frame[:4] == b"WKLY" and frame[6] == 0x82) for _, frame in self.sent)

    def end(self, order_id: str) -> dict[str, Any]:
        """Return the end of an order, which it has once."""
        told = [e.body for e in self.disk.entries if e.kind is EventKind.ORDER and e.body.get("order_id") == order_id]
        (end,) = [body for body in told if body["stage"] in OVER]
        return dict(end)

    async def shop(self, *, sku_g: int) -> None:
        """Have a customer take something of the upper shelf behind the door that has sprung open, and shut it."""
        await asyncio.sleep(4)
        assert self.lock.open_doors == {1}
        self.scales["top"].load_g -= sku_g
        await asyncio.sleep(3)
        self.lock.open_doors.clear()


async def fill(street: Street) -> None:
    """Have staff put ten colas into the fridge."""
    assert (await street.ask(CommandKind.RESTOCK, "fridge", order_id="r-1", user_ref="s", doors=[1])).reason == "begun"
    await asyncio.sleep(6)
    street.scales["top"].load_g += 3500
    lines = [{"shelf": "fridge/top", "sku": "cola", "found": 0, "added": 10, "removed": 0}]
    assert (await street.ask(CommandKind.DECLARE, "fridge", order_id="r-1", lines=lines)).state == "done"
    street.lock.open_doors.clear()
    await asyncio.sleep(6)
    assert (street.end("r-1")["stage"], street.end("r-1")["weight_gaps_g"]) == ("settled", {})


async def buy(street: Street) -> Outcome:
    return await street.ask(CommandKind.PURCHASE, "fridge", order_id="o-1", user_ref="u", limit_mil=9000, doors=[1])


def test_a_purchase_and_a_delivery_run_over_the_lines(tmp_path: Path) -> None:
    async def act() -> None:
        street = Street(tmp_path)
        async with street.field_side(), street.edge_side():
            await asyncio.sleep(2)
            await fill(street)
            assert (await buy(street)).reason == "begun"
            await street.shop(sku_g=352)
            await asyncio.sleep(10)
            end = street.end("o-1")
            assert (end["stage"], end["outcome"], end["amount_mil"]) == ("settled", "bought", 3000)
            assert street.unlocks() == 2
            assert (await street.ask(CommandKind.DEPOSIT, "glass", order_id="d-1", user_ref="u")).reason == "begun"
            await asyncio.sleep(4)
            assert street.bins.open_doors == {3}
            street.scales["floor"].load_g += 2500
            await asyncio.sleep(3)
            street.bins.open_doors.clear()
            await asyncio.sleep(20)
            end = street.end("d-1")
            assert (end["stage"], end["net_g"], end["points"]) == ("recorded", 2500, 25)
            assert street.unlocks() == 3
            for order_id in ("r-1", "o-1", "d-1"):
                digest = street.end(order_id)["digest"]
                wrong = await street.ask(CommandKind.SETTLED_ACK, "*", order_id=order_id, digest="0" * 64)
                first = await street.ask(CommandKind.SETTLED_ACK, "*", order_id=order_id, digest=digest)
                again = await street.ask(CommandKind.SETTLED_ACK, "*", order_id=order_id, digest=digest)
                assert [each.state for each in (wrong, first, again)] == ["refused", "done", "done"]
            unknown = await street.ask(CommandKind.SETTLED_ACK, "*", order_id="o-9", digest="0" * 64)
            assert unknown.reason == "unknown-order"

    run_virtual(act())


def test_edge_dies_behind_the_open_door_and_the_customer_pays_the_same(tmp_path: Path) -> None:
    async def act() -> None:
        street = Street(tmp_path)
        async with street.field_side():
            async with street.edge_side():
                await asyncio.sleep(2)
                await fill(street)
                await buy(street)
                await asyncio.sleep(5)
            unlocks = street.unlocks()
            async with street.edge_side():
                await street.shop(sku_g=700)
                await asyncio.sleep(10)
                end = street.end("o-1")
                assert (end["stage"], end["amount_mil"], end["restarts"]) == ("settled", 6000, 1)
                assert street.unlocks() == unlocks

    run_virtual(act())


def test_field_dies_with_an_unlock_under_way_and_sends_that_one_never_again(tmp_path: Path) -> None:
    async def act() -> None:
        street = Street(tmp_path)
        street.lock.opening_tells_after_s = 1.2
        async with contextlib.AsyncExitStack() as life:
            async with street.field_side():
                await life.enter_async_context(street.edge_side())
                await asyncio.sleep(2)
                await fill(street)
                before = street.unlocks()
                await buy(street)
                async with asyncio.timeout(10):
                    while street.unlocks() == before:  # noqa: ASYNC110 - a line has no event to wait for
                        await asyncio.sleep(0.1)
            async with street.field_side():
                await asyncio.sleep(1)
                await street.shop(sku_g=350)
                await asyncio.sleep(12)
                outcomes = [o for o in street.disk.outcomes.values() if o.reason == "unknown-whether-done"]
                assert len(outcomes) == 1
                assert (street.end("o-1")["stage"], street.end("o-1")["amount_mil"]) == ("settled", 3000)
                assert street.unlocks() - before <= 2, "the order itself may ask once more, by another wish"

    run_virtual(act())
