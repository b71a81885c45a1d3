"""DNY piles before the whole field process in virtual time: on RS-485, or each on a connection that it has made."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.model.command import Grant
from gateway.model.scan import Quality
from gateway.model.site import DialInLink
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from simulators.units.pile_dny import DnyUnit
from simulators.units.unit import Happening, What
from simulators.vendor.pile_dny import DnyPile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from gateway.field.memory import Memory
    from gateway.model import site as setup
    from gateway.model.scan import Scan
    from simulators.vendor.said import Said

FIRST, SECOND = 0x07_00_04_D2, 0x07_00_04_D3
SITE = f"""\
site: shed
buses:
  - {{name: piles, link: {{kind: serial, path: /dev/piles, baud: 9600}}}}
devices:
  - {{name: pile-01, bus: piles, profile: pile/ap3000_12, unit: {FIRST}}}
  - {{name: pile-02, bus: piles, profile: pile/ap3000_12, unit: {SECOND}}}
"""
DIAL_IN = SITE.replace("{kind: serial, path: /dev/piles, baud: 9600}", "{kind: dial-in, port: 7054}")
OUTLET, PORT = "pile-01/outlet-04", 3
ORDER = "o-20261122-0001"


def site_of(text: str = SITE) -> setup.Site:
    return compile_site(text, Path("/etc/site.yaml"), Library((BUILT_IN,)))


TIME_S = 1_795_000_000
SPEAKS_EVERY_S = 0.25
WHOLE = 4096
"""Where characters take no time, pieces of a frame would come at one moment, in no certain order."""


class PhysicsPile(DnyUnit):
    """A pile with chargers, residents' or none, behind the same questions as a bare one."""

    def hear(self, data: bytes) -> Sequence[Said]:
        at_s = asyncio.get_running_loop().time()
        self.settle(at_s)
        is_mine = data[11] == 0 or data[5:9] == self.firmware.physical.to_bytes(4, "little")
        return self.answer(data, at_s) if is_mine else ()

    def pass_seconds(self, _seconds: int) -> None:
        self.settle(asyncio.get_running_loop().time())

    def happens(self, what: What, outlet: int | None = None, value: float | None = None, seconds: float = 0.0) -> None:
        act = self.prepare(Happening(what=what, outlet=outlet, value=value, seconds=seconds))
        act(asyncio.get_running_loop().time())


@dataclass(slots=True)
class Shed:
    """Two piles on a line, or each on one of its own, and the house that is their host. It knows the time `time_s`."""

    piles: list[Any] = field(default_factory=lambda: [DnyPile(FIRST, 0), DnyPile(SECOND, 17)])
    memory: Memory | None = None
    site: str = SITE
    time_s: int | None = TIME_S
    house: FieldHouse | None = None
    lines: list[MemoryLine] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    _dialled: dict[int, int] = field(default_factory=dict)

    def link_of(self, link: setup.Link) -> MemoryLine:
        def respond(frame: bytes, end_s: float) -> list[Answer]:
            del end_s
            return [Answer(said.data, said.after_s) for pile in self.piles for said in pile.hear(frame)]

        if isinstance(link, DialInLink):
            self._dialled[link.unit] = len(self.lines)
        self.lines.append(MemoryLine(timing_of(link), respond, chunk=7 if timing_of(link).char_s else WHOLE))
        return self.lines[-1]

    @contextlib.asynccontextmanager
    async def living(self, boot: str = "one") -> AsyncIterator[None]:
        self.house = FieldHouse(
            site_of(self.site),
            boot=boot,
            memory=self.memory,
            link_of=self.link_of,
            known_time_s=lambda: self.time_s,
        )
        keep = self.house.field.scan

        def scan(scan: Scan) -> None:
            self.scans.append(scan)
            keep(scan)

        self.house.field.scan = scan  # type: ignore[method-assign]  # to see what goes to edge
        tasks = [asyncio.create_task(task) for task in (self.house.run(), self._age(), self._speak())]
        try:
            yield
        finally:
            assert not any(task.done() for task in tasks), tasks
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _age(self) -> None:
        while True:
            await asyncio.sleep(1)
            for pile in self.piles:
                pile.pass_seconds(1)

    async def _speak(self) -> None:
        """Let those that have dialled in say what they have to say."""
        while True:
            await asyncio.sleep(SPEAKS_EVERY_S)
            for pile in self.piles:
                firmware = pile.firmware if isinstance(pile, PhysicsPile) else pile
                line = self._dialled.get(firmware.physical)
                if line is not None and firmware.waiting and not firmware.silent:
                    self.lines[line].say(firmware.waiting.pop(0)[1])

    @property
    def field(self) -> Any:
        assert self.house is not None
        return self.house.field

    def told(self, kind: str, **body: object) -> list[dict[str, Any]]:
        self.field.settle()
        events = [json.loads(text) for _, text in self.field.outbox.unacknowledged]
        return [
            event
            for event in events
            if event["kind"] == kind and all(event["body"].get(name) == value for name, value in body.items())
        ]

    def values(self, point: str, device: str = "pile-01") -> list[tuple[float, float | None]]:
        """Every value of a point that was scanned, with its moment."""
        found = []
        for loop in self.field.loops:
            for layout in (layout for d in loop.devices if d.name == device for layout in d.layouts):
                at = next((n for n, known in enumerate(layout.points) if known.name == point), None)
                good = [s for s in self.scans if s.layout == layout.number and s.quality is Quality.GOOD]
                if at is not None:
                    found += [(scan.taken_s, layout.values(scan.raw)[at]) for scan in good]
        return found

    async def stores(self) -> None:
        self.field.settle()
        self.field.acknowledged(self.field.outbox.events_to)
        await asyncio.sleep(5)

    async def charges(self, max_w: int = 0, max_s: float = 7200) -> None:
        """Have both piles found and read, and start a charge."""
        for pile in self.piles:
            pile.power_up()
        await asyncio.sleep(240)
        self.start(max_w, max_s)
        await asyncio.sleep(5)

    def start(self, max_w: int = 0, max_s: float = 7200) -> None:
        until_s = asyncio.get_running_loop().time() + max_s
        grant = Grant(outlet=OUTLET, order_id="o-1", until_s=until_s, max_w=max_w, device_order_no=ORDER)
        self.field.arbiter.grant(grant, "start-1")


def play(story: Callable[[Shed], Awaitable[None]], shed: Shed | None = None) -> None:
    shed = shed or Shed()

    async def stage() -> None:
        async with shed.living():
            await story(shed)

    run_virtual(stage())
