"""The shipped cabinet row and bin station, with their physics and people, run by field and edge in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from gateway.app.field import FieldHouse
from gateway.edge.book import Book
from gateway.edge.carrier import Carrier
from gateway.edge.charging.desk import ChargingDesk
from gateway.edge.charging.setup import SiteSetup
from gateway.edge.desks import Desks
from gateway.edge.link import FieldLink
from gateway.edge.trading.desk import TradingDesk
from gateway.edge.trading.setup import TradingSetup
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.event import EventKind
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from simulators.estate.directory import Directory
from simulators.estate.injection import read_injection
from tests.depth import sample
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal
from tests.unit.simulators.site_line import SiteLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.bus.link import Receiver
    from gateway.model import site as setup

SITES = Path(__file__).parents[2] / "configs/sites"
OVER = {"settled", "recorded", "review", "cancelled"}
_names = (f"p-{number}" for number in itertools.count(1))


class SimulatedLine(SiteLine):
    """A simulated line as a link of the bus, on the loop's clock."""

    name = "simulated"

    def __init__(self, site: setup.Site, bus: str, folder: Path) -> None:
        super().__init__(site, bus, folder)
        self._loop = asyncio.get_running_loop()
        self._born_s = self._loop.time()
        self._receiver: Receiver | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._go_on()

    async def open(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def write(self, data: bytes) -> None:
        self._loop.call_later(len(data) * self.station.spec.char_s, self._arrive, data)

    def close(self) -> None:
        self._receiver = None

    def go_on(self) -> None:
        """Let everything happen that is due by now."""
        self.run(self._loop.time() - self._born_s)

    def _arrive(self, data: bytes) -> None:
        self.go_on()
        self.host.arrive(data, self.now_s)
        self._go_on()

    def _go_on(self) -> None:
        self.go_on()
        if self._timer is not None:
            self._timer.cancel()
        item = self.station.agenda.next
        wait_s = 0.1 if item is None else max(0.0, min(0.1, item.due_s - self.now_s))
        self._timer = self._loop.call_later(wait_s + 1e-6, self._go_on)

    def _send(self, data: bytes) -> bool:
        if self._receiver is not None:
            self._receiver.bytes_came(data)
        return True

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


@dataclass
class Place:
    """A whole installation: its simulated lines, field, edge."""

    site: setup.Site
    folder: Path
    disk: Disk = field(default_factory=Disk)
    lines: dict[str, SimulatedLine] = field(default_factory=dict)
    desks: Desks | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        site, journal, name = self.site, MemoryJournal(self.disk), lambda: next(_names)
        self.lines = {bus.name: SimulatedLine(site, bus.name, self.folder) for bus in site.buses}
        links = {id(bus.link): self.lines[bus.name] for bus in site.buses}
        house = FieldHouse(site, boot="field", link_of=lambda link: links[id(link)])
        await house.door.open(self.folder / "s")
        states = await journal.states()
        book = Book(site, MACHINE, states)
        link = FieldLink(
            path=self.folder / "s", config_hash=site.digest, boot="edge", book=book, journal=journal, states=states
        )
        carrier = Carrier(book=book, journal=journal, link=link, new_id=name)
        charging = ChargingDesk(
            book=book, journal=journal, carrier=carrier, setup=SiteSetup(site), states=states, new_id=name
        )
        trading = TradingDesk(
            book=book,
            journal=journal,
            link=link,
            clock=charging.clock,
            setup=TradingSetup(site),
            states=states,
            new_id=name,
        )
        self.desks = link.orders = Desks(charging, trading)
        tasks = [asyncio.create_task(runs.run()) for runs in (house, link, carrier, charging, trading)]
        try:
            await asyncio.sleep(8)
            yield
        finally:
            house.door.close()
            for task in tasks:
                assert not task.done(), task
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for line in self.lines.values():
                line.stop()

    def inject(self, target: str, fault: str) -> None:
        orders = read_injection(target, fault, Directory.of(self.site))
        line = self.lines[orders[0].bus]
        line.go_on()
        line.obey(orders)

    def truth(self, board: str, number: int) -> dict[str, Any]:
        """Return how a door and what is behind it really stand."""
        device = self.site.device(board)
        line = self.lines[device.bus]
        line.go_on()
        states: list[dict[str, Any]] = line.tell("outlets", unit=device.unit)
        return next(state for state in states if state["outlet"] == number)

    async def ask(self, kind: CommandKind, target: str, **args: object) -> Outcome:
        assert self.desks is not None
        expires_s = asyncio.get_running_loop().time() + 30
        return await self.desks.submit(
            Command(id=next(_names), kind=kind, target=target, origin=Origin.CLOUD, args=args, expires_s=expires_s)
        )

    async def end(self, order_id: str, *, within_s: float = 120.0) -> dict[str, Any]:
        """Wait for the end of an order, which it has once."""
        async with asyncio.timeout(within_s):
            while not self._ends(order_id):  # noqa: ASYNC110 - a disk has no event to wait for
                await asyncio.sleep(0.5)
        (end,) = self._ends(order_id)
        return end

    def _ends(self, order_id: str) -> list[dict[str, Any]]:
        bodies = [dict(entry.body) for entry in self.disk.entries if entry.kind is EventKind.ORDER]
        return [body for body in bodies if body.get("order_id") == order_id and body["stage"] in OVER]


async def take_stock(place: Place) -> None:
    """Have staff count what stands behind the first door: nobody has told the books yet."""
    args = {"order_id": "stock", "user_ref": "s", "doors": [1]}
    place.inject("cabinet-01/outlet-01", "takes=0")
    assert (await place.ask(CommandKind.RESTOCK, "cabinet-01", **args)).reason == "begun"
    shelf = place.truth("cabinet-01", 1)["shelves"]["cabinet-01-shelf-1"]
    lines = [{"shelf": "cabinet-01/cola", "sku": sku, "found": count} for sku, count in shelf["stock"].items()]
    assert (await place.ask(CommandKind.DECLARE, "cabinet-01", order_id="stock", lines=lines)).state == "done"
    assert (await place.end("stock"))["stage"] == "settled"


def test_what_customers_take_is_what_they_pay_for(tmp_path: Path) -> None:
    async def act() -> None:
        place, chance = Place(load_site(SITES / "cabinet_row.yaml"), tmp_path), Random(7)  # noqa: S311 - repeatable people, not secrets
        async with place.running():
            await take_stock(place)
            paid_mil = 0
            for number in range(sample(5, deep=40)):
                left = place.truth("cabinet-01", 1)["shelves"]["cabinet-01-shelf-1"]["pieces"]
                takes = min(left, chance.choice((0, 1, 1, 2)) if number else 2)
                back = chance.choice((0, 1)) if takes else 0
                place.inject("cabinet-01/outlet-01", f"takes={takes},back={back}")
                args = {"order_id": f"o-{number}", "user_ref": "u", "limit_mil": 50_000, "doors": [1]}
                assert (await place.ask(CommandKind.PURCHASE, "cabinet-01", **args)).reason == "begun"
                end = await place.end(f"o-{number}")
                assert (end["stage"], end["amount_mil"]) == ("settled", 3500 * (takes - back)), end
                paid_mil += end["amount_mil"]
            taken = place.truth("cabinet-01", 1)["shelves"]["cabinet-01-shelf-1"]["taken_g"]
            assert paid_mil == 3500 * len(taken) > 0

    run_virtual(act())


def test_a_stranger_on_the_shelf_is_for_a_person_to_judge(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "cabinet_row.yaml"), tmp_path)
        async with place.running():
            await take_stock(place)
            place.inject("cabinet-01/outlet-01", "takes=1,leaves=0.6kg")
            args = {"order_id": "o-1", "user_ref": "u", "limit_mil": 50_000, "doors": [1]}
            await place.ask(CommandKind.PURCHASE, "cabinet-01", **args)
            end = await place.end("o-1")
            assert (end["stage"], end["amount_mil"]) == ("review", 0)

    run_virtual(act())


def test_what_residents_throw_in_is_what_they_get_points_for(tmp_path: Path) -> None:
    async def act() -> None:
        place, chance = Place(load_site(SITES / "bin_station.yaml"), tmp_path), Random(7)  # noqa: S311 - repeatable people, not secrets
        names = {each["door"]: each["name"] for each in place.site.trading["bins"]}  # type: ignore[attr-defined] # a list of tables
        async with place.running():
            for number in range(sample(4, deep=40)):
                door = chance.choice((1, 2))
                grams = chance.randrange(300, 4000)
                place.inject(f"bins/outlet-{door:02d}", f"throws={grams / 1000}kg")
                args = {"order_id": f"d-{number}", "user_ref": f"u-{number}"}
                assert (await place.ask(CommandKind.DEPOSIT, names[door], **args)).reason == "begun"
                end = await place.end(f"d-{number}")
                assert end["stage"] == "recorded", end
                assert abs(end["net_g"] - grams) <= 25
                assert end["points"] == end["net_g"] * end["rule"]["points_per_kg_x1000"] // 1_000_000

    run_virtual(act())


def test_a_bag_that_is_taken_out_again_brings_no_points(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "bin_station.yaml"), tmp_path)
        name = next(each["name"] for each in place.site.trading["bins"] if each["door"] == 1)  # type: ignore[attr-defined] # a list of tables
        async with place.running():
            place.inject("bins/outlet-01", "throws=2kg,out=2kg")
            await place.ask(CommandKind.DEPOSIT, name, order_id="d-1", user_ref="u")
            end = await place.end("d-1")
            assert (end["stage"], end["net_g"], end["points"]) == ("recorded", 0, 0)

    run_virtual(act())
