"""What somebody is told before a start holds after it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.orders.tariff.offer import Question, offer, offer_json
from gateway.orders.tariff.quote import Limits, quote_time
from tests.unit.orders.tariff.making import NINE_PM_MS, PLAIN, TIME_OF_USE, tiered

MOST = Limits(max_s=36_000, max_wh=3000, max_w=800)
TARIFFS = st.sampled_from([PLAIN, TIME_OF_USE, tiered(), replace(PLAIN, min_mil=500)])


def asked(**more: Any) -> Any:
    tariff, most = more.pop("tariff", PLAIN), more.pop("most", MOST)
    return offer_json(offer(tariff, Question(**more), most))


def test_both_questions_are_answered_under_the_tariff_that_is_named() -> None:
    said = asked(
        tariff=TIME_OF_USE, money_mil=1210, wh=2000, power_w=1000, ts_ms=NINE_PM_MS, most=replace(MOST, max_w=1000)
    )
    assert said["tariff"]["id"] == TIME_OF_USE.id
    assert said["energy"] == {
        "wh": 2000,
        "takes_s": 7200,
        "costs_mil": 1210,
        "at_most_mil": said["energy"]["at_most_mil"],
    }
    assert said["energy"]["at_most_mil"] >= 1210
    assert said["money"]["costs_mil"] == 1210
    assert said["money"]["buys_wh"] >= 2000
    assert said["money"]["at_least_wh"] <= said["money"]["buys_wh"]
    assert json.loads(json.dumps(said)) == said


def test_a_question_that_was_not_asked_is_not_answered() -> None:
    assert "money" not in asked(wh=100)
    assert "energy" not in asked(money_mil=100)


def test_an_unknown_time_is_quoted_as_the_cheapest_and_says_that_it_is_unknown() -> None:
    unknown, known = asked(tariff=TIME_OF_USE, wh=500), asked(tariff=TIME_OF_USE, wh=500, ts_ms=NINE_PM_MS)
    assert unknown["begins_ts_ms"] is None
    assert unknown["energy"]["costs_mil"] <= known["energy"]["costs_mil"] <= unknown["energy"]["at_most_mil"]


def test_money_that_buys_nothing_for_sure_says_so() -> None:
    said = asked(tariff=replace(PLAIN, min_mil=500), money_mil=400)["money"]
    assert (said["at_least_s"], said["at_least_wh"], said["buys_s"]) == (0, 0, 0)


@given(
    tariff=TARIFFS,
    money_mil=st.integers(1, 20_000),
    wh=st.integers(1, 5000),
    power_w=st.integers(1, 2000),
    ts_ms=st.one_of(st.none(), st.integers(0, 10**12)),
)
def test_no_quote_costs_more_than_its_money_or_its_worst_nor_passes_the_place(
    tariff: Any, money_mil: int, wh: int, power_w: int, ts_ms: int | None
) -> None:
    made = offer(tariff, Question(money_mil=money_mil, wh=wh, power_w=power_w, ts_ms=ts_ms), MOST)
    assert made.money is not None
    assert made.energy is not None
    typical, least = made.money.typical, made.money.least
    assert typical.s == 0 or typical.amount_mil <= money_mil
    assert typical.s <= MOST.max_s
    assert typical.wh <= MOST.max_wh
    assert least.max_s <= MOST.max_s
    assert made.energy.typical.amount_mil <= made.energy.most_mil
    within = quote_time(tariff, s=least.max_s, power_w=min(power_w, MOST.max_w), ts_ms=ts_ms)
    assert least.max_s == 0 or within.wh > least.max_wh or within.amount_mil <= money_mil
