"""Purchases, restocks, deliveries and collections through the whole trading desk, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.edge.view import view
from gateway.model.command import CommandKind
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from tests.scenario.trading_side import FRIDGE, GLASS, SLOT, Corner

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

SALE = {"order_id": "o-1", "user_ref": "u-7", "limit_mil": 50_000, "doors": [1]}
DELIVERY = {"order_id": "d-1", "user_ref": "u-7", "identity": "card"}


def buy_two_colas(corner: Corner) -> None:
    """Have a customer come by: door open, two colas out, door shut."""
    loop = asyncio.get_running_loop()

    def take() -> None:
        corner.grams["top"] -= 700

    loop.call_later(2.0, corner.open.add, FRIDGE)
    loop.call_later(5.0, take)
    loop.call_later(8.0, corner.open.discard, FRIDGE)


def throw_in(corner: Corner, grams: int) -> None:
    """Have a resident come by: the motor opens the door, a bag goes in, the door shuts by itself."""
    loop = asyncio.get_running_loop()

    def drop() -> None:
        corner.grams["floor"] += grams

    loop.call_later(1.5, corner.open.add, GLASS)
    loop.call_later(4.0, drop)
    loop.call_later(9.0, corner.open.discard, GLASS)


def only(corner: Corner, order_id: str) -> dict[str, Any]:
    """Return the end of an order, which it has once."""
    (end,) = corner.ends(order_id)
    return end


def play(act: Coroutine[Any, Any, None]) -> None:
    run_virtual(act)


def test_a_customer_pays_for_what_the_scale_has_lost_and_nothing_else() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: buy_two_colas(corner))
        async with corner.edge():
            await asyncio.sleep(2)
            await corner_is_filled(corner)
            assert (await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)).reason == "begun"
            await asyncio.sleep(30)
            end = only(corner, "o-1")
            assert (end["stage"], end["outcome"], end["amount_mil"]) == ("settled", "bought", 6000)
            assert end["lines"] == [
                {"shelf": "fridge/top", "sku": "cola", "count": 2, "price_mil": 3000, "amount_mil": 6000}
            ]
            assert corner.stages("o-1") == [
                "accepted", "looking", "unlocking", "unlocked", "open", "settling", "settled"
            ]  # fmt: skip
            assert [door for _, _, door in corner.unlocks] == [FRIDGE, SLOT, FRIDGE], "the first two were staff's"
            assert stock(corner)["cola"] == 8
            assert corner.open_orders() == []
            assert (await corner.ask("c-2", CommandKind.PURCHASE, "fridge", **SALE)).reason == "already-settled"
            assert len(corner.unlocks) == 3

    play(act())


async def corner_is_filled(corner: Corner) -> None:
    """Let staff fill the cabinet without a customer at its door."""
    customer, corner.on_unlock = corner.on_unlock, lambda _: None
    await corner.restock()
    assert only(corner, "r-0")["stage"] == "settled"
    corner.on_unlock = customer


def stock(corner: Corner) -> dict[str, int]:
    assert corner.desk is not None
    shelves = corner.desk.books.cabinets["fridge"].shelves
    return {each.sku: each.count for shelf in shelves for each in shelf.stock}


def test_staff_counts_the_goods_and_the_scales_confirm_it() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner_is_filled(corner)
            assert stock(corner) == {"cola": 10, "water": 5, "milk": 5, "salad": 1}
            assert corner.alarms() == set()
        async with corner.edge():
            await asyncio.sleep(1)
            assert stock(corner) == {"cola": 10, "water": 5, "milk": 5, "salad": 1}, "the books outlive edge"

    play(act())


@pytest.mark.parametrize("dies_after", [False, True])
def test_a_purchase_ends_once_and_unlocks_nothing_again_whenever_edge_dies(*, dies_after: bool) -> None:
    ends = set()

    async def act(dies_at: int) -> bool:
        corner = Corner()
        async with corner.edge():
            await corner_is_filled(corner)
        corner.disk.commits, corner.disk.dies_at, corner.disk.dies_after = 0, dies_at, dies_after
        corner.on_unlock = lambda _: buy_two_colas(corner)
        before = len(corner.unlocks)
        async with corner.edge():
            asking = asyncio.create_task(corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE))
            with_death = asyncio.create_task(corner.disk.died.wait())
            await asyncio.wait({with_death}, timeout=40)
            for task in (asking, with_death):
                task.cancel()
            await asyncio.gather(asking, with_death, return_exceptions=True)
            died = corner.disk.died.is_set()
        corner.disk.dies_at = 0
        unlocked, was_decided = len(corner.unlocks), "unlocking" in corner.stages("o-1")
        assert was_decided or unlocked == before
        await asyncio.sleep(5)
        async with corner.edge():
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)
            await asyncio.sleep(60)
            end = only(corner, "o-1")
            ends.add((end["stage"], end["amount_mil"]))
            assert corner.open_orders() == []
            if was_decided:
                assert len(corner.unlocks) == unlocked, "what was decided before the death is not sent after it"
            assert len({command for _, command, _ in corner.unlocks}) == len(corner.unlocks)
            assert len(corner.unlocks) - before <= 1
            taken = 1_000 + 10 * 350 + 5 * 560 - corner.grams["top"]
            assert end["amount_mil"] in (0, 6000)
            assert end["amount_mil"] == 0 or taken == 700
            if end["stage"] == "settled" and taken:
                assert end["amount_mil"] == 6000
            assert stock(corner)["cola"] == 10 - end["amount_mil"] // 3000
        return died

    dies_at = 1
    while run_virtual(act(dies_at)):
        dies_at += 1
    assert dies_at > 6
    assert ("settled", 6000) in ends


def test_whoever_looks_from_outside_sees_the_door_and_its_order() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: corner.open.add(FRIDGE))
        async with corner.edge():
            assert corner.book is not None
            assert corner.desk is not None
            await asyncio.sleep(2)
            before = corner.book.revisions["lock"]
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)
            await asyncio.sleep(10)
            seen = view(corner.book, "lock", asyncio.get_running_loop().time(), trades=corner.desk.orders()).outlets
            assert [
                (seen[name].state, seen[name].stage, seen[name].order_id) for name in ("outlet-01", "outlet-02")
            ] == [
                ("open", "open", "o-1"),
                ("shut", "", ""),
            ]
            assert corner.book.revisions["lock"] >= before + 3, "every change is published"

    play(act())


def test_a_lock_that_refuses_twice_ends_the_order_without_a_charge() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner_is_filled(corner)
            corner.unlocks.clear()
            corner.jammed.add(FRIDGE)
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)
            await asyncio.sleep(60)
            end = only(corner, "o-1")
            assert (end["stage"], end["outcome"], end["amount_mil"]) == ("settled", "not-opened", 0)
            assert len(corner.unlocks) == 2

    play(act())


def test_a_door_that_nobody_could_watch_leaves_the_order_to_a_person() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: corner.open.add(FRIDGE))
        async with corner.edge():
            await corner_is_filled(corner)
            corner.on_unlock = lambda _: corner.open.add(FRIDGE)
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)
            await asyncio.sleep(6)
            corner.blind.add("lock")
            await asyncio.sleep(70)
            corner.grams["top"] -= 350
            corner.open.clear()
            corner.blind.clear()
            await asyncio.sleep(30)
            end = only(corner, "o-1")
            assert (end["stage"], end["amount_mil"]) == ("review", 0)
            assert "unwatched" in end["doubts"]

    play(act())


def test_goods_that_were_too_warm_are_not_sold_until_staff_has_been_there() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner_is_filled(corner)
            await asyncio.sleep(60)
            corner.celsius = 12.0
            await asyncio.sleep(16 * 60)
            assert ("fridge/low", "stop-sale") in corner.alarms()
            denied = await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)
            assert (denied.state, denied.reason) == ("refused", "stop-sale")
        corner.celsius = 3.0
        async with corner.edge():
            await asyncio.sleep(120)
            assert (await corner.ask("c-2", CommandKind.PURCHASE, "fridge", **SALE)).reason == "stop-sale"
            await corner.restock("r-1")
            await asyncio.sleep(5)
            assert not any(alarm == "stop-sale" for _, alarm in corner.alarms())
            assert (await corner.ask("c-3", CommandKind.PURCHASE, "fridge", **SALE)).reason == "begun"

    play(act())


def test_a_door_that_opens_without_an_order_is_told_and_sells_nothing_until_it_is_shut() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner_is_filled(corner)
            corner.open.add(SLOT)
            await asyncio.sleep(2)
            assert (SLOT, "door-forced") in corner.alarms()
            assert (await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)).reason == "door-open"
            corner.open.clear()
            await asyncio.sleep(2)
            assert corner.alarms() == set()
            assert (await corner.ask("c-2", CommandKind.PURCHASE, "fridge", **SALE)).reason == "begun"
            assert (
                await corner.ask("c-3", CommandKind.PURCHASE, "fridge", **SALE | {"order_id": "o-2"})
            ).state == "refused"

    play(act())


def test_a_resident_gets_provisional_points_for_what_stays_on_the_scale() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: throw_in(corner, 3200))
        async with corner.edge():
            await asyncio.sleep(2)
            assert (await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)).reason == "begun"
            await asyncio.sleep(40)
            end = only(corner, "d-1")
            assert (end["stage"], end["net_g"], end["points"]) == ("recorded", 3200, 32)
            assert corner.open_orders() == []
            again = await corner.ask("c-2", CommandKind.DEPOSIT, "glass", **DELIVERY | {"order_id": "d-2"})
            assert (again.state, again.reason) == ("refused", "cool-down")

    play(act())


def test_a_bin_whose_door_opens_before_it_was_unlocked_is_forced_until_it_is_shut() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await asyncio.sleep(2)
            assert (await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)).reason == "begun"
            corner.open.add(GLASS)
            await asyncio.sleep(2)
            assert only(corner, "d-1")["why"] == "door-not-closed"
            assert corner.alarms() == {(GLASS, "door-forced")}
            corner.open.clear()
            await asyncio.sleep(2)
            assert corner.alarms() == set()

    play(act())


@pytest.mark.parametrize("dies_after", [False, True])
def test_a_delivery_is_recorded_once_and_opens_nothing_again_whenever_edge_dies(*, dies_after: bool) -> None:
    ends = set()

    async def act(dies_at: int) -> bool:
        corner = Corner(on_unlock=lambda _: throw_in(corner, 3200))
        corner.disk.dies_at, corner.disk.dies_after = dies_at, dies_after
        async with corner.edge():
            await asyncio.sleep(1)
            asking = asyncio.create_task(corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY))
            death = asyncio.create_task(corner.disk.died.wait())
            await asyncio.wait({death}, timeout=60)
            for task in (asking, death):
                task.cancel()
            await asyncio.gather(asking, death, return_exceptions=True)
            died = corner.disk.died.is_set()
        corner.disk.dies_at = 0
        opened, was_decided = len(corner.unlocks), "opening" in corner.stages("d-1")
        assert was_decided or not opened
        await asyncio.sleep(5)
        async with corner.edge():
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)
            await asyncio.sleep(90)
            end = only(corner, "d-1")
            ends.add((end["stage"], end["points"]))
            assert corner.open_orders() == []
            assert len(corner.unlocks) <= 1
            if was_decided:
                assert len(corner.unlocks) == opened
            thrown = corner.grams["floor"] - 12_000
            assert end["points"] in (0, thrown // 100)
            if end["stage"] == "recorded":
                assert end["net_g"] == thrown
        return died

    dies_at = 1
    while run_virtual(act(dies_at)):
        dies_at += 1
    assert dies_at > 6
    assert ("recorded", 32) in ends


def test_a_full_bin_takes_no_more_until_it_was_emptied() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            corner.distance_mm = 210
            await asyncio.sleep(40)
            assert {("glass", "bin-filling"), ("glass", "bin-full")} <= corner.alarms()
            assert (await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)).reason == "bin-full"
            corner.grams["floor"] = 60_000

            def empty() -> None:
                corner.grams["floor"], corner.distance_mm = 12_300, 990

            assert (await corner.ask("c-2", CommandKind.COLLECTION, "glass", order_id="k-1", user_ref="s")).reason
            await corner.walk(4.0, lambda: corner.open.add(GLASS), empty, corner.open.clear)
            await asyncio.sleep(40)
            end = only(corner, "k-1")
            assert (end["stage"], end["collected_g"], end["emptied"]) == ("recorded", 47_700, True)
            assert corner.alarms() == set()
            assert (await corner.ask("c-3", CommandKind.DEPOSIT, "glass", **DELIVERY)).reason == "begun"

    play(act())


def test_what_somebody_says_of_an_order_reaches_that_order_alone() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner_is_filled(corner)
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE)
            wrong = await corner.ask("w-1", CommandKind.WITHDRAW, "glass", order_id="o-1")
            unknown = await corner.ask("w-2", CommandKind.WITHDRAW, "fridge", order_id="o-9")
            other = await corner.ask("w-3", CommandKind.FINISH, "fridge", order_id="o-1")
            assert [each.reason for each in (wrong, unknown, other)] == [
                "not-running", "not-running", "other-kind-of-order"
            ]  # fmt: skip
            assert (await corner.ask("w-4", CommandKind.WITHDRAW, "fridge", order_id="o-1")).state == "done"
            await asyncio.sleep(30)
            assert only(corner, "o-1")["amount_mil"] == 0

    play(act())


def test_nothing_begins_while_field_is_away_or_at_what_is_not_there() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await asyncio.sleep(1)
            assert (await corner.ask("c-1", CommandKind.PURCHASE, "shed", **SALE)).reason == "unknown-cabinet"
            assert (await corner.ask("c-2", CommandKind.DEPOSIT, "shed", **DELIVERY)).reason == "unknown-bin"
            unknown = await corner.ask("c-3", CommandKind.PURCHASE, "fridge", **SALE | {"doors": [7]})
            assert unknown.reason == "unknown-door"
            corner.is_ready = False
            assert (await corner.ask("c-4", CommandKind.PURCHASE, "fridge", **SALE)).reason == "field-away"
            assert corner.told(EventKind.ORDER) == []

    play(act())
