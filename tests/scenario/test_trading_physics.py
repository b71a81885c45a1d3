"""The shipped cabinet row and bin station, with their physics and people, run by field and edge in virtual time."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from gateway.model.command import CommandKind
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from tests.depth import sample
from tests.scenario.trading_place import SITES, Place

if TYPE_CHECKING:
    from pathlib import Path


async def take_stock(place: Place) -> None:
    """Have staff count what stands behind the first door: nobody has told the books yet."""
    args = {"order_id": "stock", "user_ref": "s", "doors": [1]}
    place.inject("cabinet-01/outlet-01", "takes=0")
    assert (await place.ask(CommandKind.RESTOCK, "cabinet-01", **args)).reason == "begun"
    shelf = place.truth("cabinet-01", 1)["shelves"]["cabinet-01-shelf-1"]
    lines = [{"shelf": "cabinet-01/cola", "sku": sku, "found": count} for sku, count in shelf["stock"].items()]
    assert (await place.ask(CommandKind.DECLARE, "cabinet-01", order_id="stock", lines=lines)).state == "done"
    assert (await place.end("stock"))["stage"] == "settled"


def test_what_customers_take_is_what_they_pay_for(tmp_path: Path) -> None:
    async def act() -> None:
        place, chance = Place(load_site(SITES / "cabinet_row.yaml"), tmp_path), Random(7)  # noqa: S311 - repeatable people, not secrets
        async with place.running():
            await take_stock(place)
            paid_mil = 0
            for number in range(sample(5, deep=40)):
                left = place.truth("cabinet-01", 1)["shelves"]["cabinet-01-shelf-1"]["pieces"]
                takes = min(left, chance.choice((0, 1, 1, 2)) if number else 2)
                back = chance.choice((0, 1)) if takes else 0
                place.inject("cabinet-01/outlet-01", f"takes={takes},back={back}")
                args = {"order_id": f"o-{number}", "user_ref": "u", "limit_mil": 50_000, "doors": [1]}
                assert (await place.ask(CommandKind.PURCHASE, "cabinet-01", **args)).reason == "begun"
                end = await place.end(f"o-{number}")
                assert (end["stage"], end["amount_mil"]) == ("settled", 3500 * (takes - back)), end
                paid_mil += end["amount_mil"]
            taken = place.truth("cabinet-01", 1)["shelves"]["cabinet-01-shelf-1"]["taken_g"]
            assert paid_mil == 3500 * len(taken) > 0

    run_virtual(act())


def test_a_stranger_on_the_shelf_is_for_a_person_to_judge(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "cabinet_row.yaml"), tmp_path)
        async with place.running():
            await take_stock(place)
            place.inject("cabinet-01/outlet-01", "takes=1,leaves=0.6kg")
            args = {"order_id": "o-1", "user_ref": "u", "limit_mil": 50_000, "doors": [1]}
            await place.ask(CommandKind.PURCHASE, "cabinet-01", **args)
            end = await place.end("o-1")
            assert (end["stage"], end["amount_mil"]) == ("review", 0)

    run_virtual(act())


def test_what_residents_throw_in_is_what_they_get_points_for(tmp_path: Path) -> None:
    async def act() -> None:
        place, chance = Place(load_site(SITES / "bin_station.yaml"), tmp_path), Random(7)  # noqa: S311 - repeatable people, not secrets
        names = {each["door"]: each["name"] for each in place.site.trading["bins"]}  # type: ignore[attr-defined] # a list of tables
        async with place.running():
            for number in range(sample(4, deep=40)):
                door = chance.choice((1, 2))
                grams = chance.randrange(300, 4000)
                place.inject(f"bins/outlet-{door:02d}", f"throws={grams / 1000}kg")
                args = {"order_id": f"d-{number}", "user_ref": f"u-{number}"}
                assert (await place.ask(CommandKind.DEPOSIT, names[door], **args)).reason == "begun"
                end = await place.end(f"d-{number}")
                assert end["stage"] == "recorded", end
                assert abs(end["net_g"] - grams) <= 25
                assert end["points"] == end["net_g"] * end["rule"]["points_per_kg_x1000"] // 1_000_000

    run_virtual(act())


def test_a_bag_that_is_taken_out_again_brings_no_points(tmp_path: Path) -> None:
    async def act() -> None:
        place = Place(load_site(SITES / "bin_station.yaml"), tmp_path)
        name = next(each["name"] for each in place.site.trading["bins"] if each["door"] == 1)  # type: ignore[attr-defined] # a list of tables
        async with place.running():
            place.inject("bins/outlet-01", "throws=2kg,out=2kg")
            await place.ask(CommandKind.DEPOSIT, name, order_id="d-1", user_ref="u")
            end = await place.end("d-1")
            assert (end["stage"], end["net_g"], end["points"]) == ("recorded", 0, 0)

    run_virtual(act())
