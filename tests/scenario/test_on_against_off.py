"""Attempts to let an ON come after what forbids it: a trip, an OFF, smoke, a lost line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.model.command import CommandKind, Grant, Origin
from gateway.model.device import Role
from tests.scenario.attack import OVERLOAD_A, Stubborn, waiting
from tests.scenario.test_house import OUTLET, POSITION, SETTLED_S, UNIT, charge, charging, now_s, outcome, play, submit

if TYPE_CHECKING:
    from tests.scenario.house import Running


def test_a_trip_while_its_on_is_unanswered_leaves_it_open() -> None:
    bank = Stubborn()

    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        bank.amps[UNIT, POSITION] = OVERLOAD_A

        def deaf(frame: bytes) -> bool:
            if frame[0] == UNIT and frame[1] == 5 and frame[4] == 0xFF:
                bank.coils[UNIT, POSITION] = 1  # obeyed, and its answer lost
                return True
            return False

        bank.ignores = deaf
        charge(shed)
        await asyncio.sleep(10.0)
        assert bank.coils[UNIT, POSITION] == 0
        assert not shed.house.field.arbiter.explains(OUTLET)

    play(story, bank)


@pytest.mark.parametrize("after_ms", [0, 20, 40, 60, 80, 100, 150, 200, 250])
def test_a_safety_off_right_behind_a_start_wins(after_ms: int) -> None:
    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        charge(shed)
        await asyncio.sleep(after_ms / 1000)
        submit(shed, "s1", CommandKind.SAFETY_OFF, OUTLET, Origin.LOCAL)
        await asyncio.sleep(3.0)
        assert shed.bank.coils[UNIT, POSITION] == 0
        assert outcome(shed, "s1") == [("done", "")]
        assert len(outcome(shed, f"start-{OUTLET}")) == 1
        assert not shed.house.field.arbiter.explains(OUTLET)

    play(story)


def test_an_on_that_waits_does_not_survive_smoke() -> None:
    bank = Stubborn()

    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        relay = shed.house.loops[0].relay
        charge(shed)  # waits for the slot of the next ring
        for moment in (0.0, 0.001):
            shed.house.loops[0]._act(
                relay.sample_whole(UNIT - 1, Role.SMOKE, 1.0, 1.0, now_s() + moment - 0.001, now_s() + moment)
            )
        await asyncio.sleep(2.0)
        assert True not in [is_on for _, is_on in bank.switched(UNIT, POSITION)]
        assert [state for state, _ in outcome(shed, f"start-{OUTLET}")] == ["refused"]
        assert not shed.house.field.arbiter.explains(OUTLET)

    play(story, bank)


def test_an_on_that_waits_does_not_outlive_its_link() -> None:
    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        charge(shed)
        shed.line.lose("unplugged")
        await asyncio.sleep(300.0)
        shed.line.refuse = ""
        await asyncio.sleep(5.0)
        assert True not in [is_on for _, is_on in shed.bank.switched(UNIT, POSITION)]
        assert [state for state, _ in outcome(shed, f"start-{OUTLET}")] == ["refused"]
        assert not shed.house.field.arbiter.explains(OUTLET)

    play(story)


def test_an_on_again_that_waits_and_is_taken_back_leaves_no_outlet_on_without_a_grant() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        again = Grant(outlet=OUTLET, order_id=f"order-{OUTLET}", until_s=now_s() + 3600, version=2)
        shed.house.field.arbiter.grant(again, "again")
        shed.line.lose("unplugged")
        await asyncio.sleep(5.0)
        assert shed.bank.coils[UNIT, POSITION] == 1, "nothing reaches it"
        assert not shed.house.field.arbiter.explains(OUTLET)
        shed.line.refuse = ""
        await asyncio.sleep(15.0)
        assert shed.bank.coils[UNIT, POSITION] == 0

    play(story)


def test_an_on_that_waits_does_not_outlive_its_silent_pile() -> None:
    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        shed.bank.silent.add(UNIT)
        charge(shed)
        await asyncio.sleep(60.0)
        shed.bank.silent.clear()
        await asyncio.sleep(20.0)
        assert shed.bank.coils[UNIT, POSITION] == 0
        assert True not in [is_on for _, is_on in shed.bank.switched(UNIT, POSITION)]
        assert waiting(shed) == 0

    play(story)
