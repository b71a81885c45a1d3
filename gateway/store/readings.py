"""The reading stream: batches of scans, and the layouts that say what their raw words are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.store.errors import LogDamaged
from gateway.store.record import ClockQuality, Dropped, ReadingBatch, Stamp, Stream
from gateway.store.rows import checksum, sealed
from gateway.store.schema import PAGE_BYTES, insert, select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.store.batch import Packed
    from gateway.store.database import Database, Row, Transaction
    from gateway.store.notes import Notes

_INSERT = insert("reading")
_LAYOUT = insert("layout").replace("INSERT", "INSERT OR REPLACE", 1)
_NEXT = select("reading", "WHERE first_seq BETWEEN ? AND ? ORDER BY first_seq LIMIT 1")
_TIME_OF = "SELECT first_seq, last_seq, ts_ms FROM reading WHERE first_seq >= ? ORDER BY first_seq LIMIT 1"
_SEQ_BYTES = 8
SLICE_BYTES = 1 << 20


class Readings:
    """`head_seq` is the last number used, `pruned_seq` the last one deleted from the old end."""

    def __init__(self, database: Database, notes: Notes) -> None:
        self._database = database
        self._notes = notes
        self.pruned_seq = int.from_bytes(notes.get("pruned", Stream.READING) or b"", "big")
        newest = database.run(select("reading", "ORDER BY first_seq DESC LIMIT 1"))
        if newest and not sealed("reading", newest[0]):
            raise LogDamaged("the last reading does not match its checksum")
        self.head_seq = max(self.pruned_seq, newest[0][1] if newest else 0)
        self.layouts: dict[int, tuple[str, int, bytes]] = {}
        for row in database.run(select("layout", "ORDER BY layout_id")):
            if not sealed("layout", row):
                raise LogDamaged("a layout does not match its checksum")
            self.layouts[row[0]] = (row[1], row[2], row[3])
        self._ids = {layout: layout_id for layout_id, layout in self.layouts.items()}

    def declare(self, layouts: Sequence[tuple[str, int, bytes]]) -> list[int]:
        """Return the ids of these layouts of devices; stored once, before any batch that refers to them."""
        fresh = [layout for layout in dict.fromkeys(layouts) if layout not in self._ids]
        if fresh:
            with self._database.transaction() as work:
                self.adopt(work, dict(enumerate(fresh, max(self.layouts, default=0) + 1)))
        return [self._ids[layout] for layout in layouts]

    def adopt(self, work: Transaction, layouts: Mapping[int, tuple[str, int, bytes]]) -> None:
        """Store these layouts under these ids, where they are missing."""
        for layout_id, layout in layouts.items():
            if self.layouts.get(layout_id) != layout:
                row = (layout_id, *layout)
                work.run(_LAYOUT, (*row, checksum("layout", row)))
                work.after(partial(self._keep, layout_id, layout))

    def _keep(self, layout_id: int, layout: tuple[str, int, bytes]) -> None:
        self.layouts[layout_id] = layout
        self._ids[layout] = layout_id

    def append(self, work: Transaction, boot: int, at: Stamp, batches: Sequence[Packed]) -> tuple[int, int]:
        """Insert; return the first and the last number given to these scans."""
        seq, first = self.head_seq, 0
        for batch in batches:
            start = seq + batch.lost_before + 1
            first = first or start
            seq = start + batch.count - 1
            row = (start, seq, boot, at.ts_ms, int(at.clock), round(at.mono_s * 1e6), batch.body)
            work.run(_INSERT, (*row, checksum("reading", row)))
        work.after(lambda: self.skip_to(seq))
        return first, seq

    def skip_to(self, seq: int) -> None:
        """Use no number up to this one again."""
        self.head_seq = max(self.head_seq, seq)

    def read(
        self, first: int, last: int, limit: int, boots: Callable[[int], str], on_damage: Callable[[], object]
    ) -> list[ReadingBatch | Dropped]:
        """Return up to `limit` batches of this range, with a marker where numbers are missing or a row is damaged."""
        found: list[ReadingBatch | Dropped] = []
        expected, size, key = first, 0, self._row_holding(first)
        while len(found) < limit and size < SLICE_BYTES:
            rows = self._database.run(_NEXT, (key, last))
            if not rows:
                if expected <= last:
                    found.append(_dropped(expected, last))
                break
            row = rows[0]
            key = row[0] + 1
            if not sealed("reading", row):
                # Its own numbers cannot be believed: the gap before the next good row says what is gone.
                on_damage()
                continue
            if row[1] < expected:
                continue
            if row[0] > expected:
                found.append(_dropped(expected, row[0] - 1))
            found.append(_batch(row, max(expected, row[0]), min(last, row[1]), boots))
            expected, size = row[1] + 1, size + len(row[6])
        return found

    def since(self, ts_ms: int) -> int:
        """Return the first number that was stored at this wall time or later; the clock must not have been set back."""
        low, high = self.pruned_seq + 1, self.head_seq + 1
        while low < high:
            middle = (low + high) // 2
            rows = self._database.run(_TIME_OF, (middle,))
            if not rows or rows[0][2] >= ts_ms:
                high = middle
            else:
                low = rows[0][1] + 1
        return low

    def prune(self, work: Transaction, upto: int, limit: int) -> int:
        """Delete up to `limit` of the oldest batches that end not beyond `upto`; return how many scans they held."""
        doomed = work.run("SELECT first_seq, last_seq FROM reading ORDER BY first_seq LIMIT ?", (limit,))
        return self._delete(work, [row for row in doomed if row[1] <= upto])

    def evict(self, work: Transaction, pages: int, limit: int) -> int:
        """Delete the oldest batches until about `pages` pages are free; return how many scans they held."""
        doomed: list[Row] = []
        for row in work.run(
            "SELECT first_seq, last_seq, length(body) FROM reading ORDER BY first_seq LIMIT ?", (limit,)
        ):
            doomed.append(row)
            pages -= max(1, row[2] // PAGE_BYTES)
            if pages <= 0:
                break
        return self._delete(work, doomed)

    def _row_holding(self, seq: int) -> int:
        return self._database.number("SELECT max(first_seq) FROM reading WHERE first_seq <= ?", (seq,))

    def _delete(self, work: Transaction, doomed: Sequence[Row]) -> int:
        if not doomed:
            return 0
        last = doomed[-1][1]
        work.run("DELETE FROM reading WHERE first_seq <= ?", (doomed[-1][0],))
        self._notes.put(work, "pruned", Stream.READING, last.to_bytes(_SEQ_BYTES, "big"))
        work.after(lambda: self._pruned_to(last))
        return sum(row[1] - row[0] + 1 for row in doomed)

    def _pruned_to(self, seq: int) -> None:
        self.pruned_seq = max(self.pruned_seq, seq)


def _dropped(first: int, last: int) -> Dropped:
    return Dropped(stream=Stream.READING, first_seq=first, last_seq=last)


def _batch(row: Row, first: int, last: int, boots: Callable[[int], str]) -> ReadingBatch:
    row_first, _row_last, boot, ts_ms, clock, mono_us, body, _seal = row
    return ReadingBatch(
        boot=boots(boot),
        first_seq=first,
        last_seq=last,
        at=Stamp(ts_ms=ts_ms, clock=ClockQuality(clock), mono_s=mono_us / 1e6),
        packed=body,
        skip=first - row_first,
    )
