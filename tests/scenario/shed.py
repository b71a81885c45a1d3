"""The cutoff case in memory: piles with 12 outlets on one line, a guard that trips them, and the rig that runs both.

Currents in FC03 100..111, telemetry in FC03 0..59, relays in coils 0..11. Replies are made here, byte by byte, so that a
mistake of the driver cannot cancel itself out; only the CRC is shared (the conformance suite proves it against pymodbus).
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.modbus.driver import ModbusRtu
from drivers.modbus.frames import crc16
from gateway.bus.bus import Bus
from gateway.bus.pieces import plan_devices
from gateway.bus.timing import LineTiming
from gateway.model.device import (
    Delivery,
    DeviceModel,
    GroupClass,
    Kind,
    Order,
    Outlet,
    Point,
    PointType,
    PollGroup,
    Resumes,
    Role,
    Source,
    Switch,
)
from gateway.model.wiring import Block, ReadLimits, Table, Timing, Write
from gateway.testing.line import Answer, MemoryLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from gateway.bus.bus import Listener
    from gateway.bus.driver import Report
    from gateway.bus.job import Job, PlannedDevice
    from gateway.bus.link import Link
    from gateway.model.transaction import Exchange

CURRENTS = Block(Table.HOLDING, 100, 12)
TELEMETRY = Block(Table.HOLDING, 0, 60)
RELAYS = Block(Table.COIL, 0, 12)
OUTLETS = 12
NORMAL, OVER = 300, 1200
SAMPLES = 2


def off_write(outlet: int) -> Write:
    return Write(Table.COIL, outlet, (0,))


def point(name: str, table: Table, address: int, kind: PointType = PointType.U16) -> Point:
    return Point(
        name=name, table=table, address=address, type=kind, word_order=Order.HIGH_FIRST, byte_order=Order.HIGH_FIRST
    )


def group(name: str, group_class: GroupClass, period_ms: float, *blocks: Block) -> PollGroup:
    kinds = {True: PointType.BIT, False: PointType.U16}
    points = tuple(
        point(f"{name}-{address}", block.table, address, kinds[block.table.is_bits])
        for block in blocks
        for address in range(block.address, block.end)
    )
    return PollGroup(name=name, group_class=group_class, period_ms=period_ms, points=points, blocks=blocks)


def pile(timing: Timing, *groups: PollGroup, delivery: Delivery = Delivery.POLLED) -> DeviceModel:
    """Return a 12-outlet pile with these poll groups."""
    outlets = tuple(
        Outlet(
            number=number + 1,
            roles={Role.CURRENT: point(f"outlet-{number + 1:02d}/current", Table.HOLDING, 100 + number)},
            switch=Switch(on=Write(Table.COIL, number, (1,)), off=off_write(number)),
        )
        for number in range(OUTLETS)
    )
    return DeviceModel(
        name="cutoff-pile",
        kind=Kind.PILE,
        vendor="none",
        model="none",
        source=Source(manual="the cutoff case"),
        driver="modbus-rtu",
        timing=timing,
        limits=ReadLimits(),
        delivery=delivery,
        resumes=Resumes.NOBODY,
        holds_on_silence=False,
        capabilities=frozenset(),
        points=(),
        groups=groups,
        outlets=outlets,
    )


def cutoff_pile(timing: Timing, slow_s: float, ring_ms: float = 0.0) -> DeviceModel:
    return pile(
        timing,
        group("currents", GroupClass.PROTECTION, ring_ms, CURRENTS),
        group("telemetry", GroupClass.TELEMETRY, slow_s * 1000, TELEMETRY),
        group("relays", GroupClass.CONTROL, 2 * slow_s * 1000, RELAYS),
    )


def sealed(body: bytes) -> bytes:
    return body + crc16(body).to_bytes(2, "little")


@dataclass(slots=True)
class Asked:
    """One request as a pile understood it. `number` counts all requests of the line from 0."""

    unit: int
    function: int
    address: int
    count: int
    end_s: float
    number: int


def normal_registers(asked: Asked) -> bytes:
    return NORMAL.to_bytes(2, "big") * asked.count


@dataclass(slots=True)
class Piles:
    """The piles of a line (a `gateway.testing.line.Responder`). `disturb` may put anything in place of a reply."""

    turnaround_s: Callable[[], float]
    registers: Callable[[Asked], bytes] = normal_registers
    dead: set[int] = field(default_factory=set)
    disturb: Callable[[Asked, Answer], list[Answer]] | None = None
    writes: list[Asked] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    obeys: Callable[[Asked], bool] = lambda _: True

    def __call__(self, frame: bytes, end_s: float) -> list[Answer]:
        assert crc16(frame) == 0
        address, count = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
        asked = Asked(frame[0], frame[1], address, count, end_s, len(self.asked))
        self.asked.append(asked)
        if asked.unit in self.dead or not self.obeys(asked):
            return []
        answer = Answer(self._reply(frame, asked), self.turnaround_s())
        return [answer] if self.disturb is None else self.disturb(asked, answer)

    def _reply(self, frame: bytes, asked: Asked) -> bytes:
        if asked.function in (5, 6, 15, 16):
            self.writes.append(asked)
            return sealed(frame[:6])
        size = (asked.count + 7) // 8 if asked.function in (1, 2) else 2 * asked.count
        data = bytes(size) if asked.function in (1, 2) else self.registers(asked)
        return sealed(bytes((asked.unit, asked.function, size)) + data)


@dataclass(frozen=True, slots=True)
class Shed:
    """A line and its devices, as field and budget see them."""

    line: LineTiming
    units: tuple[tuple[int, DeviceModel], ...]
    planned: tuple[PlannedDevice, ...]

    @classmethod
    def of(cls, line: LineTiming, *models: DeviceModel) -> Shed:
        units = tuple(enumerate(models, start=1))
        return cls(line, units, plan_devices(units, ModbusRtu(), line))

    @classmethod
    def cutoff(cls, baud: int, turnaround_ms: float, slow_s: float, **timing: float) -> Shed:
        """Return the four piles of the cutoff case."""
        model = cutoff_pile(Timing(turnaround_max_ms=turnaround_ms, **timing), slow_s)
        return cls.of(LineTiming.serial(baud), model, model, model, model)


@dataclass(slots=True)
class Silent:
    """A listener that only keeps count."""

    exchanges: list[tuple[Job, Exchange]] = field(default_factory=list)
    changes: list[tuple[int, bool]] = field(default_factory=list)
    reports: list[tuple[int, Report]] = field(default_factory=list)
    ups: int = 0
    downs: list[str] = field(default_factory=list)

    def finished(self, job: Job, exchange: Exchange, *, changed: bool) -> None:
        self.exchanges.append((job, exchange))
        if changed:
            self.changes.append((job.device, exchange.failure is None))

    def reported(self, device: int, report: Report, said_s: float) -> None:
        assert said_s <= asyncio.get_running_loop().time()
        self.reports.append((device, report))

    def link_up(self) -> None:
        self.ups += 1

    def link_down(self, why: str) -> None:
        self.downs.append(why)


@dataclass(slots=True)
class Guard(Silent):
    """A toy protection: `SAMPLES` readings above pick-up, the second asked for at once, then OFF."""

    bus: Bus | None = None
    refresh_s: float = 0.0
    first_s: dict[tuple[int, int], float] = field(default_factory=dict)
    tripped: set[tuple[int, int]] = field(default_factory=set)

    def finished(self, job: Job, exchange: Exchange, *, changed: bool) -> None:
        if changed:
            self.changes.append((job.device, exchange.failure is None))
        if job.piece is None or job.piece.block != CURRENTS or exchange.failure is not None:
            return
        payload, taken_s, picked_up = exchange.payload, exchange.asked_s, False
        for outlet in range(OUTLETS):
            if int.from_bytes(payload[2 * outlet : 2 * outlet + 2], "big") >= OVER:
                picked_up |= self._over((job.device, outlet), taken_s)
        if picked_up:
            assert self.bus is not None
            self.bus.confirm(job.device, [job.piece.layout], taken_s + self.refresh_s)

    def _over(self, outlet: tuple[int, int], taken_s: float) -> bool:
        """Take a sample above pick-up; return whether it is the first."""
        if outlet in self.tripped:
            return False
        first_s = self.first_s.setdefault(outlet, taken_s)
        if first_s == taken_s:
            return True
        if taken_s - first_s >= self.refresh_s:
            assert self.bus is not None
            self.tripped.add(outlet)
            self.bus.off(outlet[0], off_write(outlet[1]), token=outlet[0] * 100 + outlet[1])
        return False


def make_bus(shed: Shed, link: Link, listener: Listener) -> Bus:
    return Bus(
        name="line-1",
        link=link,
        driver=ModbusRtu(),
        line=shed.line,
        devices=shed.planned,
        units=[(unit, model.timing) for unit, model in shed.units],
        listener=listener,
    )


@contextlib.asynccontextmanager
async def polling(
    shed: Shed, piles: Piles, listener: Listener, chunk: int = 8
) -> AsyncIterator[tuple[Bus, MemoryLine]]:
    """Run a bus over a line in memory; an error of its owner is raised here at the end."""
    link = MemoryLine(shed.line, piles, chunk=chunk)
    bus = make_bus(shed, link, listener)
    if isinstance(listener, Guard):
        listener.bus = bus
    task = asyncio.create_task(bus.run())
    try:
        yield bus, link
    finally:
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def broken_silences(link: MemoryLine, shed: Shed) -> Sequence[float]:
    """Return the silences before requests that were shorter than t3.5."""
    return [heard.silence_s for heard in link.heard[1:] if heard.silence_s < shed.line.t35_s - 1e-9]
