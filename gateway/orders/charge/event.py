"""What can happen to a charge order. The desk makes these of field's events, of commands and of time.

The `now` of a step is when the thing happened, on the site's business clock: of a sample, when it was taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.orders.charge.order import DeviceTotal
    from gateway.orders.reason import FaultSide, StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The order was accepted: the first event of every order, in the transaction that stores it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOn:
    """Field has confirmed the ON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The start was refused. `was_sent`: the ON had gone out, so the device may have carried it out all the same."""

    word: str
    was_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was read of the outlet; None where it was not. `meter` numbers the register's meter."""

    power_w: float | None = None
    register_wh: float | None = None
    meter: int = 0
    plugged: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed; at least once a second while an order is not closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked:
    """Somebody wants this order to end: user, card, platform, or a safety stop of the site. `by`: who, where known."""

    reason: StopReason
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """Protection has opened the outlet, or what feeds it. `element` is the protective function's word.

    `side`: whose side that lies on, where it was not the outlet's own load.
    """

    element: str
    side: FaultSide | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantEnded:
    """Field has switched off and dropped the grant by itself; `word` says why."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStopped:
    """The device says that it has ended the charge by itself, and why; `side` where it knows better than the reason."""

    reason: StopReason
    side: FaultSide | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOff:
    """What is known of the OFF: `verified` by a current that is gone; `draws`: it was seen to flow on after it."""

    verified: bool
    draws: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The outlet is out of sight: `power-fail`: the supply is gone, `device-lost`: silence, or field is away.

    `seen_ms`: until then it was in sight, on the business clock; None: until now. What is after it was not seen.
    """

    reason: StopReason
    seen_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """The outlet is in sight again, and is on or off. An outlet that is latched is told as `Tripped` before."""

    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudLost:
    """The cloud has been away for longer than the site allows unattended orders to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettled:
    """The device's own settlement record of one run has come, for the first time or again, or with other figures."""

    total: DeviceTotal


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletTaken:
    """The next order has begun on the same outlet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementAcknowledged:
    """The back end has this settlement; `digest` names exactly which."""

    digest: str
