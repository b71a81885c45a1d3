"""Edge beside the whole field process, in virtual time: a journal in memory, a real unix socket, deaths on demand."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.edge.book import Book
from gateway.edge.carrier import Carrier
from gateway.edge.charging.desk import ChargingDesk
from gateway.edge.charging.setup import SiteSetup
from gateway.edge.journal import Entry, Moment
from gateway.edge.link import FieldLink
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.errors import GatewayError
from tests.scenario.house import shipped_shed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from gateway.model.scan import Scan
    from gateway.model.site import Site

WALL_MS = 1_763_800_000_000
MACHINE = "this-boot"


@dataclass
class Disk:
    """What outlives edge: committed events with outcomes and states, committed scans."""

    entries: list[Entry] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    state: dict[str, bytes] = field(default_factory=dict)
    scans: list[Scan] = field(default_factory=list)
    lost: int = 0
    full: bool = False
    clock: int = 2
    wall_ms: int = WALL_MS
    commits: int = 0
    declare_s: float = 0.0
    dies_at: int = 0
    dies_after: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)


class MemoryJournal:
    """A journal with the log's manners: an append takes a while, scans wait for a commit."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self._waiting: list[Scan] = []
        self._lost = 0
        self._order = asyncio.Lock()

    def now(self) -> Moment:
        mono_s = asyncio.get_running_loop().time()
        return Moment(ts_ms=self.disk.wall_ms + round(mono_s * 1000), clock=self.disk.clock, mono_s=mono_s)

    async def append(self, entry: Entry) -> None:
        await self.append_all([entry])

    async def append_all(self, entries: Sequence[Entry]) -> None:
        async with self._order:
            await asyncio.sleep(0.001)
        if self.disk.full:
            raise GatewayError("disk full")
        self.disk.commits += 1
        dies = self.disk.commits == self.disk.dies_at
        if dies and not self.disk.dies_after:
            await self._die()
        for entry in entries:
            self._keep(entry)
        if dies:
            await self._die()

    async def _die(self) -> None:
        """Never come back from a commit: the test ends this edge."""
        self.disk.died.set()
        await asyncio.Event().wait()

    def _keep(self, entry: Entry) -> None:
        self.disk.entries.append(entry)
        if entry.outcome is not None:
            self.disk.outcomes[entry.outcome.id] = entry.outcome
        for name, value in entry.state.items():
            if value is None:
                self.disk.state.pop(name, None)
            else:
                self.disk.state[name] = value

    async def declare(self, layouts: Sequence[tuple[str, int, bytes]]) -> None:
        for device, number, description in layouts:
            assert description.startswith(b'{"device":"' + device.encode())
            assert number >= 0
        if self.disk.declare_s:
            await asyncio.sleep(self.disk.declare_s)

    def scans(self, scans: Sequence[Scan]) -> None:
        self._waiting += scans

    def lost(self, scans: int) -> None:
        self._lost += scans

    async def commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        lost, self._lost = self._lost, 0
        await asyncio.sleep(0.004)
        self.disk.scans += waiting
        self.disk.lost += lost

    async def outcome_of(self, command_id: str) -> Outcome | None:
        return self.disk.outcomes.get(command_id)

    async def states(self) -> Mapping[str, bytes]:
        return dict(self.disk.state)


_ids = (f"edge-{number}" for number in itertools.count(1))


@dataclass
class EdgeSide:
    """A living edge."""

    book: Book
    link: FieldLink
    desk: ChargingDesk
    disk: Disk

    async def ready(self) -> None:
        async with asyncio.timeout(30):
            while not self.link.is_ready:  # noqa: ASYNC110 - a link has no event to wait for
                await asyncio.sleep(0.05)

    async def start(self, outlet: str, order_id: str, *, ttl_s: float = 30.0, **more: object) -> Outcome:
        args = {"order_id": order_id, "max_s": 3600, "max_wh": 0, "max_w": 0, **more}
        return await self.ask(f"start-{order_id}", CommandKind.START, outlet, ttl_s=ttl_s, **args)

    async def ask(
        self, command_id: str, kind: CommandKind, target: str, *, ttl_s: float | None = None, **args: object
    ) -> Outcome:
        expires_s = None if ttl_s is None else asyncio.get_running_loop().time() + ttl_s
        command = Command(id=command_id, kind=kind, target=target, origin=Origin.CLOUD, args=args, expires_s=expires_s)
        return await self.desk.seen(command_id) or await self.desk.submit(command)

    def told(self, kind: str, **body: object) -> list[Entry]:
        return [
            entry
            for entry in self.disk.entries
            if entry.kind == kind and all(entry.body.get(name) == value for name, value in body.items())
        ]


@contextlib.asynccontextmanager
async def edge_side(socket: Path, disk: Disk, site: Site | None = None) -> AsyncIterator[EdgeSide]:
    """Run edge until the block is left; leaving it is a death: nothing is said goodbye to, nothing is flushed."""
    site = site or shipped_shed()
    journal = MemoryJournal(disk)
    states = await journal.states()
    book = Book(site, MACHINE, states)
    link = FieldLink(path=socket, config_hash=site.digest, boot="edge", book=book, journal=journal, states=states)
    carrier = Carrier(book=book, journal=journal, link=link, new_id=lambda: next(_ids))
    desk = ChargingDesk(
        book=book,
        journal=journal,
        carrier=carrier,
        setup=SiteSetup(site),
        states=states,
        new_id=lambda: next(_ids),
    )
    link.orders = desk
    tasks = [asyncio.create_task(runs.run()) for runs in (link, carrier, desk)]
    try:
        yield EdgeSide(book, link, desk, disk)
    finally:
        for task in tasks:
            assert not task.done(), task
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
