"""What surrounds a delivery: who may begin, how full the bin is, and a rule with a mistake in it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.orders.clock import HELD, Now
from gateway.orders.deposit.fullness import Fullness, FullnessRules, is_blind, percent, watch
from gateway.orders.deposit.points_rule import PointsRuleError, Rate, read_points_rule, write_points_rule
from gateway.orders.deposit.station import MOST_KEPT, Station, ended, recent_g, refusal
from tests.unit.orders.deposit.bin_run import RULE

RULES = FullnessRules(empty_mm=1_000, full_mm=200)


def at(ms: int) -> Now:
    return Now(at_ms=ms, ts_ms=0, clock=HELD)


def test_one_door_a_resident() -> None:
    assert refusal(Station(), user_ref="u", busy={"u"}, now=at(0)) == "one-at-a-time"
    assert refusal(Station(), user_ref="v", busy={"u"}, now=at(0)) is None


def test_after_a_delivery_there_is_a_pause_for_its_resident_alone() -> None:
    station = ended(Station(), user_ref="u", net_g=5, now=at(1_000))
    assert refusal(station, user_ref="u", busy=(), now=at(60_999)) == "cool-down"
    assert refusal(station, user_ref="u", busy=(), now=at(61_000)) is None
    assert refusal(station, user_ref="v", busy=(), now=at(1_001)) is None


def test_the_latest_weights_of_a_resident_are_remembered_and_not_all_of_them() -> None:
    station = Station()
    for number in range(MOST_KEPT + 1):
        station = ended(station, user_ref=f"u{number % 2}", net_g=number, now=at(number * 1_000_000))
    assert len(station.ended) == MOST_KEPT
    last_ms = MOST_KEPT * 1_000_000
    assert recent_g(station, user_ref="u0", now=at(last_ms), within_ms=2_000_000) == (MOST_KEPT - 2, MOST_KEPT)


@pytest.mark.parametrize(("distance_mm", "pct"), [(1_200, 0), (1_000, 0), (600, 50), (593, 50), (200, 100), (30, 100)])
def test_fullness_is_the_share_of_the_way_up(distance_mm: int, pct: int) -> None:
    assert percent(distance_mm, RULES) == pct


def looks(seen: Fullness, *distances_mm: int | None, is_open: bool = False) -> Fullness:
    for distance_mm in distances_mm:
        seen = watch(seen, RULES, distance_mm=distance_mm, is_open=is_open)
    return seen


def test_only_looks_in_a_row_with_the_door_shut_make_it_full() -> None:
    assert not looks(Fullness(), 200, 200, 900, 200).is_full
    assert not looks(Fullness(), 200, 200, 200, is_open=True).is_full
    full = looks(Fullness(), 200, 200, 200)
    assert (full.is_full, full.is_alarmed, full.pct) == (True, True, 100)


def test_a_full_bin_neither_flutters_nor_stays_full_when_it_is_emptied() -> None:
    full = looks(Fullness(), 200, 200, 200)
    assert looks(full, 270).is_full
    assert not looks(full, 290).is_full
    assert looks(full, 540).is_alarmed
    assert not looks(full, 560).is_alarmed


def test_a_silent_sensor_changes_nothing_until_it_is_blind() -> None:
    full = looks(Fullness(), 200, 200, 200)
    blind = looks(full, None, None, None)
    assert (blind.is_full, is_blind(blind, RULES), is_blind(looks(full, None), RULES)) == (True, True, False)
    assert not is_blind(looks(blind, 900), RULES)


def test_distances_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="must be less than empty_mm"):
        FullnessRules(empty_mm=200, full_mm=200)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 0}, "points rule.version: "),
        ({"rates": [{"category": "glass", "points_per_kg_x1000": 1}]}, r"points rule.rates\[0\].category: "),
        (
            {"rates": [{"category": "other", "points_per_kg_x1000": 1, "from_ts_ms": 5, "until_ts_ms": 5}]},
            "must be after from_ts_ms",
        ),
        ({"version": float("inf")}, "cannot be written as JSON"),
    ],
)
def test_a_points_rule_with_a_mistake_says_where_it_is(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PointsRuleError, match=says):
        read_points_rule(write_points_rule(RULE) | change)


def test_a_rate_holds_from_its_first_moment_until_before_its_last() -> None:
    rate = Rate(category=RULE.rates[0].category, points_per_kg_x1000=1, from_ts_ms=5, until_ts_ms=7)
    assert [rate.holds(ts_ms) for ts_ms in (4, 5, 6, 7)] == [False, True, True, False]
