"""Who may start, with which ceiling, and why not."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.orders.charge.authorise import Denied, Offline, Place, Start, by_card, by_platform, free
from gateway.orders.charge.cards import CardList, CardListError, open_list
from gateway.orders.charge.order import Authority, ChargeOrder
from gateway.orders.charge.settings import ChargeSettings
from gateway.orders.clock import UNSET, Now
from gateway.orders.tariff.quote import Limits
from tests.unit.orders.charging import BY_ENERGY, FREE, OUTLET, moment

KEY = b"a key for tests"
NOW = moment(100)
MOST = Limits(max_s=36_000, max_wh=3000, max_w=1000)
PLACE = Place(outlet=OUTLET, settings=ChargeSettings(), most=MOST)
START = Start(order_id="o-1", user_ref="u", tariff=BY_ENERGY, amount_mil=2000, valid_until_ms=NOW.ts_ms + 1)
OFFLINE = Offline(tariff=BY_ENERGY, list_age_most_s=86_400, ceiling_mil=3000)


def signed(**changes: Any) -> tuple[bytes, str]:
    body = {
        "issued_ms": NOW.ts_ms - 1000,
        "cards": [{"card": "04A1", "user_ref": "u-7", "ceiling_mil": 5000}],
    } | changes
    payload = json.dumps(body).encode()
    return payload, hmac.new(KEY, payload, hashlib.sha256).hexdigest()


def cards(**changes: Any) -> CardList:
    return open_list(*signed(**changes), KEY, received_ms=NOW.at_ms)


def reason(answer: ChargeOrder | Denied) -> str:
    return answer.reason if isinstance(answer, Denied) else ""


def test_the_platform_s_order_is_held_within_the_place() -> None:
    order = by_platform(replace(START, max_s=99_999, max_wh=500), PLACE, NOW, "n-1")
    assert isinstance(order, ChargeOrder)
    assert order.most == Limits(max_s=36_000, max_wh=500, max_w=1000)
    assert (order.ceiling_mil, order.prepaid_mil, order.authority) == (2000, 2000, Authority.PLATFORM)


def test_an_order_comes_too_late_only_by_a_clock_that_is_known() -> None:
    late = replace(START, valid_until_ms=NOW.ts_ms)
    assert reason(by_platform(late, PLACE, NOW, "n")) == "expired"
    assert reason(by_platform(late, PLACE, replace(NOW, clock=UNSET), "n")) == ""


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (replace(PLACE, is_latched=True), "latched"),
        (replace(PLACE, blocked="smoke"), "smoke"),
        (replace(PLACE, is_taken=True), "outlet-busy"),
    ],
)
def test_a_place_that_may_not_start_starts_for_nobody(place: Place, why: str) -> None:
    assert reason(by_platform(START, place, NOW, "n")) == why
    assert reason(by_card("04A1", cards(), OFFLINE, (), place, NOW, "7")) == why
    assert reason(free(FREE, place, NOW, "7")) == why


def test_money_that_buys_nothing_is_refused_before_the_start() -> None:
    assert reason(by_platform(replace(START, amount_mil=0), PLACE, NOW, "n")) == "amount-too-small"


def test_a_card_of_the_list_charges_up_to_the_lower_ceiling_under_a_local_name() -> None:
    order = by_card("04A1", cards(), OFFLINE, (), PLACE, NOW, "77")
    assert isinstance(order, ChargeOrder)
    assert (order.order_id, order.ceiling_mil, order.prepaid_mil, order.user_ref) == ("local-77", 3000, 0, "u-7")


def test_a_card_has_one_open_order_and_must_be_on_a_list_that_is_young_by_either_clock() -> None:
    assert reason(by_card("04A1", cards(), OFFLINE, ("u-7",), PLACE, NOW, "7")) == "card-in-use"
    assert reason(by_card("FFFF", cards(), OFFLINE, (), PLACE, NOW, "7")) == "card-unknown"
    old = cards(issued_ms=NOW.ts_ms - 86_402_000)
    assert reason(by_card("04A1", old, OFFLINE, (), PLACE, NOW, "7")) == "card-list-too-old"
    later = Now(at_ms=NOW.at_ms + 86_402_000, ts_ms=0, clock=UNSET)
    assert reason(by_card("04A1", cards(), OFFLINE, (), PLACE, later, "7")) == "card-list-too-old"


def test_free_charging_needs_a_tariff_without_a_price_and_still_has_a_ceiling() -> None:
    order = free(FREE, PLACE, NOW, "7")
    assert isinstance(order, ChargeOrder)
    assert (order.ceiling_mil, order.most) == (0, MOST)
    assert reason(free(BY_ENERGY, PLACE, NOW, "7")) == "tariff-not-free"


def test_only_the_platform_s_own_newest_list_is_used() -> None:
    payload, signature = signed()
    with pytest.raises(CardListError, match="signature is wrong"):
        open_list(payload.replace(b"5000", b"9000"), signature, KEY, received_ms=0)
    with pytest.raises(CardListError, match="signature is wrong"):
        open_list(payload, "\N{SNOWMAN}", KEY, received_ms=0)
    with pytest.raises(CardListError, match="not newer"):
        open_list(payload, signature, KEY, received_ms=0, newer_than_ms=NOW.ts_ms)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"issued_ms": "now"}, "issued_ms"),
        ({"more": 1}, "more"),
        ({"cards": [{"card": "1", "user_ref": "u", "ceiling_mil": 0}]}, "cards.0.ceiling_mil"),
    ],
)
def test_a_list_with_a_mistake_names_its_place_in_one_line(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(CardListError) as caught:
        cards(**changes)
    assert where in str(caught.value)
    assert "\n" not in str(caught.value)
    payload = b"[]"
    with pytest.raises(CardListError, match="the whole"):
        open_list(payload, hmac.new(KEY, payload, hashlib.sha256).hexdigest(), KEY, received_ms=0)
