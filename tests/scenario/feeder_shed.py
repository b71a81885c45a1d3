"""A shed whose feed is metered: piles behind contactors that the meter's own protection opens, all in memory.

The meter's floats and the board's coils are made here, byte by byte, so that a mistake of the codec cannot cancel
itself out.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.modbus.frames import crc16
from gateway.app.check import judge
from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from tests.scenario.house import PileBank

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.field.memory import Memory
    from gateway.model import site as setup
    from gateway.site.check import PileCheck

PICKUP_A, NORMAL_A, OVER_A = 63.0, 20.0, 80.0
BOARD, METER, PILE = 1, 2, 1
CURRENT_L1, VOLTAGE = 0x06, 0x2A
TWO_LINES = f"""\
site: shed
buses:
  - {{name: piles, link: {{kind: serial, path: /dev/piles, baud: 9600}}}}
  - {{name: meters, link: {{kind: serial, path: /dev/meters, baud: 9600}}}}
  - {{name: boards, link: {{kind: serial, path: /dev/boards, baud: 9600}}}}
protection: {{frozen_after_s: null}} # the heartbeat of these piles stands still
devices:
  - {{name: pile-01, bus: piles, profile: pile/generic_pile_12, unit: {PILE},
     upstream: {{device: contactors, channel: 1}}}}
  - {{name: contactors, bus: boards, profile: relay/waveshare_relay_8, unit: {BOARD}}}
  - name: feeder
    bus: meters
    profile: meter/eastron_sdm630
    unit: {METER}
    feeds: [pile-01]
    opens: [{{device: contactors, channel: 1}}, {{device: contactors, channel: 3}}]
    protection: {{pickup_a: {PICKUP_A}}}
"""
ONE_LINE = TWO_LINES.replace("  - {name: boards, link: {kind: serial, path: /dev/boards, baud: 9600}}\n", "").replace(
    "bus: boards", "bus: meters"
)
OUTLET, CONTACTORS = "pile-01/outlet-01", ("contactors/outlet-01", "contactors/outlet-03")
FEEDER = "feeder/outlet-01"


@dataclass(slots=True)
class Feed:
    """The meter, which renews its value every `renews_s`, and the relay board. Phase 1 carries `amps` while a contactor in `stuck` or closed lets it through."""

    amps: Callable[[float], float] = lambda _at_s: NORMAL_A
    turnaround_s: Callable[[int], float] = lambda _unit: 0.02
    coils: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(8), 1))
    renews_s: float = 0.0
    stuck: bool = False
    silent: set[int] = field(default_factory=set)
    loses: Callable[[int, int, float], bool] = lambda _unit, _function, _end_s: False
    missing: set[int] = field(default_factory=set)
    opened: list[tuple[float, int]] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)

    def __call__(self, frame: bytes, end_s: float) -> list[Answer]:
        unit, function = frame[0], frame[1]
        lost = self.loses(unit, function, end_s)
        if unit in self.silent or lost:
            return []
        address, count = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
        if function in (5, 15):
            self._write(frame, address, count, end_s)
            body = frame[:6]
        elif function == 1:
            bits = sum(self.coils[address + n] << n for n in range(count))
            body = bytes((unit, function, 1, bits))
        else:
            values = [self._value(address + 2 * n, end_s) for n in range(count // 2)]
            body = bytes((unit, function, 2 * count)) + b"".join(struct.pack(">f", value) for value in values)
        return [Answer(body + crc16(body).to_bytes(2, "little"), self.turnaround_s(unit))]

    def _write(self, frame: bytes, address: int, count: int, end_s: float) -> None:
        self.functions.append(frame[1])
        closed = [frame[4] == 0xFF] if frame[1] == 5 else [bool(frame[7] >> n & 1) for n in range(count)]
        for channel, is_closed in enumerate(closed, start=address):
            self.coils[channel] = int(is_closed)
            if not is_closed:
                self.opened.append((end_s, channel))

    def _value(self, address: int, end_s: float) -> float:
        if address in self.missing:
            return float("nan")
        if address < CURRENT_L1 or address == VOLTAGE:
            return 230.0 + 0.01 * (end_s % 7)
        if CURRENT_L1 <= address < CURRENT_L1 + 6:
            flows = self.stuck or self.coils[0] or self.coils[2]
            seen_s = end_s // self.renews_s * self.renews_s if self.renews_s else end_s
            return self.amps(seen_s) / (1 if address == CURRENT_L1 else 4) if flows else 0.0
        return 0.0


@dataclass(slots=True)
class Shed:
    """Everything of one story. `is_dark`: the pile has no supply but the one through its contactor."""

    text: str = TWO_LINES
    memory: Memory | None = None
    is_dark: bool = False
    feed: Feed = field(default_factory=Feed)
    bank: PileBank = field(default_factory=PileBank)
    house: FieldHouse | None = None
    lines: dict[str, MemoryLine] = field(default_factory=dict)

    @property
    def site(self) -> setup.Site:
        return compile_site(self.text, Path("/etc/site.yaml"), Library((BUILT_IN,)))

    def link_of(self, link: setup.Link) -> MemoryLine:
        path = getattr(link, "path", "")
        answering = self.pile if path == "/dev/piles" else self.feed
        self.lines[path] = MemoryLine(timing_of(link), answering, chunk=16)
        return self.lines[path]

    def pile(self, frame: bytes, end_s: float) -> list[Answer]:
        return [] if self.is_dark and not self.feed.coils[0] else self.bank(frame, end_s)

    @contextlib.asynccontextmanager
    async def living(self, boot: str = "one") -> AsyncIterator[None]:
        self.house = FieldHouse(self.site, boot=boot, memory=self.memory, link_of=self.link_of)
        task = asyncio.create_task(self.house.run())
        try:
            await asyncio.sleep(10.0)
            yield
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def opens_door(self, socket: Path) -> AsyncIterator[None]:
        """Let edge come, until the block is left."""
        assert self.house is not None
        await self.house.door.open(socket)
        try:
            yield
        finally:
            self.house.door.close()

    @property
    def field(self) -> Any:
        assert self.house is not None
        return self.house.field

    @property
    def checks(self) -> list[PileCheck]:
        """What `gateway check` finds of each pile and meter of this site."""
        return [pile for bus in judge(self.site).buses for pile in bus.piles]

    def is_cut_off(self) -> bool:
        return not self.feed.coils[0] and not self.feed.coils[2]

    def told(self, kind: str, **body: object) -> list[dict[str, Any]]:
        events = [json.loads(text) for _, text in self.field.outbox.unacknowledged]
        return [
            event
            for event in events
            if event["kind"] == kind and all(event["body"].get(name) == value for name, value in body.items())
        ]

    async def steps_to(self, amps: float) -> float:
        """Let the current step now; return when."""
        now_s = asyncio.get_running_loop().time()
        before = self.feed.amps
        self.feed.amps = lambda at_s: amps if at_s >= now_s else before(at_s)
        return now_s

    async def ask(self, command_id: str, kind: CommandKind, target: str, within_s: float = 3.0) -> tuple[str, str]:
        args = {"by": "a person", "reason": "looked at it"}
        self.field.command(Command(id=command_id, kind=kind, target=target, origin=Origin.CLOUD, args=args))
        await asyncio.sleep(within_s)
        return self.outcome(command_id)

    async def start(self, command_id: str, outlet: str = OUTLET) -> tuple[str, str]:
        until_s = asyncio.get_running_loop().time() + 7200
        self.field.arbiter.grant(Grant(outlet=outlet, order_id=f"order-{command_id}", until_s=until_s), command_id)
        await asyncio.sleep(3.0)
        return self.outcome(command_id)

    def outcome(self, command_id: str) -> tuple[str, str]:
        (found,) = [event["body"] for event in self.told("outcome") if event["body"]["id"] == command_id]
        return found["state"], found["reason"]

    async def is_reset(self, number: int) -> bool:
        """Have a person reset the feeder and close its contactors again; return whether all of that was done."""
        wishes = [FEEDER, *CONTACTORS]
        said = [await self.ask(f"r{number}-{place}", CommandKind.RESET, name) for place, name in enumerate(wishes)]
        return [state for state, _ in said] == ["done"] * len(wishes)


def play(story: Callable[[Shed], Awaitable[None]], shed: Shed | None = None) -> None:
    shed = shed or Shed()

    async def stage() -> None:
        async with shed.living():
            await story(shed)

    run_virtual(stage())
