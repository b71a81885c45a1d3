"""Whatever is sent as a price list or a points rule is one, or is refused in lines that can be printed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.deposit.points_rule import PointsRuleError, read_points_rule
from gateway.orders.purchase.prices import PriceListError, read_price_list

names = st.one_of(st.sampled_from(("id", "version", "articles", "rates", "community", "sku")), st.text(max_size=6))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


@pytest.mark.parametrize("read", [read_price_list, read_points_rule])
@settings(deadline=None)
@given(data=st.dictionaries(names, anything, max_size=5))
def test_every_problem_is_one_line_that_names_its_place(read: object, data: dict[str, object]) -> None:
    root = "price list" if read is read_price_list else "points rule"
    problems: tuple[str, ...] = (root,)
    try:
        (read_price_list if read is read_price_list else read_points_rule)(data)
    except (PriceListError, PointsRuleError) as error:
        problems = error.problems
    assert problems
    assert all(problem.startswith(root) and problem.isprintable() for problem in problems)
