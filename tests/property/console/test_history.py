"""However few values are told of many, no peak is lost and nothing is made up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.buckets import Buckets

FROM_MS, TO_MS = 1_000_000, 1_060_000
values = st.tuples(st.floats(FROM_MS - 5000, TO_MS + 5000), st.floats(-1e6, 1e6))


@given(st.lists(values, max_size=200), st.integers(1, 50))
def test_the_envelope_is_that_of_all_values(taken: list[tuple[float, float]], count: int) -> None:
    buckets = Buckets(FROM_MS, TO_MS, count)
    for ts_ms, value in taken:
        buckets.take("current", "A", ts_ms, value)
    inside = [value for ts_ms, value in taken if FROM_MS <= ts_ms < TO_MS]
    if not inside:
        assert buckets.result() == {}
        return
    series = buckets.result()["current"]
    assert (min(series["low"]), max(series["high"])) == (min(inside), max(inside))
    assert len(series["ts"]) == len(series["low"]) == len(series["high"]) <= count
    assert {*series["low"], *series["high"]} <= set(inside)
    assert series["ts"] == sorted(series["ts"])
