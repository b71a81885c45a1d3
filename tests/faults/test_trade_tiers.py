"""A few thousand steps of a purchase and a deposit; the commands beside this file run them by the million."""

from __future__ import annotations

from tests.faults import deposit_steps, purchase_steps


def test_no_random_life_of_a_purchase_breaks_a_promise() -> None:
    tally = purchase_steps.run(steps=12_000, seed=2)
    assert tally.ends["settled bought"] > 5
    assert tally.cuts > 10


def test_no_random_life_of_a_deposit_breaks_a_promise() -> None:
    tally = deposit_steps.run(steps=12_000, seed=2)
    assert tally.ends["recorded "] > 5
    assert tally.cuts > 10
