"""What is done about an outlet that is on without an order: recorded, alarmed, opened after a stated time. Pure.

The desk makes an `Orphan` where an outlet is on or draws and no order that is under way owns it. What flows is recorded
as a loss and belongs to no user.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.orders.effect import Open, Raise, Tell
from gateway.orders.machine import Done, Machine, Row, row
from gateway.orders.orphan.orphan import Orphan, Stage

if TYPE_CHECKING:
    from gateway.orders.clock import Now

ALARM = "energy-without-order"
(SEEN, OPENING, CLOSED) = Stage
BOTH = frozenset({SEEN, OPENING})
STAY = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The incident was noticed: its first event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was read of the outlet; `is_on` is the relay's own feedback. None where it was not read."""

    power_w: float | None = None
    register_wh: float | None = None
    meter: int = 0
    is_on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An order owns the outlet after all, or has begun there."""

    order_id: str


def take(orphan: Orphan, event: object, _now: Now) -> Orphan:
    """Return the incident with what was measured."""
    if not isinstance(event, Sample) or orphan.stage is CLOSED:
        return orphan
    orphan = replace(orphan, peak_w=max(orphan.peak_w, event.power_w or 0.0))
    if event.register_wh is None:
        return orphan
    before_wh = orphan.register_wh if event.meter == orphan.meter else None
    risen_wh = 0.0 if before_wh is None else max(0.0, event.register_wh - before_wh)
    return replace(orphan, wh=orphan.wh + risen_wh, register_wh=event.register_wh, meter=event.meter)


# ---------------------------------------------------------------------- guards


def is_quiet(orphan: Orphan, event: Sample, _now: Now) -> bool:
    """Hold where the outlet is seen to be off: by its power, and by its feedback if there is one."""
    return event.power_w is not None and event.power_w <= orphan.residue_w and event.is_on is not True


def is_unexplained_for_long(orphan: Orphan, _event: object, now: Now) -> bool:
    return now.at_ms - orphan.seen.at_ms >= 1000 * orphan.open_after_s


def still_on(orphan: Orphan, _event: object, now: Now) -> bool:
    return now.at_ms - orphan.opened_ms >= 1000 * orphan.again_s


# ---------------------------------------------------------------------- actions


def notice(orphan: Orphan, _event: object, _now: Now) -> Done[Orphan]:
    alarm = Raise(target=orphan.outlet, alarm=ALARM, active=True, detail="on, and no order explains it")
    return Done(orphan, (alarm, _tell(orphan, "orphan-seen")))


def open_it(orphan: Orphan, _event: object, now: Now) -> Done[Orphan]:
    orphan = replace(orphan, opened_ms=now.at_ms)
    off = Open(outlet=orphan.outlet, order_id=orphan.order_id, device_order_no="")
    return Done(orphan, (off, _tell(orphan, "orphan-opened")))


def close(orphan: Orphan, _event: object, _now: Now) -> Done[Orphan]:
    return Done(orphan, (_tell(orphan, "orphan-ended"), Raise(target=orphan.outlet, alarm=ALARM, active=False)))


def explain(orphan: Orphan, event: Explained, _now: Now) -> Done[Orphan]:
    told = _tell(orphan, "orphan-explained", explained_by=event.order_id)
    return Done(orphan, (told, Raise(target=orphan.outlet, alarm=ALARM, active=False)))


def _tell(orphan: Orphan, stage: str, **more: object) -> Tell:
    body = {"outlet": orphan.outlet, "wh": round(orphan.wh, 3), "peak_w": round(orphan.peak_w), **more}
    return Tell(order_id=orphan.order_id, stage=stage, body=body)


_ROWS: tuple[Row[Orphan, Any], ...] = (
    row(SEEN, Begin, STAY, "noticed: record and alarm", do=notice),
    row(BOTH, Sample, CLOSED, "off", when=is_quiet, do=close),
    row(BOTH, Explained, CLOSED, "an order explains it", do=explain),
    row(SEEN, Tick, OPENING, "unexplained", when=is_unexplained_for_long, do=open_it),
    row(OPENING, Tick, STAY, "off again", when=still_on, do=open_it),
)

ORPHAN: Machine[Orphan] = Machine(
    name="orphan",
    stages=Stage,
    initial=SEEN,
    finals=frozenset({CLOSED}),
    rows=_ROWS,
    ignores={
        Begin: frozenset({OPENING, CLOSED}),
        Sample: frozenset(Stage),
        Tick: frozenset(Stage),
        Explained: frozenset({CLOSED}),
    },
    take=take,
)
