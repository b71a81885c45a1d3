"""Logs on a temporary folder, with a clock that only moves when told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.model.scan import Scan
from gateway.store.batch import Packed, pack
from gateway.store.keeper import Keeper
from gateway.store.record import ClockQuality, Dropped, Event, NewEvent, Outcome, ReadingBatch, Settings, Stamp, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.store.log import Log
    from gateway.store.logfile import LogFile

Record = Event | ReadingBatch | Dropped


@dataclass
class HandClock:
    stamp: Stamp = field(default=Stamp(ts_ms=1_800_000_000_000, clock=ClockQuality.SYNCED, mono_s=100.0))

    def __call__(self) -> Stamp:
        return self.stamp

    def advance(self, seconds: float, wall_ms: int | None = None) -> None:
        step = round(seconds * 1000) if wall_ms is None else wall_ms
        before = self.stamp
        self.stamp = Stamp(ts_ms=before.ts_ms + step, clock=before.clock, mono_s=before.mono_s + seconds)


def keeper_at(folder: Path, clock: HandClock | None = None, settings: Settings | None = None) -> Keeper:
    return Keeper(folder / "log", settings=settings or Settings(ballast_bytes=0), clock=clock or HandClock())


async def append_event(log: Log, event: NewEvent) -> int:
    """Return the event's number once it is durable."""
    (seq,) = await log.append_events([event])
    return seq


def event(name: str, body: bytes = b"{}", outcome: Outcome | None = None, **state: bytes | None) -> NewEvent:
    return NewEvent(id=name, kind="trip", at=HandClock().stamp, body=body, outcome=outcome, state=state)


def scans(*raws: bytes) -> list[Scan]:
    return [Scan("pile-01", 0, 100.0 + place, raw) for place, raw in enumerate(raws)]


def packed(*raws: bytes, lost_before: int = 0) -> Packed:
    return Packed(count=len(raws), body=pack([1] * len(raws), scans(*raws)), lost_before=lost_before)


def everything(log: LogFile, stream: Stream, consumer: str = "mqtt", after: int = 0) -> list[Record]:
    found: list[Record] = []
    while more := log.read(consumer, stream, 7, after):
        found += more
        last = more[-1]
        after = last.seq if isinstance(last, Event) else last.last_seq
    return found


def spans(records: Sequence[Record]) -> list[tuple[str, int, int]]:
    """Kind, first and last number of each record."""
    return [
        ("event", record.seq, record.seq)
        if isinstance(record, Event)
        else ("dropped" if isinstance(record, Dropped) else "batch", record.first_seq, record.last_seq)
        for record in records
    ]


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose
