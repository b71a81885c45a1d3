"""Builds a sound log from what verifies in a damaged one: small things, events, then readings, unsent ones first."""

from __future__ import annotations

import mmap
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from gateway.store import schema
from gateway.store.carve import Cell, Image
from gateway.store.database import Database
from gateway.store.errors import LogRefused
from gateway.store.record import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from gateway.store.database import Engine
    from gateway.store.rows import Value

_ROWS_A_COMMIT = 64
_SMALL = {
    # the columns that name a row, and the column of its revision
    "note": (slice(0, 2), 3),
    "command": (slice(0, 1), 3),
}
_PLAIN = ("boot", "layout")
_SEQ_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """What was saved. `readings_left` places that look like batches were not tried: time or space had run out."""

    events: int
    readings: int
    readings_left: int
    seconds: float


class Salvage:
    """One rescue: from `source` (and its write-ahead file) into a new database at `target`, within about `budget_s`."""

    def __init__(self, image: Image, target: Database, deadline_s: float) -> None:
        self._image = image
        self._target = target
        self._deadline_s = deadline_s
        self._cells: dict[str, list[Cell]] = {table: [] for table in schema.TABLES}
        for cell in image.cells():
            for table, columns in schema.TABLES.items():
                if len(columns) == cell.width:
                    self._cells[table].append(cell)

    def run(self, started_s: float) -> Salvaged:
        notes = self._latest("note")
        self._insert("note", notes)
        self._insert("command", self._latest("command"))
        for table in _PLAIN:
            self._insert(table, self._rows(table, self._cells[table]))
        values = {(row[0], row[1]): row[2] for row in notes}
        events = self._wanted("event", _seq(values.get(("pruned", Stream.EVENT))))
        saved_events, _ = self._insert("event", self._rows("event", events))
        readings = self._wanted("reading", _seq(values.get(("pruned", Stream.READING))))
        offsets = [_seq(value) for (kind, name), value in values.items() if _is_reading_offset(kind, name)]
        sent = min(offsets, default=0)
        unsent = [cell for cell in readings if cell.rowid > sent]
        # The batch that holds the offset itself begins before it.
        order = readings[len(readings) - len(unsent) - 1 :] if len(unsent) < len(readings) else readings
        order += readings[: len(readings) - len(order)][::-1]
        saved_readings, tried = self._insert("reading", self._rows("reading", order), self._deadline_s)
        return Salvaged(
            events=saved_events,
            readings=saved_readings,
            readings_left=len(order) - tried,
            seconds=time.monotonic() - started_s,
        )

    def _rows(self, table: str, cells: Iterable[Cell]) -> Iterator[tuple[Value, ...] | None]:
        return (self._image.row(table, cell) for cell in cells)

    def _wanted(self, table: str, pruned: int) -> list[Cell]:
        """By number, each once or (an old copy of its page) twice; what had been deleted stays deleted."""
        return sorted(cell for cell in self._cells[table] if cell.rowid > pruned)

    def _latest(self, table: str) -> list[tuple[Value, ...]]:
        names, revision = _SMALL[table]
        latest: dict[Sequence[Value], tuple[Value, ...]] = {}
        for row in self._rows(table, self._cells[table]):
            if row is not None:
                known = latest.get(row[names])
                if known is None or _number(row[revision]) > _number(known[revision]):
                    latest[row[names]] = row
        return list(latest.values())

    def _insert(
        self, table: str, rows: Iterable[tuple[Value, ...] | None], deadline_s: float | None = None
    ) -> tuple[int, int]:
        """Store good rows; answers how many, and how many places were tried until time or space ran out."""
        sql = schema.insert(table).replace("INSERT", "INSERT OR IGNORE", 1)
        saved = tried = 0
        source = iter(rows)
        more = True
        while more and (deadline_s is None or time.monotonic() < deadline_s):
            chunk = list(islice(source, _ROWS_A_COMMIT))
            more = len(chunk) == _ROWS_A_COMMIT
            good = [row for row in chunk if row is not None]
            try:
                with self._target.transaction() as work:
                    for row in good:
                        work.run(sql, row)
            except LogRefused:
                break
            tried += len(chunk)
            saved += len(good)
        return saved, tried


def rescue(source: Path, target: Path, engine: Engine, budget_s: float) -> Salvaged:
    """Read a damaged file (nobody else has it open) and write what verifies to a new one."""
    started_s = time.monotonic()
    database = Database(str(target), engine)
    try:
        with _mapped(source) as file, _mapped(source.with_name(source.name + "-wal")) as wal:
            return Salvage(Image(file, wal), database, started_s + budget_s).run(started_s)
    finally:
        database.close()


@contextmanager
def _mapped(path: Path) -> Iterator[bytes | mmap.mmap]:
    if not path.exists() or path.stat().st_size == 0:
        yield b""
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


def _is_reading_offset(kind: Value, name: Value) -> bool:
    return kind == "offset" and isinstance(name, str) and name.startswith(Stream.READING)


def _seq(value: Value) -> int:
    return int.from_bytes(value[:_SEQ_BYTES], "big") if isinstance(value, bytes) else 0


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0
