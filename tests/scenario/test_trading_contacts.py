"""What contacts tell of doors, bins and slots reaches the orders there: hand, jam, wrong category, goods, defrost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import CommandKind
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from tests.scenario.trading_place import SITES, Place
from tests.scenario.trading_side import GLASS, GOODS, HAND, JAM, WRONG, Corner, with_more

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DELIVERY = {"order_id": "d-1", "user_ref": "u-7"}
ONE_KG_IN = 13_000


def only(corner: Corner, order_id: str) -> dict[str, Any]:
    (end,) = corner.ends(order_id)
    return end


def later(after_s: float, act: Callable[..., object], *args: object) -> None:
    asyncio.get_running_loop().call_later(after_s, act, *args)


def resident(corner: Corner, *, shuts_s: float | None = 9.0) -> None:
    """Have a resident throw in a kilogram; the motor door shuts by itself, or does not."""

    def drop() -> None:
        corner.grams["floor"] = ONE_KG_IN

    later(1.0, corner.open.add, GLASS)
    later(3.0, drop)
    if shuts_s is not None:
        later(shuts_s, corner.open.discard, GLASS)


def a_corner() -> Corner:
    """Return a corner with contacts; the sensor of the category is wired the other way round."""
    return Corner(site=with_more(), closed={WRONG})


def test_a_door_that_gives_way_twice_and_then_shuts_is_a_delivery_like_any_other() -> None:
    async def act() -> None:
        corner = a_corner()

        def opened(_door: str) -> None:
            resident(corner, shuts_s=14.0)
            for at_s in (7.0, 10.0):
                later(at_s, corner.closed.add, JAM)
                later(at_s + 1.0, corner.closed.discard, JAM)

        corner.on_unlock = opened
        async with corner.edge():
            await asyncio.sleep(2)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)
            await asyncio.sleep(40)
            end = only(corner, "d-1")
            assert (end["stage"], end["net_g"], end["evidence"]["jams"]) == ("recorded", 1000, 2)
            assert corner.alarms() == set()

    run_virtual(act())


def test_a_door_that_gives_way_again_and_again_is_a_person_s_business_until_it_is_shut() -> None:
    async def act() -> None:
        corner = a_corner()

        def opened(_door: str) -> None:
            resident(corner, shuts_s=None)
            for at_s in range(5, 17, 3):
                later(at_s, corner.closed.add, JAM)
                later(at_s + 1.5, corner.closed.discard, JAM)

        corner.on_unlock = opened
        async with corner.edge():
            await asyncio.sleep(2)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)
            await asyncio.sleep(25)
            end = only(corner, "d-1")
            assert (end["stage"], end["points"], end["doubts"]) == ("review", 0, ["door-jammed"])
            assert (GLASS, "door-jammed") in corner.alarms()
            corner.open.clear()
            await asyncio.sleep(2)
            assert corner.alarms() == set()

    run_virtual(act())


def test_a_door_that_runs_into_something_without_an_order_is_told_and_one_shut_again_is_not() -> None:
    async def act() -> None:
        corner = a_corner()
        async with corner.edge():
            corner.open.add(GLASS)
            await asyncio.sleep(2)
            corner.closed.add(JAM)
            await asyncio.sleep(2)
            assert (GLASS, "door-jammed") in corner.alarms()
            corner.closed.discard(JAM)
            corner.open.clear()
            await asyncio.sleep(2)
            assert corner.alarms() == set()

    run_virtual(act())


def test_done_with_a_hand_in_the_door_waits_for_the_hand() -> None:
    async def act() -> None:
        corner = a_corner()
        corner.on_unlock = lambda _: resident(corner, shuts_s=None)
        async with corner.edge():
            await asyncio.sleep(2)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)
            await asyncio.sleep(6)
            corner.closed.add(HAND)
            await asyncio.sleep(1)
            assert (await corner.ask("c-2", CommandKind.FINISH, "glass", order_id="d-1")).state == "done"
            await asyncio.sleep(1)
            assert corner.stages("d-1")[-1] == "open"
            corner.closed.discard(HAND)
            await asyncio.sleep(1)
            assert (await corner.ask("c-3", CommandKind.FINISH, "glass", order_id="d-1")).state == "done"
            await asyncio.sleep(1)
            assert corner.stages("d-1")[-1] == "closing"
            corner.open.clear()
            await asyncio.sleep(30)
            assert only(corner, "d-1")["stage"] == "recorded"

    run_virtual(act())


@pytest.mark.parametrize("comes", [True, False])
def test_what_does_not_belong_into_the_bin_brings_no_points(*, comes: bool) -> None:
    async def act() -> None:
        corner = a_corner()

        def opened(_door: str) -> None:
            resident(corner)
            if comes:
                later(4.0, corner.closed.discard, WRONG)
                later(5.0, corner.closed.add, WRONG)

        corner.on_unlock = opened
        async with corner.edge():
            await asyncio.sleep(2)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)
            await asyncio.sleep(40)
            end = only(corner, "d-1")
            if comes:
                assert (end["stage"], end["points"], end["doubts"]) == ("review", 0, ["wrong-category"])
            else:
                assert (end["stage"], end["points"]) == ("recorded", 10)

    run_virtual(act())


@pytest.mark.parametrize("taken", [True, False])
def test_a_slot_with_a_contact_is_sold_by_what_is_missing_not_by_its_door(*, taken: bool) -> None:
    async def act() -> None:
        corner = a_corner()
        corner.closed.add(GOODS)
        async with corner.edge():
            await corner.restock()
            slot = "lock/outlet-02"

            def opened(_door: str) -> None:
                later(1.0, corner.open.add, slot)
                if taken:
                    later(2.0, corner.closed.discard, GOODS)
                later(4.0, corner.open.discard, slot)

            corner.on_unlock = opened
            sale = {"order_id": "o-1", "user_ref": "u", "limit_mil": 50_000, "doors": [2]}
            assert (await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **sale)).reason == "begun"
            await asyncio.sleep(20)
            end = only(corner, "o-1")
            assert (end["stage"], end["amount_mil"]) == ("settled", 12_000 if taken else 0)

    run_virtual(act())


# ---------------------------------------------------------------------- the shipped sites, their physics and people


def test_somebody_who_reaches_into_the_closing_door_is_safe_and_gets_his_points(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "bin_station.yaml"), tmp_path)
        async with place.running():
            place.inject("bins/outlet-01", "reaches-in=4s,throws=2kg")
            await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-1", user_ref="u")
            end = await place.end("d-1")
            assert end["stage"] == "recorded", end
            assert abs(end["net_g"] - 2000) <= 25
            assert end["evidence"]["jams"] >= 1

    run_virtual(act())


def test_a_hand_that_stays_sends_the_delivery_to_a_person(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "bin_station.yaml"), tmp_path)
        async with place.running():
            place.inject("bins/outlet-01", "reaches-in=900s,throws=2kg")
            await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-1", user_ref="u")
            end = await place.end("d-1", within_s=400)
            assert (end["stage"], end["doubts"]) == ("review", ["door-jammed"])
            assert place.truth("bins", 1)["leaf"] == "stuck"

    run_virtual(act())


def test_film_among_the_paper_is_seen_by_its_sensor(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "bin_station.yaml"), tmp_path)
        async with place.running():
            place.inject("bins/outlet-01", "throws-wrong=1.5kg")
            await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-1", user_ref="u")
            end = await place.end("d-1")
            assert (end["stage"], end["doubts"], end["points"]) == ("review", ["wrong-category"], 0)

    run_virtual(act())


def test_an_umbrella_is_paid_for_when_its_contact_has_lost_it(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "cabinet_row.yaml"), tmp_path)
        async with place.running():
            for number, (takes, amount_mil) in enumerate(((0, 0), (1, 29_000), (0, 0))):
                place.inject("cabinet-03/outlet-01", f"takes={takes}")
                args = {"order_id": f"o-{number}", "user_ref": "u", "limit_mil": 50_000, "doors": [1]}
                assert (await place.ask(CommandKind.PURCHASE, "cabinet-03", **args)).reason == "begun"
                end = await place.end(f"o-{number}")
                assert (end["stage"], end["amount_mil"]) == ("settled", amount_mil), end
            assert place.truth("cabinet-03", 1)["shelves"]["cabinet-03/slot-1"]["pieces"] == 0

    run_virtual(act())
