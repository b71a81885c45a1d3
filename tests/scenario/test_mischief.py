"""Anything, in any order: what is on afterwards is granted and not overloaded, and nothing waits."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from gateway.model.command import CommandKind, Grant, Origin
from tests.depth import sample
from tests.scenario.attack import BUSY, OVERLOAD_A, Stubborn, name, waiting
from tests.scenario.test_house import SETTLED_S, now_s, play, submit

if TYPE_CHECKING:
    from tests.scenario.house import Running


def mischief(shed: Running, bank: Stubborn, random: Random, number: int) -> None:
    """Do one thing to the shed, good or bad."""
    unit, position = random.randint(1, 4), random.randrange(12)
    outlet, arbiter = name(unit, position), shed.house.field.arbiter
    function, share = random.choice((0, 5, 15)), random.random() / 2
    match random.randrange(12):
        case 0 | 1 | 2 | 3:
            bank.amps[unit, position] = random.choice((1.0, 2.0, 3.0))
            until_s = now_s() + random.choice((5, 30, 300))
            arbiter.grant(Grant(outlet=outlet, order_id=f"o{number}", until_s=until_s), f"g{number}")
        case 4:
            target = random.choice((outlet, outlet.partition("/")[0]))
            submit(shed, f"s{number}", CommandKind.SAFETY_OFF, target, Origin.CLOUD)
        case 5:
            bank.amps[unit, position] = OVERLOAD_A
        case 6:
            bank.silent.add(unit)
        case 7:
            bank.silent.clear()
        case 8:
            bank.refuses = lambda frame: BUSY if frame[0] == unit and frame[1] == function else 0
        case 9:
            bank.ignores = lambda _: random.random() < share
        case 10 if shed.line.refuse:
            shed.line.refuse = ""
        case 10:
            shed.line.lose("unplugged")
        case _:
            held = arbiter.grants.of(outlet)
            arbiter.revoke(outlet, held.grant.order_id if held is not None else "", f"r{number}")


@pytest.mark.parametrize("seed", range(sample(2, deep=60)))
def test_after_any_mischief_what_is_on_is_granted_and_not_overloaded_and_nothing_waits(seed: int) -> None:
    random, bank = Random(seed), Stubborn()  # noqa: S311 - mischief that can be repeated

    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        for number in range(120):
            mischief(shed, bank, random, number)
            await asyncio.sleep(random.choice((0.0, 0.01, 0.1, 1.0, 5.0)))
        bank.refuses, bank.ignores = (lambda _: 0), (lambda _: False)
        bank.silent.clear()
        shed.line.refuse = ""
        await asyncio.sleep(100.0)
        closed = {place for place, state in bank.coils.items() if state}
        granted = {held.grant.outlet for held in shed.house.field.arbiter.grants}
        assert {name(*place) for place in closed} == granted
        assert not [place for place in closed if bank.amps[place] > 10]
        assert waiting(shed) == 0
        told = [event["body"]["id"] for event in shed.told("outcome")]
        assert len(told) == len(set(told))

    play(story, bank)
