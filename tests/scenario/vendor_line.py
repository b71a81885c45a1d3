"""A line in memory with devices that do not speak Modbus, read through the real bus owner by a shipped profile."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.app.lines import SERIAL_DRIVERS
from gateway.bus.bus import Bus
from gateway.bus.pieces import plan_devices
from gateway.model.wiring import Block
from gateway.profile.codec import unpacker
from gateway.profile.load import Library
from gateway.testing.line import Answer, MemoryLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from gateway.bus.driver import Report
    from gateway.bus.job import Job
    from gateway.bus.timing import LineTiming
    from gateway.model.device import DeviceModel
    from gateway.model.transaction import Exchange
    from simulators.vendor.said import Said


@dataclass(slots=True)
class Heard:
    """One value as the gateway has it: when it was so, and when it was known."""

    name: str
    value: float | None
    taken_s: float
    known_s: float


@dataclass(slots=True)
class Notes:
    """A listener that turns payloads into values by the profile."""

    models: Sequence[DeviceModel]
    values: list[Heard] = field(default_factory=list)
    exchanges: list[tuple[Job, Exchange]] = field(default_factory=list)
    reports: list[tuple[int, Report]] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)
    downs: list[str] = field(default_factory=list)

    def finished(self, job: Job, exchange: Exchange, *, changed: bool) -> None:
        self.exchanges.append((job, exchange))
        if changed:
            self.silent ^= {job.device}
        if job.piece is None or exchange.failure is not None:
            return
        block = job.piece.block
        points = [p for p in self.models[job.device].points if block.contains(Block(p.table, p.address, p.span))]
        points = [p for p in points if p.access != "write"]
        now_s = asyncio.get_running_loop().time()
        for point, value in zip(points, unpacker(block, points).values(exchange.payload), strict=True):
            self.values.append(Heard(point.name, value, exchange.asked_s, now_s))

    def reported(self, device: int, report: Report, said_s: float) -> None:
        assert said_s <= asyncio.get_running_loop().time()
        self.reports.append((device, report))

    def link_up(self) -> None:
        return None

    def link_down(self, why: str) -> None:
        self.downs.append(why)

    def last(self, name: str) -> float | None:
        return next(heard.value for heard in reversed(self.values) if heard.name == name)


@contextlib.asynccontextmanager
async def vendor_line(
    line: LineTiming, hear: Callable[[bytes], list[Said]], units: Sequence[tuple[int, str]], *, echo: bool = False
) -> AsyncIterator[tuple[Bus, MemoryLine, Notes]]:
    """Poll devices (unit, profile name) of one protocol over a line in memory; an error of the bus is raised here."""
    models = [Library().load(name) for _, name in units]
    make = SERIAL_DRIVERS[models[0].driver]
    planned = plan_devices([(unit, model) for (unit, _), model in zip(units, models, strict=True)], make(), line)
    notes = Notes(models)

    def responder(frame: bytes, end_s: float) -> list[Answer]:
        del end_s
        heard = [Answer(frame, -len(frame) * line.char_s)] if echo else []
        return heard + [Answer(said.data, said.after_s) for said in hear(frame)]

    link = MemoryLine(line, responder, chunk=3)
    bus = Bus(
        name="line",
        link=link,
        driver=make(),
        line=line,
        devices=planned,
        units=[(unit, model.timing) for (unit, _), model in zip(units, models, strict=True)],
        listener=notes,
    )
    task = asyncio.create_task(bus.run())
    try:
        yield bus, link, notes
    finally:
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
