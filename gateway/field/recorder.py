"""The disturbance record: the last transactions of a bus, and those around each trip.

Keeping costs one append for each transaction; text is made only when a record is closed, off the path to a cutoff.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.model.transaction import Exchange

BEFORE = 24
"""Transactions kept from before a trip: some five rings of four piles."""

AFTER = 12
"""Transactions recorded after it: enough for the OFF, its reply and the readings that verify it."""

MOST_AFTER = 64
"""More than this says nothing new, even while the verification is still open."""

LATE_S = 0.001
"""How much later than its reply's end the loop may have dated a sample."""

LONGEST_S = 5.0
"""A record is closed by then even if the line has died."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A transaction, and what makes words of it."""

    exchange: Exchange
    words: Callable[[], Mapping[str, str]] = dict


@dataclass(slots=True)
class TripRecord:
    """One trip being recorded. Times are monotonic seconds.

    `seen_below_s` is when the value was last seen below the pick-up: the fault is no older than that, so
    `off_end_s - seen_below_s` is the longest that it can have lasted, and is what the bound is held against.
    """

    trip_id: str
    device: str
    outlets: tuple[str, ...]
    bound_ms: float | None
    decided_s: float
    picked_up_s: float
    seen_below_s: float | None
    before: list[Passed]
    after: list[Passed] = field(default_factory=list)
    off_end_s: float = 0.0
    verified: dict[str, bool] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return len(self.after) >= AFTER

    @property
    def measured_ms(self) -> float | None:
        """The longest that the fault can have lasted when the OFF was out; None where it is not known."""
        if not self.off_end_s or self.seen_below_s is None:
            return None
        return (self.off_end_s - self.seen_below_s) * 1000

    def body(self) -> Mapping[str, object]:
        """Return the record as it is stored: relative milliseconds, frames in hex and what they say."""
        measured_ms = self.measured_ms
        return {
            "trip_id": self.trip_id,
            "outlets": list(self.outlets),
            "bound_ms": self.bound_ms,
            "measured_ms": None if measured_ms is None else round(measured_ms, 3),
            "from_pick_up_ms": round((self.off_end_s - self.picked_up_s) * 1000, 3) if self.off_end_s else None,
            "verified": self.verified,
            "before": [_frame(each, self.decided_s) for each in self.before],
            "after": [_frame(each, self.decided_s) for each in self.after],
        }


class Recorder:
    """The recorder of one bus."""

    def __init__(self) -> None:
        self._recent: deque[Passed] = deque(maxlen=BEFORE)
        self._open: list[TripRecord] = []

    def note(self, exchange: Exchange, words: Callable[[], Mapping[str, str]] = dict) -> None:
        """Keep a finished transaction, and what makes words of it when a record is closed."""
        passed = Passed(exchange, words)
        self._recent.append(passed)
        for record in self._open:
            if len(record.after) < MOST_AFTER:
                record.after.append(passed)

    def begin(self, record: TripRecord) -> None:
        """Open a record with what is known so far."""
        record.before = list(self._recent)
        self._open.append(record)

    def last_below_s(self, picked_up_s: float) -> float | None:
        """Return when the block whose reading picked up had been read the time before; None where that is forgotten."""
        read = [each.exchange for each in self._recent if each.exchange.ok and each.exchange.payload]
        # A reply can be in before its request should have ended (a peer on a bare terminal): then it was taken then.
        picked_up = next(
            (x for x in read if min(x.asked_s, x.reply_end_s) <= picked_up_s <= x.reply_end_s + LATE_S), None
        )
        if picked_up is None:
            return None
        earlier = [x.asked_s for x in read if x.request == picked_up.request and x.sent_s < picked_up.sent_s]
        return earlier[-1] if earlier else None

    def sent(self, outlets: Iterable[str], off_end_s: float) -> None:
        """Note when the OFF of some outlets was on the wire to its last byte; the first counts."""
        wanted = set(outlets)
        for record in self._open:
            if not record.off_end_s and wanted.intersection(record.outlets):
                record.off_end_s = off_end_s

    def verified(self, outlet: str, *, verified: bool) -> None:
        for record in self._open:
            if outlet in record.outlets:
                record.verified[outlet] = verified

    def close_due(self, now_s: float) -> list[TripRecord]:
        """Return the records that are complete, or as complete as they will be."""
        due = [
            record
            for record in self._open
            if (record.is_complete and len(record.verified) >= len(record.outlets))
            or now_s - record.decided_s > LONGEST_S
        ]
        if due:
            self._open = [record for record in self._open if record not in due]
        return due


def _frame(passed: Passed, zero_s: float) -> dict[str, object]:
    exchange = passed.exchange
    return {
        "at_ms": round((exchange.sent_s - zero_s) * 1000, 3),
        "request": exchange.request.hex(),
        "request_end_ms": round((exchange.request_end_s - zero_s) * 1000, 3),
        "reply": exchange.reply.hex(),
        "reply_end_ms": round((exchange.reply_end_s - zero_s) * 1000, 3) if exchange.reply_end_s else None,
        "failure": exchange.failure,
        **passed.words(),
    }
