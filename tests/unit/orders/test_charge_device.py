"""What the pile itself says about a charge: its own settlements, its own reason, several runs of one order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.charge.event import (
    Back,
    Begin,
    DeviceSettled,
    DeviceStopped,
    GrantEnded,
    Lost,
    OutletTaken,
    Refused,
    SettlementAcknowledged,
    StopAsked,
    SwitchedOff,
    SwitchedOn,
    Tick,
)
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.settings import ChargeSettings, Resumes, Settler
from gateway.orders.charge.stage import Stage
from gateway.orders.effect import Open, Raise
from gateway.orders.reason import StopReason
from tests.unit.orders.charging import Run, new_order, total

BY_PILE = ChargeSettings(settler=Settler.PILE)


def alarms(run: Run) -> list[tuple[str, bool]]:
    effects = (intent.effect for intent in run.intents)
    return [(effect.alarm, effect.active) for effect in effects if isinstance(effect, Raise)]


def opens(run: Run) -> list[str]:
    effects = (intent.effect for intent in run.intents)
    return [effect.device_order_no for effect in effects if isinstance(effect, Open)]


def test_a_pile_s_settlement_ends_the_charge_for_the_pile_s_reason_and_is_known_again() -> None:
    run = Run().charging()
    assert run(DeviceSettled(total=total(wh=22.3))) is Stage.ENDING
    assert run.told("ended")[0]["reason"] == "full"
    for _ in range(3):
        run(DeviceSettled(total=total(wh=22.3)))
        run.off()
    (told,) = run.told("device-settlement")
    assert (told["device_wh"], told["device_order_no"], told["run"]) == (22.3, "n-1", 1)
    assert run.told("totals-differ") == []
    assert alarms(run) == []


def test_where_the_gateway_settles_its_total_is_the_bill_and_a_difference_is_told() -> None:
    run = Run().charging(200.0, 3600)
    run(DeviceSettled(total=total(wh=300.0)))
    assert run.off() is Stage.SETTLED
    (settled,), (differs,) = run.told("settled"), run.told("totals-differ")
    assert (settled["amount_mil"], settled["settled_by"], settled["device_wh"]) == (200, "gateway", 300.0)
    assert (differs["device_wh"], round(float(str(differs["measured_wh"])))) == (300.0, 200)


def test_a_settlement_that_comes_after_the_receipt_is_compared_and_changes_nothing() -> None:
    run = Run().charging(200.0, 3600)
    run(StopAsked(reason=StopReason.USER))
    run.off()
    digest = settlement_digest(run.order)
    for _ in range(2):
        assert run(DeviceSettled(total=total(wh=900.0)), after_s=5) is Stage.SETTLED
    assert len(run.told("device-settlement")) == len(run.told("totals-differ")) == 1
    assert settlement_digest(run.order) == digest
    run(DeviceSettled(total=total(digest="d-2", wh=200.0)))
    assert alarms(run) == [("settlement-corrected", True)]


@pytest.mark.parametrize("settler", Settler)
def test_another_record_of_the_same_run_is_a_correction_that_bills_nothing(settler: Settler) -> None:
    run = Run(new_order(ChargeSettings(settler=settler))).charging(200.0, 3600)
    run(DeviceSettled(total=total(wh=210.0)))
    run(DeviceSettled(total=total(digest="d-2", wh=900.0)))
    run.off()
    for _ in range(2):
        run(DeviceSettled(total=total(digest="d-2", wh=900.0)))
        run(DeviceSettled(total=total(digest="d-3", wh=0.0)))
    assert [body["device_wh"] for body in run.told("settlement-corrected")] == [900.0, 0.0]
    assert run.told("settled")[0]["amount_mil"] == (210 if settler is Settler.PILE else 200)
    assert alarms(run) == [("settlement-corrected", True)]
    run(SettlementAcknowledged(digest=settlement_digest(run.order)))
    assert alarms(run)[1:] == [("settlement-corrected", False)]


@pytest.mark.parametrize("comes_first", [False, True])
def test_where_the_pile_settles_its_energy_is_the_bill(comes_first: bool) -> None:  # noqa: FBT001
    run = Run(new_order(BY_PILE)).charging(200.0, 3600)
    if comes_first:
        run(DeviceSettled(total=total(wh=230.0)))
        run(SwitchedOff(verified=True))
    else:
        run(StopAsked(reason=StopReason.USER))
        assert run.off() is Stage.ENDING
        assert run(DeviceSettled(total=total(wh=230.0))) is Stage.SETTLED
    (body,) = run.told("settled")
    assert (body["amount_mil"], body["settled_by"], body["device_wh"]) == (230, "pile", 230.0)
    assert len(run.told("totals-differ")) == 1


def test_a_pile_s_total_is_waited_for_until_it_must_have_been_told_again_or_the_next_user_is_there() -> None:
    def ending() -> Run:
        run = Run(new_order(BY_PILE)).charging(200.0, 3600)
        run(StopAsked(reason=StopReason.USER))
        run.off()
        return run

    late, gone, taken = ending(), ending(), ending()
    assert late(Tick(), after_s=1900) is Stage.ENDING
    late(DeviceSettled(total=total(wh=230.0)))
    assert late.told("settled")[0]["settled_by"] == "pile"
    assert gone(Tick(), after_s=2100) is Stage.SETTLED
    assert taken(OutletTaken(), after_s=60) is Stage.SETTLED
    for run in (gone, taken):
        (body,) = run.told("settled")
        assert (body["amount_mil"], body["settled_by"], body["device_wh"]) == (200, "gateway", None)


def test_an_end_that_is_not_yet_seen_is_not_cut_short_by_the_next_user() -> None:
    run = Run(new_order(BY_PILE)).charging()
    run(StopAsked(reason=StopReason.USER))
    assert run(OutletTaken()) is Stage.ENDING
    assert run(Tick(), after_s=30) is Stage.SETTLED


def resumed(settings: ChargeSettings) -> Run:
    """One order of two runs: a power failure of a minute between them."""
    run = Run(new_order(replace(settings, resumes=Resumes.GATEWAY))).charging(200.0, 1800)
    run(Lost(reason=StopReason.POWER_FAIL))
    run(Back(is_on=False), after_s=60)
    run(SwitchedOn(), after_s=1)
    run.draw(200.0, 1)
    run.draw(200.0, 1800)
    return run


def test_each_run_has_a_number_of_its_own_and_the_stop_names_the_last() -> None:
    run = resumed(ChargeSettings())
    first, second = run.order.device_nos
    assert [permit.device_order_no for permit in run.permits()] == [first, second]
    assert (first, len(second) <= 16) == ("n-1", True)
    run(StopAsked(reason=StopReason.USER))
    assert opens(run) == [second]
    assert resumed(ChargeSettings()).order.device_nos == (first, second)


def test_the_bill_of_a_pile_that_settles_is_the_sum_of_its_runs() -> None:
    run = resumed(BY_PILE)
    first, second = run.order.device_nos
    assert run(DeviceSettled(total=total(number=first, wh=100.0))) is Stage.CHARGING
    assert run(DeviceSettled(total=total(number=second, digest="d-2", wh=120.0))) is Stage.ENDING
    run.off()
    (body,) = run.told("settled")
    assert (body["amount_mil"], body["settled_by"]) == (220, "pile")
    assert [told["run"] for told in run.told("device-settlement")] == [1, 2]
    assert alarms(run) == []


def test_the_same_figures_under_two_numbers_are_two_runs() -> None:
    run = resumed(BY_PILE)
    for number in run.order.device_nos:
        run(DeviceSettled(total=total(number=number, wh=100.0)))
    run.off()
    assert run.told("settled")[0]["amount_mil"] == 200


def test_a_run_that_the_pile_settles_before_the_gateway_resumes_it_is_no_end() -> None:
    run = Run(new_order(ChargeSettings(resumes=Resumes.GATEWAY))).charging(200.0, 1800)
    run(Lost(reason=StopReason.POWER_FAIL))
    assert run(DeviceSettled(total=total(wh=100.0)), after_s=30) is Stage.INTERRUPTED
    assert run(Back(is_on=False)) is Stage.STARTING
    nobody = Run().charging(200.0, 1800)
    nobody(Lost(reason=StopReason.POWER_FAIL))
    assert nobody(DeviceSettled(total=total(wh=100.0)), after_s=30) is Stage.ENDING


@pytest.mark.parametrize("settles", [False, True])
def test_the_pile_says_why_where_field_could_only_see_that_it_is_off(settles: bool) -> None:  # noqa: FBT001
    run = Run().charging()
    run(GrantEnded(word="opened-by-device"))
    assert run.told("ended")[0]["reason"] == "device-stopped"
    run(DeviceSettled(total=total(wh=22.0)) if settles else DeviceStopped(reason=StopReason.FULL))
    run.off()
    (body,) = run.told("settled")
    assert (body["reason"], body["fault_side"]) == ("full", "user")
    stopped = Run().charging()
    stopped(StopAsked(reason=StopReason.CARD))
    stopped(DeviceStopped(reason=StopReason.FULL))
    stopped(DeviceSettled(total=total(wh=22.0)))
    stopped.off()
    assert stopped.told("settled")[0]["reason"] == "card"


def test_no_word_of_the_pile_changes_a_settlement_that_was_told() -> None:
    run = Run().charging()
    run(GrantEnded(word="opened-by-device"))
    run.off()
    digest = settlement_digest(run.order)
    run(DeviceSettled(total=total(wh=22.0)))
    run(DeviceStopped(reason=StopReason.FULL))
    assert settlement_digest(run.order) == digest


def test_a_refused_start_costs_nothing_whatever_the_pile_settles() -> None:
    run = Run(new_order(BY_PILE))
    run(Begin())
    run(Refused(word="welded", was_sent=True))
    run(DeviceSettled(total=total(wh=50.0)))
    run.draw(0.0, 1)
    assert run(Tick(), after_s=30) is Stage.SETTLED
    (body,) = run.told("settled")
    assert (body["amount_mil"], body["wh"], body["settled_by"]) == (0, 0, "gateway")
