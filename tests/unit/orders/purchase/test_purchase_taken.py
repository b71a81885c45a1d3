"""What a purchase charges: goods by weight, slot, tag and several doors, and nothing where nothing went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.purchase.event import Authorised, Declared, DoorSeen, LockAnswered, ShelfRead, Withdrawn
from gateway.orders.purchase.order import Stage
from gateway.orders.purchase.shelf import Proof, Stock
from tests.unit.orders.purchase.shop import OTHER_DOOR, SCALE, SEEN, SLOT, TAGS, Shop

# ---------------------------------------------------------------------- goods taken


def test_grams_become_pieces_at_the_prices_of_the_order() -> None:
    shop = Shop().opened()
    shop.shut()
    assert shop.weigh(10_000 - 2 * 340 - 505) is Stage.SETTLED
    assert shop.charged() == {"cola": 2, "milk": 1}
    receipt = shop.told("settled")
    assert receipt["amount_mil"] == 2 * 3_500 + 5_200
    assert receipt["prices"] == {"id": "p", "version": 7, "digest": "d"}
    assert receipt["outcome"] == "bought"


def test_takes_two_and_puts_one_back() -> None:
    shop = Shop().opened()
    shop(ShelfRead(shelf="s1", grams=10_000 - 680), after_ms=500)
    shop.shut()
    shop.weigh(10_000 - 340)
    assert shop.charged() == {"cola": 1}


def test_a_slot_without_a_sensor_is_sold_by_its_door() -> None:
    shop = Shop(SLOT)
    shop.pay()
    assert shop.order.stage is Stage.UNLOCKING
    shop.doors(is_open=True)
    assert shop.shut() is Stage.SETTLED
    assert shop.charged() == {"cola": 1}


def test_a_slot_with_a_sensor_is_sold_by_what_is_missing() -> None:
    for is_there, charged in ((False, {"cola": 1}), (True, {})):
        shop = Shop(SEEN)
        shop.pay()
        shop(ShelfRead(shelf="s1", present=True))
        shop.doors(is_open=True)
        shop.shut()
        assert shop(ShelfRead(shelf="s1", present=is_there)) is Stage.SETTLED
        assert shop.charged() == charged


def test_tags_that_are_gone_are_sold_and_a_tag_read_in_any_round_is_there() -> None:
    shop = Shop(TAGS)
    shop.pay()
    shop.tag("a", "b")
    shop.doors(is_open=True)
    shop.shut()
    shop(*(ShelfRead(shelf="s1", tags=tags) for tags in ((), ("b",), ())))
    assert shop.charged() == {"milk": 1}


def test_several_doors_are_all_unlocked_and_all_have_to_be_shut() -> None:
    shop = Shop(SCALE, OTHER_DOOR)
    shop.pay()
    shop.weigh(10_000)
    shop.weigh(8_000, "s2")
    assert shop.unlocks() == ["d1", "d2"]
    shop(DoorSeen(door="d1", is_open=True))
    assert shop(DoorSeen(door="d1", is_open=False)) is Stage.UNLOCKED, "the other is still to open"
    assert shop(DoorSeen(door="d2", is_open=True)) is Stage.OPEN
    assert shop(DoorSeen(door="d2", is_open=False)) is Stage.SETTLING
    shop.doors(is_open=False)
    shop.weigh(10_000 - 340)
    assert shop.weigh(7_000, "s2") is Stage.SETTLED
    assert shop.charged() == {"cola": 1, "rice": 1}


def test_a_second_door_that_nobody_opens_does_not_keep_the_order() -> None:
    shop = Shop(SCALE, OTHER_DOOR)
    shop.pay()
    shop.weigh(10_000)
    shop.weigh(8_000, "s2")
    shop(DoorSeen(door="d1", is_open=True), DoorSeen(door="d2", is_open=False), after_ms=8_000)
    assert shop(DoorSeen(door="d1", is_open=False)) is Stage.SETTLING


# ---------------------------------------------------------------------- nothing taken


def test_nothing_taken_settles_at_nothing() -> None:
    shop = Shop().opened()
    shop.shut()
    assert shop.weigh(10_004) is Stage.SETTLED
    assert shop.told("settled")["outcome"] == "nothing-taken"
    assert shop.told("settled")["amount_mil"] == 0


def test_a_door_that_nobody_opens_is_locked_again_and_looked_behind() -> None:
    shop = Shop().unlocked()
    shop(LockAnswered(door="d1", released=True))
    assert shop.tick(14_999) is Stage.UNLOCKED
    assert shop.tick(1) is Stage.SETTLING
    assert shop.locks() == ["d1"]
    shop.doors(is_open=False)
    shop.weigh(10_000)
    assert shop.told("settled")["outcome"] == "not-opened"


def test_called_off_after_the_unlock_still_looks() -> None:
    shop = Shop().unlocked()
    assert shop(Withdrawn()) is Stage.SETTLING


def test_a_word_for_another_order_changes_nothing() -> None:
    shop = Shop().opened()
    before = shop.order
    shop(
        ShelfRead(shelf="s9", grams=1),
        Declared(lines=()),
        Authorised(limit_mil=1),
        LockAnswered(door="d9", released=True),
    )
    assert shop.order == before


def test_a_shelf_that_nothing_can_prove_makes_no_shelf() -> None:
    with pytest.raises(ValueError, match="nothing can prove"):
        replace(SCALE, proofs=())
    with pytest.raises(ValueError, match="a slot holds one article"):
        replace(SCALE, proofs=(Proof.PRESENCE,))
    with pytest.raises(ValueError, match="too light for a scale"):
        replace(SCALE, stock=(Stock(sku="gum", price_mil=1_000, unit_g=20),))
