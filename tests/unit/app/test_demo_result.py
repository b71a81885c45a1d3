"""What a demo comes to: good only if every trip kept its bound and what arrived is what the log has."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from gateway.app.demo_ends import finals_of
from gateway.app.demo_estate import Community
from gateway.app.demo_picture import Picture
from gateway.app.demo_result import Result, in_words, judge
from gateway.app.demo_words import EN, ZH
from tests.unit.app.demo_day import charge, deposit, heard, purchase, restock, trip

RECORDS = [*charge("c-1"), *restock("f-1"), *purchase("b-1"), *purchase("b-2", left_g=10_700), *deposit("t-1")]
LOGGED = [{"boot": "b", "stream": "event", "ranges": [(1, 9)]}, {"boot": "b", "stream": "reading", "ranges": [(1, 50)]}]


def result_of(picture: Picture, **other: Any) -> Result:
    given: dict[str, Any] = {"logged": LOGGED, "seen": LOGGED, "finals": finals_of(RECORDS), **other}
    return judge(
        picture, pss_mb={"total": 70.0}, seconds=30.0, first_trip_s=5.0, first_settled_s={"charge": 9.04}, **given
    )


def a_picture(measured_ms: float = 338.9) -> Picture:
    picture = Picture(Community(piles={}))
    heard(picture, *RECORDS)
    trip(picture, "pile-06/outlet-01", measured_ms)
    return picture


def test_the_orders_of_each_kind_are_counted_and_added_up() -> None:
    picture = a_picture()
    heard(picture, *RECORDS)  # told again, because nobody has acknowledged it
    orders = result_of(picture).orders
    assert orders["charge"]["settled"] == 1
    assert orders["purchase"] == {"started": 2, "settled": 1, "amount_mil": 3500}  # the other one went to a person
    assert orders["deposit"] == {"started": 1, "settled": 1, "points": 24}
    assert result_of(picture).ok


@pytest.mark.parametrize("lost", range(len(RECORDS)))
def test_an_end_that_did_not_arrive_is_not_good(lost: int) -> None:
    picture = Picture(Community(piles={}))
    heard(picture, *(body for number, body in enumerate(RECORDS) if number != lost))
    trip(picture, "pile-06/outlet-01", 338.9)
    is_end = bool(finals_of([RECORDS[lost]]))
    assert result_of(picture).wrong == ("receipts" if is_end else "")


def test_a_receipt_that_says_something_else_than_the_log_is_not_good() -> None:
    logged = [body | {"points": 25} if body["stage"] == "recorded" else body for body in RECORDS]
    assert result_of(a_picture(), finals=finals_of(logged)).wrong == "receipts"


def test_late_lost_and_unmeasured_are_told_apart() -> None:
    short = [LOGGED[0], {"boot": "b", "stream": "reading", "ranges": [(1, 49)]}]
    assert result_of(a_picture(), seen=short).wrong == "missing"
    assert result_of(a_picture(), seen=short).missing == {"event": 0, "reading": 1}
    assert result_of(a_picture(measured_ms=500.0)).wrong == "late"
    picture = Picture(Community(piles={}))
    heard(picture, *RECORDS)
    assert result_of(picture).wrong == "unmeasured"


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_summary_names_every_kind_and_says_what_is_wrong(words: Any) -> None:
    good, bad = result_of(a_picture()), result_of(a_picture(), finals={})
    text = in_words(good, words)
    assert words.good in text
    assert all(kind in text for kind in (*words.kinds.values(), "¥3.50", "24"))
    assert words.wrong["receipts"] in in_words(bad, words)
    assert asdict(good)["first_settled_s"] == {"charge": 9.0}


def test_a_settlement_is_acknowledged_as_often_as_it_is_told() -> None:
    picture = Picture(Community(piles={}))
    for _ in range(2):
        heard(picture, *charge("c-1"))
        assert picture.unacknowledged.pop("c-1") == charge("c-1")[1]["digest"]
    assert picture.tallies[finals_kind(picture)].started == 1


def finals_kind(picture: Picture) -> Any:
    return next(kind for kind, tally in picture.tallies.items() if tally.ended)
