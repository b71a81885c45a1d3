"""A whole field process in virtual time: the shipped single-bus site, its four piles in memory, and what it tells."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.modbus.frames import crc16
from gateway.app.field import FieldHouse
from gateway.bus.timing import LineTiming
from gateway.site.load import load_site
from gateway.testing.line import Answer, MemoryLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.field.memory import Memory
    from gateway.model.site import Site

SITE = Path(__file__).parents[2] / "configs/sites/single_bus.yaml"
LINE = LineTiming.serial(9600)
CURRENT, VOLTAGE, ENERGY, PLUG = 100, 48, 12, 36
TURNAROUND_S = 0.003
COILS, INPUTS = "coils", "inputs"


@cache
def shipped_shed() -> Site:
    """Return the single-bus site; a value, so that one reading serves every house."""
    return load_site(SITE)


@cache
def small_estate() -> Site:
    """Return the demo's site with its first line of piles and the line of their contactors; the others are alike."""
    site, kept = load_site(SITE.with_name("demo.yaml")), {"line-1", "line-5"}
    return replace(
        site,
        buses=tuple(bus for bus in site.buses if bus.name in kept),
        devices=tuple(device for device in site.devices if device.bus in kept),
    )


@dataclass(slots=True)
class PileBank:
    """The registers of four generic piles; a closed outlet carries `amps`. Encoded here, not by the codec."""

    coils: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    amps: dict[tuple[int, int], float] = field(default_factory=lambda: defaultdict(float))
    watt_hours: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    welded: set[tuple[int, int]] = field(default_factory=set)
    silent: set[int] = field(default_factory=set)
    lease_s: int = 30
    writes: list[tuple[float, int, int, int, bytes]] = field(default_factory=list)

    def __call__(self, frame: bytes, end_s: float) -> list[Answer]:
        unit, function = frame[0], frame[1]
        address, count = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
        if unit in self.silent:
            return []
        if function in (5, 6, 15, 16):
            self._write(end_s, unit, function, address, frame)
            body = frame[:6]
        elif function == 1:
            bits = sum(self.coils[unit, address + n] << n for n in range(count))
            data = bits.to_bytes((count + 7) // 8, "little")
            body = bytes((unit, function, len(data))) + data
        else:
            words = [self._word(unit, function, address + n) for n in range(count)]
            body = bytes((unit, function, 2 * count)) + b"".join(word.to_bytes(2, "big") for word in words)
        return [Answer(body + crc16(body).to_bytes(2, "little"), TURNAROUND_S)]

    def _write(self, end_s: float, unit: int, function: int, address: int, frame: bytes) -> None:
        self.writes.append((end_s, unit, function, address, frame))
        if function == 5:
            self.coils[unit, address] = int(frame[4] == 0xFF)
        elif function == 15:
            count, bits = frame[5], int.from_bytes(frame[7:-2], "little")
            for n in range(count):
                self.coils[unit, address + n] = bits >> n & 1

    def _word(self, unit: int, function: int, address: int) -> int:
        if function == 4:
            return 2200 if address < 12 else 250
        if CURRENT <= address < CURRENT + 12:
            return round(100 * self._flowing_a(unit, address - CURRENT))
        if address < 12:
            return min(60_000, round(2200 * self._flowing_a(unit, address)))
        if PLUG <= address < PLUG + 12:
            return int(self.amps[unit, address - PLUG] > 0)
        if ENERGY <= address < ENERGY + 24:
            outlet, half = divmod(address - ENERGY, 2)
            return self.watt_hours[unit, outlet] >> (0 if half else 16) & 0xFFFF
        return {VOLTAGE: 2200, 51: 250, 55: 5000, 300: self.lease_s}.get(address, 0)

    def _flowing_a(self, unit: int, outlet: int) -> float:
        closed = self.coils[unit, outlet] or (unit, outlet) in self.welded
        return self.amps[unit, outlet] if closed else 0.0

    def switched(self, unit: int, outlet: int) -> list[tuple[float, bool]]:
        """Return when frames switched an outlet, and whether on."""
        found = []
        for end_s, at, function, address, frame in self.writes:
            if at == unit and function == 5 and address == outlet:
                found.append((end_s, frame[4] == 0xFF))
            elif at == unit and function == 15 and address <= outlet < address + frame[5]:
                bits = int.from_bytes(frame[7:-2], "little")
                found.append((end_s, bool(bits >> (outlet - address) & 1)))
        return found


@dataclass(slots=True)
class Running:
    """A running house with its piles."""

    house: FieldHouse
    bank: PileBank
    line: MemoryLine

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.house.field.outbox.unacknowledged]

    def told(self, kind: str, **body: object) -> list[dict[str, Any]]:
        """Return the events of a kind whose body has these values."""
        return [
            event
            for event in self.events
            if event["kind"] == kind and all(event["body"].get(key) == value for key, value in body.items())
        ]

    @property
    def bound_ms(self) -> float:
        return self.house.field.bounds_ms["pile-01"]


@contextlib.asynccontextmanager
async def running(
    bank: PileBank | None = None, memory: Memory | None = None, boot: str = "test"
) -> AsyncIterator[Running]:
    """Run the house until the block is left."""
    bank = bank or PileBank()
    line = MemoryLine(LINE, bank, chunk=32)
    house = FieldHouse(shipped_shed(), boot=boot, memory=memory, link_of=lambda _: line)
    task = asyncio.create_task(house.run())
    try:
        yield Running(house, bank, line)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
