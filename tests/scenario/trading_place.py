"""The shipped cabinet row and bin station in virtual time: simulated lines and people, field and edge."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.field import FieldHouse
from gateway.edge.book import Book
from gateway.edge.link import FieldLink
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.event import EventKind
from simulators.estate.directory import Directory
from simulators.estate.injection import read_injection
from tests.scenario.edge_desks import desks_of
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal
from tests.unit.simulators.site_line import SiteLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.bus.link import Receiver
    from gateway.edge.desks import Desks
    from gateway.model import site as setup

SITES = Path(__file__).parents[2] / "configs/sites"
OVER = {"settled", "recorded", "review", "cancelled"}
_names = (f"p-{number}" for number in itertools.count(1))


class SimulatedLine(SiteLine):
    """A simulated line as a link of the bus, on the loop's clock."""

    name = "simulated"
    look_s = 0.1
    """How long it looks away at most while nobody asks."""

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
        wait_s = self.look_s if item is None else max(0.0, min(self.look_s, item.due_s - self.now_s))
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
        self.desks, runs = desks_of(site, book=book, link=link, journal=journal, states=states, new_id=name)
        tasks = [asyncio.create_task(each.run()) for each in (house, *runs)]
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
