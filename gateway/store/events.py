"""The event stream: one row each, hash-chained, never evicted while a reading remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.errors import LogDamaged
from gateway.store.record import ChainReport, ClockQuality, Dropped, Event, Stamp, Stream
from gateway.store.rows import GENESIS, chained, event_sealed, row_bytes
from gateway.store.schema import insert, select

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.store.database import Database, Row, Transaction
    from gateway.store.notes import Notes
    from gateway.store.record import NewEvent

_INSERT = insert("event")
_RANGE = select("event", "WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?")
_FIND = select("event", "WHERE seq BETWEEN ? AND ? AND kind = ? AND instr(body, ?) > 0 ORDER BY seq DESC")
_SEQ_BYTES = 8


class Events:
    """`head_*` is the last event, `anchor_*` the last one that was pruned: between them the chain can be walked."""

    def __init__(self, database: Database, notes: Notes) -> None:
        self._database = database
        self._notes = notes
        anchor = notes.get("pruned", Stream.EVENT) or bytes(_SEQ_BYTES) + GENESIS
        self.anchor_seq = int.from_bytes(anchor[:_SEQ_BYTES], "big")
        self.anchor_digest = anchor[_SEQ_BYTES:]
        self.head_seq, self._head_digest = self.anchor_seq, self.anchor_digest
        last = database.run(select("event", "ORDER BY seq DESC LIMIT 1"))
        if last:
            if not event_sealed(last[0]):
                raise LogDamaged("the last event does not match its digest")
            self.head_seq, self._head_digest = last[0][0], last[0][-1]

    def append(self, work: Transaction, boot: int, events: Sequence[NewEvent]) -> list[int]:
        """Chain and insert; return their sequence numbers."""
        seq, digest = self.head_seq, self._head_digest
        for event in events:
            seq += 1
            at = event.at
            stored = (seq, boot, event.id, event.kind, at.ts_ms, int(at.clock), round(at.mono_s * 1e6), event.body)
            previous, digest = digest, chained(digest, row_bytes("event", stored))
            work.run(_INSERT, (*stored, previous, digest))
        first = self.head_seq + 1
        work.after(lambda: self._advance(seq, digest))
        return list(range(first, seq + 1))

    def skip_to(self, seq: int) -> None:
        """Use no number up to this one again (a consumer knows them; the rows were lost with a damaged file)."""
        self.head_seq = max(self.head_seq, seq)

    def read(
        self, first: int, last: int, limit: int, boots: Callable[[int], str], on_damage: Callable[[], object]
    ) -> list[Event | Dropped]:
        """Return up to `limit` events of this range, with a marker where numbers are missing or a row is damaged."""
        found: list[Event | Dropped] = []
        expected = first
        rows = self._database.run(_RANGE, (first, last, limit))
        for row in rows:
            seq = row[0]
            if seq > expected:
                found.append(Dropped(stream=Stream.EVENT, first_seq=expected, last_seq=seq - 1))
            if event_sealed(row):
                found.append(_event(row, boots))
            else:
                on_damage()
                found.append(Dropped(stream=Stream.EVENT, first_seq=seq, last_seq=seq))
            expected = seq + 1
        if len(rows) < limit and expected <= last:
            found.append(Dropped(stream=Stream.EVENT, first_seq=expected, last_seq=last))
        return found

    def find(self, first: int, last: int, kind: str, text: bytes, boots: Callable[[int], str]) -> list[Event]:
        """Return this range's events of a kind whose body holds a text, the newest first; damaged ones left out."""
        rows = self._database.run(_FIND, (first, last, kind, text))
        return [_event(row, boots) for row in rows if event_sealed(row)]

    def prune(self, work: Transaction, upto: int, limit: int) -> int:
        """Delete up to `limit` of the oldest events, none beyond `upto`; the last one's digest is the new anchor."""
        doomed = work.run("SELECT seq, digest FROM event WHERE seq <= ? ORDER BY seq LIMIT ?", (upto, limit))
        if not doomed:
            return 0
        seq, digest = doomed[-1]
        work.run("DELETE FROM event WHERE seq <= ?", (seq,))
        self._notes.put(work, "pruned", Stream.EVENT, seq.to_bytes(_SEQ_BYTES, "big") + digest)
        work.after(lambda: self._anchor(seq, digest))
        return len(doomed)

    def verify(self, after: int, digest: bytes, limit: int) -> tuple[ChainReport, bytes]:
        """Walk a slice of the chain from (`after`, its digest); return what is wrong and the digest at its end."""
        altered, holes, seq = [], [], after
        for row in self._database.run(_RANGE, (after + 1, self.head_seq, limit)):
            if row[0] > seq + 1:
                holes.append((seq + 1, row[0] - 1))
            elif row[-2] != digest or not event_sealed(row):
                altered.append(row[0])
            seq, digest = row[0], row[-1]
        report = ChainReport(first_seq=after + 1, last_seq=seq, altered=tuple(altered), holes=tuple(holes))
        return report, digest

    def _advance(self, seq: int, digest: bytes) -> None:
        self.head_seq, self._head_digest = seq, digest

    def _anchor(self, seq: int, digest: bytes) -> None:
        self.anchor_seq, self.anchor_digest = seq, digest


def _event(row: Row, boots: Callable[[int], str]) -> Event:
    seq, boot, event_id, kind, ts_ms, clock, mono_us, body, _previous, digest = row
    at = Stamp(ts_ms=ts_ms, clock=ClockQuality(clock), mono_s=mono_us / 1e6)
    return Event(boot=boots(boot), seq=seq, id=event_id, kind=kind, at=at, body=body, digest=digest)
