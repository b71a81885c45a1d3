"""What the rows of a charge do while it runs: permit, confirm, tell. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.orders.charge import record
from gateway.orders.charge.guards import affordable
from gateway.orders.charge.load import Load
from gateway.orders.effect import Permit
from gateway.orders.machine import Done
from gateway.orders.reason import StopReason
from gateway.orders.tariff.rating import began

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.orders.charge.event import Lost, Refused
    from gateway.orders.charge.order import ChargeOrder
    from gateway.orders.clock import Now
    from gateway.orders.tariff.quote import Limits


def begin(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    order = _granted(replace(order, entered_ms=now.at_ms))
    return Done(order, (_permit(order, now), record.tell(order, "accepted", record.accepted(order))))


def confirm(order: ChargeOrder, _event: object, _now: Now) -> Done[ChargeOrder]:
    return Done(order, (record.tell(order, "waiting-plug"),))


def charge(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    order = replace(order, began=order.began or now, told_ms=now.at_ms)
    return Done(order, (record.tell(order, "charging", record.progress(order)),))


def progress(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    order = replace(order, told_ms=now.at_ms)
    return Done(order, (record.tell(order, "progress", record.progress(order)),))


def widen(order: ChargeOrder, event: object, now: Now) -> Done[ChargeOrder]:
    """Ask the money again how far it reaches, and permit as much."""
    wider = _granted(order)
    if not _is_wider(wider.limits, order.limits):
        return progress(order, event, now)
    told = progress(wider, event, now)
    return Done(told.order, (_permit(wider, now, adopt=True), *told.effects))


def say(stage: str) -> Callable[[ChargeOrder, object, Now], Done[ChargeOrder]]:
    """Return an action that only tells."""

    def told(order: ChargeOrder, _event: object, _now: Now) -> Done[ChargeOrder]:
        return Done(order, (record.tell(order, stage, record.progress(order)),))

    return told


def say_step(order: ChargeOrder, _event: object, _now: Now) -> Done[ChargeOrder]:
    order = replace(order, steps_told=order.load.steps)
    return Done(order, (record.tell(order, "power-step", record.progress(order)),))


def say_tier(order: ChargeOrder, _event: object, _now: Now) -> Done[ChargeOrder]:
    order = replace(order, tier_told=order.usage.tiers.top)
    body = record.progress(order) | {"tier": order.tier_told}
    return Done(order, (record.tell(order, "tier", body),))


def lose(order: ChargeOrder, event: Lost, _now: Now) -> Done[ChargeOrder]:
    order = replace(order, lost=event.reason)
    return Done(order, (record.tell(order, "interrupted", record.progress(order) | {"reason": event.reason}),))


def wait_again(order: ChargeOrder, event: Refused, _now: Now) -> Done[ChargeOrder]:
    """Wait for the next sight of the outlet: the resumption was refused before anything was sent."""
    order = replace(order, lost=StopReason.DEVICE_LOST)
    body = record.progress(order) | {"reason": StopReason.DEVICE_LOST, "detail": event.word}
    return Done(order, (record.tell(order, "interrupted", body),))


def go_on(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    """Permit an outlet that is still on, or on again, to stay on."""
    order = _granted(_resumed(order))
    return Done(order, (_permit(order, now, adopt=True), record.tell(order, "resumed", record.progress(order))))


def resume(order: ChargeOrder, _event: object, now: Now) -> Done[ChargeOrder]:
    """Permit an outlet that is off to be switched on again: a run of its own for the device."""
    further = (*order.further_nos, order.next_no)
    order = _granted(replace(_resumed(order), resumes=order.resumes + 1, further_nos=further))
    return Done(order, (_permit(order, now), record.tell(order, "resuming", record.progress(order))))


def _resumed(order: ChargeOrder) -> ChargeOrder:
    """Nothing that was measured before the interruption says anything about what draws now."""
    load = Load(charging_w=order.load.charging_w, peak_w=order.load.peak_w, steps=order.load.steps)
    return replace(order, lost=None, load=load)


def _granted(order: ChargeOrder) -> ChargeOrder:
    return replace(order, limits=affordable(order), permits=order.permits + 1)


def _is_wider(new: Limits, old: Limits) -> bool:
    return new.max_s >= old.max_s and new.max_wh >= old.max_wh and new != old


def _permit(order: ChargeOrder, now: Now, *, adopt: bool = False) -> Permit:
    settings = order.settings
    waits_s = 0 if began(order.usage) else min(settings.start_wait_s + settings.late_start_s, order.limits.max_s)
    left_ms = 1000 * (order.limits.max_s + waits_s) - order.usage.times.energised_ms
    return Permit(
        outlet=order.outlet,
        order_id=order.order_id,
        device_order_no=order.device_nos[-1],
        until_ms=min(now.at_ms + left_ms, order.accepted.at_ms + 1000 * settings.longest_s),
        max_wh=order.limits.max_wh,
        max_w=order.limits.max_w,
        version=order.permits,
        adopt=adopt,
    )
