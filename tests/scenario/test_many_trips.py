"""Many outlets that must open at once, and those that do not open: the next line of defence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.app.field import FieldHouse
from gateway.bus.timing import LineTiming
from gateway.model.site import SerialLink
from gateway.testing.clock import run_virtual
from gateway.testing.line import MemoryLine
from tests.scenario.attack import OVERLOAD_A, all_on, cut_after_ms, each_trip_ms, until
from tests.scenario.house import PileBank, Running, small_estate
from tests.scenario.test_house import POSITION, UNIT, charge, charging, now_s, play

if TYPE_CHECKING:
    from gateway.model.site import Link


def test_four_piles_that_trip_in_one_ring_are_all_cut_off() -> None:
    places = [(unit, 3) for unit in (1, 2, 3, 4)]

    async def story(shed: Running) -> None:
        await all_on(shed, places)
        stepped_s = now_s()
        for place in places:
            shed.bank.amps[place] = OVERLOAD_A
        await asyncio.sleep(4.0)
        each_ms = each_trip_ms(shed)
        for place in places:
            assert cut_after_ms(shed, place, stepped_s) <= shed.bound_ms + 3 * each_ms

    play(story)


@pytest.mark.parametrize("positions", [range(12), range(0, 12, 2)])
def test_a_whole_pile_that_is_overloaded_at_once_is_cut_off(positions: range) -> None:
    places = [(UNIT, position) for position in positions]

    async def story(shed: Running) -> None:
        await all_on(shed, places, amps=0.5)
        stepped_s = now_s()
        for place in places:
            shed.bank.amps[place] = OVERLOAD_A
        await asyncio.sleep(4.0)
        each_ms = each_trip_ms(shed)
        for place in places:
            assert cut_after_ms(shed, place, stepped_s) <= shed.bound_ms + (len(places) - 1) * each_ms

    play(story)


def test_opening_a_whole_pile_for_a_failed_breaker_ends_its_other_orders() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        charge(shed, "pile-02/outlet-09")
        await asyncio.sleep(2.0)
        shed.bank.welded.add((UNIT, POSITION))
        shed.bank.amps[UNIT, POSITION] = OVERLOAD_A
        await until(lambda: shed.told("trip", stage="not-opened", rung="whole-pile"))
        await asyncio.sleep(1.0)
        assert shed.bank.coils[UNIT, 8] == 0
        assert not shed.house.field.arbiter.explains("pile-02/outlet-09")

    play(story)


@pytest.mark.parametrize("back_after_s", [0.0, 120.0])
def test_a_welded_outlet_loses_its_supply_once_the_contactors_board_answers(back_after_s: float) -> None:
    banks: dict[str, PileBank] = {}

    def line_of(link: Link) -> MemoryLine:
        assert isinstance(link, SerialLink)
        bank = banks.setdefault(link.path, PileBank())
        return MemoryLine(LineTiming.serial(link.baud), bank, chunk=16)

    async def story() -> None:
        house = FieldHouse(small_estate(), boot="test", link_of=line_of)
        task = asyncio.create_task(house.run())
        piles, boards = banks["sim://line-1"], banks["sim://line-5"]
        boards.coils[1, 0] = 1
        if back_after_s:
            boards.silent.add(1)
        piles.welded.add((1, 0))
        piles.coils[1, 0] = 1
        piles.amps[1, 0] = OVERLOAD_A
        await asyncio.sleep(60.0 + back_after_s)
        assert boards.coils[1, 0] == (1 if back_after_s else 0)
        assert len(house.field.arbiter._writes._pending) <= 14
        boards.silent.clear()
        await asyncio.sleep(15.0)
        assert boards.coils[1, 0] == 0
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])

    run_virtual(story())
