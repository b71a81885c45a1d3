"""A whole installation in virtual time: simulated lines, the real field, the real edge with its real log; each may die."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

from gateway.app.alarm_house import AlarmHouse
from gateway.app.edge_house import EdgeHouse
from gateway.app.field import FieldHouse
from gateway.edge.book import Book
from gateway.edge.link import FieldLink
from gateway.field.memory import Memory
from gateway.model.command import Command, CommandKind, Origin, Outcome
from simulators.estate.directory import Directory
from simulators.estate.injection import read_injection
from tests.cases.diary import Diary, WallClock, open_log
from tests.scenario.trading_place import SimulatedLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from gateway.model import site as setup
    from gateway.store.log import Log

LIVES_S = 30.0
KEY_FILE = "cards.key"
LOCAL = timezone(timedelta(hours=8))
CARD_KEY = bytes(range(32))
"""With which the lists of cards are signed."""

ALIVE, AWAY = "online", "offline"


class SeldomSeen(SimulatedLine):
    """A simulated line at which hours pass."""

    look_s = 1.0


@dataclass
class Cloud:
    """The cloud as edge's watch sees it: an uplink that is there or not."""

    state: str = ALIVE
    reason: str = ""

    @property
    def standing(self) -> Cloud:
        return self

    async def run(self) -> None:
        await asyncio.Event().wait()


@dataclass
class Installation:
    """One site. `machine` names the boot of the box, so that a power cut is known."""

    site: setup.Site
    folder: Path
    clock: WallClock
    cloud: Cloud = field(default_factory=Cloud)
    lines: dict[str, SimulatedLine] = field(default_factory=dict)
    house: EdgeHouse | None = None
    boots: int = 1
    _names: itertools.count[int] = field(default_factory=itertools.count)
    _field: list[asyncio.Task[None]] = field(default_factory=list)
    _edge: list[asyncio.Task[None]] = field(default_factory=list)
    _door: FieldHouse | None = None
    _log: Log | None = None

    @property
    def log_file(self) -> Path:
        return self.folder / "log.sqlite"

    @property
    def newest_event(self) -> int:
        """The number of the newest event in the log."""
        assert self.house is not None
        return self.house.logbook.newest_event

    @contextlib.asynccontextmanager
    async def running(self, ready_s: float) -> AsyncIterator[None]:
        """Let everything run until the block is left; everything has been read once after `ready_s`."""
        (self.folder / KEY_FILE).write_text(CARD_KEY.hex(), encoding="ascii")
        self.lines = {bus.name: SeldomSeen(self.site, bus.name, self.folder) for bus in self.site.buses}
        try:
            with contextlib.redirect_stderr(io.StringIO()):  # edge says there what the log says too
                await self.field_starts()
                await self.edge_starts()
                await asyncio.sleep(ready_s)
                yield
        finally:
            await self.edge_dies()
            await self.field_dies()
            for line in self.lines.values():
                line.stop()

    # ------------------------------------------------------------------ lives

    async def field_starts(self) -> None:
        links = {id(bus.link): self.lines[bus.name] for bus in self.site.buses}
        memory = Memory(self.folder / f"memory-{self.boots}")
        self._door = FieldHouse(
            self.site, boot=self._name("field"), memory=memory, link_of=lambda link: links[id(link)]
        )
        await self._door.door.open(self.folder / "s")
        self._field = [asyncio.create_task(self._door.run())]

    async def field_dies(self) -> None:
        if self._door is not None:
            self._door.door.close()
            self._door = None
        await _end(self._field)

    async def edge_starts(self) -> None:
        log = self._log = await open_log(self.log_file, self.clock)
        diary = Diary(log, (await log.standing()).last_event_seq, self.clock)
        states = await diary.states()
        book = Book(self.site, f"boot-{self.boots}", states)
        alarms = AlarmHouse(self.site, diary, book, states)
        link = FieldLink(
            path=self.folder / "s",
            config_hash=self.site.digest,
            boot=log.boot,
            book=book,
            journal=alarms.desk,
            states=states,
        )
        self.house = EdgeHouse(
            self.site, log, diary, book, link, alarms, states, folder=self.folder, runtime=self.folder
        )
        self._edge = [asyncio.create_task(self.house.run())]
        await asyncio.sleep(0.1)
        self.house._uplinks.running["mqtt"] = self.cloud  # type: ignore[assignment] # what the watch looks at

    async def edge_dies(self) -> None:
        self.house = None
        await _end(self._edge)
        if self._log is not None:
            await self._log.close()
            self._log = None

    async def box_dies(self) -> None:
        """Cut the gateway's own power: both processes go, and what they kept in memory."""
        await self.edge_dies()
        await self.field_dies()

    async def box_starts(self) -> None:
        self.boots += 1
        await self.field_starts()
        await self.edge_starts()

    # ------------------------------------------------------------------ what is done

    def inject(self, target: str, fault: str) -> None:
        """Let something happen on site, in the words of `gateway simulate`."""
        orders = read_injection(target, fault, Directory.of(self.site))
        line = self.lines[orders[0].bus]
        line.go_on()
        line.obey(orders)

    async def ask(self, kind: CommandKind, target: str, args: dict[str, object]) -> Outcome:
        """Send a command as the cloud does."""
        assert self.house is not None, "the cloud speaks to an edge that is dead"
        expires_s = asyncio.get_running_loop().time() + LIVES_S
        command = Command(
            id=self._name("c"), kind=kind, target=target, origin=Origin.CLOUD, args=args, expires_s=expires_s
        )
        return await self.house._desks.submit(command)

    def tags(self, shelf: str) -> list[str]:
        """Return the tags that a reader finds on a shelf of the first cabinet."""
        trading: Mapping[str, Any] = self.site.trading
        cabinet = trading["cabinets"][0]
        (said,) = (each for each in cabinet["shelves"] if each["name"] == shelf)
        name = said.get("weigher") or f"{cabinet['name']}/{shelf}"
        shelves = (door["shelves"] for door in self.truth(cabinet["lock"]))
        return sorted(next(behind[name]["tags"] for behind in shelves if name in behind))

    def truth(self, device_name: str) -> list[dict[str, Any]]:
        """Return how the outlets or doors of a device really stand."""
        device = self.site.device(device_name)
        line = self.lines[device.bus]
        line.go_on()
        found: list[dict[str, Any]] = line.tell("outlets", unit=device.unit)
        return found

    def _name(self, kind: str) -> str:
        return f"{kind}-{next(self._names)}"


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        assert not task.done(), task
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    tasks.clear()
