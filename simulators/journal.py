"""The journal of a line: one entry for each request that it heard, with the moments that matter."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

MOST_FETCHED = 64
"""Entries in one answer: making them into text must not hold the line."""


class Outcome(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    REPLIED = "replied"
    BROADCAST = "broadcast"
    ABSENT = "absent"
    SILENT = "silent"
    LOST = "lost"
    MUTED = "muted"
    IGNORED = "ignored"
    COLLIDED = "collided"
    GARBLED = "garbled"


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request and its reply. Moments are seconds of CLOCK_MONOTONIC, comparable between processes.

    `arrival_s`: its first byte was seen; `end_s`: its last byte has passed at the line's baud rate; values are taken
    then. `silence_s`: gap since the last byte of either side before `arrival_s` (None at first, negative while a
    slave was sending); `broken` when that is less than t3.5. `due_first_s`, `due_last_s`: when the first and the last
    reply byte should be released; `first_s`, `last_s`: when they had been (None: never). `late_s`: the worse of the
    two delays. `blind_s`: how long before `arrival_s` the line may have gone unwatched, so the request may be that
    much older.
    """

    index: int
    arrival_s: float
    end_s: float
    request: bytes
    silence_s: float | None = None
    broken: bool = False
    unit: int = -1
    function: int = -1
    outcome: Outcome = Outcome.WAITING
    fault: str = ""
    reply: bytes = b""
    due_first_s: float | None = None
    due_last_s: float | None = None
    first_s: float | None = None
    last_s: float | None = None
    late_s: float = 0.0
    blind_s: float = 0.0

    def to_json(self) -> list[Any]:
        """Return the fields in order, bytes as hexadecimal text."""
        return [_plain(getattr(self, name)) for name in ENTRY_FIELDS]

    @classmethod
    def from_json(cls, row: list[Any]) -> Entry:
        """Return the entry that `to_json` was given."""
        given = dict(zip(ENTRY_FIELDS, row, strict=True))
        given["request"] = bytes.fromhex(given["request"])
        given["reply"] = bytes.fromhex(given["reply"])
        given["outcome"] = Outcome(given["outcome"])
        return cls(**given)


ENTRY_FIELDS = tuple(item.name for item in fields(Entry))


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


@dataclass(slots=True)
class Counters:
    """What a line has seen since it started or since `clear`. `worst_late_s` is the simulator's own lateness."""

    requests: int = 0
    replies: int = 0
    broken_silences: int = 0
    collisions: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    bytes_lost: int = 0
    replies_late_1ms: int = 0
    worst_late_s: float = 0.0
    journal_dropped: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Journal:
    """The newest entries, at most `size` (about 0.7 KB each); older ones are dropped and counted.

    Indexes never start again. A ring in a list, so that any entry is found at once.
    """

    size: int
    counters: Counters = field(default_factory=Counters)
    _ring: list[Entry] = field(default_factory=list)
    _first: int = 0
    _next: int = 0

    def open(self, *, arrival_s: float, end_s: float, request: bytes) -> Entry:
        """Start the entry of a request."""
        entry = Entry(index=self._next, arrival_s=arrival_s, end_s=end_s, request=request)
        if len(self._ring) < self.size:
            self._ring.append(entry)
        else:
            self._ring[self._next % self.size] = entry
            self.counters.journal_dropped += 1
            self._first += 1
        self._next += 1
        return entry

    def since(self, index: int, limit: int = MOST_FETCHED) -> list[Entry]:
        """Return at most `limit` entries from `index` on, oldest first."""
        start = max(index, self._first)
        return [self._ring[at % self.size] for at in range(start, min(start + limit, self._next))]

    @property
    def next_index(self) -> int:
        return self._next

    def clear(self) -> None:
        """Forget entries and counters; indexes go on."""
        self._ring = []
        self._next += -self._next % self.size
        self._first = self._next
        self.counters = Counters()
