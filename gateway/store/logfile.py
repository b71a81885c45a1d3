"""The log over one open connection: what is durable, in which order, and who has read how far. Runs in one thread."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, TypeVar

from gateway.store.boots import Boots
from gateway.store.commands import Commands
from gateway.store.consumers import Consumers
from gateway.store.database import has_wal_reset_bug
from gateway.store.errors import LogDamaged, LogRefused, Refusal
from gateway.store.events import Events
from gateway.store.notes import Notes
from gateway.store.readings import Readings
from gateway.store.record import Counters, Dropped, Standing, Stream
from gateway.store.room import Room
from gateway.store.schema import PAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.store.batch import Packed
    from gateway.store.database import Database, Transaction
    from gateway.store.record import ChainReport, Clock, Event, NewEvent, ReadingBatch, Settings
    from gateway.store.room import Reserve

_CONSUMER = re.compile(r"[a-z0-9-]{1,64}")
_EVENTS_A_SLICE = 500
_BATCHES_A_SLICE = 64
_FOUND_A_SLICE = 200
"""Events that one search may look through while others wait."""
_EXPIRE_EVERY_S = 60.0

T = TypeVar("T")


def _nonce() -> str:
    return secrets.token_hex(8)


class LogFile:
    """Opening mints a boot. What appends returns only when the disk has it; LogRefused: nothing was stored."""

    def __init__(
        self,
        database: Database,
        *,
        settings: Settings,
        clock: Clock,
        reserve: Reserve,
        nonce: Callable[[], str] = _nonce,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._reserve = reserve
        self.counters = Counters()
        self._check()
        at = clock()
        notes = Notes(database)
        self._notes = notes
        self._events = Events(database, notes)
        self._readings = Readings(database, notes)
        self._consumers = Consumers(notes)
        self._events.skip_to(self._consumers.highest(Stream.EVENT))
        self._readings.skip_to(self._consumers.highest(Stream.READING))
        self._commands = Commands(database, notes, at.mono_s, settings.command_limit)
        self._room = Room(database, self._events, self._readings, settings, self.counters)
        self._expire_at_s = at.mono_s
        boots = Boots(database)
        first = (self._events.head_seq + 1, self._readings.head_seq + 1)
        self._commit(lambda work: boots.mint(work, nonce(), at, *first), size=0, rows=1, urgent=True)
        self._boots = boots

    @property
    def boot(self) -> str:
        """The id of this opening, published with every record of it."""
        return self._boots.id_of(self._boots.current)

    # ------------------------------------------------------------------ append

    def append_events(self, events: Sequence[NewEvent]) -> list[int]:
        """Store events in one transaction, each with its outcome and state; return their numbers."""
        for event in events:
            if len(event.body) > self._settings.event_bytes:
                raise LogRefused(Refusal.TOO_LARGE, f"event {event.id} has {len(event.body)} bytes")

        def write(work: Transaction) -> list[int]:
            seqs = self._events.append(work, self._boots.current, events)
            for event in events:
                for name, value in event.state.items():
                    self._notes.put(work, "state", name, value)
                if event.outcome is not None:
                    self._commands.record(work, event.outcome, self._clock().mono_s)
            return seqs

        return self._commit(write, size=sum(map(_size, events)), rows=2 * len(events), urgent=True)

    def append_readings(self, batches: Sequence[Packed]) -> tuple[int, int]:
        """Store batches in one transaction; return the first and last number given.

        While disk space is short it is kept for events: LogRefused.
        """
        if not self._reserve.restore():
            raise LogRefused(Refusal.DISK_FULL, "what is left is kept for events")
        size = sum(len(batch.body) for batch in batches)
        at = self._clock()

        def write(work: Transaction) -> tuple[int, int]:
            return self._readings.append(work, self._boots.current, at, batches)

        return self._commit(write, size=size, rows=len(batches))

    def declare_layouts(self, layouts: Sequence[tuple[str, int, bytes]]) -> list[int]:
        """Return the log's ids for layouts (device, number, description), to be known before their scans.

        All are stored in one transaction; a layout that has changed gets a new id.
        """
        return self._readings.declare(layouts)

    def layout(self, layout_id: int) -> tuple[str, int, bytes]:
        """Return device, number and description of a layout; KeyError where it is unknown."""
        return self._readings.layouts[layout_id]

    def note_unstored(self, scans: int) -> None:
        """Count scans for which numbers are used up without a record."""
        self.counters.unstored_scans += scans

    def adopt(self, former: LogFile) -> None:
        """After a rescue, take over what the former log still has in memory: it is newer than what was found."""

        def write(work: Transaction) -> None:
            self._readings.adopt(work, former._readings.layouts)
            for kind in ("state", "offset"):
                for name, value in former._notes.of_kind(kind).items():
                    self._notes.put(work, kind, name, value)

        self._commit(write, size=0, rows=1, urgent=True)
        self._consumers = Consumers(self._notes)
        self._events.skip_to(former.head(Stream.EVENT))
        self._readings.skip_to(former.head(Stream.READING))
        self.counters = former.counters

    # ------------------------------------------------------------------ consumers

    def add_consumer(self, consumer: str, *, from_oldest: bool) -> None:
        """Make a consumer known, to begin at the oldest record left or after the newest; a known one stays put."""
        if not _CONSUMER.fullmatch(consumer):
            raise ValueError(f"a consumer's name is 1 to 64 of a-z, 0-9 and '-', not {consumer!r}")
        if self._consumers.knows(consumer):
            return
        oldest = {Stream.EVENT: self._events.anchor_seq, Stream.READING: self._readings.pruned_seq}
        start = oldest if from_oldest else {stream: self.head(stream) for stream in Stream}
        self._commit(lambda work: self._consumers.add(work, consumer, start), size=0, rows=2)

    def forget_consumer(self, consumer: str) -> None:
        """Drop a consumer that will not come back; a log on a full disk is not asked for what is nothing."""
        if self._consumers.knows(consumer):
            self._commit(lambda work: self._consumers.forget(work, consumer), size=0, rows=2)

    def read(
        self, consumer: str, stream: Stream, limit: int, after: int | None = None
    ) -> Sequence[Event | ReadingBatch | Dropped]:
        """Return the next records after the consumer's offset, or after `after` for what is in flight, in order.

        At most `limit` records and about 1 MB of readings; may be called again at once for the next slice.
        """
        offset = self._consumers.offset(consumer, stream)
        return self._range(stream, max(offset, after or 0) + 1, self.head(stream), limit)

    def ack(self, consumer: str, stream: Stream, seq: int) -> None:
        """Everything up to `seq` has been delivered; durable with the next commit."""
        if seq > self.head(stream):
            raise ValueError(f"{consumer} acknowledges {stream} {seq}, which was never given")
        self._consumers.ack(consumer, stream, seq)

    def replay(
        self, boot: str, stream: Stream, first: int, last: int, limit: int
    ) -> Sequence[Event | ReadingBatch | Dropped]:
        """Return a range of one boot again, whoever has acknowledged it; without numbers that it never gave."""
        begin, end = self._boots.span(boot, stream, self.head(stream))
        return self._range(stream, max(first, begin), min(last, end), limit)

    def events(self, after: int, limit: int) -> Sequence[Event | ReadingBatch | Dropped]:
        """Return the next events after `after`, whoever has acknowledged them."""
        return self._range(Stream.EVENT, after + 1, self.head(Stream.EVENT), limit)

    def find(self, kind: str, text: bytes, before: int) -> tuple[Sequence[Event], int]:
        """Return what one slice of the events before a number holds of a kind with a text, and where to go on.

        The newest first; 0 to go on from: that was the oldest slice.
        """
        last = min(before - 1, self._events.head_seq)
        first = max(self._events.anchor_seq + 1, last - _FOUND_A_SLICE + 1)
        found = self._events.find(first, last, kind, text, self._boots.id_of) if first <= last else []
        return found, first if first > self._events.anchor_seq + 1 and first <= last else 0

    def readings_since(self, ts_ms: int) -> int:
        """Return the first reading's number that was stored at this wall time or later."""
        return self._readings.since(ts_ms)

    def readings(self, first: int, limit: int) -> Sequence[Event | ReadingBatch | Dropped]:
        """Return the next batches from this number on, whoever has acknowledged them."""
        return self._range(Stream.READING, first, self.head(Stream.READING), limit)

    def head(self, stream: Stream) -> int:
        """Return the last number used in a stream."""
        return self._events.head_seq if stream is Stream.EVENT else self._readings.head_seq

    # ------------------------------------------------------------------ state

    def outcome_of(self, command_id: str) -> bytes | None:
        """Return what became of a command; None if it was never recorded or has expired."""
        return self._commands.outcome_of(command_id)

    def state(self, name: str) -> bytes | None:
        """Return a value that an event's transaction stored."""
        return self._notes.get("state", name)

    def states(self) -> dict[str, bytes]:
        """Return all such values."""
        return self._notes.of_kind("state")

    def verify(self, after: int = 0, digest: bytes = b"", limit: int = _EVENTS_A_SLICE) -> tuple[ChainReport, bytes]:
        """Walk a slice of the event chain, from the anchor or from the last answer's last_seq and digest."""
        if after < self._events.anchor_seq or not digest:
            after, digest = self._events.anchor_seq, self._events.anchor_digest
        return self._events.verify(after, digest, limit)

    def standing(self) -> Standing:
        """Return how the log stands."""
        version = self._database.engine.version
        return Standing(
            boot=self.boot,
            sqlite_version=version,
            wal_reset_bug=has_wal_reset_bug(version),
            last_event_seq=self._events.head_seq,
            last_reading_seq=self._readings.head_seq,
            used_bytes=self._room.used_pages() * PAGE_BYTES,
            offsets={name: dict(offsets) for name, offsets in self._consumers.offsets.items()},
            counters=self.counters,
        )

    # ------------------------------------------------------------------ house-keeping

    def maintain(self) -> bool:
        """One slice of house-keeping (offsets, retention, expiry, shrinking); True when more waits."""
        mono_s = self._clock().mono_s
        events_upto = self._spent(Stream.EVENT, self._settings.keep_events)
        readings_upto = self._spent(Stream.READING, self._settings.keep_readings)
        prune = events_upto > self._events.anchor_seq or readings_upto > self._readings.pruned_seq
        expire = mono_s >= self._expire_at_s
        if not (prune or expire or self._consumers.unsaved):
            return self._room.shrink()

        def write(work: Transaction) -> int:
            if expire:
                self.counters.evicted_commands += self._commands.expire(work, mono_s)
            return self._events.prune(work, events_upto, _EVENTS_A_SLICE) + self._readings.prune(
                work, readings_upto, _BATCHES_A_SLICE
            )

        pruned = self._commit(write, size=0, rows=1)
        if expire:
            self._expire_at_s = mono_s + _EXPIRE_EVERY_S
        return pruned > 0 or self._room.shrink()

    def close(self) -> None:
        """Store the offsets and close; what cannot be stored now is delivered again later."""
        try:
            if self._consumers.unsaved:
                self._commit(lambda _work: None, size=0, rows=0)
        except (LogRefused, LogDamaged):
            self.counters.refused_commits += 1
        finally:
            self._database.close()

    # ------------------------------------------------------------------ inside

    def _spent(self, stream: Stream, keep: int) -> int:
        head = self.head(stream)
        return min(self._consumers.lowest(stream, head), head - keep)

    def _range(self, stream: Stream, first: int, last: int, limit: int) -> Sequence[Event | ReadingBatch | Dropped]:
        if first > last:
            return []
        reader = self._events.read if stream is Stream.EVENT else self._readings.read
        return reader(first, last, limit, self._boots.id_of, self._on_damage)

    def _on_damage(self) -> None:
        self.counters.damaged_rows += 1

    def _commit(self, write: Callable[[Transaction], T], *, size: int, rows: int, urgent: bool = False) -> T:
        """Make room, write, let the offsets ride. What is urgent may use up the reserve.

        Without the reserve the file does not grow while a reading is left to give way: the freed space is then enough
        for the write-ahead file to go round.
        """
        try:
            return self._attempt(write, size, rows, grow=self._reserve.held)
        except LogRefused as refusal:
            if not (urgent and refusal.reason is Refusal.DISK_FULL and self._reserve.release()):
                self.counters.refused_commits += 1
                raise
        return self._attempt(write, size, rows, grow=False)

    def _attempt(self, write: Callable[[Transaction], T], size: int, rows: int, *, grow: bool) -> T:
        with self._database.transaction() as work:
            self._room.make(work, size, rows, grow=grow)
            result = write(work)
            self._consumers.save(work)
        return result

    def _check(self) -> None:
        """Check a small file as a whole; a larger one is checked row by row as it is read."""
        if self._database.number("PRAGMA page_count") * PAGE_BYTES > self._settings.full_check_bytes:
            return
        answer = self._database.run("PRAGMA quick_check(1)")
        if answer != [("ok",)]:
            raise LogDamaged(str(answer[0][0]) if answer else "the check gave no answer")


def _size(event: NewEvent) -> int:
    outcome = len(event.outcome.body) if event.outcome else 0
    return len(event.body) + outcome + sum(len(value or b"") for value in event.state.values()) + 256
