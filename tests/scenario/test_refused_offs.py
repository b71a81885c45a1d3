"""Attempts to lose an OFF that a pile refuses, or to delay those of others by it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.model.command import CommandKind, Origin
from tests.depth import sample
from tests.scenario.attack import (
    BUSY,
    COIL_WRITES,
    ILLEGAL_FUNCTION,
    OVERLOAD_A,
    Stubborn,
    all_on,
    cut_after_ms,
    waiting,
)
from tests.scenario.test_house import POSITION, UNIT, charge, charging, now_s, outcome, play, submit

if TYPE_CHECKING:
    from tests.scenario.house import Running


def test_a_pile_that_refuses_the_frame_for_several_outlets_is_sent_one_for_each() -> None:
    places = [(UNIT, 4), (UNIT, 5)]

    async def story(shed: Running) -> None:
        await all_on(shed, places)
        stepped_s = now_s()
        for place in places:
            shed.bank.amps[place] = OVERLOAD_A
        await asyncio.sleep(3.0)
        assert [shed.bank.coils[place] for place in places] == [0, 0]
        assert max(cut_after_ms(shed, place, stepped_s) for place in places) <= 2 * shed.bound_ms

    play(story, Stubborn(refuses=lambda frame: ILLEGAL_FUNCTION if frame[1] == 15 else 0))


def test_a_safety_off_does_not_depend_on_the_frame_for_the_whole_pile() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        submit(shed, "s1", CommandKind.SAFETY_OFF, "pile-02", Origin.CLOUD)
        await asyncio.sleep(8.0)
        assert shed.bank.coils[UNIT, POSITION] == 0
        assert outcome(shed, "s1") == [("done", "")]

    play(story, Stubborn(refuses=lambda frame: ILLEGAL_FUNCTION if frame[1] == 15 else 0))


def test_an_off_that_is_refused_for_a_while_is_repeated_until_it_is_obeyed() -> None:
    bank = Stubborn()

    async def story(shed: Running) -> None:
        await charging(shed)
        bank.refuses = lambda frame: BUSY if frame[1] in COIL_WRITES else 0
        shed.bank.amps[UNIT, POSITION] = OVERLOAD_A
        await asyncio.sleep(20.0)
        assert shed.bank.coils[UNIT, POSITION] == 1
        bank.refuses = lambda _: 0
        await asyncio.sleep(1.5)
        assert shed.bank.coils[UNIT, POSITION] == 0

    play(story, bank)


@pytest.mark.parametrize("after_s", [0.09 * step for step in range(20)])
def test_a_pile_that_refuses_every_off_delays_no_other_pile(after_s: float) -> None:
    bank = Stubborn()
    refusing = [(3, position) for position in range(0, 12, 2)]

    async def story(shed: Running) -> None:
        await all_on(shed, [*refusing, (UNIT, POSITION)], amps=1.0)
        bank.refuses = lambda frame: BUSY if frame[1] in COIL_WRITES and frame[0] == 3 else 0
        for place in refusing:
            bank.amps[place] = OVERLOAD_A
        await asyncio.sleep(3.0 + after_s)
        stepped_s = now_s()
        bank.amps[UNIT, POSITION] = OVERLOAD_A
        await asyncio.sleep(2.0)
        assert cut_after_ms(shed, (UNIT, POSITION), stepped_s) <= shed.bound_ms

    play(story, bank)


def test_a_pile_that_refuses_every_off_keeps_no_other_order_from_its_end() -> None:
    bank = Stubborn()
    refusing = [(3, position) for position in range(0, 12, 2)]

    async def story(shed: Running) -> None:
        await all_on(shed, refusing)
        bank.amps[UNIT, POSITION] = 2.0
        charge(shed, max_s=30.0)
        ends_s = now_s() + 30.0
        await asyncio.sleep(5.0)
        bank.refuses = lambda frame: BUSY if frame[1] in COIL_WRITES and frame[0] == 3 else 0
        for place in refusing:
            bank.amps[place] = OVERLOAD_A
        await asyncio.sleep(40.0)
        assert cut_after_ms(shed, (UNIT, POSITION), ends_s - 0.1) <= 2000

    play(story, bank)


def test_what_waits_for_a_pile_that_refuses_or_is_silent_has_a_limit() -> None:
    bank = Stubborn()
    bank.coils[4, 2] = 1

    async def story(shed: Running) -> None:
        await charging(shed)
        bank.refuses = lambda frame: BUSY if frame[1] in COIL_WRITES and frame[0] == UNIT else 0
        bank.silent.add(4)
        bank.amps[UNIT, POSITION] = OVERLOAD_A
        await asyncio.sleep(sample(300.0, deep=1200.0))
        most = 4  # the OFF of each of the two outlets, the ladder's form of it, one on the line
        assert waiting(shed) <= most
        assert len(shed.house.buses[0].planner._offs) <= most

    play(story, bank)
