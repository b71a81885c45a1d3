"""What sends a purchase to a person, and what power cuts make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.purchase.event import DoorSeen, ShelfRead
from gateway.orders.purchase.order import Stage
from tests.unit.orders.purchase.shop import BOTH, COLA, MILK, OTHER_DOOR, RICE, SCALE, SEEN, SLOT, TAGS, Shop

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


def test_one_reading_that_is_lighter_is_enough_if_the_door_is_seen_shut_after_it() -> None:
    shop = Shop().unlocked()
    shop(ShelfRead(shelf="s1", grams=10_000 - 160), after_ms=100)
    shop.doors(is_open=False)
    shop(ShelfRead(shelf="s1", grams=10_000 - 340), after_ms=100)
    shop.doors(is_open=True)
    shop.shut()
    assert shop.weigh(10_000 - 2 * 340) is Stage.REVIEW
    assert shop.doubts() == ["taken-early"]


def test_a_shelf_that_was_knocked_and_rests_again_before_its_door_opens_is_paid_as_ever() -> None:
    shop = Shop().unlocked()
    shop(ShelfRead(shelf="s1", grams=10_000 - 60), after_ms=100)
    shop.doors(is_open=False)
    shop(ShelfRead(shelf="s1", grams=10_000), after_ms=100)
    shop.doors(is_open=False)
    shop.doors(is_open=True)
    shop.shut()
    assert shop.weigh(10_000 - 340) is Stage.SETTLED
    assert shop.charged() == {"cola": 1}


@pytest.mark.parametrize("opens_later", [True, False])
def test_what_goes_behind_a_door_that_is_still_shut_while_another_is_open(*, opens_later: bool) -> None:
    shop = Shop(SCALE, OTHER_DOOR)
    shop.pay()
    shop.weigh(10_000)
    assert shop.weigh(8_000, "s2") is Stage.UNLOCKING
    shop(DoorSeen(door="d1", is_open=True), ShelfRead(shelf="s2", grams=7_000), DoorSeen(door="d2", is_open=False))
    if opens_later:
        shop(DoorSeen(door="d2", is_open=True))
    else:
        shop(DoorSeen(door="d1", is_open=False), DoorSeen(door="d2", is_open=False), after_ms=16_000)
    shop.shut()
    shop.weigh(10_000)
    assert shop.weigh(7_000, "s2") is Stage.REVIEW
    assert shop.doubts() == ["taken-early"]


def test_a_slot_that_is_empty_before_its_door_opens_is_not_the_customer_s() -> None:
    shop = Shop(SEEN)
    shop.pay()
    assert shop(ShelfRead(shelf="s1", present=True)) is Stage.UNLOCKING
    shop(ShelfRead(shelf="s1", present=False))
    shop.doors(is_open=False)
    shop.doors(is_open=True)
    shop.shut()
    assert shop(ShelfRead(shelf="s1", present=False)) is Stage.REVIEW
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
