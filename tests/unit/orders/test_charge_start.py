"""The beginning of a charge, and the limits within which it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.charge.event import (
    Back,
    Begin,
    Lost,
    Refused,
    SwitchedOn,
    Tick,
)
from gateway.orders.charge.settings import ChargeSettings, Resumes
from gateway.orders.charge.stage import Stage
from gateway.orders.effect import Open
from gateway.orders.reason import StopReason
from gateway.orders.tariff.quote import Limits
from tests.unit.orders.charging import BY_TIER, FREE, Run, ended, new_order

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


def test_a_resumption_that_field_refuses_is_tried_again_a_few_times_and_then_ends_what_was_charged() -> None:
    run = Run(new_order(ChargeSettings(resumes=Resumes.GATEWAY))).charging(for_s=1800)
    run(Lost(reason=StopReason.POWER_FAIL))
    for stage in (Stage.INTERRUPTED, Stage.INTERRUPTED, Stage.ENDING):
        assert run(Back(is_on=False), after_s=5) is Stage.STARTING
        assert run(Refused(word="an OFF of it is under way", was_sent=False)) is stage
    assert run.off() is Stage.SETTLED
    assert run.told("settled")[0]["amount_mil"] == 100


def test_a_resumption_that_may_have_been_sent_is_not_tried_again() -> None:
    run = Run(new_order(ChargeSettings(resumes=Resumes.GATEWAY))).charging(for_s=1800)
    run(Lost(reason=StopReason.POWER_FAIL))
    run(Back(is_on=False), after_s=5)
    assert run(Refused(word="no-answer", was_sent=True)) is Stage.ENDING


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
