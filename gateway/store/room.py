"""The size cap: who gives way when the file is as large as it may be."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from gateway.store.schema import PAGE_BYTES

if TYPE_CHECKING:
    from gateway.store.database import Database, Transaction
    from gateway.store.events import Events
    from gateway.store.readings import Readings
    from gateway.store.record import Counters, Settings

_USABLE_BYTES = 1000
_SPARE_PAGES = 16
_ROWS_A_TURN = 64
_VACUUM_PAGES = 512
_WAL_FRAME_BYTES = PAGE_BYTES + 24


class Reserve(Protocol):
    """Disk space that is kept back for events."""

    @property
    def held(self) -> bool:
        """Whether it is in place."""

    def release(self) -> bool:
        """Give it up now; True if that freed anything."""

    def restore(self) -> bool:
        """Put it back if there is space again; True if it is in place."""


class Room:
    """Readings go first, oldest first, whoever has not read them; events only when no reading is left.

    Freed pages are used again, so the file stops growing at its limit; one above it (the cap was lowered) is cut.
    """

    def __init__(
        self, database: Database, events: Events, readings: Readings, settings: Settings, counters: Counters
    ) -> None:
        self._database = database
        self._events = events
        self._readings = readings
        self._counters = counters
        self.limit_pages = (settings.cap_bytes - settings.wal_bytes - settings.ballast_bytes) // PAGE_BYTES
        database.run(f"PRAGMA max_page_count={self.limit_pages + _SPARE_PAGES}")
        database.run(f"PRAGMA wal_autocheckpoint={settings.wal_bytes // 2 // _WAL_FRAME_BYTES}")
        database.run(f"PRAGMA journal_size_limit={settings.wal_bytes}")

    def used_pages(self) -> int:
        return self.file_pages() - self._database.number("PRAGMA freelist_count")

    def file_pages(self) -> int:
        return self._database.number("PRAGMA page_count")

    def make(self, work: Transaction, size: int, rows: int, *, grow: bool = True) -> None:
        """Make room for `rows` rows of `size` bytes together.

        Without `grow` readings give way until it fits the pages of the file as it is; events do so only at the cap.
        """
        wanted = size // _USABLE_BYTES + 3 * rows + _SPARE_PAGES
        limit = self.limit_pages if grow else min(self.limit_pages, self.file_pages())
        short = self.used_pages() + wanted - limit
        while short > 0:
            scans = self._readings.evict(work, short, _ROWS_A_TURN)
            at_cap = limit == self.limit_pages
            events = 0 if scans or not at_cap else self._events.prune(work, self._events.head_seq, _ROWS_A_TURN)
            if not scans and not events:
                return
            work.after(partial(self._count, scans, events))
            short = self.used_pages() + wanted - limit

    def _count(self, scans: int, events: int) -> None:
        self._counters.evicted_scans += scans
        self._counters.evicted_events += events

    def shrink(self) -> bool:
        """Return a slice of free pages to the disk while the file is above its limit; True when more waits."""
        over = self.file_pages() - self.limit_pages
        if over <= 0:
            return False
        if self.used_pages() > self.limit_pages:
            with self._database.transaction() as work:
                self.make(work, 0, 0)
        self._database.run(f"PRAGMA incremental_vacuum({min(over, _VACUUM_PAGES)})")
        return self.file_pages() > self.limit_pages
