"""The trading desk in virtual time: sensors and locks by script, a journal in memory, deaths on demand."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.field import FieldHouse, layouts_of
from gateway.bus.timing import LineTiming
from gateway.edge.book import Book
from gateway.edge.card_book import CardBook
from gateway.edge.charging.clock import BusinessClock
from gateway.edge.journal import Entry
from gateway.edge.places import Places
from gateway.edge.pushed import PUSHED, PushedDesk
from gateway.edge.trading.desk import TradingDesk
from gateway.edge.trading.pricing import PriceTaker
from gateway.edge.trading.setup import TradingSetup
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.event import EventKind
from gateway.model.layout import understand
from gateway.model.scan import Quality, Scan
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from gateway.testing.line import MemoryLine
from gateway.wire.frames import Kind
from gateway.wire.messages import decode_command
from tests.scenario.authority_side import KEY
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from gateway.edge.pushed import Taker
    from gateway.model.site import Site

SITE_TEXT = """\
site: corner
buses:
  - {name: locks, link: {kind: serial, path: /dev/locks, baud: 9600}}
  - {name: doors, link: {kind: serial, path: /dev/doors, baud: 9600}}
  - {name: scale-1, link: {kind: serial, path: /dev/scale-1, baud: 9600}}
  - {name: scale-2, link: {kind: serial, path: /dev/scale-2, baud: 9600}}
  - {name: scale-3, link: {kind: serial, path: /dev/scale-3, baud: 9600}}
  - {name: depth, link: {kind: serial, path: /dev/depth, baud: 9600}}
  - {name: climate, link: {kind: serial, path: /dev/climate, baud: 9600}}
devices:
  - {name: lock, bus: locks, profile: lock/generic_8a_open_11, unit: 1}
  - {name: bins, bus: doors, profile: lock/wkly_board_12, unit: 0}
  - {name: top, bus: scale-1, profile: weigher/toledo_continuous, unit: 1}
  - {name: low, bus: scale-2, profile: weigher/toledo_continuous, unit: 1}
  - {name: floor, bus: scale-3, profile: weigher/toledo_continuous, unit: 1}
  - {name: depth, bus: depth, profile: level/dfrobot_a02yyuw, unit: 1}
  - {name: air, bus: climate, profile: sensor/generic_xy_md02, unit: 1}
cabinets:
  - name: fridge
    lock: lock
    prices: drinks
    climate: chilled
    thermometer: air
    shelves:
      - {name: top, door: 1, weigher: top, articles: [cola, water]}
      - {name: low, door: 1, weigher: low, articles: [milk]}
      - {name: slot, door: 2, articles: [salad]}
bins:
  - name: glass
    lock: bins
    door: 3
    weigher: floor
    category: recyclable
    points: green
    tare_g: 12000
    level: depth
    empty_mm: 1000
    full_mm: 200
price_lists:
  - id: drinks
    version: 1
    articles:
      - {sku: cola, name: Cola, price_mil: 3000, unit_g: 350, tolerance_g: 8}
      - {sku: water, name: Water, price_mil: 2000, unit_g: 560, tolerance_g: 10}
      - {sku: milk, name: Milk, price_mil: 5000, unit_g: 1050, tolerance_g: 20}
      - {sku: salad, name: Salad, price_mil: 12000}
points_rules:
  - {id: green, version: 1, community: riverside, rates: [{category: recyclable, points_per_kg_x1000: 10000}]}
"""
SITE = compile_site(SITE_TEXT, Path("/etc/site.yaml"), Library((BUILT_IN,)))
HAND, JAM, WRONG, GOODS, DEFROST = range(1, 6)
"""Inputs of the contacts in `with_more`."""

_MORE = {
    "devices:\n": "  - {name: inputs, link: {kind: serial, path: /dev/inputs, baud: 9600}}\ndevices:\n",
    "cabinets:\n": "  - {name: io, bus: inputs, profile: sensor/waveshare_io_8ch, unit: 1}\ncabinets:\n",
    "    thermometer: air\n": "    thermometer: air\n    defrost: {device: io, point: input-5}\n",
    "    tare_g: 12000\n": (
        "    tare_g: 12000\n    hand: {device: io, point: input-1}\n"
        "    jam: {device: io, point: input-2}\n    wrong: {device: io, point: input-3, inverted: true}\n"
    ),
    "articles: [salad]": "articles: [salad], presence: {device: io, point: input-4}",
}


def with_more(changes: Mapping[str, str] | None = None) -> Site:
    """Return the site with an input module, its contacts, and other changes to its text."""
    text = SITE_TEXT
    for old, new in (_MORE | dict(changes or {})).items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return compile_site(text, Path("/etc/site.yaml"), Library((BUILT_IN,)))


FRIDGE, SLOT, GLASS = "lock/outlet-01", "lock/outlet-02", "bins/outlet-03"
FULL = {"cola": ("top", 10, 350), "water": ("top", 5, 560), "milk": ("low", 5, 1050), "salad": ("slot", 1, 0)}
"""What a full cabinet holds: shelf, pieces, grams of one."""

RELEASE_S = 0.6
"""From the unlock to the lock's answer."""

_ids = (f"id-{number}" for number in itertools.count(1))
_understood = cache(lambda description: understand(description.encode()))


@dataclass
class Corner:
    """What is on site: it goes on whether edge lives or not. `jammed` locks refuse; `blind` devices are not read.

    `closed` are the contacts of `with_more` that are closed.
    """

    disk: Disk = field(default_factory=Disk)
    site: Site = SITE
    closed: set[int] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    grams: dict[str, int] = field(default_factory=lambda: {"top": 1_000, "low": 1_000, "floor": 12_000})
    celsius: float = 4.0
    distance_mm: int = 900
    jammed: set[str] = field(default_factory=set)
    blind: set[str] = field(default_factory=set)
    unlocks: list[tuple[float, str, str]] = field(default_factory=list)
    on_unlock: Callable[[str], None] = lambda _: None
    scan_s: float = 0.25
    is_ready: bool = True
    standing: str = ""
    key: bytes = KEY
    outcomes: deque[Entry] = field(default_factory=deque)
    setup: TradingSetup | None = None
    desk: TradingDesk | None = None
    pushed: PushedDesk | None = None
    book: Book | None = None

    # ------------------------------------------------------------------ field's part

    def send(self, kind: Kind, payload: bytes) -> None:
        """Take a frame of the desk, as field's link does."""
        assert kind is Kind.COMMAND
        command = decode_command(payload, asyncio.get_running_loop().time())
        assert (command.kind, command.args["action"]) == (CommandKind.ACT, "open")
        assert command.expires_s is not None
        self.unlocks.append((asyncio.get_running_loop().time(), command.id, command.target))
        asyncio.get_running_loop().call_later(RELEASE_S, self._release, command.id, command.target)

    def _release(self, command_id: str, door: str) -> None:
        state, reason = ("failed", "refused-by-device") if door in self.jammed else ("done", "acknowledged")
        body = {"id": command_id, "state": state, "reason": reason, "detail": ""}
        if self.desk is not None:
            at = MemoryJournal(self.disk).now()
            entry = Entry(id=next(_ids), kind=EventKind.OUTCOME, target=command_id, at=at, body=body)
            self.desk.heard([entry])
        if door not in self.jammed:
            self.on_unlock(door)

    def raw(self, device: str, description: str) -> bytes:
        """Return what a block of a device holds now, by hand."""
        block = _understood(description).block
        if device in ("lock", "bins"):
            numbers = {int(door[-2:]) for door in self.open if door.startswith(f"{device}/")}
            bits = sum(1 << (number - 1) for number in numbers)
            return bits.to_bytes(block.payload_bytes, "little")
        if device in self.grams:
            status = 0b1
            return self.grams[device].to_bytes(4, "big", signed=True) + bytes(4) + status.to_bytes(2, "big")
        if device == "io":
            return bytes((sum(1 << (number - 1) for number in self.closed),))
        if device == "depth":
            return self.distance_mm.to_bytes(2, "big")
        return round(10 * self.celsius).to_bytes(2, "big", signed=True) + (500).to_bytes(2, "big")

    # ------------------------------------------------------------------ edge's part

    @contextlib.asynccontextmanager
    async def edge(self, machine: str = MACHINE) -> AsyncIterator[Corner]:
        """Run edge's desk until the block is left, which is its death."""
        journal = MemoryJournal(self.disk)
        states = await journal.states()
        self.book = book = Book(self.site, machine, states)
        house = FieldHouse(self.site, boot="plan", link_of=lambda _: MemoryLine(LineTiming.serial(9600), lambda *_: []))
        layouts = layouts_of(house.loops)
        self.setup = TradingSetup(self.site)
        clock = BusinessClock(states, journal.now(), machine)
        cards = CardBook(addressee=(self.site.name, self.site.gateway), key=lambda: self.key)
        known = None if self.site.cards is None else cards
        self.desk = TradingDesk(
            book=book,
            journal=journal,
            link=self,  # type: ignore[arg-type] # of the link it needs no more
            clock=clock,
            setup=self.setup,
            states=states,
            new_id=lambda: next(_ids),
            cards=known,
        )
        book.places, book.is_field_here = Places(layouts, book.models, book.inputs), True
        takers: dict[CommandKind, Taker] = {CommandKind.PRICES: PriceTaker(self.setup), CommandKind.CARDS: cards}
        self.pushed = PushedDesk(
            journal=journal, clock=clock, takers=takers, states=states, new_id=lambda: next(_ids), changed=lambda: None
        )
        tasks = [asyncio.create_task(self.desk.run()), asyncio.create_task(self._read(self.desk, layouts))]
        try:
            yield self
        finally:
            self.desk = None
            for task in tasks:
                assert not task.done(), task
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, desk: TradingDesk, layouts: list[tuple[int, str, str]]) -> None:
        assert self.book is not None
        self.book.lost.clear()
        while True:
            await asyncio.sleep(self.scan_s)
            now_s = asyncio.get_running_loop().time()
            for number, device, description in layouts:
                if device not in self.blind:
                    scan = Scan(device, number, now_s - 0.01, self.raw(device, description), Quality.GOOD)
                    self.book.scanned(device, relays_changed=self.book.places.take(scan))
                    desk.scanned(scan)

    async def ask(self, command_id: str, kind: CommandKind, target: str, **args: object) -> Outcome:
        assert self.desk is not None
        assert self.pushed is not None
        command = Command(
            id=command_id,
            kind=kind,
            target=target,
            origin=Origin.CLOUD,
            args=args,
            expires_s=asyncio.get_running_loop().time() + 30,
        )
        return await (self.pushed if kind in PUSHED else self.desk).submit(command)

    async def restock(self, order_id: str = "r-0") -> None:
        """Have staff fill the cabinet up to ten colas, five waters, five milks and a salad."""
        assert (await self.ask(f"c-{order_id}", CommandKind.RESTOCK, "fridge", order_id=order_id, user_ref="s")).reason
        books = {
            stock.sku: stock.count
            for shelf in (self.desk.books.cabinets["fridge"].shelves if self.desk else ())
            for stock in shelf.stock
        }

        def fill() -> None:
            for sku, (shelf, count, unit_g) in FULL.items():
                if shelf in self.grams:
                    self.grams[shelf] += (count - books[sku]) * unit_g

        await self.walk(3.0, lambda: self.open.update({FRIDGE, SLOT}), fill, self.open.clear)
        lines = [
            {"shelf": f"fridge/{shelf}", "sku": sku, "found": books[sku], "added": count - books[sku], "removed": 0}
            for sku, (shelf, count, _) in FULL.items()
        ]
        await self.ask(f"d-{order_id}", CommandKind.DECLARE, "fridge", order_id=order_id, lines=lines)
        await asyncio.sleep(5.0)

    async def walk(self, pause_s: float, *acts: Callable[[], object]) -> None:
        """Do some things on site, a pause before each."""
        for act in acts:
            await asyncio.sleep(pause_s)
            act()
        await asyncio.sleep(pause_s)

    # ------------------------------------------------------------------ what was told

    def told(self, kind: EventKind, **body: object) -> list[dict[str, Any]]:
        found = [dict(entry.body) for entry in self.disk.entries if entry.kind is kind]
        return [each for each in found if all(each.get(name) == value for name, value in body.items())]

    def stages(self, order_id: str) -> list[str]:
        """Return the stages that an order has told, each run of equal ones once."""
        return [
            stage for stage, _ in itertools.groupby(b["stage"] for b in self.told(EventKind.ORDER, order_id=order_id))
        ]

    def ends(self, order_id: str) -> Iterator[dict[str, Any]]:
        """Return the ends of an order, each once however often it was told."""
        over = {"settled", "recorded", "review", "cancelled"}
        told = (body for body in self.told(EventKind.ORDER, order_id=order_id) if body["stage"] in over)
        return iter({body["digest"]: body for body in told}.values())

    def alarms(self) -> set[tuple[str, str]]:
        """Return the alarms that are active."""
        active: set[tuple[str, str]] = set()
        for entry in self.disk.entries:
            if entry.kind is EventKind.ALARM:
                key = (entry.target, str(entry.body["alarm"]))
                (active.add if entry.body["active"] else active.discard)(key)
        return active

    def open_orders(self) -> list[str]:
        """Return what is stored of orders that are not over."""
        return [
            json.loads(value.partition(b"\n")[0])["place"]
            for name, value in self.disk.state.items()
            if name.startswith("trade/")
        ]
