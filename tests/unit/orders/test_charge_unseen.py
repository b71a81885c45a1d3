"""Energy and time of a charge that was not watched all the while: what field tells later, and what nobody saw."""

from __future__ import annotations

import pytest

from gateway.orders.charge.event import Back, Begin, GrantEnded, Lost, Sample, StopAsked, SwitchedOff, SwitchedOn, Tick
from gateway.orders.charge.settings import ChargeSettings, Resumes
from gateway.orders.charge.stage import Stage
from gateway.orders.reason import StopReason
from gateway.orders.tariff.register import Meter
from tests.unit.orders.charging import Run, new_order

METERED = ChargeSettings(meter=Meter(most_w=6000, step_mwh=2000))


def waiting(settings: ChargeSettings = METERED) -> Run:
    run = Run(new_order(settings))
    run(Begin())
    run(Sample(register_wh=run.register_wh))
    assert run(SwitchedOn(), after_s=1) is Stage.WAITING_PLUG
    return run


def test_a_register_that_has_risen_since_the_on_is_a_charge_though_nobody_saw_its_power() -> None:
    run = waiting()
    assert run(Sample(register_wh=5001.0), after_s=600) is Stage.CHARGING
    run(Sample(register_wh=5300.0), after_s=5400)
    run(GrantEnded(word="max-time"), after_s=1)
    run(Sample(register_wh=5301.0), after_s=2)
    run(Tick(), after_s=30)
    (body,) = run.told("settled")
    assert (body["wh"], body["s"], body["loss_wh"]) == (301, 5401, 0)


@pytest.mark.parametrize("register_wh", [5000.0, 4000.0, 70_000.0, None])
def test_what_no_charge_can_have_shown_begins_none(register_wh: float | None) -> None:
    run = waiting()
    assert run(Sample(register_wh=register_wh), after_s=60) is Stage.WAITING_PLUG


def test_what_hardly_draws_is_no_charge_and_its_energy_a_loss() -> None:
    run = waiting()
    assert run(Sample(register_wh=5001.0), after_s=1000) is Stage.WAITING_PLUG
    run(StopAsked(reason=StopReason.USER))
    run(Sample(register_wh=5001.0), after_s=1)
    run(Tick(), after_s=30)
    (body,) = run.told("settled")
    assert (body["wh"], body["amount_mil"], body["loss_wh"]) == (0, 0, 1.0)


def test_what_flowed_before_the_first_power_was_seen_belongs_to_the_charge() -> None:
    run = waiting()
    run(Sample(power_w=0.0, register_wh=5000.0), after_s=5)
    assert run(Sample(power_w=600.0, register_wh=5001.5), after_s=10) is Stage.CHARGING
    run(Sample(power_w=600.0, register_wh=5003.0), after_s=10)
    assert run.order.wh == 3.0


def test_the_same_reading_told_on_two_ways_counts_once_and_confirms_nothing() -> None:
    run = Run(new_order(METERED)).charging()
    before_wh = run.order.wh
    run(Sample(power_w=200.0, register_wh=900.0), after_s=1)
    run.at_s += 0.02
    run(Sample(register_wh=900.0))
    assert run.order.usage.gaps == 0
    run.draw(200.0, 1)
    assert run.order.usage.gaps == 0
    assert run.order.wh >= before_wh


def test_a_wild_last_reading_waits_for_another_one() -> None:
    run = Run(new_order(METERED)).charging()
    used_wh = run.register_wh - 5000.0
    run(StopAsked(reason=StopReason.USER))
    run(SwitchedOff(verified=True), after_s=1)
    assert run(Sample(power_w=0.0, register_wh=900_000.0), after_s=1) is Stage.ENDING
    assert run(Sample(power_w=0.0, register_wh=run.register_wh), after_s=5) is Stage.SETTLED
    (body,) = run.told("settled")
    assert (body["wh"], body["gaps"]) == (round(used_wh), 0)
    never = Run(new_order(METERED)).charging()
    never(StopAsked(reason=StopReason.USER))
    never(SwitchedOff(verified=True), after_s=1)
    never(Sample(power_w=0.0, register_wh=900_000.0), after_s=1)
    assert never(Tick(), after_s=30) is Stage.SETTLED
    (body,) = never.told("settled")
    assert (body["wh"], body["gaps"]) == (round(used_wh), 1)


def test_nobody_pays_for_time_that_nobody_saw_but_for_energy_that_was_measured() -> None:
    run = Run(new_order(ChargeSettings(resumes=Resumes.NOBODY))).charging(200.0, 1800)
    seen_s = run.order.seconds
    seen_ms = round(1000 * run.at_s)
    run(Lost(reason=StopReason.DEVICE_LOST, seen_ms=seen_ms), after_s=3600)
    assert run.order.usage.times.paused_ms == 3_600_000
    run(Back(is_on=False), after_s=5)
    run.register_wh += 20
    run.off()
    run(Tick(), after_s=30)
    (body,) = run.told("settled")
    assert (body["s"], body["wh"], body["gaps"]) == (seen_s, round(run.register_wh - 5000.0), 1)


def test_time_counts_on_where_the_outlet_was_watched_all_the_while() -> None:
    run = Run().charging(200.0, 1800)
    run(Lost(reason=StopReason.DEVICE_LOST), after_s=60)
    assert run.order.seconds == pytest.approx(1860, abs=3)
