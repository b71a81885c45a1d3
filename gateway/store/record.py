"""What goes into the log and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.store.batch import LoggedScan


class Stream(StrEnum):
    """The two streams; each has its own dense sequence, from 1, that goes on from boot to boot."""

    EVENT = "event"
    READING = "reading"


class ClockQuality(IntEnum):
    """How far the wall clock could be believed when a stamp was taken."""

    UNSET = 0
    HELD = 1
    SYNCED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One moment on both clocks: wall time (ms since 1970, with its quality) and monotonic time (s)."""

    ts_ms: int
    clock: ClockQuality
    mono_s: float


class Clock(Protocol):
    """Gives the present moment; the log never asks the system for wall time."""

    def __call__(self) -> Stamp: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a command (or the intent, before it is sent); kept for at least `keep_s` of running time."""

    command_id: str
    body: bytes
    keep_s: int = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to append; outcome and state changes are stored in the same transaction (a state of None is removed)."""

    id: str
    kind: str
    at: Stamp
    body: bytes
    outcome: Outcome | None = None
    state: Mapping[str, bytes | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A stored event. `digest` is the sha256 of the previous event's digest and of this event's stored bytes."""

    boot: str
    seq: int
    id: str
    kind: str
    at: Stamp
    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBatch:
    """Scans `first_seq`..`last_seq` of one boot, one sequence number for each scan.

    `at` ties the monotonic times of the scans to wall time: wall = at.ts_ms + (taken_s - at.mono_s) * 1000.
    """

    boot: str
    first_seq: int
    last_seq: int
    at: Stamp
    packed: bytes
    skip: int

    def scans(self) -> list[LoggedScan]:
        """Unpack; runs where the consumer is, not in the log's thread."""
        from gateway.store.batch import unpack  # noqa: PLC0415 - batch imports nothing of this module, types aside

        return unpack(self.packed)[self.skip : self.skip + self.last_seq - self.first_seq + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """These numbers were used and their records are gone (evicted at the size cap, not storable, or damaged).

    A consumer passes it on as a marker and acknowledges `last_seq` like a record.
    """

    stream: Stream
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """`altered` rows contradict their digest or their neighbour's; `holes` are ranges that are missing."""

    first_seq: int
    last_seq: int
    altered: tuple[int, ...]
    holes: tuple[tuple[int, int], ...]

    @property
    def intact(self) -> bool:
        return not self.altered and not self.holes


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Sizes and limits of a log. `cap_bytes` bounds database, write-ahead file and ballast together."""

    cap_bytes: int = 256 << 20
    wal_bytes: int = 2 << 20
    ballast_bytes: int = 1 << 20
    keep_events: int = 100_000
    keep_readings: int = 10_000_000
    command_limit: int = 200_000
    event_bytes: int = 256 << 10
    full_check_bytes: int = 32 << 20
    salvage_s: float = 3.0


@dataclass(slots=True)
class Counters:
    """What the log dropped, refused or found damaged since it was opened."""

    evicted_scans: int = 0
    evicted_events: int = 0
    unstored_scans: int = 0
    refused_commits: int = 0
    damaged_rows: int = 0
    evicted_commands: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the log stands; for diagnostics."""

    boot: str
    sqlite_version: str
    wal_reset_bug: bool
    last_event_seq: int
    last_reading_seq: int
    used_bytes: int
    offsets: Mapping[str, Mapping[Stream, int]]
    counters: Counters
