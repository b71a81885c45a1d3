"""A charge from its acceptance to its settlement: what is permitted, opened, told and billed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.charge.event import (
    Back,
    Begin,
    CloudLost,
    DeviceSettled,
    DeviceStopped,
    GrantEnded,
    Lost,
    OutletTaken,
    Refused,
    Sample,
    SettlementAcknowledged,
    StopAsked,
    SwitchedOff,
    SwitchedOn,
    Tick,
    Tripped,
)
from gateway.orders.charge.load import LoadSettings
from gateway.orders.charge.order import ChargeOrder, Policy
from gateway.orders.charge.record import ended as ended_body
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.settings import ChargeSettings, Resumes, Settler
from gateway.orders.charge.stage import Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.clock import Now
from gateway.orders.effect import AckSettlement, Open, Permit
from gateway.orders.reason import FaultSide, StopReason
from gateway.orders.tariff.quote import Limits
from tests.unit.orders.charging import BY_TIER, FREE, Run, new_order, total


def ended(run: Run) -> tuple[object, object]:
    (body,) = run.told("ended")
    return body["reason"], body["fault_side"]


# ---------------------------------------------------------------------- starting


def test_nothing_starts_without_a_ceiling() -> None:
    for most in (Limits(max_s=0), Limits(max_wh=0), Limits(max_w=0)):
        with pytest.raises(ValueError, match="no start without a ceiling"):
            new_order(most=most)
    with pytest.raises(ValueError, match="no start without a ceiling"):
        new_order(ceiling_mil=-1)


def test_a_start_is_permitted_once_within_what_its_money_buys() -> None:
    run = Run(new_order(ceiling_mil=1000))
    run(Begin())
    assert run(Begin()) is Stage.STARTING
    (permit,) = run.permits()
    assert permit.max_wh < 1010  # 1 yuan a kWh
    assert not permit.adopt
    assert [body["ceiling_mil"] for body in run.told("accepted")] == [1000]


def test_money_below_the_least_price_buys_nothing_and_permits_nothing() -> None:
    run = Run(new_order(tariff=replace(BY_TIER, min_mil=500), ceiling_mil=100))
    assert run(Begin()) is Stage.SETTLED
    assert run.permits() == []
    assert [body["amount_mil"] for body in run.told("settled")] == [0]


def test_a_start_refused_before_the_wire_settles_at_nothing_and_opens_nobody_s_outlet() -> None:
    run = Run()
    run(Begin())
    assert run(Refused(word="outlet-busy", was_sent=False)) is Stage.SETTLED
    assert run.opens() == 0
    (body,) = run.told("settled")
    assert (body["amount_mil"], body["reason"], body["detail"]) == (0, "start-refused", "outlet-busy")


@pytest.mark.parametrize("shown_first", [False, True])
def test_a_start_refused_yet_executed_is_opened_at_once_and_nobody_pays(shown_first: bool) -> None:  # noqa: FBT001
    run = Run()
    run(Begin())
    if shown_first:
        run.draw(300.0, 30)
        assert run.draw(300.0, 30) is Stage.CHARGING
    assert run(Refused(word="welded", was_sent=True)) is Stage.ENDING
    assert isinstance(run.intents[-2].effect, Open)
    run.draw(300.0, 10)
    assert run.off() is Stage.SETTLED
    (body,) = run.told("settled")
    assert (body["amount_mil"], body["wh"]) == (0, 0)
    drawn_wh = run.register_wh - 5000.0
    assert body["loss_wh"] == pytest.approx(drawn_wh, abs=0.1)


def test_a_late_refusal_while_waiting_ends_and_one_of_a_later_permit_does_not() -> None:
    run = Run()
    run(Begin())
    run(SwitchedOn())
    assert run(Refused(word="x", was_sent=True)) is Stage.ENDING
    later = Run(replace(Run().charging().order, permits=2))
    assert later(Refused(word="x", was_sent=True)) is Stage.CHARGING


def test_a_refused_resumption_ends_what_was_charged_and_bills_it() -> None:
    run = Run(new_order(ChargeSettings(resumes=Resumes.GATEWAY))).charging(for_s=1800)
    run(Lost(reason=StopReason.POWER_FAIL))
    assert run(Back(is_on=False), after_s=60) is Stage.STARTING
    assert run(Refused(word="x", was_sent=False)) is Stage.ENDING
    assert run.off() is Stage.SETTLED
    assert run.told("settled")[0]["amount_mil"] == 100


def test_a_start_without_an_answer_is_opened() -> None:
    run = Run()
    run(Begin())
    assert run(Tick(), after_s=19) is Stage.STARTING
    assert run(Tick(), after_s=1) is Stage.ENDING
    assert ended(run) == ("start-failed", "facility")


def test_no_plug_within_the_wait_ends_and_a_plug_that_is_in_gets_time_to_be_recognised() -> None:
    run = Run()
    run(Begin())
    run(SwitchedOn())
    assert run.draw(0.0, 119) is Stage.WAITING_PLUG
    assert run.draw(0.0, 2) is Stage.ENDING
    assert ended(run) == ("no-load", "user")
    patient = Run()
    patient(Begin())
    patient(SwitchedOn())
    assert patient.draw(0.0, 200, plugged=True) is Stage.WAITING_PLUG
    assert patient.draw(150.0, 1, plugged=True) is Stage.CHARGING


def test_where_the_pile_shows_its_power_too_late_its_own_word_is_charging() -> None:
    run = Run(new_order(ChargeSettings(confirmed_by_power=False)))
    run(Begin())
    assert run(SwitchedOn()) is Stage.CHARGING


# ---------------------------------------------------------------------- limits


def test_the_energy_asked_for_is_a_limit_and_the_amount_never_above_the_ceiling() -> None:
    run = Run(new_order(most=Limits(max_s=36_000, max_wh=100, max_w=1000))).charging(for_s=10)
    run.draw(400.0, 3600)
    assert ended(run) == ("set-limit", "user")
    assert run.off() is Stage.SETTLED
    assert run.told("settled")[0]["amount_mil"] == 100


def test_used_up_money_is_its_own_reason() -> None:
    run = Run(new_order(ceiling_mil=50, prepaid_mil=50)).charging(for_s=10)
    run.draw(400.0, 3600)
    assert ended(run) == ("prepaid-used", "user")
    run.off()
    assert run.told("settled")[0]["amount_mil"] == 50


def test_the_gateway_keeps_the_longest_time_even_where_nothing_else_does() -> None:
    run = Run(new_order(tariff=FREE, ceiling_mil=0, most=Limits(max_s=600, max_wh=10_000, max_w=1000)))
    run.charging(for_s=500)
    run.draw(200.0, 200)
    assert ended(run) == ("max-time", "user")
    assert run.permits()[0].until_ms == 1000 * (600 + 20 + 300)
    old = Run().charging()
    assert old(Tick(), after_s=86_400) is Stage.ENDING


def test_limits_widen_where_the_worst_does_not_happen() -> None:
    """By tier the first permit reckons with the dearest tier; a load in the cheapest gets more time."""
    run = Run(new_order(tariff=BY_TIER, ceiling_mil=1000)).charging(100.0, 10)
    first = run.permits()[0]
    while run.draw(100.0, 600) is Stage.CHARGING and len(run.permits()) == 1:
        pass
    second = run.permits()[1]
    assert (second.version, second.adopt) == (2, True)
    assert second.max_wh >= first.max_wh
    assert second.until_ms > first.until_ms
    while run.draw(100.0, 5000) is Stage.CHARGING:
        pass
    assert ended(run)[0] == "prepaid-used"
    run.off()
    assert 990 <= int(str(run.told("settled")[0]["amount_mil"])) <= 1000


def test_a_rise_of_the_billing_tier_is_told() -> None:
    run = Run(new_order(tariff=BY_TIER)).charging(100.0, 60)
    run.draw(200.0, 60)
    assert [body["tier"] for body in run.told("tier")] == [1]


def test_progress_is_told_every_minute() -> None:
    run = Run().charging(for_s=600)
    told = run.told("progress")
    assert len(told) == 10
    assert told[-1]["wh"] == 33


# ---------------------------------------------------------------------- the load


def test_full_floats_and_the_float_ends_it() -> None:
    run = Run().charging(200.0, 3600)
    assert run.draw(10.0, 600) is Stage.FLOATING
    assert run.draw(10.0, 3590) is Stage.FLOATING
    assert run.draw(10.0, 20) is Stage.ENDING
    assert ended(run) == ("full", "user")


def test_a_charger_that_only_paused_charges_again() -> None:
    run = Run().charging(200.0, 3600)
    assert run.draw(12.0, 600) is Stage.FLOATING
    assert run.draw(12.0, 120) is Stage.FLOATING
    assert run.told("progress")
    assert run.draw(190.0, 60) is Stage.CHARGING
    assert len(run.told("charging-again")) == 1


@pytest.mark.parametrize("limit", ["wh", "s"])
def test_limits_hold_while_floating(limit: str) -> None:
    most = Limits(max_s=4500 if limit == "s" else 36_000, max_wh=203 if limit == "wh" else 3000, max_w=1000)
    run = Run(new_order(most=most)).charging(200.0, 3600)
    assert run.draw(10.0, 600) is Stage.FLOATING
    run.draw(10.0, 3000)
    assert ended(run)[0] == {"wh": "set-limit", "s": "max-time"}[limit]


def test_what_is_taken_away_after_full_was_full() -> None:
    run = Run().charging(200.0, 3600)
    assert run.draw(10.0, 600) is Stage.FLOATING
    assert run.draw(0.0, 60) is Stage.ENDING
    assert ended(run)[0] == "full"


def test_an_unplug_waits_for_the_same_plug_and_then_ends() -> None:
    run = Run().charging()
    assert run.draw(0.0, 60) is Stage.UNPLUGGED
    assert run.draw(0.0, 55) is Stage.UNPLUGGED
    assert run.draw(0.0, 10) is Stage.ENDING
    assert ended(run) == ("unplugged", "user")


def test_a_plug_that_comes_back_goes_on_charging() -> None:
    run = Run().charging()
    assert run.draw(0.0, 60) is Stage.UNPLUGGED
    assert run.draw(195.0, 14) is Stage.UNPLUGGED
    assert run.draw(195.0, 5) is Stage.CHARGING
    assert run.draw(195.0, 100) is Stage.CHARGING


def test_a_second_bike_never_charges_on_the_first_one_s_order() -> None:
    run = Run().charging()
    run.draw(0.0, 60)
    run.draw(500.0, 30)
    assert ended(run) == ("second-load", "user")


def test_without_a_window_an_unplug_ends_at_once() -> None:
    run = Run(new_order(ChargeSettings(replug_s=0))).charging()
    assert run.draw(0.0, 60) is Stage.UNPLUGGED
    assert run(Tick()) is Stage.ENDING


def test_a_charger_that_comes_back_derated_is_the_same_and_a_stronger_one_is_not() -> None:
    derated, stronger = Run().charging(), Run().charging()
    for run in (derated, stronger):
        run.draw(0.0, 60)
    assert derated.draw(110.0, 30) is Stage.CHARGING
    assert stronger.draw(270.0, 30) is Stage.ENDING


def test_a_charger_that_comes_back_weak_is_given_time_to_come_up() -> None:
    recovering, weaker = Run().charging(400.0), Run().charging(400.0)
    for run in (recovering, weaker):
        run.draw(0.0, 20)
        assert run.draw(40.0, 60) is Stage.UNPLUGGED
    assert recovering.draw(400.0, 20) is Stage.CHARGING
    assert weaker.draw(40.0, 70) is Stage.ENDING
    assert ended(weaker) == ("second-load", "user")


def test_a_plug_sensor_is_believed_where_nothing_draws() -> None:
    run = Run().charging(20.0)
    assert run.draw(2.0, 2, plugged=False) is Stage.CHARGING
    assert run.draw(2.0, 3, plugged=False) is Stage.UNPLUGGED
    stuck = Run().charging()
    assert stuck.draw(200.0, 60, plugged=False) is Stage.CHARGING


def test_a_splitter_s_second_load_is_an_event_and_not_an_end() -> None:
    run = Run().charging(200.0, 600)
    assert run.draw(450.0, 200) is Stage.CHARGING
    assert len(run.told("power-step")) == 1


def test_a_charger_that_switches_itself_off_after_its_taper_was_full() -> None:
    settings = ChargeSettings(load=LoadSettings(full=()))
    run = Run(new_order(settings)).charging(200.0, 3600)
    run.draw(50.0, 900)
    assert run.draw(0.1, 30) is Stage.UNPLUGGED
    assert run.draw(0.1, 70) is Stage.ENDING
    assert ended(run)[0] == "full"


def test_what_never_draws_more_than_a_lamp_is_no_load() -> None:
    run = Run(new_order(ChargeSettings(load=LoadSettings(full=())))).charging(20.0)
    assert run.draw(20.0, 2000) is Stage.ENDING
    assert ended(run)[0] == "no-load"


# ---------------------------------------------------------------------- interrupted


def interrupted(
    reason: StopReason = StopReason.POWER_FAIL, resumes: Resumes = Resumes.NOBODY, on_power_fail: Policy = Policy.GO_ON
) -> Run:
    run = Run(new_order(ChargeSettings(resumes=resumes), on_power_fail=on_power_fail)).charging(for_s=1800)
    assert run(Lost(reason=reason)) is Stage.INTERRUPTED
    assert run(Lost(reason=reason)) is Stage.INTERRUPTED
    return run


def test_a_power_failure_without_anybody_to_resume_ends_at_its_return() -> None:
    run = interrupted()
    assert run(Back(is_on=False), after_s=300) is Stage.ENDING
    assert ended(run) == ("power-fail", "grid")


def test_a_power_failure_that_lasts_is_settled_at_the_last_energy() -> None:
    run = interrupted(resumes=Resumes.DEVICE)
    assert run(Tick(), after_s=1799) is Stage.INTERRUPTED
    assert run(Tick(), after_s=1) is Stage.ENDING
    assert run(Tick(), after_s=30) is Stage.SETTLED
    (body,) = run.told("settled")
    assert (body["wh"], body["amount_mil"], body["off_known"]) == (100, 100, False)


def test_a_device_that_resumes_by_itself_goes_on_and_its_energy_meanwhile_counts() -> None:
    run = interrupted(resumes=Resumes.DEVICE)
    run.register_wh += 10
    assert run(Back(is_on=True), after_s=300) is Stage.CHARGING
    assert run.permits()[-1].adopt
    run.draw(200.0, 10)
    assert run.order.wh == pytest.approx(run.register_wh - 5000, abs=0.1)


def test_what_has_used_up_its_money_out_of_sight_is_not_permitted_again() -> None:
    run = Run(new_order(ChargeSettings(resumes=Resumes.DEVICE), ceiling_mil=110, prepaid_mil=110)).charging(for_s=1800)
    run(Lost(reason=StopReason.POWER_FAIL))
    run.register_wh += 30
    run(Sample(power_w=200.0, register_wh=run.register_wh), after_s=300)
    permits = len(run.permits())
    assert run(Back(is_on=True)) is Stage.ENDING
    assert len(run.permits()) == permits
    assert run.off() is Stage.SETTLED
    assert run.told("settled")[0]["amount_mil"] == 110


def test_what_the_gateway_resumes_is_switched_on_again_a_few_times_only() -> None:
    run = interrupted(resumes=Resumes.GATEWAY)
    for times in range(3):
        assert run(Back(is_on=False), after_s=60) is Stage.STARTING
        assert not run.permits()[-1].adopt
        assert len(run.permits()) == 2 + times
        run(SwitchedOn(), after_s=1)
        run.draw(200.0, 1)
        assert run.draw(200.0, 10) is Stage.CHARGING
        run(Lost(reason=StopReason.POWER_FAIL))
    assert run(Back(is_on=False), after_s=60) is Stage.ENDING


def test_an_order_that_wants_no_resumption_gets_none() -> None:
    run = interrupted(resumes=Resumes.DEVICE, on_power_fail=Policy.END)
    assert run(Back(is_on=True), after_s=10) is Stage.ENDING


def test_silence_alone_ends_nothing_that_is_still_on() -> None:
    run = interrupted(StopReason.DEVICE_LOST)
    run(Sample(power_w=200.0, register_wh=5100.0), after_s=1)
    assert run(Back(is_on=True), after_s=30) is Stage.CHARGING
    waiting = Run()
    waiting(Begin())
    waiting(SwitchedOn())
    waiting(Lost(reason=StopReason.DEVICE_LOST))
    assert waiting(Back(is_on=True)) is Stage.WAITING_PLUG


def test_an_order_that_needs_the_cloud_ends_without_it() -> None:
    assert Run().charging()(CloudLost()) is Stage.CHARGING
    run = Run(new_order(on_cloud_loss=Policy.END)).charging()
    assert run(CloudLost()) is Stage.ENDING


# ---------------------------------------------------------------------- the end


@pytest.mark.parametrize(
    ("event", "reason", "side"),
    [
        (Tripped(element="definite-time"), StopReason.OVERCURRENT, FaultSide.SAFETY),
        (Tripped(element="power-limit"), StopReason.OVER_POWER, FaultSide.USER),
        (StopAsked(reason=StopReason.CARD), StopReason.CARD, FaultSide.USER),
        (StopAsked(reason=StopReason.SAFETY_OFF), StopReason.SAFETY_OFF, FaultSide.SAFETY),
        (GrantEnded(word="opened-by-device"), StopReason.DEVICE_STOPPED, FaultSide.FACILITY),
        (DeviceStopped(reason=StopReason.FULL), StopReason.FULL, FaultSide.USER),
        (
            DeviceStopped(reason=StopReason.OVER_VOLTAGE, side=FaultSide.FACILITY),
            StopReason.OVER_VOLTAGE,
            FaultSide.FACILITY,
        ),
    ],
)
def test_whatever_stops_a_charge_opens_it_first_and_names_its_side(
    event: object, reason: StopReason, side: FaultSide
) -> None:
    run = Run().charging()
    before = len(run.intents)
    assert run(event) is Stage.ENDING
    assert isinstance(run.intents[before].effect, Open)
    assert ended(run) == (reason, side)
    assert run(StopAsked(reason=StopReason.USER)) is Stage.ENDING


def test_protection_s_own_word_corrects_what_field_could_only_call_a_trip() -> None:
    run = Run().charging()
    run(GrantEnded(word="tripped"))
    run(Tripped(element="leakage"))
    run.off()
    assert run.told("settled")[0]["reason"] == "residual"
    stopped = Run().charging()
    stopped(StopAsked(reason=StopReason.USER))
    stopped(Tripped(element="leakage"))
    assert stopped.order.end is not None
    assert stopped.order.end.reason is StopReason.USER


def test_the_last_energy_before_the_off_is_the_user_s_and_none_after_it() -> None:
    run = Run().charging(360.0, 1000)
    run(StopAsked(reason=StopReason.USER), after_s=10)  # 1 Wh since the last reading
    run.register_wh += 2.0
    run(Sample(power_w=360.0, register_wh=run.register_wh), after_s=10)  # still flowing 10 s after the OFF
    run.register_wh += 3.0
    run(Sample(power_w=360.0, register_wh=run.register_wh), after_s=30)
    run(SwitchedOff(verified=True))
    (body,) = run.told("settled")
    assert body["loss_wh"] == pytest.approx(4.0, abs=0.01)
    assert run.order.wh == pytest.approx(run.register_wh - 5000 - 4.0, abs=0.11)


def test_a_reading_that_was_taken_before_the_off_settles_nothing() -> None:
    run = Run().charging()
    run(StopAsked(reason=StopReason.USER))
    run(SwitchedOff(verified=True), after_s=1)
    run.at_s -= 1
    assert run(Sample(power_w=200.0, register_wh=run.register_wh)) is Stage.ENDING
    assert run(Sample(power_w=0.0), after_s=2) is Stage.ENDING
    assert run(Sample(power_w=0.0, register_wh=run.register_wh, plugged=False)) is Stage.SETTLED


def test_a_swapped_meter_in_the_last_reading_bills_nothing_that_was_not_seen() -> None:
    run = Run().charging()
    seen_wh = run.order.wh
    run(StopAsked(reason=StopReason.USER))
    run(Sample(power_w=200.0, register_wh=9.0, meter=2), after_s=1)
    run(SwitchedOff(verified=True))
    assert run.order.wh == pytest.approx(seen_wh)
    assert run.told("settled")[0]["gaps"] == 1


def test_without_any_register_the_off_alone_settles() -> None:
    run = Run()
    run(Begin())
    for _ in range(30):
        run(Sample(power_w=200.0), after_s=1)
    run(StopAsked(reason=StopReason.USER))
    assert run(SwitchedOff(verified=False)) is Stage.ENDING
    assert run(Sample(power_w=1.0), after_s=1) is Stage.SETTLED


def test_registers_that_make_no_sense_are_not_taken() -> None:
    run = Run().charging()
    before = run.order.usage.energy_mwh
    for register_wh in (-1.0, float("nan"), float("inf")):
        run(Sample(power_w=float("nan"), register_wh=register_wh), after_s=1)
    assert run.order.usage.energy_mwh == before


def test_an_on_that_comes_too_late_is_taken_back() -> None:
    run = Run().charging()
    run(StopAsked(reason=StopReason.USER))
    opens = run.opens()
    run(SwitchedOn())
    run(Back(is_on=True))
    run(Back(is_on=False))
    assert run.opens() == opens + 2


def test_a_plug_left_in_after_full_is_counted_until_it_is_out() -> None:
    def full() -> Run:
        run = Run().charging(200.0, 3600)
        run.draw(10.0, 600, plugged=True)
        run.draw(10.0, 4000, plugged=True)
        assert run.order.stage is Stage.ENDING
        run(SwitchedOff(verified=True), after_s=1)
        sample = Sample(power_w=0.0, register_wh=run.register_wh, plugged=True)
        assert run(sample, after_s=1) is Stage.OCCUPIED
        return run

    run = full()
    run.draw(0.0, 600, plugged=True)
    assert run.draw(0.0, 10, plugged=False) is Stage.SETTLED
    receipt = run.order.receipt
    assert receipt is not None
    assert receipt.times.occupied_ms // 60_000 == 10
    assert full().draw(0.0, 1801, plugged=True) is Stage.SETTLED
    assert full()(OutletTaken()) is Stage.SETTLED


# ---------------------------------------------------------------------- settlements


def test_a_settlement_is_told_until_it_is_acknowledged_by_its_digest() -> None:
    run = Run().charging()
    run(StopAsked(reason=StopReason.USER))
    run.off()
    for wait_s in (60, 120, 240, 480, 960, 1920, 3840, 3840):
        run(Tick(), after_s=wait_s - 1)
        before = len(run.told("settled"))
        run(Tick(), after_s=1)
        assert len(run.told("settled")) == before + 1
    assert len({str(body) for body in run.told("settled")}) == 1
    assert run(SettlementAcknowledged(digest="another")) is Stage.SETTLED
    assert run(SettlementAcknowledged(digest=settlement_digest(run.order))) is Stage.CLOSED


def test_a_pile_s_settlement_is_kept_before_it_is_acknowledged_and_known_again() -> None:
    run = Run().charging()
    assert run(DeviceSettled(total=total(wh=22.3))) is Stage.ENDING
    assert isinstance(run.intents[-1].effect, AckSettlement)
    assert run.told("device-settlement")[0]["differs"] is False
    for _ in range(3):
        told = len(run.told("device-settlement"))
        run(DeviceSettled(total=total(wh=22.3)))
        assert len(run.told("device-settlement")) == told
        assert isinstance(run.intents[-1].effect, AckSettlement)
        run.off()


def test_a_second_run_under_the_same_number_is_not_a_repetition() -> None:
    run = Run().charging()
    run(DeviceSettled(total=total()))
    run.off()
    run(DeviceSettled(total=total(digest="d-2", wh=900.0)))
    assert [body["differs"] for body in run.told("device-settlement")] == [True, True]
    assert len(run.told("settled")) == 1


@pytest.mark.parametrize("repeated", [False, True])
def test_where_the_pile_settles_its_energy_is_the_bill(repeated: bool) -> None:  # noqa: FBT001
    run = Run(new_order(ChargeSettings(settler=Settler.PILE))).charging(200.0, 3600)
    if repeated:
        run(DeviceSettled(total=total(wh=230.0)))
        run(SwitchedOff(verified=True))
    else:
        run(StopAsked(reason=StopReason.USER))
        assert run.off() is Stage.ENDING
        assert run(DeviceSettled(total=total(wh=230.0))) is Stage.SETTLED
    (body,) = run.told("settled")
    assert (body["amount_mil"], body["settled_by"]) == (230, "pile")


def test_where_the_pile_s_total_never_comes_ours_is_the_bill() -> None:
    run = Run(new_order(ChargeSettings(settler=Settler.PILE))).charging(200.0, 3600)
    run(StopAsked(reason=StopReason.USER))
    run.off()
    assert run(Tick(), after_s=30) is Stage.SETTLED
    (body,) = run.told("settled")
    assert (body["amount_mil"], body["settled_by"]) == (200, "gateway")


def test_an_order_without_wall_time_charges_settles_and_says_so() -> None:
    run = Run()

    def step(order: ChargeOrder, event: object, at_s: float) -> ChargeOrder:
        return CHARGE.step(order, event, Now(at_ms=round(1000 * at_s), ts_ms=0, clock=0)).order

    order = step(run.order, Begin(), 0)
    for second in range(1, 400):
        order = step(order, Sample(power_w=200.0, register_wh=5000 + second / 18), second)
    order = step(order, StopAsked(reason=StopReason.USER), 401)
    assert order.usage.reading is not None
    assert order.usage.reading.ts_ms is None
    assert order.end is not None
    assert order.end.at.clock == 0


def test_no_permit_follows_an_end() -> None:
    run = interrupted(resumes=Resumes.GATEWAY)
    run(Tripped(element="smoke"))
    permits = len(run.permits())
    for event in (Back(is_on=True), Back(is_on=False), SwitchedOn(), Begin(), Tick()):
        run(event)
    assert len(run.permits()) == permits
    assert not any(isinstance(intent.effect, Permit) for intent in run.intents[-5:])


def test_an_order_under_way_has_no_end_to_tell() -> None:
    assert ended_body(Run().charging().order) == {}
