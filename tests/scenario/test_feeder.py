"""A metered feed that is cut off by its contactors: why, what then holds, and how a person brings it back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.feeder_shed import (
    BOARD,
    CONTACTORS,
    CURRENT_L1,
    FEEDER,
    METER,
    NORMAL_A,
    ONE_LINE,
    OUTLET,
    OVER_A,
    TWO_LINES,
    Shed,
    play,
)

if TYPE_CHECKING:
    from pathlib import Path

LINES = pytest.mark.parametrize("text", [ONE_LINE, TWO_LINES], ids=["one-line", "two-lines"])


@LINES
def test_a_trip_cuts_the_feed_off_ends_the_orders_and_only_a_person_brings_it_back(text: str) -> None:
    async def story(shed: Shed) -> None:
        assert await shed.start("g1") == ("done", "")
        assert shed.bank.coils[1, 0] == 1
        await shed.steps_to(OVER_A)
        await asyncio.sleep(10.0)
        assert shed.is_cut_off()
        assert [shed.feed.coils[n] for n in (1, 3, 4, 5, 6, 7)] == [1] * 6, "never the whole board"
        (trip,) = shed.told("trip", stage="tripped")
        assert (trip["target"], trip["body"]["behind"]) == ("feeder", ["pile-01"])
        assert [(c["outlet"], c["ansi"], c["latches"]) for c in trip["body"]["causes"]] == [(FEEDER, "50", True)]
        assert [e["target"] for e in shed.told("trip", stage="verified")].count(FEEDER) == 1
        assert [e["body"]["reason"] for e in shed.told("order", stage="ended")] == ["tripped"]
        assert shed.bank.coils[1, 0] == 0, "the outlet itself is open before its feed comes back"
        await shed.steps_to(NORMAL_A)
        assert await shed.start("g2") == ("refused", "feeder-latched")
        assert await shed.ask("c1", CommandKind.RESET, CONTACTORS[0]) == ("refused", "feeder-latched")
        await asyncio.sleep(300.0)
        assert shed.is_cut_off()
        assert await shed.is_reset(1)
        assert not shed.is_cut_off()
        await asyncio.sleep(30.0)
        assert shed.bank.coils[1, 0] == 0, "nothing restarts by itself"
        assert await shed.start("g3") == ("done", "")

    play(story, Shed(text=text))


def test_the_meter_itself_names_its_feed_in_a_reset_and_in_a_safety_off() -> None:
    async def story(shed: Shed) -> None:
        assert await shed.ask("s1", CommandKind.SAFETY_OFF, "feeder") == ("done", "")
        assert shed.is_cut_off()
        await asyncio.sleep(10.0)
        assert await shed.ask("r1", CommandKind.RESET, "feeder") == ("refused", "not-latched")
        assert await shed.ask("r2", CommandKind.RESET, CONTACTORS[0]) == ("done", "")
        await shed.steps_to(OVER_A)
        await asyncio.sleep(10.0)
        assert shed.is_cut_off()
        assert await shed.ask("r3", CommandKind.RESET, "feeder") == ("done", "")

    play(story)


def test_a_contactor_that_does_not_open_is_told_twice_then_otherwise_and_then_it_is_an_alarm() -> None:
    async def story(shed: Shed) -> None:
        await shed.steps_to(OVER_A)
        shed.feed.stuck = True
        await asyncio.sleep(40.0)
        rungs = [event["body"]["rung"] for event in shed.told("trip", stage="not-opened")]
        assert rungs[:4] == ["repeat", "other-function", "whole-pile", "upstream"]
        assert 15 in shed.feed.functions, "the other function code"
        assert [shed.feed.coils[n] for n in (1, 3, 4, 5, 6, 7)] == [1] * 6, "never the whole board"
        assert shed.told("alarm", alarm="breaker-failure", active=True)
        assert await shed.ask("r1", CommandKind.RESET, FEEDER) == ("refused", "opening-not-seen")
        shed.feed.stuck = False
        await shed.steps_to(NORMAL_A)
        await asyncio.sleep(10.0)
        assert await shed.is_reset(1)

    play(story)


def test_a_meter_out_of_sight_opens_nothing_raises_an_alarm_and_lets_nothing_start() -> None:
    async def story(shed: Shed) -> None:
        assert await shed.start("g1") == ("done", "")
        shed.feed.silent.add(METER)
        await asyncio.sleep(120.0)
        assert not shed.is_cut_off()
        assert shed.bank.coils[1, 0] == 1, "what runs goes on: the pile is watched and protects itself"
        assert shed.told("alarm", alarm="sight-lost", active=True)
        assert await shed.start("g2", "pile-01/outlet-02") == ("refused", "feeder-not-ready")
        shed.feed.silent.clear()
        await asyncio.sleep(30.0)
        assert await shed.start("g3", "pile-01/outlet-02") == ("done", "")

    play(story)


def test_a_meter_that_falls_silent_over_its_pick_up_opens_the_feed() -> None:
    async def story(shed: Shed) -> None:
        await shed.steps_to(OVER_A)
        await asyncio.sleep(0.6)
        assert not shed.told("trip", stage="tripped")
        shed.feed.silent.add(METER)
        await asyncio.sleep(10.0)
        assert shed.is_cut_off()
        assert [c["element"] for e in shed.told("trip", stage="tripped") for c in e["body"]["causes"]] == ["sight"]
        assert (await shed.ask("c1", CommandKind.RESET, CONTACTORS[0]))[0] == "refused"
        await shed.steps_to(NORMAL_A)
        shed.feed.silent.clear()
        await asyncio.sleep(30.0)
        assert await shed.is_reset(1)

    play(story)


def test_a_phase_that_cannot_be_read_is_an_alarm_and_another_one_still_trips() -> None:
    async def story(shed: Shed) -> None:
        shed.feed.missing.add(CURRENT_L1 + 2)
        await asyncio.sleep(10.0)
        assert shed.told("alarm", alarm="implausible", active=True)
        assert not shed.is_cut_off()
        assert (await shed.start("g1"))[1] == "feeder-not-ready"
        await shed.steps_to(OVER_A)
        await asyncio.sleep(5.0)
        assert shed.is_cut_off()

    play(story)


def test_a_board_that_does_not_answer_lets_nothing_start() -> None:
    async def story(shed: Shed) -> None:
        shed.feed.silent.add(BOARD)
        await asyncio.sleep(30.0)
        assert await shed.start("g1") == ("refused", "feeder-disarmed")
        await shed.steps_to(OVER_A)
        await asyncio.sleep(5.0)
        assert shed.told("trip", stage="tripped")
        shed.feed.silent.clear()
        await asyncio.sleep(15.0)
        assert shed.is_cut_off(), "the OFF is the first thing that the board hears when it is back"

    play(story)


def test_a_pile_that_lost_its_supply_with_the_feed_does_not_keep_it_open() -> None:
    async def story(shed: Shed) -> None:
        assert await shed.start("g1") == ("done", "")
        await shed.steps_to(OVER_A)
        await asyncio.sleep(5.0)
        assert shed.is_cut_off()
        await asyncio.sleep(300.0)
        assert shed.told("alarm", alarm="silent", active=True)
        await shed.steps_to(NORMAL_A)
        assert await shed.is_reset(1)
        await asyncio.sleep(30.0)
        assert shed.bank.coils[1, 0] == 0, "the OFF that waited was the first thing that it heard"

    play(story, Shed(is_dark=True))


def test_a_restarted_field_remembers_the_latch_and_the_off(tmp_path: Path) -> None:
    shed = Shed(memory=Memory(tmp_path))

    async def stage() -> None:
        async with shed.living():
            await shed.steps_to(OVER_A)
            shed.feed.silent.add(BOARD)
            await asyncio.sleep(5.0)
            assert shed.told("trip", stage="tripped")
        assert not shed.is_cut_off()
        shed.feed.silent.clear()
        await shed.steps_to(NORMAL_A)
        shed.memory = Memory(tmp_path)
        async with shed.living("two"):
            assert shed.is_cut_off(), "an OFF outlives the process that wanted it"
            assert await shed.start("g1") == ("refused", "feeder-latched")
            assert await shed.ask("c1", CommandKind.RESET, CONTACTORS[0]) == ("refused", "feeder-latched")
            assert await shed.is_reset(1)

    run_virtual(stage())


def test_a_contactor_that_is_closed_by_hand_under_the_latch_is_opened_again() -> None:
    async def story(shed: Shed) -> None:
        await shed.steps_to(OVER_A)
        await asyncio.sleep(10.0)
        await shed.steps_to(NORMAL_A)
        shed.feed.coils[0] = 1
        await asyncio.sleep(20.0)
        assert shed.is_cut_off()

    play(story)


def test_inverse_time_trips_on_a_lasting_overload_and_latches() -> None:
    text = TWO_LINES.replace("{pickup_a: 63.0}", "{inverse: {curve: VI, setting_a: 50, tms: 1}}")

    async def story(shed: Shed) -> None:
        begun_s = await shed.steps_to(100.0)
        await asyncio.sleep(20.0)
        opened_s = min(at_s for at_s, _ in shed.feed.opened)
        assert 13.5 <= opened_s - begun_s <= 16.0  # VI at twice the setting: 13.5 s
        assert await shed.start("g1") == ("refused", "feeder-latched")

    play(story, Shed(text=text))


def test_the_meter_keeps_its_readings_for_the_cloud_and_one_outlet_with_its_latch() -> None:
    async def story(shed: Shed) -> None:
        await shed.steps_to(OVER_A)
        await asyncio.sleep(5.0)
        kept = shed.field.protection()["meters"]["piles"]["feeder"]
        assert kept["outlets"]["1"]["latched"] == ["definite-time"]
        assert shed.field.bounds_ms["feeder"] > 0
        (meter,) = [d for loop in shed.house.loops for d in loop.devices if d.name == "feeder"] if shed.house else []
        read = {point.name for layout in meter.layouts for point in layout.points}
        assert read >= {point.name for point in meter.model.points}
        assert OUTLET not in meter.outlet_names

    play(story)
