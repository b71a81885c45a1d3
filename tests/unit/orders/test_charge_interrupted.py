"""A charge out of sight: power, pile or cloud away, and what follows when they are back."""

from __future__ import annotations

import pytest

from gateway.orders.charge.event import (
    Back,
    Begin,
    CloudLost,
    Lost,
    Sample,
    SwitchedOn,
    Tick,
)
from gateway.orders.charge.order import Policy
from gateway.orders.charge.settings import ChargeSettings, Resumes
from gateway.orders.charge.stage import Stage
from gateway.orders.reason import StopReason
from tests.unit.orders.charging import Run, ended, interrupted, new_order


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
