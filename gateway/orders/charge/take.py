"""What every event adds to a charge order before the table looks: measurements and time. Decides nothing. Pure."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from gateway.orders.charge import load as loads
from gateway.orders.charge.event import Back, Begin, DeviceSettled, Lost, Sample, SwitchedOff, Tick
from gateway.orders.charge.stage import ON, Stage
from gateway.orders.tariff import usage as used
from gateway.orders.tariff.register import Reading, follows
from gateway.orders.tariff.usage import Phase

if TYPE_CHECKING:
    from gateway.orders.charge.order import ChargeOrder
    from gateway.orders.clock import Now

SAME_MS = 50
"""Two moments closer than this are one reading, dated by two who told of it."""

_PHASES = {
    Stage.CHARGING: Phase.CHARGING,
    Stage.FLOATING: Phase.FLOAT,
    Stage.INTERRUPTED: Phase.PAUSED,
    Stage.OCCUPIED: Phase.OCCUPIED,
}
_JUDGED = frozenset({Stage.CHARGING, Stage.FLOATING})
_BEFORE_LOAD = frozenset({Stage.STARTING, Stage.WAITING_PLUG, Stage.INTERRUPTED})
_COUNTED = frozenset(Stage) - {Stage.SETTLED, Stage.CLOSED}


def take(order: ChargeOrder, event: object, now: Now) -> ChargeOrder:
    """Return the order with what an event measured."""
    is_ending = order.stage is Stage.ENDING
    match event:
        case _ if order.stage not in _COUNTED:
            pass
        case Begin() if order.permits == 0:
            order = replace(order, usage=used.nothing_used(order.tariff))
        case Sample():
            order = _last_energy(order, event, now) if is_ending else _sampled(order, event, now)
        case Tick():
            order = _used(order, now)
        case SwitchedOff(verified=True) if is_ending:
            order = replace(order, is_off_known=True)
        case SwitchedOff(draws=True) if is_ending:
            order = replace(order, draws_after_off=True)
        case Lost() if order.stage in ON | {Stage.STARTING}:
            order = _unseen(order, event, now)
        case Back(is_on=False) if order.stage is Stage.INTERRUPTED:
            order = replace(order, usage=replace(order.usage, gaps=order.usage.gaps + 1))
        case DeviceSettled(total=total) if total.number not in {had.number for had in order.device_totals}:
            order = replace(order, device_totals=(*order.device_totals, total))
    return order


def enter(order: ChargeOrder, now: Now) -> ChargeOrder:
    """Return the order at its entry into a stage: from here on time counts as that stage's."""
    order = replace(order, entered_ms=now.at_ms)
    return _used(order, now) if order.stage in _COUNTED else order


def _used(order: ChargeOrder, now: Now, event: Sample | None = None) -> ChargeOrder:
    sample = used.Sample(
        at_ms=now.at_ms,
        phase=_PHASES.get(order.stage, Phase.APART),
        register_mwh=None if event is None else _milli(event.register_wh),
        power_mw=None if event is None else _milli(event.power_w),
        ts_ms=now.ts_ms if now.has_wall_time else None,
        meter=0 if event is None else event.meter,
    )
    return replace(order, usage=used.take(order.usage, sample, order.tariff, order.settings.meter))


def _milli(value: float | None) -> int | None:
    """Return thousandths; None for what no register and no outlet can show."""
    return None if value is None or not isfinite(value) or value < 0 else round(1000 * value)


def _unseen(order: ChargeOrder, event: Lost, now: Now) -> ChargeOrder:
    """Count time up to the moment until which the outlet was seen; what comes after it is a pause."""
    seen_ms = now.at_ms if event.seen_ms is None else min(event.seen_ms, now.at_ms)
    then = replace(now, at_ms=seen_ms, ts_ms=now.ts_ms + seen_ms - now.at_ms)
    usage = _used(order, then).usage
    assert usage.last is not None  # noqa: S101 - a sample has just been taken
    return replace(order, usage=replace(usage, last=replace(usage.last, phase=Phase.PAUSED)))


def _sampled(order: ChargeOrder, event: Sample, now: Now) -> ChargeOrder:
    """Take a sample before the end.

    Until something draws, the register counts from its first reading: the rise up to the next one after that belongs to
    the charge, and where nothing ever draws it is a loss.
    """
    says_nothing = _waits_for_load(order) or not _is_news(order, now)
    order = _used(order, now, replace(event, register_wh=None) if says_nothing else event)
    load, settings = order.load, order.settings.load
    if event.plugged is not None:
        load = loads.plug_seen(load, now.at_ms, is_in=event.plugged)
    if event.power_w is not None and isfinite(event.power_w) and order.stage in ON | {Stage.STARTING}:
        load = loads.take(load, settings, now.at_ms, event.power_w)
        if order.stage in _JUDGED:
            load = loads.judge(load, settings, order.began_ms)
    return replace(order, load=load)


def _waits_for_load(order: ChargeOrder) -> bool:
    """Return whether the register stays at its reading: nothing has been drawn since, as far as anybody knows."""
    usage = order.usage
    is_settled = usage.reading is not None and usage.doubt is None and not usage.on_since_reading
    return order.stage in _BEFORE_LOAD and is_settled


def _is_news(order: ChargeOrder, now: Now) -> bool:
    """Return whether a register reading is another one than the newest: the same one may be told on two ways."""
    usage = order.usage
    newest = usage.reading if usage.doubt is None else usage.doubt.reading
    return newest is None or now.at_ms > newest.at_ms + SAME_MS


def _last_energy(order: ChargeOrder, event: Sample, now: Now) -> ChargeOrder:
    """Take a sample after the OFF: the first register reading holds the last of the user's energy, no later one does.

    Where the outlet still draws by then, by that reading or by what was seen before it, the user's share ends on the
    straight line at the moment of the OFF. What was read before the OFF and comes after it is left out: the next
    reading holds it too.
    """
    if order.end is None or now.at_ms <= order.end.at.at_ms:
        return order
    residue_w = order.settings.residue_w
    draws = order.draws_after_off if event.power_w is None else event.power_w > residue_w
    if event.power_w is not None and not draws and order.load.power_w > residue_w:
        order = replace(order, is_off_known=True)
    if event.plugged is not None:
        order = replace(order, load=loads.plug_seen(order.load, now.at_ms, is_in=event.plugged))
    if _milli(event.register_wh) is None or not _is_news(order, now):
        return order
    if draws and not order.has_last_reading:
        order = _shared(order, event, now)
    order = _used(order, now, event)
    return replace(order, has_last_reading=order.has_last_reading or order.usage.doubt is None)


def _shared(order: ChargeOrder, event: Sample, now: Now) -> ChargeOrder:
    before, end, now_mwh = order.usage.reading, order.end, _milli(event.register_wh)
    if before is None or end is None or now_mwh is None:
        return order
    if not follows(before, Reading(at_ms=now.at_ms, mwh=now_mwh, meter=event.meter, ts_ms=None), order.settings.meter):
        return order
    took_ms, until_ms = now.at_ms - before.at_ms, max(0, end.at.at_ms - before.at_ms)
    at_end_wh = (before.mwh + (now_mwh - before.mwh) * until_ms // max(1, took_ms)) / 1000
    return _used(order, end.at, Sample(register_wh=at_end_wh, meter=event.meter))
