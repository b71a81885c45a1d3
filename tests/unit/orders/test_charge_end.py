"""The end of a charge: who stopped it, and which energy is whose."""

from __future__ import annotations

import pytest

from gateway.orders.charge.event import (
    Back,
    Begin,
    DeviceStopped,
    GrantEnded,
    OutletTaken,
    Sample,
    StopAsked,
    SwitchedOff,
    SwitchedOn,
    Tick,
    Tripped,
)
from gateway.orders.charge.stage import Stage
from gateway.orders.effect import Open
from gateway.orders.reason import FaultSide, StopReason
from tests.unit.orders.charging import Run, ended


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
    assert run(SwitchedOff(verified=True)) is Stage.ENDING
    run(Sample(power_w=0.0, register_wh=9.0, meter=2), after_s=1)
    assert run.order.wh == pytest.approx(seen_wh)
    assert run.told("settled")[0]["gaps"] == 1


@pytest.mark.parametrize("power_w", [1000.0, None])
def test_of_an_outlet_that_its_off_has_not_opened_only_what_flowed_before_it_is_billed(power_w: float | None) -> None:
    run = Run().charging(power_w=1000.0)
    run(Sample(power_w=1000.0, register_wh=run.register_wh), after_s=1)
    before_wh = run.order.wh
    run(StopAsked(reason=StopReason.USER), after_s=18)
    run(SwitchedOff(verified=False, draws=True), after_s=1)
    run(Sample(power_w=power_w, register_wh=run.register_wh + 10.0), after_s=17)  # half of it before the OFF
    assert run.order.wh == pytest.approx(before_wh + 5.0, abs=0.1)


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


def test_a_plug_left_in_is_counted_where_too_little_flows_to_show_the_off() -> None:
    run = Run().charging(200.0, 3600)
    run.draw(2.0, 600, plugged=True)
    run.draw(2.0, 4000, plugged=True)
    assert run.order.stage is Stage.ENDING
    run(Sample(power_w=0.0, register_wh=run.register_wh, plugged=True), after_s=1)
    assert run(Tick(), after_s=30) is Stage.OCCUPIED
    assert run.draw(0.0, 10, plugged=False) is Stage.SETTLED
