"""A purchase comes back from its disk as it was, wherever it stood."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.purchase.order import from_json, to_json
from tests.depth import examples
from tests.faults.desk import Tally
from tests.faults.purchase_steps import Life


@settings(max_examples=examples(15))
@given(st.integers(0, 2**32))
def test_json_round_trip_of_any_purchase(seed: int) -> None:
    life = Life(random.Random(seed), Tally())  # noqa: S311 - a model, no secret
    for _ in range(60):
        assert from_json(to_json(life.desk.order)) == life.desk.order
        life.walk()
