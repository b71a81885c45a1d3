"""What edge needs of the durable log; the application passes an object that fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.model.command import Outcome
    from gateway.model.event import EventKind
    from gateway.model.scan import Scan


DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment on both clocks. `clock` says how far `ts_ms` can be believed: 0 unset, 1 held, 2 synchronised."""

    ts_ms: int
    clock: int
    mono_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event to be stored; in the same transaction an outcome, and values by name (None: gone).

    `keep_s`: how long the outcome is remembered at least.
    """

    id: str
    kind: EventKind
    target: str
    at: Moment
    body: Mapping[str, object]
    outcome: Outcome | None = None
    keep_s: int = DAY_S
    state: Mapping[str, bytes | None] = field(default_factory=dict)


class Journal(Protocol):
    """The log as edge sees it. What is awaited is on the disk, or raises `GatewayError` and is not."""

    def now(self) -> Moment:
        """Return the present moment."""

    async def append(self, entry: Entry) -> None:
        """Store an event."""

    async def append_all(self, entries: Sequence[Entry]) -> None:
        """Store events in one transaction: all of them, or none."""

    async def declare(self, layouts: Sequence[tuple[str, int, bytes]]) -> None:
        """Store what the scans of layouts mean (device, number, description), before any of them."""

    def scans(self, scans: Sequence[Scan]) -> None:
        """Take scans for the next commit."""

    def lost(self, scans: int) -> None:
        """Take note that so many scans are missing here."""

    async def commit(self) -> None:
        """Return once the scans taken so far are stored."""

    async def outcome_of(self, command_id: str) -> Outcome | None:
        """Return what became of a command; None where its id is new."""

    async def states(self) -> Mapping[str, bytes]:
        """Return every value stored beside events."""
