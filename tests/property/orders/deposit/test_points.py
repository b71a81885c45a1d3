"""Points are never negative and are those of a recomputation with fractions; a curve is bounded and keeps its shape."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.deposit.curve import EMPTY, MOST_POINTS, draw
from gateway.orders.deposit.order import from_json, to_json
from gateway.orders.deposit.points_rule import (
    Category,
    PointsRule,
    Rate,
    digest,
    points_of,
    read_points_rule,
    write_points_rule,
)
from gateway.orders.stability import Stillness, still_g, weigh
from tests.depth import examples
from tests.faults.deposit_steps import Life
from tests.faults.desk import Tally

moments = st.none() | st.integers(0, 1_000)


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    began, until = draw(moments), draw(moments)
    if began is not None and until is not None and began >= until:
        until = began + 1
    category = draw(st.sampled_from(Category))
    rate = draw(st.integers(0, 10_000_000))
    return Rate(category=category, points_per_kg_x1000=rate, from_ts_ms=began, until_ts_ms=until)


rules = st.lists(rates(), max_size=5).map(
    lambda found: PointsRule(id="r", version=1, community="c", rates=tuple(found))
)


@given(st.integers(-100_000, 100_000), st.integers(0, 10_000_000))
def test_points_are_rounded_down_once(net_g: int, rate_x1000: int) -> None:
    assert points_of(net_g, rate_x1000) == max(0, floor(Fraction(net_g, 1000) * Fraction(rate_x1000, 1000)))


@given(rules, st.sampled_from(Category), st.integers(0, 1_100))
def test_the_first_rate_that_holds_is_the_one(rule: PointsRule, category: Category, ts_ms: int) -> None:
    found = [
        rate.points_per_kg_x1000
        for rate in rule.rates
        if rate.category is category
        and ts_ms in range(rate.from_ts_ms or 0, 2_000 if rate.until_ts_ms is None else rate.until_ts_ms)
    ]
    assert rule.rate_x1000(category, ts_ms) == (found[0] if found else 0)
    without_date = rule.rate_x1000(category, None)
    assert without_date is None or all(without_date == rule.rate_x1000(category, at) for at in (0, 500, 1_001))


@given(rules)
def test_a_rule_reads_as_it_was_written(rule: PointsRule) -> None:
    again = read_points_rule(write_points_rule(rule))
    assert again == rule
    assert digest(again) == digest(rule)


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 50_000)), max_size=400))
def test_a_curve_is_bounded_and_in_order_and_of_what_was_weighed(samples: list[tuple[int, int]]) -> None:
    curve, at_ms, weighed = EMPTY, 0, set()
    for after_ms, grams in samples:
        at_ms += after_ms
        curve = draw(curve, grams, at_ms)
        weighed.add((at_ms - curve.from_ms, grams))
    assert len(curve.points) < MOST_POINTS
    times = [since_ms for since_ms, _grams in curve.points]
    assert all(after - before >= curve.step_ms for before, after in pairwise(times))
    assert set(curve.points) <= weighed


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 60), st.booleans()), min_size=1, max_size=40))
def test_a_weight_at_rest_has_been_within_its_band_all_the_time(samples: list[tuple[int, int, bool]]) -> None:
    rule = Stillness(within_g=20, for_ms=1_200, gap_ms=1_500)
    run, at_ms, seen = None, 0, []
    for after_ms, grams, moving in samples:
        at_ms += after_ms
        run = weigh(run, grams, moving=moving, at_ms=at_ms, rule=rule)
        seen.append((at_ms, grams, moving))
    found = still_g(run, rule)
    if found is None:
        return
    assert run is not None
    window = [sample for sample in seen if sample[0] >= run.since_ms][-run.count :]
    assert window[-1][0] - window[0][0] >= rule.for_ms
    assert not any(moving for _at, _grams, moving in window)
    grams_seen = [grams for _at, grams, _moving in window]
    assert max(grams_seen) - min(grams_seen) <= rule.within_g
    assert min(grams_seen) <= found <= max(grams_seen)
    assert all(b[0] - a[0] <= rule.gap_ms for a, b in pairwise(window))


@settings(max_examples=examples(15))
@given(st.integers(0, 2**32))
def test_json_round_trip_of_any_deposit(seed: int) -> None:
    life = Life(random.Random(seed), Tally())  # noqa: S311 - a model, no secret
    for _ in range(60):
        assert from_json(to_json(life.desk.order)) == life.desk.order
        life.walk()
