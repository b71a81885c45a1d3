"""The durable log for an asyncio program: nothing blocks the loop; an awaited append is on the disk when it returns."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from gateway.store.keeper import Keeper
from gateway.store.owner import Owner
from gateway.store.record import ChainReport, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from gateway.model.scan import Scan
    from gateway.store.logfile import LogFile
    from gateway.store.record import Clock, Dropped, Event, NewEvent, ReadingBatch, Standing, Stream

READINGS_COMMIT_S = 5.0
_RECORDS_A_SLICE = 64
_BATCHES_A_SLICE = 4

T = TypeVar("T")


class Log:
    """One file, one connection, one thread. Made by `open`; after `close` every method raises LogRefused(CLOSED).

    `boot` is the boot of this opening; a rescue while running begins another, which `standing` and every record tell.
    """

    def __init__(self, owner: Owner, boot: str) -> None:
        self._owner = owner
        self._layouts: dict[tuple[str, int], int] = {}
        self.boot = boot

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        settings: Settings | None = None,
        readings_commit_s: float = READINGS_COMMIT_S,
    ) -> Log:
        """Open or make the log; a damaged one is set aside and rescued first. Raises LogInUse, LogTooNew, LogRefused.

        `clock` is called in the log's thread. `readings_commit_s` is what a power cut may cost of the readings.
        """
        make = partial(Keeper, path, settings=settings or Settings(), clock=clock)
        owner = Owner(make, readings_commit_s)
        await asyncio.wrap_future(owner.start())
        return cls(owner, await asyncio.wrap_future(owner.do(lambda log: log.boot)))

    async def close(self) -> None:
        """Commit what waits, close the file, end the thread."""
        await asyncio.wrap_future(self._owner.stop())

    # ------------------------------------------------------------------ append

    async def append_events(self, events: Sequence[NewEvent]) -> list[int]:
        """Return the numbers of events that become durable in one transaction, with their outcomes and states.

        LogRefused: none of them was stored.
        """
        return await asyncio.wrap_future(self._owner.events(events))

    def offer_scans(self, scans: Sequence[Scan]) -> int:
        """Take scans for the next commit; return how many there was no room for. LookupError for undeclared layouts."""
        known = self._layouts
        try:
            ids = [known[scan.device, scan.layout] for scan in scans]
        except KeyError as error:
            raise LookupError(f"declare the layout before its scans: {error}") from None
        return self._owner.scans(ids, scans)

    def offer_loss(self, scans: int) -> None:
        """Use up numbers for scans that were dropped before they came here, so that receivers see the gap."""
        self._owner.lose(scans)

    async def declare_layouts(self, layouts: Sequence[tuple[str, int, bytes]]) -> list[int]:
        """Store what the scans of layouts mean (device, number, description: opaque here); return the log's ids."""
        ids = await self._do(lambda log: log.declare_layouts(layouts))
        for (device, number, _), layout_id in zip(layouts, ids, strict=True):
            self._layouts[device, number] = layout_id
        return ids

    async def flush(self) -> None:
        """Commit the scans offered so far now. LogRefused: they wait for the next period."""
        await asyncio.wrap_future(self._owner.flush())

    # ------------------------------------------------------------------ consumers

    async def add_consumer(self, consumer: str, *, from_oldest: bool = True) -> None:
        """Make a consumer known; one that is known goes on where it was."""
        await self._do(lambda log: log.add_consumer(consumer, from_oldest=from_oldest))

    async def forget_consumer(self, consumer: str) -> None:
        """Drop a consumer for good."""
        await self._do(lambda log: log.forget_consumer(consumer))

    async def read(
        self, consumer: str, stream: Stream, limit: int = _RECORDS_A_SLICE, after: int | None = None
    ) -> Sequence[Event | ReadingBatch | Dropped]:
        """Return the next records behind the consumer's offset, or behind `after`, in order; none at the end."""
        limit = min(limit, _RECORDS_A_SLICE)
        return await self._do(lambda log: log.read(consumer, stream, limit, after))

    async def events(self, after: int) -> Sequence[Event | ReadingBatch | Dropped]:
        """Return the next events after `after`, whoever has acknowledged them; none at the end."""
        return await self._do(lambda log: log.events(after, _RECORDS_A_SLICE))

    async def find(self, kind: str, text: bytes, most: int) -> Sequence[Event]:
        """Return up to `most` events of a kind whose body holds a text, the newest first; others are served between."""
        found: list[Event] = []
        before = sys.maxsize
        while before and len(found) < most:
            here, before = await self._do(partial(_find_slice, kind=kind, text=text, before=before))
            found += here
        return found[:most]

    async def readings_since(self, ts_ms: int) -> int:
        """Return the number of the first reading that was stored at this wall time or later."""
        return await self._do(lambda log: log.readings_since(ts_ms))

    async def readings(self, first: int) -> Sequence[Event | ReadingBatch | Dropped]:
        """Return the next readings from this number on, whoever has acknowledged them; none at the end."""
        return await self._do(lambda log: log.readings(first, _BATCHES_A_SLICE))

    async def ack(self, consumer: str, stream: Stream, seq: int) -> None:
        """Everything up to `seq` has been delivered."""
        await self._do(lambda log: log.ack(consumer, stream, seq))

    async def replay(
        self, boot: str, stream: Stream, first: int, last: int
    ) -> AsyncIterator[Event | ReadingBatch | Dropped]:
        """Yield a range of one boot again, slice by slice; nothing for a boot that is not known."""
        while True:
            ask = partial(_replay_slice, boot=boot, stream=stream, first=first, last=last)
            found = await self._do(ask)
            for record in found:
                yield record
                first = last_of(record) + 1
            if not found:
                return

    # ------------------------------------------------------------------ state

    async def outcome_of(self, command_id: str) -> bytes | None:
        """Return what became of a command; None if it was never recorded, or has expired."""
        return await self._do(lambda log: log.outcome_of(command_id))

    async def state(self, name: str) -> bytes | None:
        """Return the value that is stored under a name; None where there is none."""
        return await self._do(lambda log: log.state(name))

    async def states(self) -> dict[str, bytes]:
        """Return every value that events have stored beside themselves."""
        return await self._do(lambda log: log.states())

    async def layout(self, layout_id: int) -> tuple[str, int, bytes]:
        """Return device, number and description of a layout; KeyError where it is unknown."""
        return await self._do(lambda log: log.layout(layout_id))

    async def standing(self) -> Standing:
        """Return how the log stands, for diagnostics."""
        return await self._do(lambda log: log.standing())

    async def verify(self) -> ChainReport:
        """Walk the whole chain of events, slice by slice."""
        report, digest = await self._do(lambda log: log.verify())
        first, last, altered, holes = report.first_seq, report.last_seq, report.altered, report.holes
        while report.last_seq >= report.first_seq:
            ask = partial(_verify_slice, after=last, digest=digest)
            report, digest = await self._do(ask)
            last, altered, holes = report.last_seq, altered + report.altered, holes + report.holes
        return ChainReport(first_seq=first, last_seq=last, altered=altered, holes=holes)

    async def _do(self, act: Callable[[LogFile], T]) -> T:
        return await asyncio.wrap_future(self._owner.do(act))


def last_of(record: Event | ReadingBatch | Dropped) -> int:
    """Return the number to acknowledge once this record has been delivered."""
    return record.seq if hasattr(record, "seq") else record.last_seq


def _replay_slice(
    log: LogFile, *, boot: str, stream: Stream, first: int, last: int
) -> Sequence[Event | ReadingBatch | Dropped]:
    return log.replay(boot, stream, first, last, _RECORDS_A_SLICE)


def _find_slice(log: LogFile, *, kind: str, text: bytes, before: int) -> tuple[Sequence[Event], int]:
    return log.find(kind, text, before)


def _verify_slice(log: LogFile, *, after: int, digest: bytes) -> tuple[ChainReport, bytes]:
    return log.verify(after, digest)
