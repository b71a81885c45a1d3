"""Too many alarms at once: whether they come as a flood, and by what cause they are put together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.alarm.incident import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.alarm.ground import Ground
    from gateway.alarm.incident import Incident, Record

WINDOW_MS = 600_000
FLOOD = 10
"""More than so many in 10 minutes are more than one person can take in (ISA-18.2)."""


def raised_lately(records: Iterable[Record], at_ms: int) -> int:
    """Return how often an alarm was raised for people to hear within the last 10 minutes."""
    return sum(
        act.what == "raised" and act.stage in UNSEEN and at_ms - act.at_ms <= WINDOW_MS
        for record in records
        if record.acts and at_ms - record.acts[-1].at_ms <= WINDOW_MS
        for act in record.acts
    )


def is_flood(raised: int) -> bool:
    return raised > FLOOD


def cause_of(incident: Incident, ground: Ground) -> str:
    """Return what an alarm is put together with others by: the alarm that it follows from, or else its line."""
    return incident.under or ground.line(incident.target)
