"""Prices, books, restocks and doors: what surrounds a purchase."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.orders.purchase.books import shelves_after
from gateway.orders.purchase.doors import Watched, may_sell, see
from gateway.orders.purchase.event import Authorised, Declared, Line, Withdrawn
from gateway.orders.purchase.order import Purpose, Stage
from gateway.orders.purchase.prices import (
    Article,
    PriceList,
    PriceListError,
    digest,
    priced,
    read_price_list,
    reference,
    write_price_list,
)
from gateway.orders.purchase.restock import Difference, differences, restocked, weight_gap_g
from gateway.orders.purchase.shelf import Batch, Proof, Reading, Shelf
from tests.unit.orders.purchase.shop import COLA, MILK, SCALE, Shop

LIST = PriceList(
    id="p", version=2, articles=(Article(sku="cola", name="可乐", price_mil=3_500, unit_g=340, tolerance_g=6),)
)


# ---------------------------------------------------------------------- price lists


def test_a_price_list_reads_as_it_was_written_and_its_digest_says_what_it_is() -> None:
    again = read_price_list(write_price_list(LIST))
    assert again == LIST
    assert digest(again) == digest(LIST)
    assert digest(replace(LIST, version=3)) != digest(LIST)
    assert LIST.of("cola") == LIST.articles[0]
    assert LIST.of("tea") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 0}, "price list.version: "),
        ({"articles": [{"sku": "a", "name": "", "price_mil": 5}]}, r"price list.articles\[0\].price_mil: "),
        ({"articles": [{"sku": "a", "name": "", "price_mil": 0, "unit_g": 5, "tolerance_g": 5}]}, "less than unit_g"),
        ({"articles": [{"sku": "a", "name": "", "price_mil": 0}] * 2}, "price list: articles: named twice: a"),
        ({"version": float("nan")}, "cannot be written as JSON"),
        ({"a\nb": 1}, r"price list.'a\\nb': "),
    ],
)
def test_a_price_list_with_a_mistake_says_where_it_is(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PriceListError, match=says):
        read_price_list(write_price_list(LIST) | change)


def test_a_shelf_takes_the_prices_of_the_list_that_its_order_names() -> None:
    shelf = replace(SCALE, stock=(replace(COLA, price_mil=1, unit_g=999, batches=(Batch(count=3),)),))
    (stock,) = priced(shelf, LIST).stock
    assert (stock.price_mil, stock.unit_g, stock.tolerance_g, stock.count) == (3_500, 340, 6, 3)
    ref = reference(LIST)
    assert (ref.id, ref.version, ref.digest) == ("p", 2, digest(LIST))
    with pytest.raises(PriceListError, match="price list p version 2: lacks milk of shelf s1"):
        priced(SCALE, LIST)


# ---------------------------------------------------------------------- books


def test_a_sale_leaves_the_oldest_batch_in_the_books() -> None:
    batches = (Batch(count=2, expires_ts_ms=100), Batch(count=1), Batch(count=2, expires_ts_ms=200))
    left = replace(COLA, batches=batches).without(2)
    assert left.batches == (Batch(count=2, expires_ts_ms=100), Batch(count=1, expires_ts_ms=200))
    assert replace(COLA, batches=batches).without(9).count == 0


def test_what_is_sold_leaves_the_books_and_what_was_weighed_is_expected_next() -> None:
    shop = Shop().opened()
    shop.shut()
    shop.weigh(10_000 - 680)
    (after,) = shelves_after(shop.order)
    assert ([stock.count for stock in after.stock], after.expected_g) == ([2, 4], 9_320)


def test_a_tag_that_was_sold_leaves_the_books_and_one_that_was_overlooked_stays() -> None:
    tagged = replace(MILK, batches=(Batch(count=3),), tags=("a", "b", "c"))
    shop = Shop(Shelf(name="s1", door="d1", proofs=(Proof.RFID,), stock=(tagged, replace(COLA, tags=("x",)))))
    shop.pay()
    shop.tag("a", "b")
    shop.doors(is_open=True)
    shop.shut()
    shop.tag("a")
    milk, cola = shelves_after(shop.order)[0].stock
    assert (milk.count, milk.tags, cola.tags) == (2, ("a",), ("x",))


def test_a_review_leaves_the_counts_to_a_person() -> None:
    shop = Shop().opened()
    shop.shut()
    assert shop.weigh(9_500 - 5) is Stage.SETTLED
    shop = Shop().opened()
    shop.shut()
    assert shop.weigh(9_580) is Stage.REVIEW
    (after,) = shelves_after(shop.order)
    assert ([stock.count for stock in after.stock], after.expected_g) == ([4, 4], 9_580)


def test_what_was_cancelled_changes_no_book() -> None:
    shop = Shop()
    shop(Withdrawn())
    assert shelves_after(shop.order) == (SCALE,)


def test_a_restock_rewrites_the_books() -> None:
    shop = Shop(purpose=Purpose.RESTOCK)
    shop(Authorised(limit_mil=0))
    shop.doors(is_open=False)
    shop.weigh(10_000)
    shop.doors(is_open=True)
    shop.shut()
    shop.weigh(11_000)
    shop(Declared(lines=(Line(shelf="s1", sku="cola", found=3, added=4, expires_ts_ms=900),)))
    (after,) = shelves_after(shop.order)
    assert after.stock[0].batches == (Batch(count=3), Batch(count=4, expires_ts_ms=900))
    assert (after.stock[1], after.expected_g) == (MILK, 11_000)


# ---------------------------------------------------------------------- restocks


def test_the_difference_is_what_staff_found_less_what_the_books_had() -> None:
    lines = (
        Line(shelf="s1", sku="cola", found=3),
        Line(shelf="s1", sku="milk", found=4, added=9),
        Line(shelf="s7", sku="tea", found=1),
    )
    assert differences((SCALE,), lines) == (
        Difference(shelf="s1", sku="cola", booked=4, found=3),
        Difference(shelf="s7", sku="tea", booked=0, found=1),
    )


@pytest.mark.parametrize(("after_g", "gap_g"), [(1_680, 0), (1_702, 0), (1_703, 23), (1_340, -340)])
def test_the_scale_confirms_what_was_put_in(after_g: int, gap_g: int) -> None:
    lines = (Line(shelf="s1", sku="cola", found=4, added=2), Line(shelf="s2", sku="cola", found=4, added=9))
    assert weight_gap_g(SCALE, lines, Reading(grams=1_000), Reading(grams=after_g)) == gap_g
    assert weight_gap_g(SCALE, lines, Reading(grams=1_000), Reading()) == 0


def test_staff_takes_out_what_expires_first_and_what_is_missing_comes_off_there() -> None:
    batches = (Batch(count=3), Batch(count=2, expires_ts_ms=200), Batch(count=2, expires_ts_ms=100))
    shelf = replace(SCALE, stock=(replace(COLA, batches=batches),))
    (stock,) = restocked(shelf, (Line(shelf="s1", sku="cola", found=6, removed=2),), Reading(grams=5)).stock
    assert stock.batches == (Batch(count=1, expires_ts_ms=200), Batch(count=3))
    (stock,) = restocked(shelf, (Line(shelf="s1", sku="cola", found=9, added=1),), Reading()).stock
    assert stock.count == 10


# ---------------------------------------------------------------------- doors without an order


def test_a_door_that_opens_without_an_order_is_forced_until_it_is_shut() -> None:
    watched, raised = see(Watched(), "d1", is_open=True, has_order=False)
    assert [(each.target, each.alarm, each.active) for each in raised] == [("d1", "door-forced", True)]
    assert not may_sell(watched, frozenset({"d1"}))
    assert may_sell(watched, frozenset({"d2"}))
    watched, raised = see(watched, "d1", is_open=True, has_order=False)
    assert raised == ()
    watched, raised = see(watched, "d1", is_open=False, has_order=False)
    assert {(each.alarm, each.active) for each in raised} == {("door-forced", False), ("door-left-open", False)}
    assert watched == Watched()
    assert see(watched, "d1", is_open=False, has_order=False) == (Watched(), ())


def test_a_door_that_its_order_left_open_is_not_forced() -> None:
    watched, raised = see(Watched(), "d1", is_open=True, has_order=True)
    assert raised == ()
    assert see(watched, "d1", is_open=True, has_order=False) == (watched, ())
