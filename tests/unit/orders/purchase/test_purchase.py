"""A purchase from the code to the receipt, and everything that goes wrong on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.purchase.event import (
    Authorised,
    Declared,
    DoorSeen,
    Line,
    LockAnswered,
    Refused,
    SaleStopped,
    ShelfRead,
    Withdrawn,
)
from gateway.orders.purchase.order import Purpose, Stage
from gateway.orders.purchase.shelf import Batch, Proof, Shelf, Stock
from tests.unit.orders.purchase.shop import COLA, MILK, SCALE, Shop

RICE = Shelf(name="s2", door="d1", proofs=(Proof.WEIGHT,), stock=(replace(MILK, sku="rice", unit_g=1_000),))
OTHER_DOOR = replace(RICE, door="d2")
TAGGED = replace(MILK, batches=(Batch(count=2),), tags=("a", "b"))
TAGS = Shelf(name="s1", door="d1", proofs=(Proof.RFID,), stock=(TAGGED,))
BOTH = replace(TAGS, proofs=(Proof.RFID, Proof.WEIGHT))
SLOT = Shelf(name="s1", door="d1", proofs=(Proof.OPENING,), stock=(replace(COLA, batches=(Batch(count=1),)),))
SEEN = replace(SLOT, proofs=(Proof.PRESENCE,))


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


# ---------------------------------------------------------------------- before the unlock


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Refused(), "refused"),
        (Refused(why="no funds"), "refused: no funds"),
        (Withdrawn(), "withdrawn"),
        (SaleStopped(shelf="s1", why="too-warm"), "stop-sale: s1: too-warm"),
        (Authorised(limit_mil=0), "no-ceiling"),
        (DoorSeen(door="d1", is_open=True), "door-not-closed"),
    ],
)
def test_what_ends_an_order_before_anything_is_unlocked(event: object, why: str) -> None:
    shop = Shop()
    assert shop(event) is Stage.CANCELLED
    assert shop.told("cancelled")["why"] == why
    assert shop.unlocks() == []


def test_another_shelf_s_stop_sale_is_not_ours() -> None:
    assert Shop()(SaleStopped(shelf="s9", why="expired")) is Stage.ASKING


def test_no_answer_and_no_baseline_end_it_too() -> None:
    shop = Shop()
    assert shop.tick(29_999) is Stage.ASKING
    assert shop.tick(1) is Stage.CANCELLED
    shop = Shop()
    shop.pay()
    shop(ShelfRead(shelf="s1", grams=1_000, moving=True))
    assert shop.tick(10_000) is Stage.CANCELLED
    assert shop.told("cancelled")["why"] == "no-baseline"


def test_a_door_last_seen_before_the_authorisation_is_looked_at_again() -> None:
    shop = Shop()
    shop.doors(is_open=False)
    shop(Authorised(limit_mil=1_000))
    assert shop.weigh(10_000) is Stage.LOOKING
    assert shop.looks() == ["d1", "s1"]


def test_what_went_before_the_unlock_is_told_and_nobody_pays_for_it() -> None:
    assert Shop(replace(SCALE, expected_g=10_010)).opened().alarms() == []
    shop = Shop(replace(SCALE, expected_g=10_340)).opened()
    assert shop.alarms() == [("s1", "stock-difference", True)]
    shop.shut()
    shop.weigh(10_000)
    assert shop.charged() == {}


# ---------------------------------------------------------------------- the lock


def test_a_refusing_lock_is_asked_once_more() -> None:
    shop = Shop().unlocked()
    assert shop(LockAnswered(door="d1", released=False)) is Stage.UNLOCKING
    assert shop.unlocks() == ["d1", "d1"]
    assert shop(LockAnswered(door="d1", released=False)) is Stage.SETTLING
    assert shop.unlocks() == ["d1", "d1"]


def test_a_silent_lock_is_asked_once_more() -> None:
    shop = Shop().unlocked()
    shop.tick(2_999)
    assert shop.unlocks() == ["d1"]
    shop.tick(1)
    shop.tick(3_000)
    assert shop.unlocks() == ["d1", "d1"]


# ---------------------------------------------------------------------- doubts


def test_an_open_door_is_warned_about_alarmed_and_given_to_a_person() -> None:
    shop = Shop().opened()
    shop.tick(60_000)
    shop.tick(60_000)
    assert shop.told("open-warning")["cabinet"] == "c"
    shop.tick(60_000)
    shop.tick(1_000)
    assert shop.alarms() == [("d1", "door-left-open", True)]
    assert shop.tick(119_000) is Stage.REVIEW
    assert shop.doubts() == ["left-open"]
    assert shop.locks() == ["d1"]


def test_the_alarm_of_an_open_door_is_over_when_it_is_shut() -> None:
    shop = Shop().opened()
    shop.tick(180_000)
    shop.shut()
    assert shop.alarms() == [("d1", "door-left-open", True), ("d1", "door-left-open", False)]
    assert shop.weigh(10_000) is Stage.SETTLED


def test_a_door_of_another_lock_that_opens_is_forced() -> None:
    shop = Shop().opened()
    shop(DoorSeen(door="d9", is_open=True), DoorSeen(door="d9", is_open=True))
    assert shop.alarms() == [("d9", "door-forced", True)]
    shop.shut()
    assert shop.weigh(10_000 - 340) is Stage.REVIEW
    assert shop.doubts() == ["door-forced"]
    assert shop.told("review")["supposed"][0]["sku"] == "cola"


@pytest.mark.parametrize(
    ("after_g", "doubt"),
    [(10_400, "foreign-object"), (10_000 - 420, "unexplained"), (10_000 - 6 * 340, "ambiguous")],
)
def test_what_the_weight_does_not_explain_charges_nothing(after_g: int, doubt: str) -> None:
    milk = replace(MILK, unit_g=680)
    shop = Shop(replace(SCALE, stock=(COLA, milk))).opened()
    shop.shut()
    assert shop.weigh(after_g) is Stage.REVIEW
    assert shop.doubts() == [doubt]
    evidence = shop.told("review")["evidence"]["shelves"][0]
    assert (evidence["before"]["grams"], evidence["after"]["grams"]) == (10_000, after_g)


def test_goods_on_the_wrong_shelf() -> None:
    shop = Shop(SCALE, RICE)
    shop.pay()
    shop.weigh(10_000)
    shop.weigh(8_000, "s2")
    shop.doors(is_open=True)
    shop.shut()
    shop.weigh(10_000 - 340)
    assert shop.weigh(8_340, "s2") is Stage.REVIEW
    assert shop.doubts() == ["wrong-shelf"]


@pytest.mark.parametrize(
    ("tags", "after_g", "doubts"),
    [
        (("b",), 10_000, ["proofs-differ"]),
        (("a", "b"), 10_000 - 505, ["proofs-differ"]),
        (("a", "b", "x"), 10_000, ["foreign-object"]),
    ],
)
def test_tags_and_weight_have_to_agree(tags: tuple[str, ...], after_g: int, doubts: list[str]) -> None:
    shop = Shop(BOTH)
    shop.pay()
    shop.tag("a", "b")
    shop.weigh(10_000)
    shop.doors(is_open=True)
    shop.shut()
    shop.tag(*tags)
    assert shop.weigh(after_g) is Stage.REVIEW
    assert shop.doubts() == doubts


def test_a_tag_of_nothing_we_sell_that_goes_is_not_explained() -> None:
    shop = Shop(TAGS)
    shop.pay()
    shop.tag("a", "b", "x")
    shop.doors(is_open=True)
    shop.shut()
    assert shop.tag("a", "b") is Stage.REVIEW
    assert shop.doubts() == ["unexplained"]


def test_an_empty_slot_that_is_filled_has_a_foreign_object_in_it() -> None:
    shop = Shop(SEEN)
    shop.pay()
    shop(ShelfRead(shelf="s1", present=False))
    shop.doors(is_open=True)
    shop.shut()
    assert shop(ShelfRead(shelf="s1", present=True)) is Stage.REVIEW
    assert shop.doubts() == ["foreign-object"]


def test_lighter_behind_a_shut_door_was_taken_early() -> None:
    shop = Shop().unlocked()
    shop.weigh(10_000 - 340)
    shop.doors(is_open=False)
    shop.doors(is_open=True)
    shop.shut()
    shop.weigh(10_000 - 340)
    assert shop.doubts() == ["taken-early"]


def test_lighter_though_no_door_was_ever_seen_open() -> None:
    shop = Shop().unlocked()
    shop.tick(15_000)
    shop.doors(is_open=False)
    shop.weigh(10_000 - 340)
    assert shop.doubts() == ["taken-early"]


def test_more_than_the_money_held_is_a_person_s_business() -> None:
    shop = Shop()
    shop.pay(limit_mil=3_000)
    shop.weigh(10_000)
    shop.doors(is_open=True)
    shop.shut()
    assert shop.weigh(10_000 - 340) is Stage.REVIEW
    assert shop.doubts() == ["above-limit"]


def test_a_shelf_that_cannot_be_read_afterwards() -> None:
    shop = Shop().opened()
    shop.shut()
    shop(ShelfRead(shelf="s1", grams=9_000), ShelfRead(shelf="s1", grams=8_000), after_ms=1_000)
    assert shop.tick(20_000) is Stage.REVIEW
    assert shop.doubts() == ["no-reading"]


def test_a_shelf_read_before_the_door_is_seen_shut_counts_for_nothing() -> None:
    shop = Shop().opened()
    shop.doors(is_open=False)
    assert shop.weigh(9_000) is Stage.SETTLING
    assert shop.doors(is_open=True) is Stage.OPEN, "opened again"


# ---------------------------------------------------------------------- power cuts


def test_power_lost_with_the_door_open_settles_by_the_sensors() -> None:
    shop = Shop().opened()
    assert shop.restart(away_ms=30_000) is Stage.OPEN
    assert shop.shut() is Stage.SETTLING
    assert shop.weigh(10_000 - 340) is Stage.SETTLED
    assert shop.charged() == {"cola": 1}
    assert shop.told("settled")["restarts"] == 1


@pytest.mark.parametrize("away_ms", [60_001, None])
def test_goods_that_went_while_nobody_watched_are_a_person_s_business(away_ms: int | None) -> None:
    shop = Shop().opened()
    shop.restart(away_ms=away_ms)
    shop.shut()
    assert shop.weigh(10_000 - 340) is Stage.REVIEW
    assert shop.doubts() == ["unwatched"]


def test_nothing_gone_while_nobody_watched_settles_at_nothing() -> None:
    shop = Shop().unlocked()
    assert shop.restart(away_ms=None) is Stage.SETTLING
    assert shop.locks() == ["d1"]
    shop.doors(is_open=False)
    assert shop.weigh(10_000) is Stage.SETTLED


def test_a_restart_after_the_unlock_waits_for_the_door_and_unlocks_no_more() -> None:
    shop = Shop().unlocked()
    assert shop.restart() is Stage.UNLOCKED
    shop.tick(3_000)
    assert shop.unlocks() == ["d1"]
    shop.doors(is_open=True)
    shop.shut()
    shop.weigh(10_000 - 505)
    assert shop.charged() == {"milk": 1}


def test_goods_that_went_in_a_short_cut_are_charged_though_nobody_saw_the_door() -> None:
    shop = Shop().unlocked()
    shop.restart(away_ms=20_000)
    shop.tick(15_000)
    shop.doors(is_open=False)
    shop.weigh(10_000 - 505)
    assert shop.charged() == {"milk": 1}


def test_a_slot_that_only_its_door_proves_is_unproved_after_a_cut() -> None:
    shop = Shop(SLOT)
    shop.pay()
    shop.restart()
    shop.tick(15_000)
    assert shop.doors(is_open=False) is Stage.REVIEW
    assert shop.doubts() == ["unproved"]


@pytest.mark.parametrize("prepare", ["ask", "look"])
def test_a_restart_before_the_unlock_ends_it(prepare: str) -> None:
    shop = Shop()
    if prepare == "look":
        shop.pay()
    assert shop.restart() is Stage.CANCELLED
    assert shop.unlocks() == []


def test_a_gateway_that_keeps_on_restarting_comes_to_an_end() -> None:
    shop = Shop().opened()
    shop.shut()
    for _ in range(8):
        shop.restart()
        shop.tick(19_000)
    assert shop.order.stage is Stage.REVIEW


# ---------------------------------------------------------------------- restock


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
