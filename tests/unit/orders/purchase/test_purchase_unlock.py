"""A purchase up to the unlock: what ends it before, and a lock that refuses or is silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.purchase.event import Authorised, DoorSeen, LockAnswered, Refused, SaleStopped, ShelfRead, Withdrawn
from gateway.orders.purchase.order import Stage
from tests.unit.orders.purchase.shop import SCALE, Shop

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
