"""What the rows of a charge do to end and settle it. What the device itself settles is in `device_settling`. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.orders.charge import record
from gateway.orders.charge.order import End
from gateway.orders.charge.settings import Settler
from gateway.orders.charge.total import adopt_total
from gateway.orders.effect import Open
from gateway.orders.machine import Done
from gateway.orders.reason import StopReason, reason_of_element, reason_of_grant_end
from gateway.orders.tariff.bill import bill
from gateway.orders.tariff.usage import drop_doubt

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.orders.charge.event import DeviceStopped, GrantEnded, Refused, StopAsked, Tripped
    from gateway.orders.charge.order import ChargeOrder
    from gateway.orders.clock import Now
    from gateway.orders.reason import FaultSide

OPENED_BY_DEVICE = "opened-by-device"
"""Field's word for an outlet that it found off; why, only the pile can say."""


def end(
    order: ChargeOrder,
    now: Now,
    reason: StopReason,
    detail: str = "",
    side: FaultSide | None = None,
    by: str = "",
) -> Done[ChargeOrder]:
    """End a charge: open its outlet, and tell why."""
    over = End(reason=reason, side=side or reason.fault_side, at=now, detail=detail, by=by)
    order = replace(order, end=over)
    return Done(order, (_open(order), record.tell(order, "ended", record.progress(order) | record.ended(order))))


def ends(reason: StopReason) -> Callable[[ChargeOrder, object, Now], Done[ChargeOrder]]:
    """Return the action that ends a charge for a reason that its row knows."""

    def ended(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
        return end(order, now, reason)

    return ended


def end_asked(order: ChargeOrder, event: StopAsked, now: Now) -> Done[ChargeOrder]:
    return end(order, now, event.reason, by=event.by)


def end_tripped(order: ChargeOrder, event: Tripped, now: Now) -> Done[ChargeOrder]:
    return end(order, now, reason_of_element(event.element), event.element, side=event.side)


def end_granted(order: ChargeOrder, event: GrantEnded, now: Now) -> Done[ChargeOrder]:
    return end(order, now, reason_of_grant_end(event.word), event.word)


def end_stopped(order: ChargeOrder, event: DeviceStopped, now: Now) -> Done[ChargeOrder]:
    return end(order, now, event.reason, side=event.side)


def end_lost(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    return end(order, now, order.lost or StopReason.DEVICE_LOST)


def end_used(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    """End a charge that has used all energy granted: the energy that was asked for, or the money."""
    by_money = order.limits.max_wh < order.most.max_wh
    return end(order, now, StopReason.PREPAID_USED if by_money else StopReason.SET_LIMIT)


def end_timed_out(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    """End a charge that has used all time granted: what the money buys, or the longest that is allowed."""
    by_money = order.limits.max_s < order.most.max_s
    return end(order, now, StopReason.PREPAID_USED if by_money else StopReason.MAX_TIME)


def refuse(order: ChargeOrder, event: Refused, now: Now) -> Done[ChargeOrder]:
    """Open at once: a refused start may have been carried out all the same. Nobody pays for it."""
    return end(replace(order, is_void=order.permits <= 1), now, StopReason.START_REFUSED, event.word)


def turn_down(order: ChargeOrder, event: Refused, now: Now) -> Done[ChargeOrder]:
    """Settle at nothing: the ON never left. No word to the outlet, which may be somebody else's."""
    over = End(reason=StopReason.START_REFUSED, side=StopReason.START_REFUSED.fault_side, at=now, detail=event.word)
    return settle(replace(order, is_void=True, is_off_known=True, end=over), event, now)


def buy_nothing(order: ChargeOrder, event: object, now: Now) -> Done[ChargeOrder]:
    """Settle at nothing: the ceiling is below the least that a start costs. Nothing was ever permitted."""
    over = End(reason=StopReason.PREPAID_USED, side=StopReason.PREPAID_USED.fault_side, at=now)
    return settle(replace(order, is_void=True, is_off_known=True, end=over), event, now)


def correct(order: ChargeOrder, event: Tripped, now: Now) -> Done[ChargeOrder]:
    """Take protection's own word, which comes after field's: it says which element opened the outlet."""
    reason = reason_of_element(event.element)
    at = now if order.end is None else order.end.at
    over = End(reason=reason, side=event.side or reason.fault_side, at=at, detail=event.element)
    return Done(replace(order, end=over))


def correct_stopped(order: ChargeOrder, event: DeviceStopped, _now: Now) -> Done[ChargeOrder]:
    """Take the pile's own word, which comes after field could only see that the outlet is off."""
    return Done(with_reason_of_pile(order, event.reason, event.side))


def with_reason_of_pile(order: ChargeOrder, reason: StopReason, side: FaultSide | None = None) -> ChargeOrder:
    """Return an order with the pile's reason, where the pile ended it and nobody knew why."""
    if order.end is None or order.end.detail != OPENED_BY_DEVICE:
        return order
    at = order.end.at
    return replace(order, end=End(reason=reason, side=side or reason.fault_side, at=at, detail=OPENED_BY_DEVICE))


def open_again(order: ChargeOrder, _event: object, _now: Now) -> Done[ChargeOrder]:
    """Take back an ON that comes to light after the end."""
    return Done(order, (_open(order),))


def occupy(order: ChargeOrder, _event: object, _now: Now) -> Done[ChargeOrder]:
    return Done(order, (record.tell(order, "occupied", record.progress(order)),))


def settle(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    """Make the one receipt. What a refused start drew stays as measured: it is a loss and nobody's bill."""
    order = replace(order, usage=drop_doubt(order.usage))
    differing = record.differing(order)
    if order.device_wh is not None and order.settler is Settler.PILE:
        order = replace(order, usage=adopt_total(order.usage, order.tariff, order.device_wh))
    receipt = bill(
        order.tariff,
        order.usage,
        ceiling_mil=order.ceiling_mil,
        prepaid_mil=order.prepaid_mil,
        waived=order.is_void,
    )
    order = replace(order, receipt=receipt, told_ms=now.at_ms)
    return Done(order, (*differing, record.tell(order, "settled", record.settled(order))))


def tell_again(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    order = replace(order, told_ms=now.at_ms, retells=order.retells + 1)
    return Done(order, (record.tell(order, "settled", record.settled(order)),))


def _open(order: ChargeOrder) -> Open:
    return Open(outlet=order.outlet, order_id=order.order_id, device_order_no=order.device_nos[-1])
