"""The boots of a log: each opening gets an id that no other opening, nor a restored copy, will ever have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.errors import LogDamaged
from gateway.store.record import Stream
from gateway.store.rows import checksum, sealed
from gateway.store.schema import insert, select

if TYPE_CHECKING:
    from gateway.store.database import Database, Row, Transaction
    from gateway.store.record import Stamp

_ORDINAL, _ID, _FIRST_EVENT, _FIRST_READING = 0, 1, 4, 5
_FIRST = {Stream.EVENT: _FIRST_EVENT, Stream.READING: _FIRST_READING}


class Boots:
    """`current` is the ordinal of this opening, once it has been minted."""

    def __init__(self, database: Database) -> None:
        rows = database.run(select("boot", "ORDER BY ordinal"))
        if not all(sealed("boot", row) for row in rows):
            raise LogDamaged("a boot does not match its checksum")
        self._rows = {row[_ORDINAL]: row for row in rows}
        self._last_seen = max(
            database.number("SELECT boot FROM event ORDER BY seq DESC LIMIT 1"),
            database.number("SELECT boot FROM reading ORDER BY first_seq DESC LIMIT 1"),
        )
        self._first_needed = min(
            (
                row[0]
                for sql in (
                    "SELECT boot FROM event ORDER BY seq LIMIT 1",
                    "SELECT boot FROM reading ORDER BY first_seq LIMIT 1",
                )
                for row in database.run(sql)
            ),
            default=0,
        )
        self.current = 0

    def mint(self, work: Transaction, nonce: str, at: Stamp, first_event: int, first_reading: int) -> None:
        """Begin a boot; forgets boots of which no record is left."""
        ordinal = max([self._last_seen, *self._rows]) + 1
        row = (ordinal, f"{ordinal}-{nonce}", at.ts_ms, int(at.clock), first_event, first_reading)
        work.run("DELETE FROM boot WHERE ordinal < ?", (self._first_needed or ordinal,))
        work.run(insert("boot"), (*row, checksum("boot", row)))
        work.after(lambda: self._begin(row))

    def id_of(self, ordinal: int) -> str:
        """Return the published id; a boot whose row was lost with a damaged file says so."""
        row = self._rows.get(ordinal)
        return row[_ID] if row else f"{ordinal}-lost"

    def _begin(self, row: Row) -> None:
        self.current = row[_ORDINAL]
        self._rows[self.current] = row

    def span(self, boot: str, stream: Stream, head: int) -> tuple[int, int]:
        """First and last number that a boot gave in a stream; nothing, (1, 0), for a boot that is not known."""
        column = _FIRST[stream]
        ordered = sorted(self._rows)
        for place, ordinal in enumerate(ordered):
            if self._rows[ordinal][_ID] == boot:
                after = ordered[place + 1 : place + 2]
                return self._rows[ordinal][column], self._rows[after[0]][column] - 1 if after else head
        return 1, 0
