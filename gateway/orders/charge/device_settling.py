"""What the rows of a charge do with a device's own settlement records: keep, compare, take the reason, bill. Pure.

The first record of a run counts. Another one of the same run is a correction: kept, told, an alarm, and for a person to
judge; no receipt changes by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.orders.charge import record
from gateway.orders.charge.ending import end, settle, with_reason_of_pile
from gateway.orders.effect import Raise
from gateway.orders.machine import Done

if TYPE_CHECKING:
    from gateway.orders.charge.event import DeviceSettled
    from gateway.orders.charge.order import ChargeOrder
    from gateway.orders.clock import Now

SEEN_MOST = 16
"""A run has one record, and corrections are rare; the desk knows all of them for longer."""

CORRECTED = "settlement-corrected"


def keep(order: ChargeOrder, event: DeviceSettled, _now: Now) -> Done[ChargeOrder]:
    """Keep and tell a record; after the receipt, compare it as well."""
    order = _seen(order, event)
    if order.receipt is None and event.total.number == order.device_nos[-1]:
        order = with_reason_of_pile(order, event.total.reason)
    told = record.tell(order, "device-settlement", record.device_settlement(order, event.total))
    if order.receipt is None:
        return Done(order, (told,))
    complete = _with_total(order, event)
    return Done(order, (told, *record.differing(complete)))


def end_settled(order: ChargeOrder, event: DeviceSettled, now: Now) -> Done[ChargeOrder]:
    """End a charge that the pile has ended and settled: its reason counts."""
    kept = keep(order, event, now)
    done = end(kept.order, now, event.total.reason)
    return Done(done.order, (*done.effects, *kept.effects))


def settle_with_total(order: ChargeOrder, event: DeviceSettled, now: Now) -> Done[ChargeOrder]:
    """Settle with the pile's total, the last thing that was missing."""
    kept = keep(order, event, now)
    done = settle(kept.order, event, now)
    return Done(done.order, (*kept.effects, *done.effects))


def dispute(order: ChargeOrder, event: DeviceSettled, now: Now) -> Done[ChargeOrder]:
    """Tell a record that contradicts an earlier one of the same run; the alarm stays until the order is closed."""
    del now
    alarm = Raise(target=order.outlet, alarm=CORRECTED, active=True, detail=f"order {order.order_id}")
    told = record.tell(order, CORRECTED, record.device_settlement(order, event.total))
    effects = (told,) if order.is_disputed else (told, alarm)
    return Done(replace(_seen(order, event), is_disputed=True), effects)


def close(order: ChargeOrder, _event: object, _now: Now) -> Done[ChargeOrder]:
    """Close an order that the back end has: whatever was corrected is its to judge now."""
    over = Raise(target=order.outlet, alarm=CORRECTED, active=False)
    return Done(order, (over,) if order.is_disputed else ())


def _seen(order: ChargeOrder, event: DeviceSettled) -> ChargeOrder:
    return replace(order, device_seen=(*order.device_seen, event.total.name)[-SEEN_MOST:])


def _with_total(order: ChargeOrder, event: DeviceSettled) -> ChargeOrder:
    return replace(order, device_totals=(*order.device_totals, event.total))
