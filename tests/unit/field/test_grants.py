from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.field.found import ORPHAN_AFTER_S, FoundOn
from gateway.field.grants import EndReason, GrantBook
from gateway.model.command import Grant
from gateway.model.register import MOST_W, STEP_WH

OUTLET = "pile-01/outlet-01"


def grant(order: str = "a", until_s: float = 200.0, version: int = 1, max_wh: int = 0) -> Grant:
    return Grant(outlet=OUTLET, order_id=order, until_s=until_s, version=version, max_wh=max_wh)


def test_a_grant_holds_until_its_time_is_over() -> None:
    book = GrantBook()
    assert book.take(grant(), 100.0)
    assert book.due(199.9) == []
    assert book.due(200.0) == [(OUTLET, EndReason.MAX_TIME)]


def test_an_expired_or_foreign_grant_is_refused() -> None:
    book = GrantBook()
    assert book.refusal(grant(until_s=100.0), 100.0) == "expired"
    book.take(grant(), 100.0)
    assert book.refusal(grant("b"), 100.0) == "outlet-busy"
    assert book.refusal(grant(version=2), 100.0) == ""


def test_only_a_newer_version_moves_the_limits_and_one_that_adopts_switches_nothing() -> None:
    book = GrantBook()
    book.take(grant(version=2), 100.0)
    assert not book.take(grant(until_s=900.0, version=1), 100.0)
    assert book.due(200.0)
    assert not book.take(grant(until_s=900.0, version=3), 100.0, adopt=True)
    assert not book.due(200.0)


def test_a_newer_version_that_is_to_switch_on_waits_for_its_on_like_the_first() -> None:
    book = GrantBook()
    assert book.take(grant(version=2), 100.0, adopt=True)
    assert [running.closed_s for running in book] == [100.0]
    assert book.take(grant(version=3), 101.0)
    assert [running.closed_s for running in book] == [None]
    assert not book.take(grant(version=3), 102.0), "once"


def test_energy_counts_from_the_first_reading_and_ends_the_grant_at_its_limit() -> None:
    book = GrantBook()
    book.take(grant(max_wh=100), 100.0)
    assert book.energy(OUTLET, 5_000, 100.0) is None
    assert book.energy(OUTLET, 5_099, 460.0) is None
    assert book.energy(OUTLET, 5_100, 470.0) is EndReason.SET_LIMIT


@pytest.mark.parametrize("wild_wh", [0.0, 4_000.0, 70_000.0])
def test_one_wild_reading_of_the_register_ends_no_grant_and_loses_nothing(wild_wh: float) -> None:
    book = GrantBook()
    book.take(grant(max_wh=100), 100.0)
    for place, reading in enumerate((5_000.0, 5_010.0, wild_wh, 5_030.0, 5_090.0)):
        assert book.energy(OUTLET, reading, 100.0 + 10 * place) is None
    assert book.energy(OUTLET, 5_100.0, 160.0) is EndReason.SET_LIMIT


def test_a_register_that_two_readings_confirm_counts_on_from_the_first_of_them() -> None:
    book = GrantBook()
    book.take(grant(max_wh=100), 100.0)
    for place, reading in enumerate((5_000.0, 5_060.0, 3.0, 10.0, 40.0)):
        assert book.energy(OUTLET, reading, 100.0 + 10 * place) is None
    assert book.energy(OUTLET, 43.0, 150.0) is EndReason.SET_LIMIT


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from((0.0, 1.0, 600.0))), min_size=1, max_size=30))
def test_whatever_a_register_shows_no_energy_is_taken_away_and_none_that_cannot_have_flowed_is_added(
    readings: list[tuple[int, float]],
) -> None:
    book = GrantBook()
    book.take(grant(), 100.0)
    used, now_s = [0.0], 100.0
    for reading, after_s in readings:
        now_s += after_s
        book.energy(OUTLET, reading, now_s)
        running = book.of(OUTLET)
        assert running is not None
        used.append(running.wh)
    assert used == sorted(used)
    assert used[-1] <= MOST_W * (now_s - 100.0) / 3600 + STEP_WH * len(readings)


def test_what_was_kept_is_taken_back_and_what_cannot_be_read_is_left_out() -> None:
    book = GrantBook()
    book.take(grant(), 100.0)
    book.energy(OUTLET, 7, 101.0)
    kept = [running.to_json() for running in book]
    again = GrantBook()
    again.restore([*kept, {"grant": {"outlet": 3}}, {}])
    assert [running.to_json() for running in again] == kept


def test_an_orphan_is_news_once_and_is_opened_again_and_again_until_it_is_seen_off() -> None:
    found = FoundOn()
    assert found.seen(OUTLET, 0.0, is_on=True, explained=False)
    assert not found.seen(OUTLET, 1.0, is_on=True, explained=False)
    assert found.due(ORPHAN_AFTER_S - 0.1) == []
    assert found.due(ORPHAN_AFTER_S) == [OUTLET]
    assert found.due(ORPHAN_AFTER_S + 1) == []
    assert found.due(ORPHAN_AFTER_S + 6) == [OUTLET]
    found.seen(OUTLET, ORPHAN_AFTER_S + 7, is_on=False, explained=False)
    assert found.due(ORPHAN_AFTER_S + 60) == []


def test_an_explanation_in_time_makes_an_outlet_no_orphan() -> None:
    found = FoundOn()
    found.seen(OUTLET, 0.0, is_on=True, explained=False)
    found.seen(OUTLET, 5.0, is_on=True, explained=True)
    assert found.due(1000.0) == []
