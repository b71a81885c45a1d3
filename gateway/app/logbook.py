"""The log as edge and the uplinks see it: thin objects that fit the Protocols of each."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.app.clock import clock_quality, wall_ms
from gateway.edge.daily import Told
from gateway.edge.journal import Moment
from gateway.model.command import Outcome
from gateway.model.event import EventKind
from gateway.store import record
from gateway.store.errors import LogRefused, Refusal
from gateway.store.log import last_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.edge.journal import Entry
    from gateway.model.scan import Scan
    from gateway.store.log import Log
    from gateway.store.record import Dropped, Event, ReadingBatch
    from gateway.uplink.source import StreamName


LARGEST_BYTES = record.Settings().event_bytes
"""An event above this is told by its size alone."""


def stamp() -> record.Stamp:
    """Return the present moment, for the log."""
    return record.Stamp(ts_ms=wall_ms(), clock=record.ClockQuality(clock_quality()), mono_s=time.monotonic())


class Logbook:
    """Edge's `Journal` over the log; tells the uplinks when something new is stored, and `heard` what."""

    def __init__(self, log: Log, newest_event: int) -> None:
        self._log = log
        self._declared: set[tuple[str, int, bytes]] = set()
        self.newest_event = newest_event
        self.news = News()
        self.heard: Callable[[Entry], None] = lambda _entry: None

    def now(self) -> Moment:
        return Moment(ts_ms=wall_ms(), clock=clock_quality(), mono_s=time.monotonic())

    async def append(self, entry: Entry) -> None:
        await self.append_all([entry])

    async def append_all(self, entries: Sequence[Entry]) -> None:
        news = [_new_event(entry) for entry in entries]
        try:
            seqs = await self._log.append_events(news)
        except LogRefused as refused:
            if refused.reason is not Refusal.TOO_LARGE:
                raise
            seqs = await self._log.append_events(
                [_shortened(new, entry) for new, entry in zip(news, entries, strict=True)]
            )
        self.newest_event = max(self.newest_event, *seqs)
        self.news.tell()
        for entry in entries:
            self.heard(entry)

    async def declare(self, layouts: Sequence[tuple[str, int, bytes]]) -> None:
        fresh = [layout for layout in layouts if layout not in self._declared]
        if fresh:
            await self._log.declare_layouts(fresh)
            self._declared.update(fresh)

    def scans(self, scans: Sequence[Scan]) -> None:
        self._log.offer_scans(scans)

    def lost(self, scans: int) -> None:
        self._log.offer_loss(scans)

    async def commit(self) -> None:
        await self._log.flush()
        self.news.tell()

    async def outcome_of(self, command_id: str) -> Outcome | None:
        stored = await self._log.outcome_of(command_id)
        if stored is None:
            return None
        said = json.loads(stored)
        return Outcome(id=command_id, state=said["state"], reason=said["reason"], detail=said["detail"])

    async def states(self) -> Mapping[str, bytes]:
        return await self._log.states()


class News:
    """Wakes everyone who waits for new records."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return


class LogSource:
    """The log for one consumer: an uplink's `Source`."""

    def __init__(self, log: Log, logbook: Logbook, consumer: str) -> None:
        self._log = log
        self._logbook = logbook
        self._consumer = consumer

    def newest_event(self) -> int:
        return self._logbook.newest_event

    async def events(self, limit: int, after: int) -> Sequence[Event | Dropped]:
        return await self._log.read(self._consumer, record.Stream.EVENT, limit, after)  # type: ignore[return-value]  # of this stream

    async def readings(self, limit: int, after: int) -> Sequence[ReadingBatch | Dropped]:
        return await self._log.read(self._consumer, record.Stream.READING, limit, after)  # type: ignore[return-value]  # of this stream

    async def replay(
        self, boot: str, stream: StreamName, first: int, last: int, limit: int
    ) -> Sequence[Event | ReadingBatch | Dropped]:
        found: list[Event | ReadingBatch | Dropped] = []
        records = self._log.replay(boot, record.Stream(stream), first, last)
        async for each in records:
            found.append(each)
            if len(found) >= limit or last_of(each) >= last:
                break
        return found

    async def layout(self, layout_id: int) -> bytes:
        return (await self._log.layout(layout_id))[2]

    async def acknowledge(self, stream: StreamName, seq: int) -> None:
        await self._log.ack(self._consumer, record.Stream(stream), seq)

    async def wait(self, timeout_s: float) -> None:
        await self._logbook.news.wait(timeout_s)


class LogRecords:
    """The log as the daily record reads it back."""

    def __init__(self, log: Log, logbook: Logbook) -> None:
        self._log = log
        self._logbook = logbook

    def newest(self) -> int:
        return self._logbook.newest_event

    async def after(self, seq: int) -> Told | None:
        found = await self._log.events(seq)
        if not found:
            return None
        orders = [each for each in found if isinstance(each, record.Event) and each.kind == EventKind.ORDER]
        lost = sum(each.last_seq - each.first_seq + 1 for each in found if isinstance(each, record.Dropped))
        return Told(upto=last_of(found[-1]), orders=[told(each) for each in orders], lost=lost)


def told(event: Event) -> tuple[str, Mapping[str, Any]]:
    """Return whom an event is about, and what it says."""
    said = json.loads(event.body)
    body = said.get("body")
    return str(said.get("target", "*")), body if isinstance(body, dict) else {}


def _body(target: str, body: Mapping[str, object]) -> bytes:
    return json.dumps({"target": target, "body": body}, separators=(",", ":"), ensure_ascii=False).encode()


def _new_event(entry: Entry) -> record.NewEvent:
    return record.NewEvent(
        id=entry.id,
        kind=entry.kind,
        at=record.Stamp(ts_ms=entry.at.ts_ms, clock=record.ClockQuality(entry.at.clock), mono_s=entry.at.mono_s),
        body=_body(entry.target, entry.body),
        outcome=None if entry.outcome is None else _outcome(entry.outcome, entry.keep_s),
        state=entry.state,
    )


def _shortened(new: record.NewEvent, entry: Entry) -> record.NewEvent:
    """Return an event in place of one that no log takes; what changes with it is kept."""
    if len(new.body) <= LARGEST_BYTES:
        return new
    return replace(new, body=_body(entry.target, {"what": "too-large", "bytes": len(new.body)}))


def _outcome(outcome: Outcome, keep_s: int) -> record.Outcome:
    body = {"state": outcome.state, "reason": outcome.reason, "detail": outcome.detail}
    return record.Outcome(command_id=outcome.id, body=json.dumps(body).encode(), keep_s=keep_s)
