"""Grams become pieces exactly where one explanation exists; a recomputation by trying everything agrees."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from gateway.orders.purchase.basket import MOST_TRIED, explanations, fits
from gateway.orders.purchase.judge import judge_shelf
from gateway.orders.purchase.order import Doubt
from gateway.orders.purchase.shelf import Batch, Proof, Reading, Shelf, Stock

NOISE_G = 10


@st.composite
def stocks(draw: st.DrawFn) -> Stock:
    unit_g = draw(st.integers(60, 1_500))
    tolerance_g = draw(st.integers(0, min(15, unit_g - 2 * NOISE_G - 1)))
    count = draw(st.integers(0, 4))
    return Stock(sku="x", price_mil=10, unit_g=unit_g, tolerance_g=tolerance_g, batches=(Batch(count=count),))


shelves = st.lists(stocks(), min_size=1, max_size=3).map(
    lambda found: Shelf(name="s", door="d", proofs=(Proof.WEIGHT,), stock=tuple(found), noise_g=NOISE_G)
)


def by_trying(shelf: Shelf, lost_g: int) -> list[tuple[int, ...]]:
    found = []
    for counts in product(*(range(stock.count + 1) for stock in shelf.stock)):
        low = sum(n * (s.unit_g - s.tolerance_g) for n, s in zip(counts, shelf.stock, strict=True)) - NOISE_G
        high = sum(n * (s.unit_g + s.tolerance_g) for n, s in zip(counts, shelf.stock, strict=True)) + NOISE_G
        if low <= lost_g <= high:
            found.append(counts)
    return found


@given(shelves, st.data())
def test_one_explanation_is_certain_two_are_ambiguous_none_is_unknown(shelf: Shelf, data: st.DataObject) -> None:
    most_g = sum(stock.count * stock.unit_g for stock in shelf.stock)
    lost_g = data.draw(st.integers(-NOISE_G, most_g + 100))
    ways, tried = explanations(shelf, lost_g), by_trying(shelf, lost_g)
    assert len(ways) == min(2, len(tried))
    assert set(ways) <= set(tried)
    found = judge_shelf(shelf, Reading(grams=10_000), Reading(grams=10_000 - lost_g), was_open=True)
    if len(tried) == 1:
        assert (found.counts, found.doubt) == (tried[0], None)
    else:
        assert found.doubt is (Doubt.AMBIGUOUS if tried else Doubt.UNEXPLAINED)
        assert not any(found.counts)


@given(shelves, st.data())
def test_what_was_really_taken_is_charged_or_a_person_s_business(shelf: Shelf, data: st.DataObject) -> None:
    taken = tuple(data.draw(st.integers(0, stock.count)) for stock in shelf.stock)
    pieces = [stock for stock, count in zip(shelf.stock, taken, strict=True) for _ in range(count)]
    lost_g = sum(stock.unit_g + data.draw(st.integers(-stock.tolerance_g, stock.tolerance_g)) for stock in pieces)
    strayed_g = data.draw(st.integers(-NOISE_G, NOISE_G))
    assert fits(shelf, taken, lost_g + strayed_g)
    found = judge_shelf(shelf, Reading(grams=0), Reading(grams=-lost_g - strayed_g), was_open=True)
    assert found.counts == taken if found.doubt is None else found.doubt is Doubt.AMBIGUOUS


def test_more_combinations_than_can_be_tried_are_ambiguous() -> None:
    many = tuple(
        Stock(sku=f"x{number}", price_mil=10, unit_g=100 + number, tolerance_g=20, batches=(Batch(count=40),))
        for number in range(12)
    )
    shelf = Shelf(name="s", door="d", proofs=(Proof.WEIGHT,), stock=many)
    assert len(explanations(shelf, 3_000)) == 2
    sparse = replace(shelf, stock=tuple(replace(stock, unit_g=1_000, tolerance_g=0) for stock in many))
    assert len(explanations(sparse, 9_500)) == 2, f"not within {MOST_TRIED} tries"
