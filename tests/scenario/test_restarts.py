"""Field dies while an OFF is under way: its successor finishes what was begun, before it has read anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.field.memory import Memory
from gateway.model.command import CommandKind, Origin
from tests.scenario.house import PileBank, Running
from tests.scenario.test_house import OUTLET, POSITION, SETTLED_S, UNIT, charge, charging, outcome, play, submit

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.testing.line import Answer

KEPT_S = 0.2
"""Some ticks: by then field's memory says what is under way."""


class Hesitant(PileBank):
    """Piles that obey no OFF while `deaf` is set, or obey one and leave its contact closed."""

    deaf = False

    def __call__(self, frame: bytes, end_s: float) -> list[Answer]:
        return [] if self.deaf and frame[1] in (5, 15) else super().__call__(frame, end_s)


def test_an_off_that_was_unanswered_at_the_death_is_sent_at_once_by_the_next(tmp_path: Path) -> None:
    bank = Hesitant()

    async def first(shed: Running) -> None:
        await charging(shed)
        bank.deaf = True
        submit(shed, "s1", CommandKind.SAFETY_OFF, OUTLET, Origin.LOCAL)
        await asyncio.sleep(KEPT_S)
        assert bank.coils[UNIT, POSITION] == 1

    async def second(shed: Running) -> None:
        bank.deaf = False
        await asyncio.sleep(2.0)
        assert bank.coils[UNIT, POSITION] == 0
        await asyncio.sleep(SETTLED_S)
        assert Memory(tmp_path).opening() == ()
        charge(shed)
        await asyncio.sleep(2.0)
        assert outcome(shed, f"start-{OUTLET}")[-1] == ("done", "")

    play(first, bank, Memory(tmp_path))
    play(second, bank, Memory(tmp_path))


def test_an_off_that_was_obeyed_but_not_yet_seen_is_verified_by_the_next(tmp_path: Path) -> None:
    bank = PileBank()

    async def first(shed: Running) -> None:
        await charging(shed)
        bank.welded.add((UNIT, POSITION))
        submit(shed, "s1", CommandKind.SAFETY_OFF, OUTLET, Origin.LOCAL)
        await asyncio.sleep(KEPT_S)
        assert outcome(shed, "s1") == [("done", "")]
        assert Memory(tmp_path).opening() == (OUTLET,)

    async def second(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        assert [is_on for _, is_on in bank.switched(UNIT, POSITION)] == [True, False, False]
        assert [event["target"] for event in shed.told("alarm", alarm="weld", active=True)] == [OUTLET]

    play(first, bank, Memory(tmp_path))
    play(second, bank, Memory(tmp_path))


def test_what_was_seen_open_is_not_opened_again(tmp_path: Path) -> None:
    bank = PileBank()

    async def first(shed: Running) -> None:
        await charging(shed)
        submit(shed, "s1", CommandKind.SAFETY_OFF, OUTLET, Origin.LOCAL)
        await asyncio.sleep(SETTLED_S)

    async def second(shed: Running) -> None:
        known = len(bank.switched(UNIT, POSITION))
        charge(shed, "pile-03/outlet-01")
        await asyncio.sleep(SETTLED_S)
        assert len(bank.switched(UNIT, POSITION)) == known

    play(first, bank, Memory(tmp_path))
    play(second, bank, Memory(tmp_path))
