"""Staff: goods counted and missed, dates that pass, cold that is gone, bins emptied; and power that goes meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.model.command import CommandKind
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import WALL_MS
from tests.scenario.trading_side import DEFROST, FRIDGE, GLASS, SLOT, Corner, with_more

SALE = {"user_ref": "u-7", "limit_mil": 50_000, "doors": [1]}
FROZEN = {"climate: chilled": "climate: frozen"}
MIN_S = 60.0


def only(corner: Corner, order_id: str) -> dict[str, Any]:
    (end,) = corner.ends(order_id)
    return end


def stock(corner: Corner, shelf: str) -> dict[str, int]:
    assert corner.desk is not None
    found = next(each for each in corner.desk.books.cabinets["fridge"].shelves if each.name == f"fridge/{shelf}")
    return {each.sku: each.count for each in found.stock}


async def sold(corner: Corner, command_id: str) -> str:
    """Ask for a purchase that nobody opens the door for; return what is said to it."""
    outcome = await corner.ask(command_id, CommandKind.PURCHASE, "fridge", order_id=f"o-{command_id}", **SALE)
    await asyncio.sleep(60)
    return outcome.reason


# ---------------------------------------------------------------------- restock


def test_a_restock_names_who_did_it_and_what_was_missing() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner.restock()
            corner.grams["top"] -= 350  # a cola went that nobody has paid for
            args = {"order_id": "r-1", "user_ref": "staff-4", "doors": [1]}
            assert (await corner.ask("c-1", CommandKind.RESTOCK, "fridge", **args)).reason == "begun"

            def fill() -> None:
                corner.grams["top"] += 3 * 350

            await corner.walk(3.0, lambda: corner.open.add(FRIDGE), fill, corner.open.clear)
            assert ("fridge/top", "stock-difference") in corner.alarms(), "the scale knew before staff counted"
            lines = [{"shelf": "fridge/top", "sku": "cola", "found": 9, "added": 3}]
            assert (await corner.ask("d-1", CommandKind.DECLARE, "fridge", order_id="r-1", lines=lines)).state == "done"
            await asyncio.sleep(5)
            end = only(corner, "r-1")
            assert (end["stage"], end["user_ref"], end["amount_mil"]) == ("settled", "staff-4", 0)
            assert end["differences"] == [{"shelf": "fridge/top", "sku": "cola", "booked": 10, "found": 9}]
            assert end["weight_gaps_g"] == {}
            assert stock(corner, "top")["cola"] == 12
            assert corner.alarms() == {("fridge", "stock-difference")}

    run_virtual(act())


def test_what_staff_says_and_the_scale_does_not_confirm_is_told() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner.restock()
            args = {"order_id": "r-1", "user_ref": "staff-4", "doors": [1]}
            await corner.ask("c-1", CommandKind.RESTOCK, "fridge", **args)
            await corner.walk(3.0, lambda: corner.open.add(FRIDGE), corner.open.clear)
            lines = [{"shelf": "fridge/top", "sku": "cola", "found": 10, "added": 5}]
            await corner.ask("d-1", CommandKind.DECLARE, "fridge", order_id="r-1", lines=lines)
            await asyncio.sleep(5)
            assert only(corner, "r-1")["weight_gaps_g"] == {"fridge/top": -1750}
            assert ("fridge", "stock-difference") in corner.alarms()

    run_virtual(act())


def test_goods_past_their_date_are_not_sold_until_staff_has_taken_them_out() -> None:
    async def act() -> None:
        corner = Corner(scan_s=1.0)
        async with corner.edge():
            await corner.restock()
            until_ms = WALL_MS + round(1000 * (asyncio.get_running_loop().time() + 600))
            for order_id, line in (
                ("r-1", {"found": 5, "added": 2, "expires_ts_ms": until_ms}),
                ("r-2", {"found": 7, "removed": 2}),
            ):
                corner.on_unlock = lambda _: None
                args = {"order_id": order_id, "user_ref": "staff-4", "doors": [1]}
                await corner.ask(f"c-{order_id}", CommandKind.RESTOCK, "fridge", **args)

                def change(line: dict[str, int] = line) -> None:
                    corner.grams["low"] += 1050 * (line.get("added", 0) - line.get("removed", 0))

                await corner.walk(5.0, lambda: corner.open.add(FRIDGE), change, corner.open.clear)
                lines = [{"shelf": "fridge/low", "sku": "milk", **line}]
                await corner.ask(f"d-{order_id}", CommandKind.DECLARE, "fridge", order_id=order_id, lines=lines)
                await asyncio.sleep(10)
                assert only(corner, order_id)["stage"] == "settled"
                assert await sold(corner, f"{order_id}-at-once") == "begun"
                if order_id == "r-1":
                    await asyncio.sleep(600)
                    assert ("fridge/low", "stop-sale") in corner.alarms()
                    assert await sold(corner, "expired") == "stop-sale"

    run_virtual(act())


# ---------------------------------------------------------------------- cold


def test_a_defrost_is_forgiven_and_a_second_one_without_cold_in_between_is_not() -> None:
    async def act() -> None:
        corner = Corner(site=with_more(FROZEN), celsius=-20.0, scan_s=5.0)
        async with corner.edge():
            await asyncio.sleep(2 * MIN_S)
            corner.closed.add(DEFROST)
            corner.celsius = -14.0
            await asyncio.sleep(20 * MIN_S)
            corner.closed.discard(DEFROST)
            await asyncio.sleep(25 * MIN_S)
            assert not any(alarm == "stop-sale" for _, alarm in corner.alarms()), "30 min from its end"
            corner.closed.add(DEFROST)
            await asyncio.sleep(6 * MIN_S)
            assert ("fridge/low", "stop-sale") in corner.alarms()
            corner.closed.discard(DEFROST)
            corner.celsius = -20.0
            await asyncio.sleep(5 * MIN_S)
            assert ("fridge/low", "stop-sale") in corner.alarms(), "until staff has been there"

    run_virtual(act())


def test_frozen_goods_that_thawed_wait_for_staff_whatever_the_temperature_is_by_then() -> None:
    async def act() -> None:
        corner = Corner(site=with_more(FROZEN), celsius=-20.0, scan_s=1.0)
        async with corner.edge():
            await corner.restock()
            await asyncio.sleep(2 * MIN_S)
            corner.celsius = -10.0
            await asyncio.sleep(14 * MIN_S)
            assert await sold(corner, "not-yet") == "begun"
            await asyncio.sleep(2 * MIN_S)
            corner.celsius = -22.0
            await asyncio.sleep(2 * MIN_S)
            assert await sold(corner, "too-warm") == "stop-sale"
        async with corner.edge("another-boot"):
            await asyncio.sleep(5 * MIN_S)
            assert await sold(corner, "after-a-power-cut") == "stop-sale"
            await corner.restock("r-1")
            await asyncio.sleep(20)
            assert await sold(corner, "after-staff") == "begun"

    run_virtual(act())


# ---------------------------------------------------------------------- collection


@pytest.mark.parametrize(("left_g", "emptied"), [(12_300, True), (20_000, False)])
def test_a_full_and_heavy_bin_is_emptied_against_its_tare(left_g: int, emptied: bool) -> None:  # noqa: FBT001 - a case
    async def act() -> None:
        corner = Corner(distance_mm=210)
        corner.grams["floor"] = 170_000
        async with corner.edge():
            await asyncio.sleep(40)
            assert ("glass", "bin-full") in corner.alarms()
            args = {"order_id": "k-1", "user_ref": "staff-4"}
            assert (await corner.ask("c-1", CommandKind.COLLECTION, "glass", **args)).reason == "begun"

            def empty() -> None:
                corner.grams["floor"] = left_g

            await corner.walk(6.0, lambda: corner.open.add(GLASS), empty, corner.open.clear)
            await asyncio.sleep(30)
            end = only(corner, "k-1")
            assert (end["stage"], end["user_ref"], end["purpose"]) == ("recorded", "staff-4", "collection")
            assert (end["collected_g"], end["left_g"], end["tare_g"]) == (170_000 - left_g, left_g - 12_000, 12_000)
            assert end["emptied"] is emptied
            assert ((GLASS, "not-emptied") in corner.alarms()) is not emptied

    run_virtual(act())


def test_a_bin_that_is_too_heavy_opens_for_nobody_but_staff() -> None:
    async def act() -> None:
        corner = Corner()
        corner.grams["floor"] = 170_000
        async with corner.edge():
            await asyncio.sleep(2)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", order_id="d-1", user_ref="u")
            await asyncio.sleep(10)
            end = only(corner, "d-1")
            assert (end["stage"], end["why"], corner.unlocks) == ("cancelled", "overweight", [])
            assert (GLASS, "overweight") in corner.alarms()
            await corner.ask("c-2", CommandKind.COLLECTION, "glass", order_id="k-1", user_ref="s")

            def empty() -> None:
                corner.grams["floor"] = 12_000

            await corner.walk(6.0, lambda: corner.open.add(GLASS), empty, corner.open.clear)
            await asyncio.sleep(30)
            assert corner.alarms() == set()

    run_virtual(act())


# ---------------------------------------------------------------------- power lost with the door open


@pytest.mark.parametrize(("away_s", "stage"), [(20.0, "settled"), (300.0, "review")])
def test_power_lost_with_the_cabinet_open(away_s: float, stage: str) -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner.restock()
            corner.on_unlock = lambda _: corner.open.add(FRIDGE)
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", order_id="o-1", **SALE)
            await asyncio.sleep(6)
            assert corner.stages("o-1")[-1] == "open"
            unlocked = len(corner.unlocks)
        await asyncio.sleep(away_s)
        corner.grams["top"] -= 350
        async with corner.edge():
            await asyncio.sleep(5)
            corner.open.clear()
            await asyncio.sleep(30)
            end = only(corner, "o-1")
            assert (end["stage"], end["amount_mil"]) == (stage, 3000 if stage == "settled" else 0)
            assert ("unwatched" in end.get("doubts", ())) is (stage == "review")
            assert len(corner.unlocks) == unlocked, "nothing is unlocked after a restart"

    run_virtual(act())


@pytest.mark.parametrize("machine", ["this-boot", "another-boot"])
def test_power_lost_with_the_bin_open(machine: str) -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: corner.open.add(GLASS))
        async with corner.edge():
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", order_id="d-1", user_ref="u")
            await asyncio.sleep(6)
            assert corner.stages("d-1")[-1] == "open"
        corner.grams["floor"] += 2000
        await asyncio.sleep(10)
        async with corner.edge(machine):
            await asyncio.sleep(3)
            corner.open.clear()
            await asyncio.sleep(40)
            end = only(corner, "d-1")
            assert (end["stage"], end["points"], end["flags"]) == ("recorded", 20, ["restarted"])
            assert len(corner.unlocks) == 1
            assert not corner.told(EventKind.ALARM, alarm="door-forced", active=True)

    run_virtual(act())


@pytest.mark.parametrize("door", [FRIDGE, SLOT])
def test_a_door_that_stays_open_after_the_order_is_closed_before_anything_else_is_sold(door: str) -> None:
    async def act() -> None:
        corner = Corner(scan_s=0.5)
        async with corner.edge():
            await corner.restock()
            corner.on_unlock = lambda _: corner.open.add(door)
            doors = [int(door[-2:])]
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", order_id="o-1", **SALE | {"doors": doors})
            await asyncio.sleep(320)
            end = only(corner, "o-1")
            assert (end["stage"], end["doubts"][0], end["amount_mil"]) == ("review", "left-open", 0)
            assert (door, "door-left-open") in corner.alarms()
            assert await sold(corner, "while-open") == "door-open"
            corner.open.clear()
            await asyncio.sleep(2)
            assert corner.alarms() == set()

    run_virtual(act())
