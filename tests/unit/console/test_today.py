"""What today's orders come to: each once, of this day only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.today import Today

CHINA = timezone(timedelta(hours=8))
NOON = round(datetime(2026, 11, 22, 4, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000


def charge(order_id: str, stage: str, **said: object) -> dict[str, Any]:
    return {"order_id": order_id, "outlet": "pile-01/outlet-01", "stage": stage, **said}


def test_energy_counts_as_it_flows_and_money_once_it_is_settled() -> None:
    today = Today(CHINA)
    today.take(NOON, "pile-01/outlet-01", charge("a", "accepted"))
    today.take(NOON + 1, "pile-01/outlet-01", charge("a", "progress", wh=120.0))
    assert today.document(NOON + 2) == {"day": "2026-11-22", "wh": 120, "amount_mil": 0, "orders": 0, "kinds": {}}
    today.take(NOON + 3, "pile-01/outlet-01", charge("a", "settled", wh=150.0, amount_mil=1200))
    shown = today.document(NOON + 4)
    assert (shown["wh"], shown["amount_mil"], shown["kinds"]) == (150, 1200, {"charge": 1})


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_the_end_of_an_order_counts_once_however_often_it_is_told(ends: list[int]) -> None:
    today = Today(CHINA)
    for place, order in enumerate(ends):
        body = {"order_id": f"buy-{order}", "cabinet": "c", "stage": "settled", "amount_mil": 500}
        today.take(NOON + place, "c", body)
    assert today.document(NOON + HOUR)["amount_mil"] == 500 * len(set(ends))


def test_a_new_day_begins_at_the_sites_midnight_and_what_ended_before_it_is_not_of_it() -> None:
    today = Today(CHINA)
    body = {"order_id": "a", "cabinet": "c", "stage": "settled", "amount_mil": 500}
    today.take(NOON, "c", body)
    midnight = NOON + 12 * HOUR
    assert today.document(midnight - 1)["orders"] == 1
    assert today.document(midnight) == {"day": "2026-11-23", "wh": 0, "amount_mil": 0, "orders": 0, "kinds": {}}
    today.take(midnight + 1, "c", {**body, "order_id": "b", "ended_ts_ms": midnight - 5})
    assert today.document(midnight + 2)["orders"] == 0


def test_what_cannot_be_read_counts_nothing() -> None:
    today = Today(CHINA)
    for body in ({}, {"order_id": "a"}, {"order_id": "a", "stage": "settled", "cabinet": "c", "amount_mil": "x"}):
        today.take(NOON, "c", body)
    assert today.document(NOON)["orders"] == 0
