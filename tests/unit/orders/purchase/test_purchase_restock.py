"""What staff found, put in and took out, against books and scales."""

from __future__ import annotations

from gateway.orders.purchase.books import shelves_after
from gateway.orders.purchase.event import Authorised, Declared, Line, SaleStopped
from gateway.orders.purchase.order import Purpose, Stage
from tests.unit.orders.purchase.shop import TAGS, Shop


def restock() -> Shop:
    shop = Shop(purpose=Purpose.RESTOCK)
    shop(Authorised(limit_mil=0))
    shop.doors(is_open=False)
    shop.weigh(10_000)
    shop.doors(is_open=True)
    return shop


def test_a_restock_counts_the_difference_and_charges_nobody() -> None:
    shop = restock()
    assert shop.tick(400_000) is Stage.OPEN, "staff takes its time"
    shop(Declared(lines=(Line(shelf="s1", sku="cola", found=3, added=5, removed=1),)))
    shop.shut()
    assert shop.weigh(10_000 + 4 * 340) is Stage.SETTLED
    body = shop.told("settled")
    assert body["differences"] == [{"shelf": "s1", "sku": "cola", "booked": 4, "found": 3}]
    assert (body["weight_gaps_g"], body["amount_mil"], body["user_ref"]) == ({}, 0, "u")
    assert shop.alarms() == [("c", "stock-difference", True)]


def test_a_restock_that_is_as_declared_is_silent_and_one_that_weighs_otherwise_is_not() -> None:
    for after_g, gaps in ((11_700, {}), (11_360, {"s1": -340})):
        shop = restock()
        shop.shut()
        shop.weigh(after_g)
        assert shop(Declared(lines=(Line(shelf="s1", sku="cola", found=4, added=5),))) is Stage.SETTLED
        assert shop.told("settled")["weight_gaps_g"] == gaps
        assert bool(shop.alarms()) == bool(gaps)


def test_a_restock_without_a_word_is_a_person_s_business() -> None:
    shop = restock()
    shop.shut()
    shop.weigh(11_000)
    assert shop.tick(590_000) is Stage.SETTLING
    assert shop.tick(10_000) is Stage.REVIEW
    assert shop.doubts()[0] == "undeclared"


def test_a_restock_of_a_shelf_on_stop_sale_goes_on() -> None:
    shop = Shop(purpose=Purpose.RESTOCK)
    assert shop(SaleStopped(shelf="s1", why="expired")) is Stage.ASKING


def test_the_tags_that_staff_declares_are_what_is_sold_by_from_then_on() -> None:
    shop = Shop(TAGS, purpose=Purpose.RESTOCK)
    shop(Authorised(limit_mil=0))
    shop.doors(is_open=False)
    shop.tag("a", "b")
    shop.doors(is_open=True)
    shop(Declared(lines=(Line(shelf="s1", sku="milk", found=2, added=1, tags=("a", "b", "c")),)))
    shop.shut()
    assert shop.tag("a", "c", "x") is Stage.SETTLED
    assert shop.told("settled")["tag_gaps"] == {"s1": {"missing": ["b"], "unknown": ["x"]}}
    assert shop.alarms() == [("c", "stock-difference", True)]
    (shelf,) = shelves_after(shop.order)
    assert (shelf.stock[0].count, shelf.stock[0].tags) == (3, ("a", "b", "c"))
