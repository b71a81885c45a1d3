"""A complaint is answered from the order's own records and from the trip that ended it, and from no other."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.stories import Told, stories

ENDED_MS = 1_000_000


def told(stage: str, ts_ms: int = ENDED_MS, order_id: str = "A1", **body: Any) -> Told:
    return Told(ts_ms, "p/a", {"order_id": order_id, "stage": stage, **body})


def trip(ts_ms: int, outlet: str = "p/a") -> Told:
    cause = {"outlet": outlet, "element": "power-limit", "ansi": "32", "measured": 1320.0, "pickup": 1000.0}
    return Told(ts_ms, "p", {"stage": "tripped", "trip_id": f"t{ts_ms}", "causes": [cause]})


RECORDS = [
    told("accepted", ENDED_MS - 60_000),
    told("charging", ENDED_MS - 50_000, wh=0, outlet="p/a"),
    told("ended", ENDED_MS, reason="over-power", detail="power-limit", ended_ts_ms=ENDED_MS, outlet="p/a"),
    told("settled", ENDED_MS + 300, reason="over-power", wh=420, amount_mil=520, ended_ts_ms=ENDED_MS, outlet="p/a"),
]


@given(st.permutations(RECORDS), st.integers(0, 3))
def test_the_story_is_the_same_in_whatever_order_and_however_often_it_was_told(records: list[Told], again: int) -> None:
    (story,) = stories([*records, *RECORDS[:again], told("settled", ENDED_MS + 60_000, wh=999)], [trip(ENDED_MS - 40)])
    assert story["stage"] == "settled"
    assert (story["wh"], story["amount_mil"], story["reason"]) == (420, 520, "over-power")
    assert story["trip"]["measured"] == 1320.0


def test_only_a_trip_of_this_outlet_at_the_end_of_the_order_has_ended_it() -> None:
    others = [trip(ENDED_MS - 60_000), trip(ENDED_MS + 60_000), trip(ENDED_MS - 10, "p/b")]
    (story,) = stories(RECORDS, others)
    assert "trip" not in story
    (story,) = stories(RECORDS, [*others, trip(ENDED_MS - 900), trip(ENDED_MS - 40)])
    assert story["trip"]["ts"] == ENDED_MS - 40


def test_a_running_order_has_no_end_and_no_trip() -> None:
    (story,) = stories(RECORDS[:2], [trip(ENDED_MS - 50_000)])
    assert story["stage"] == "charging"
    assert "trip" not in story


def test_the_latest_order_comes_first_and_what_is_no_order_is_left_out() -> None:
    later = told("settled", ENDED_MS + 900, "A2")
    found = stories([*RECORDS, later, Told(5, "p/a", {"what": "else"})], [])
    assert [story["order_id"] for story in found] == ["A2", "A1"]
