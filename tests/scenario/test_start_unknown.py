"""A start whose answer field takes to its grave: the outlet is looked at, kept on or opened, and nobody pays for nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.house import PileBank
from tests.scenario.test_charging import bodies
from tests.scenario.test_edge_away import MONEY, charged
from tests.scenario.test_two_processes import OUTLET, POSITION, SETTLED_S, UNIT, field_side

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TTL_S = 30.0
FIRST_WH = 70_000


async def until_on(bank: PileBank) -> None:
    """Wait for the ON at the pile: its answer is not on the line yet."""
    async with asyncio.timeout(5.0):
        while not bank.coils[UNIT, POSITION]:  # noqa: ASYNC110 - a pile tells nobody
            await asyncio.sleep(0.001)


async def away(bank: PileBank, seconds: float, *, is_opened: bool) -> None:
    """Nobody looks at an outlet that is on; `is_opened`: its own watchdog opens it in the end."""
    await charged(bank, round(seconds))
    if is_opened:
        bank.coils[UNIT, POSITION] = 0


async def settled(edge: EdgeSide) -> Any:
    """Stop what still charges; return the settlement."""
    await edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="o-1")
    await asyncio.sleep(40.0)
    return bodies(edge, "settled")[0]


def answers(disk: Disk) -> list[str]:
    """Return what the cloud was told of the start, in order."""
    told = [entry.body for entry in disk.entries if entry.kind.value == "outcome" and entry.target == "start-o-1"]
    return [str(body["state"]) for body in told]


def field_dies_with_the_answer(
    folder: Path, seconds: float, *, remembers: bool, is_opened: bool, then_s: int
) -> tuple[PileBank, Disk, EdgeSide, Any]:
    """Play it: ON, field dies, is away so long, is back, and charges on; return what became of it."""
    bank, disk = PileBank(), Disk()
    memory: Callable[[], Memory | None] = (lambda: Memory(folder / "m")) if remembers else (lambda: None)
    found: list[Any] = []

    async def story() -> None:
        bank.watt_hours[UNIT, POSITION] = FIRST_WH
        async with edge_side(folder / "s", disk) as edge:
            async with field_side(folder / "s", bank, memory()):
                await edge.ready()
                await asyncio.sleep(SETTLED_S)
                outcome = await edge.start(OUTLET, "o-1", ttl_s=TTL_S, **MONEY)
                assert outcome.state == "accepted"
                await until_on(bank)
            assert answers(disk) == ["accepted"]
            await away(bank, seconds, is_opened=is_opened)
            async with field_side(folder / "s", bank, memory()):
                await edge.ready()
                await charged(bank, then_s)
                found.extend((edge, await settled(edge)))

    run_virtual(story())
    return bank, disk, found[0], found[1]


@pytest.mark.parametrize("seconds", [2.0, 45.0], ids=["at once", "after the start had run out"])
@pytest.mark.parametrize("remembers", [True, False], ids=["with its memory", "without"])
def test_what_is_still_on_goes_on_and_is_billed_by_its_register(
    tmp_path: Path, seconds: float, *, remembers: bool
) -> None:
    bank, disk, edge, body = field_dies_with_the_answer(
        tmp_path, seconds, remembers=remembers, is_opened=False, then_s=40
    )
    drawn_wh = bank.watt_hours[UNIT, POSITION] - FIRST_WH
    assert drawn_wh >= seconds + 40
    assert (body["wh"], body["reason"], body["loss_wh"]) == (drawn_wh, "platform", 0)
    assert body["s"] <= seconds + 45
    assert answers(disk) == ["accepted", "done"]
    assert len(bodies(edge, "ended")) == 1
    assert [on for _, on in bank.switched(UNIT, POSITION)] == [True, False], "switched on once, off at the end"


def test_what_is_off_when_the_start_has_run_out_stays_off_and_costs_nothing(tmp_path: Path) -> None:
    bank, disk, edge, body = field_dies_with_the_answer(tmp_path, 45.0, remembers=False, is_opened=True, then_s=40)
    drawn_wh = bank.watt_hours[UNIT, POSITION] - FIRST_WH
    assert drawn_wh == 45
    assert (body["wh"], body["amount_mil"], body["reason"], body["loss_wh"]) == (0, 0, "start-refused", drawn_wh)
    assert answers(disk) == ["accepted", "refused"]
    assert [on for _, on in bank.switched(UNIT, POSITION)][0:1] == [True]
    assert not any(on for _, on in bank.switched(UNIT, POSITION)[1:]), "nobody is there any more to switch on for"
    assert bodies(edge, "resuming") == []


def test_what_is_off_while_the_start_still_counts_is_switched_on_again(tmp_path: Path) -> None:
    bank, disk, _, body = field_dies_with_the_answer(tmp_path, 2.0, remembers=False, is_opened=True, then_s=40)
    assert body["wh"] == bank.watt_hours[UNIT, POSITION] - FIRST_WH > 30
    assert body["reason"] == "platform"
    assert answers(disk) == ["accepted", "done"]
