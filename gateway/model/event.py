"""Something that happened and must not be lost: trips, alarms, outcomes, ends of grants.

An event is made once, in the process where it happened, with an id; the log gives it its sequence number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class EventKind(StrEnum):
    """The kinds of events; each has a topic of its own in the uplink."""

    TRIP = "trip"
    ALARM = "alarm"
    OUTCOME = "outcome"
    ORDER = "order"
    DEVICE = "device"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`target` is a device, an outlet, a bus or `*`; `at_s` is monotonic; `body` is JSON-able."""

    id: str
    kind: EventKind
    target: str
    at_s: float
    body: Mapping[str, object] = field(default_factory=dict)
