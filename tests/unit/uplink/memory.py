"""A log in memory with the log's manners, layouts to fill it with, and a board that stands still."""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.model.command import Command, Outcome
from gateway.model.device import Order, Point, PointType
from gateway.model.layout import Layout, describe
from gateway.model.scan import Quality
from gateway.model.wiring import Block, Table
from gateway.uplink.alarms import AlarmList
from gateway.uplink.inventory import Inventory, InventoryDevice
from gateway.uplink.message import DeviceState, OutletState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.uplink.source import StreamName

TS_MS = 1_763_800_000_000


@dataclass(frozen=True)
class At:
    ts_ms: int = TS_MS
    clock: int = 2
    mono_s: float = 100.0


@dataclass(frozen=True)
class AnEvent:
    seq: int
    boot: str = "1-aa"
    id: str = "e-1"
    kind: str = "trip"
    at: At = At()
    body: bytes = b'{"target":"pile-01/outlet-01","body":{"element":"50"}}'


@dataclass(frozen=True)
class AScan:
    layout_id: int
    taken_s: float
    raw: bytes
    quality: Quality = Quality.GOOD


@dataclass(frozen=True)
class ABatch:
    first_seq: int
    held: tuple[AScan, ...]
    boot: str = "1-aa"
    at: At = At()

    @property
    def last_seq(self) -> int:
        return self.first_seq + len(self.held) - 1

    def scans(self) -> Sequence[AScan]:
        return self.held


@dataclass(frozen=True)
class AGap:
    stream: str
    first_seq: int
    last_seq: int


def point(name: str, address: int, kind: PointType = PointType.U16, **more: object) -> Point:
    given: dict[str, object] = {
        "table": Table.HOLDING,
        "word_order": Order.HIGH_FIRST,
        "byte_order": Order.HIGH_FIRST,
        **more,
    }
    return Point(name=name, address=address, type=kind, **given)  # type: ignore[arg-type]


def pile_layout(device: str = "pile-01", outlets: int = 12) -> Layout:
    """Five registers an outlet, as in the benchmarks' telemetry block."""
    columns = (("voltage", 0.1), ("current", 0.01), ("power", 1.0), ("energy", 0.001), ("temperature", 1.0))
    points = tuple(
        point(
            f"outlet-{outlet:02d}/{name}", 5 * (outlet - 1) + place, scale=scale, low=0.0, high=70_000.0, outlet=outlet
        )
        for outlet in range(1, outlets + 1)
        for place, (name, scale) in enumerate(columns)
    )
    return Layout(device=device, kind="pile", block=Block(Table.HOLDING, 0, 5 * outlets), points=points)


def pile_raw(number: int, outlets: int = 12) -> bytes:
    """Registers that tell which scan they are from."""
    return struct.pack(f">{5 * outlets}H", *[(number + place) % 65_536 for place in range(5 * outlets)])


@dataclass
class MemorySource:
    """Offsets outlive an uplink, as they do in the log."""

    layouts: dict[int, bytes] = field(default_factory=lambda: {1: describe(pile_layout())})
    offsets: dict[str, int] = field(default_factory=lambda: {"event": 0, "reading": 0})
    event_records: list[AnEvent | AGap] = field(default_factory=list)
    reading_records: list[ABatch | AGap] = field(default_factory=list)
    told: list[tuple[str, int]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def newest_event(self) -> int:
        return _last(self.event_records[-1]) if self.event_records else 0

    def newest_reading(self) -> int:
        return self.reading_records[-1].last_seq if self.reading_records else 0

    def add_event(self, **given: object) -> AnEvent:
        event = AnEvent(self.newest_event() + 1, **given)  # type: ignore[arg-type]
        self.event_records.append(event)
        self.news.set()
        return event

    def add_scans(self, count: int, layout_ids: Sequence[int] = (1,)) -> None:
        first = self.newest_reading() + 1
        scans = (
            AScan(layout_ids[n % len(layout_ids)], 100.0 + 0.1 * (first + n), pile_raw(first + n)) for n in range(count)
        )
        self.reading_records.append(ABatch(first, tuple(scans)))
        self.news.set()

    async def events(self, limit: int, after: int) -> Sequence[AnEvent | AGap]:
        start = max(after, self.offsets["event"])
        return [record for record in self.event_records if _last(record) > start][:limit]

    async def readings(self, limit: int, after: int) -> Sequence[ABatch | AGap]:
        start = max(after, self.offsets["reading"])
        found = [record for record in self.reading_records if record.last_seq > start][:limit]
        return [_cut(record, start) for record in found]

    async def replay(
        self, boot: str, stream: StreamName, first: int, last: int, limit: int
    ) -> Sequence[AnEvent | ABatch | AGap]:
        if stream == "event":
            events = [e for e in self.event_records if isinstance(e, AnEvent) and e.boot == boot]
            return [event for event in events if first <= event.seq <= last][:limit]
        batches = [b for b in self.reading_records if isinstance(b, ABatch) and b.boot == boot]
        return [_cut(batch, first - 1) for batch in batches if batch.last_seq >= first and batch.first_seq <= last][
            :limit
        ]

    async def layout(self, layout_id: int) -> bytes:
        return self.layouts[layout_id]

    async def acknowledge(self, stream: StreamName, seq: int) -> None:
        self.told.append((stream, seq))
        self.offsets[stream] = max(seq, self.offsets[stream])

    async def wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self.news.wait()
                self.news.clear()
        except TimeoutError:
            pass

    @property
    def is_drained(self) -> bool:
        return self.offsets == {"event": self.newest_event(), "reading": self.newest_reading()}


def _last(record: AnEvent | AGap) -> int:
    return record.seq if isinstance(record, AnEvent) else record.last_seq


def _cut(record: ABatch | AGap, start: int) -> ABatch | AGap:
    if isinstance(record, AGap) or record.first_seq > start:
        return record
    return ABatch(start + 1, record.held[start + 1 - record.first_seq :], record.boot, record.at)


@dataclass
class StillBoard:
    version: str = "0.1.0"
    config_hash: str = "c0ffee"
    numbers: dict[str, int] = field(default_factory=lambda: {"pile-01": 1})
    alarm_changes: int = 1

    def revisions(self) -> Mapping[str, int]:
        return self.numbers

    def state(self, device: str) -> DeviceState:
        assert device in self.numbers
        return DeviceState(ts=TS_MS, link="ok", outlets={"outlet-01": OutletState(state="off")})

    def inventory_revision(self) -> int:
        return 1

    def alarms_revision(self) -> object:
        return self.alarm_changes

    def alarms(self) -> AlarmList:
        return AlarmList(ts=TS_MS, revision=self.alarm_changes)

    def inventory(self) -> Inventory:
        return Inventory(
            ts=TS_MS,
            config_hash=self.config_hash,
            devices=(InventoryDevice(device="pile-01", kind="pile", profile="p"),),
        )


@dataclass
class MemoryDesk:
    """Remembers outcomes across connections, as the log does."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)

    async def seen(self, command_id: str) -> Outcome | None:
        return self.outcomes.get(command_id)

    async def submit(self, command: Command) -> Outcome:
        self.commands.append(command)
        outcome = self.outcomes[command.id] = Outcome(id=command.id, state="accepted")
        return outcome


def parsed(payload: bytes) -> dict[str, object]:
    found = json.loads(payload)
    assert isinstance(found, dict)
    return found
