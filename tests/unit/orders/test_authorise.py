"""Who may start, with which ceiling, and why not."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.orders.charge.authorise import Debts, Denied, Offline, Place, Start, by_card, by_platform, free
from gateway.orders.charge.cards import CardList, CardListError, open_list, read_key
from gateway.orders.charge.order import Authority, ChargeOrder
from gateway.orders.charge.settings import ChargeSettings
from gateway.orders.clock import UNSET, Now
from gateway.orders.tariff.quote import Limits
from tests.unit.orders.charging import BY_ENERGY, OUTLET, moment

KEY = bytes(range(32))
NOW = moment(100)
MOST = Limits(max_s=36_000, max_wh=3000, max_w=1000)
PLACE = Place(outlet=OUTLET, settings=ChargeSettings(), most=MOST)
START = Start(order_id="o-1", user_ref="u", tariff=BY_ENERGY, amount_mil=2000, valid_until_ms=NOW.ts_ms + 1)
OFFLINE = Offline(tariff=BY_ENERGY, list_age_most_s=86_400, ceiling_mil=3000)
NO_DEBTS = Debts(open_orders={}, owed_mil={})
HERE = ("shed", "gw-1")


def signed(**changes: Any) -> tuple[bytes, str]:
    body = {
        "site": "shed",
        "gateway": "gw-1",
        "version": 7,
        "issued_ms": NOW.ts_ms - 1000,
        "cards": [{"card": "04a1", "user_ref": "u-7", "ceiling_mil": 5000}],
    } | changes
    payload = json.dumps(body).encode()
    return payload, hmac.new(KEY, payload, hashlib.sha256).hexdigest()


def cards(**changes: Any) -> CardList:
    return open_list(*signed(**changes), KEY, addressee=HERE, received_ms=NOW.at_ms)


def by(
    card: str = "04a1", listed: CardList | None = None, debts: Debts = NO_DEBTS, place: Place = PLACE, now: Now = NOW
) -> ChargeOrder | Denied:
    return by_card(card, listed or cards(), OFFLINE, debts, place, now, "77")


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
        (replace(PLACE, blocked="smoke"), "smoke"),
        (replace(PLACE, is_taken=True), "outlet-busy"),
    ],
)
def test_a_place_that_may_not_start_starts_for_nobody(place: Place, why: str) -> None:
    assert reason(by_platform(START, place, NOW, "n")) == why
    assert reason(by(place=place)) == why
    assert reason(free(place, NOW, "7")) == why


def test_money_that_buys_nothing_is_refused_before_the_start() -> None:
    assert reason(by_platform(replace(START, amount_mil=0), PLACE, NOW, "n")) == "amount-too-small"


def test_a_card_of_the_list_charges_up_to_the_lower_ceiling_under_a_local_name() -> None:
    order = by()
    assert isinstance(order, ChargeOrder)
    assert (order.order_id, order.ceiling_mil, order.prepaid_mil, order.user_ref) == ("local-77", 3000, 0, "u-7")


def test_a_card_has_one_open_order_and_must_be_on_a_list_that_is_young_by_either_clock() -> None:
    assert reason(by(debts=replace(NO_DEBTS, open_orders={"u-7": OUTLET}))) == "card-in-use"
    assert reason(by("ffff")) == "card-unknown"
    assert reason(by(listed=cards(issued_ms=NOW.ts_ms - 86_402_000))) == "card-list-too-old"
    later = Now(at_ms=NOW.at_ms + 86_402_000, ts_ms=0, clock=UNSET)
    assert reason(by(now=later)) == "card-list-too-old"


@given(owed_mil=st.integers(0, 10_000))
def test_what_a_card_owes_and_what_it_begins_never_pass_its_ceiling(owed_mil: int) -> None:
    order = by(debts=replace(NO_DEBTS, owed_mil={"u-7": owed_mil}))
    if isinstance(order, ChargeOrder):
        assert 0 < order.ceiling_mil <= min(3000, 5000 - owed_mil)
    else:
        assert reason(order) == ("card-limit" if owed_mil >= 5000 else "amount-too-small")
        assert owed_mil > 4900


def test_free_charging_costs_nothing_and_still_has_a_ceiling() -> None:
    order = free(PLACE, NOW, "7")
    assert isinstance(order, ChargeOrder)
    assert (order.ceiling_mil, order.most, order.tariff.rates, order.authority) == (0, MOST, (), Authority.FREE)


def test_only_a_list_of_the_platform_for_this_gateway_is_used() -> None:
    payload, signature = signed()
    with pytest.raises(CardListError, match="signature is wrong"):
        open_list(payload.replace(b"5000", b"9000"), signature, KEY, addressee=HERE, received_ms=0)
    with pytest.raises(CardListError, match="signature is wrong"):
        open_list(payload, "\N{SNOWMAN}", KEY, addressee=HERE, received_ms=0)
    with pytest.raises(CardListError, match="another gateway than shed/gw-2"):
        open_list(payload, signature, KEY, addressee=("shed", "gw-2"), received_ms=0)


@given(payload=st.binary(max_size=200), signature=st.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_whatever_comes_without_the_key_is_refused_in_one_line(payload: bytes, signature: str) -> None:
    with pytest.raises(CardListError) as caught:
        open_list(payload, signature, KEY, addressee=HERE, received_ms=0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"issued_ms": "now"}, "card list.issued_ms"),
        ({"more\n": 1}, "more"),
        ({"cards": [{"card": "01", "user_ref": "u", "ceiling_mil": 0}]}, "card list.cards[0].ceiling_mil"),
        ({"cards": [{"card": "7A8D05DD", "user_ref": "u", "ceiling_mil": 9}]}, "card list.cards[0].card"),
        ({"cards": [{"card": "01", "user_ref": "13800000000 Li", "ceiling_mil": 9}]}, "card list.cards[0].user_ref"),
        ({"cards": [{"card": "01", "user_ref": "u", "ceiling_mil": 9}] * 2}, "card list.cards[1].card"),
    ],
)
def test_a_list_with_a_mistake_names_its_place_in_one_line(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(CardListError) as caught:
        cards(**changes)
    assert where in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "secret", "ab" * 31, "zz" * 32])
def test_a_key_that_is_none_or_too_short_is_refused(text: str) -> None:
    with pytest.raises(CardListError, match="64 hexadecimal digits"):
        read_key(text)


def test_a_key_file_may_end_with_a_line_end() -> None:
    assert read_key("00" * 31 + "FF\n") == bytes(31) + b"\xff"
