"""What the desk must do after the commit, as values. A machine carries out none of them.

Each leaves as an `Intent` with an id that a repetition keeps, so that sending it again after a power cut is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A grant for field, or its new version: the outlet may be on until `until_ms` of the business clock.

    The end is a moment and no duration, so that a repetition grants no more time. `max_wh` and `max_w` of 0 mean no
    limit; `max_wh` counts from the first version. `adopt`: an outlet that is on may stay on, one that is off stays off.
    """

    outlet: str
    order_id: str
    device_order_no: str
    until_ms: int
    max_wh: int
    max_w: int
    version: int
    adopt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Switch this outlet off and forget the grant of this order. Always allowed, never late, harmless when repeated."""

    outlet: str
    order_id: str
    device_order_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock:
    """Release the lock of a door once, for this order. Never sent twice: see `AT_MOST_ONCE`."""

    door: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Lock a door, or let it lock as soon as it closes. Always allowed, harmless when repeated."""

    door: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDoor:
    """Let a motor door close under its own hand protection. Harmless when repeated."""

    door: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Have the sensors of a door, shelf or scale read now, until they are at rest. Harmless when repeated."""

    target: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """An alarm of `target` becomes active, or is over."""

    target: str
    alarm: str
    active: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A record for the ledger and the cloud. `body` is JSON-able and complete: the desk adds only id and moment."""

    order_id: str
    stage: str
    body: Mapping[str, object] = field(default_factory=dict)


Effect = Permit | Open | Unlock | Lock | CloseDoor | Look | Raise | Tell

AT_MOST_ONCE: tuple[type, ...] = (Unlock,)
"""Effects that the desk marks as sent before it sends them and never sends again: after a power cut nobody knows
whether a lock was released, so the order is told of the restart and decides by what the sensors say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An effect under its id, `<order id>:<n>`."""

    id: str
    effect: Effect
