"""The questions that the table of a charge asks. Each reads as its name; none changes anything. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.orders.charge import load as loads
from gateway.orders.charge.ending import OPENED_BY_DEVICE
from gateway.orders.charge.order import Policy
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.settings import Resumes, Settler
from gateway.orders.reason import StopReason
from gateway.orders.tariff.quote import TYPICAL_W, limits
from gateway.orders.tariff.register import MWH_MS_PER_W, Reading, follows
from gateway.orders.tariff.tariff import FEN_MIL

if TYPE_CHECKING:
    from gateway.orders.charge.event import Back, DeviceSettled, Refused, Sample, SettlementAcknowledged
    from gateway.orders.charge.order import ChargeOrder
    from gateway.orders.clock import Now
    from gateway.orders.tariff.quote import Limits

NEAR_S = 600
NEAR_WH = 100
"""So close to what is granted, the limits are asked for again: the worst may not have happened."""

FULL_ENDS = frozenset({StopReason.FULL, StopReason.PREPAID_USED, StopReason.SET_LIMIT, StopReason.MAX_TIME})
RETELL_DOUBLINGS = 6


def affordable(order: ChargeOrder) -> Limits:
    """Return how far the order may go, by what it asked for and by what its money buys after what was used."""
    return limits(order.tariff, order.ceiling_mil, power_w=TYPICAL_W, most=order.most, usage=order.usage)


def _in_stage(order: ChargeOrder, now: Now, seconds: int) -> bool:
    return now.at_ms - order.entered_ms >= 1000 * seconds


# ---------------------------------------------------------------------- starting


def was_permitted_before(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.permits > 0


def money_buys_nothing(order: ChargeOrder, _event: object, _now: Now) -> bool:
    """Hold also for no money at all under a tariff with a price: what rounds down to nothing is no charge."""
    allowed = affordable(order)
    is_free = not order.tariff.rates
    return min(allowed.max_s, allowed.max_wh) <= 0 or (order.ceiling_mil < FEN_MIL and not is_free)


def was_never_sent(order: ChargeOrder, event: Refused, _now: Now) -> bool:
    return order.permits <= 1 and not event.was_sent


def may_be_resumed_again(order: ChargeOrder, event: Refused, _now: Now) -> bool:
    """Hold where field does not resume an outlet yet: its OFF is under way, or what opened it has not passed."""
    return order.permits > 1 and not event.was_sent and order.resumes < order.settings.resumes_most


def is_the_first_start(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.permits <= 1


def shows_its_power_too_late(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return not order.settings.confirmed_by_power


def is_drawing(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return loads.is_drawing(order.load)


def its_register_shows_a_load(order: ChargeOrder, event: Sample, now: Now) -> bool:
    """Hold where only the register is known, and has risen since the ON as if something charged all the time."""
    before = order.usage.reading
    if event.power_w is not None or event.register_wh is None or before is None:
        return False
    shown = Reading(at_ms=now.at_ms, mwh=round(1000 * event.register_wh), meter=event.meter, ts_ms=None)
    least_mwh = order.settings.load.drawing_w * (now.at_ms - max(before.at_ms, order.entered_ms)) / MWH_MS_PER_W
    risen_mwh = shown.mwh - before.mwh
    return risen_mwh > 0 and risen_mwh >= least_mwh and follows(before, shown, order.settings.meter)


def start_wait_is_over(order: ChargeOrder, _event: object, now: Now) -> bool:
    return _in_stage(order, now, order.settings.start_wait_s)


def plug_wait_is_over(order: ChargeOrder, _event: object, now: Now) -> bool:
    settings = order.settings
    return _in_stage(order, now, settings.late_start_s if order.load.is_in else settings.plug_wait_s)


# ---------------------------------------------------------------------- limits


def order_is_too_old(order: ChargeOrder, _event: object, now: Now) -> bool:
    return now.at_ms - order.accepted.at_ms >= 1000 * order.settings.longest_s


def time_is_used(order: ChargeOrder, _event: object, now: Now) -> bool:
    is_over = order.usage.times.energised_ms >= 1000 * order.limits.max_s
    return is_over or order_is_too_old(order, _event, now)


def energy_is_used(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.usage.energy_mwh >= 1000 * order.limits.max_wh


def progress_is_due(order: ChargeOrder, _event: object, now: Now) -> bool:
    return now.at_ms - order.told_ms >= 1000 * order.settings.progress_s


def limits_are_near(order: ChargeOrder, event: object, now: Now) -> bool:
    """Also asks whether it is time to tell progress, so that the answer is sought once a minute and no oftener."""
    left_s = order.limits.max_s - order.usage.times.energised_ms / 1000
    left_wh = order.limits.max_wh - order.usage.energy_mwh / 1000
    could_widen = order.limits != order.most
    return could_widen and progress_is_due(order, event, now) and (left_s < NEAR_S or left_wh < NEAR_WH)


# ---------------------------------------------------------------------- the load


def load_is_gone(order: ChargeOrder, _event: object, now: Now) -> bool:
    return loads.is_gone(order.load, order.settings.load, now.at_ms)


def charger_has_finished(order: ChargeOrder, event: object, now: Now) -> bool:
    """Hold where the load stays away after a long taper: a charger that switches itself off looks like an unplug."""
    return order.load.tapered and replug_window_is_over(order, event, now)


def battery_is_full(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return loads.full_by(order.load, order.settings.load, order.began_ms) != ""


def power_is_up_again(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return not loads.is_low(order.load)


def float_is_over(order: ChargeOrder, _event: object, now: Now) -> bool:
    return _in_stage(order, now, order.settings.float_s)


def nothing_real_ever_drew(order: ChargeOrder, _event: object, now: Now) -> bool:
    is_time = now.at_ms - order.began_ms >= 1000 * order.settings.least_peak_s
    return is_time and order.load.peak_w < order.settings.least_peak_w


def a_load_was_added(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.load.steps > order.steps_told


def tier_has_risen(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.usage.tiers.top > order.tier_told


def same_load_is_back(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return loads.is_back(order.load, order.settings.load) and loads.is_same(order.load, order.settings.load)


def another_load_is_there(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return loads.is_another(order.load, order.settings.load)


def replug_window_is_over(order: ChargeOrder, _event: object, now: Now) -> bool:
    """Never hold while something draws: what it is will be known in a moment."""
    return _in_stage(order, now, order.settings.replug_s) and not loads.is_drawing(order.load)


# ---------------------------------------------------------------------- out of sight


def cloud_is_needed(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.on_cloud_loss is Policy.END


def _may_go_on(order: ChargeOrder) -> bool:
    by_policy = order.on_power_fail is Policy.GO_ON and order.settings.resumes is not Resumes.NOBODY
    return order.lost is not StopReason.POWER_FAIL or by_policy


def nothing_is_left(order: ChargeOrder, _event: object, _now: Now) -> bool:
    """Hold where what was used, unseen perhaps, leaves nothing to permit: a limit of 0 would be none at all."""
    allowed, usage = affordable(order), order.usage
    return usage.energy_mwh >= 1000 * allowed.max_wh or usage.times.energised_ms >= 1000 * allowed.max_s


def went_on_charging(order: ChargeOrder, event: Back, _now: Now) -> bool:
    return event.is_on and order.began is not None and _may_go_on(order)


def went_on_waiting(order: ChargeOrder, event: Back, _now: Now) -> bool:
    return event.is_on and order.began is None and _may_go_on(order)


def is_ours_to_resume(order: ChargeOrder, event: Back, now: Now) -> bool:
    return not event.is_on and will_be_resumed(order, event, now)


def will_be_resumed(order: ChargeOrder, _event: object, _now: Now) -> bool:
    settings = order.settings
    wants = order.on_power_fail is Policy.GO_ON and settings.resumes is Resumes.GATEWAY
    return wants and order.resumes < settings.resumes_most


def away_for_too_long(order: ChargeOrder, _event: object, now: Now) -> bool:
    return _in_stage(order, now, order.settings.away_s) or order_is_too_old(order, _event, now)


# ---------------------------------------------------------------------- the end


def is_back_on(_order: ChargeOrder, event: Back, _now: Now) -> bool:
    return event.is_on


def all_is_known(order: ChargeOrder, _event: object, _now: Now) -> bool:
    """Hold once the outlet is off and the total of whoever settles has come."""
    if order.settings.settler is Settler.PILE:
        return order.is_off_known and order.has_device_totals
    return order.is_off_known and _is_metered(order)


def _is_metered(order: ChargeOrder) -> bool:
    return order.has_last_reading or order.usage.reading is None


def lacks_only_the_total(order: ChargeOrder, _event: object = None, _now: Now | None = None) -> bool:
    """Hold where everything is over and known but the total of the pile, which settles."""
    waits = order.settings.settler is Settler.PILE and not order.is_void and not order.has_device_totals
    return waits and order.is_off_known and _is_metered(order)


def _is_occupied(order: ChargeOrder) -> bool:
    is_full = order.end is not None and order.end.reason in FULL_ENDS
    return is_full and order.settings.occupied_s > 0 and order.load.is_in is True


def all_is_known_but_the_plug_is_in(order: ChargeOrder, event: object, now: Now) -> bool:
    return _is_occupied(order) and all_is_known(order, event, now)


def final_wait_is_over_but_the_plug_is_in(order: ChargeOrder, event: object, now: Now) -> bool:
    """Hold where no current could show that the outlet is off: what floats draws next to nothing."""
    return _is_occupied(order) and final_wait_is_over(order, event, now)


def final_wait_is_over(order: ChargeOrder, _event: object, now: Now) -> bool:
    settings = order.settings
    return _in_stage(order, now, settings.total_s if lacks_only_the_total(order) else settings.final_s)


def field_only_said_tripped(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.end is not None and order.end.detail == "tripped"


def field_only_found_it_off(order: ChargeOrder, _event: object, _now: Now) -> bool:
    return order.end is not None and order.end.detail == OPENED_BY_DEVICE


def plug_is_out(order: ChargeOrder, _event: object, now: Now) -> bool:
    out_ms = order.load.out_since_ms
    return out_ms is not None and now.at_ms - out_ms >= 1000 * order.settings.load.plug_out_s


def occupied_for_long_enough(order: ChargeOrder, _event: object, now: Now) -> bool:
    return _in_stage(order, now, order.settings.occupied_s)


def is_a_repetition(order: ChargeOrder, event: DeviceSettled, _now: Now) -> bool:
    return event.total.name in order.device_seen


def contradicts_an_earlier_one(order: ChargeOrder, event: DeviceSettled, _now: Now) -> bool:
    return any(name.rpartition("/")[0] == event.total.number for name in order.device_seen)


def is_of_an_earlier_run(order: ChargeOrder, event: DeviceSettled, _now: Now) -> bool:
    return event.total.number != order.device_nos[-1]


def is_this_settlement(order: ChargeOrder, event: SettlementAcknowledged, _now: Now) -> bool:
    return event.digest == settlement_digest(order)


def time_to_tell_again(order: ChargeOrder, _event: object, now: Now) -> bool:
    wait_s = order.settings.retell_s << min(order.retells, RETELL_DOUBLINGS)
    return now.at_ms - order.told_ms >= 1000 * wait_s
