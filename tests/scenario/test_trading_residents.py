"""What residents do at a station of bins, with its physics: two at once, the same again, fetched out again, leant on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.model.command import CommandKind
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from tests.scenario.trading_place import SITES, Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

COOL_DOWN_S = 60.0


def at_the_station(folder: Path, act: Callable[[Place], Awaitable[None]]) -> None:
    async def run() -> None:
        place = Place(load_site(SITES / "bin_station.yaml"), folder)
        async with place.running():
            await act(place)

    run_virtual(run())


def test_two_residents_at_two_doors_get_each_what_is_theirs(tmp_path: Path) -> None:
    async def act(place: Place) -> None:
        place.inject("bins/outlet-01", "throws=2kg")
        place.inject("bins/outlet-02", "throws=3kg")
        first = await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-1", user_ref="u")
        other_door = await place.ask(CommandKind.DEPOSIT, "kitchen", order_id="d-2", user_ref="u")
        second = await place.ask(CommandKind.DEPOSIT, "kitchen", order_id="d-3", user_ref="v")
        assert [each.reason for each in (first, other_door, second)] == ["begun", "one-at-a-time", "begun"]
        for order_id, grams in (("d-1", 2000), ("d-3", 3000)):
            end = await place.end(order_id)
            assert (end["stage"], end["flags"]) == ("recorded", [])
            assert abs(end["net_g"] - grams) <= 25

    at_the_station(tmp_path, act)


def test_the_same_weight_a_third_time_is_pointed_out_and_a_short_pause_is_refused(tmp_path: Path) -> None:
    async def act(place: Place) -> None:
        flags = []
        for number in range(3):
            place.inject("bins/outlet-01", "throws=1.5kg")
            args = {"order_id": f"d-{number}", "user_ref": "u"}
            assert (await place.ask(CommandKind.DEPOSIT, "recyclable", **args)).reason == "begun"
            end = await place.end(f"d-{number}")
            assert (end["stage"], bool(end["points"])) == ("recorded", True)
            flags.append(end["flags"])
            soon = await place.ask(CommandKind.DEPOSIT, "kitchen", order_id=f"soon-{number}", user_ref="u")
            assert soon.reason == "cool-down"
            await asyncio.sleep(COOL_DOWN_S + 1)
        assert flags == [[], [], ["repeated-weight"]]

    at_the_station(tmp_path, act)


def test_what_is_fetched_out_again_is_not_credited_and_pointed_out(tmp_path: Path) -> None:
    async def act(place: Place) -> None:
        place.inject("bins/outlet-01", "throws=5kg,out=3kg")
        await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-1", user_ref="u")
        end = await place.end("d-1")
        assert (end["stage"], end["flags"]) == ("recorded", ["taken-out"])
        assert abs(end["net_g"] - 2000) <= 25

    at_the_station(tmp_path, act)


def test_who_leans_on_the_bin_past_the_closing_of_its_door_is_credited_what_he_threw_in(tmp_path: Path) -> None:
    async def act(place: Place) -> None:
        place.inject("bins/outlet-01", "throws=2kg,leans=20kg,for=10s")
        await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-1", user_ref="u")
        end = await place.end("d-1")
        assert end["stage"] == "recorded", end
        assert abs(end["net_g"] - 2000) <= 25
        assert end["points"] == end["net_g"] * 800 // 1000

    at_the_station(tmp_path, act)


def test_who_was_turned_away_before_any_door_opened_may_try_again_at_once(tmp_path: Path) -> None:
    async def act(place: Place) -> None:
        await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-1", user_ref="u")
        await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-2", user_ref="v")
        end = await place.end("d-1")
        assert (end["stage"], end["why"]) == ("cancelled", "two-residents")
        place.inject("bins/outlet-01", "throws=2kg")
        assert (await place.ask(CommandKind.DEPOSIT, "recyclable", order_id="d-3", user_ref="u")).reason == "begun"
        assert (await place.end("d-3"))["stage"] == "recorded"

    at_the_station(tmp_path, act)
