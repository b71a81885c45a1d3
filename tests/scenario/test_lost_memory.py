"""A power cut while edge is dead, and then field dies again: what edge knew counts, although field has a memory by then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.edge.view import latch_of
from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import Disk, edge_side
from tests.scenario.house import PileBank
from tests.scenario.test_charging import bodies
from tests.scenario.test_edge_away import begin, charged
from tests.scenario.test_two_processes import (
    OTHER,
    OTHER_POSITION,
    OTHER_UNIT,
    OUTLET,
    POSITION,
    SETTLED_S,
    UNIT,
    field_side,
)

if TYPE_CHECKING:
    from pathlib import Path

ALIVE_S = 4.0
"""Of each field process that edge never meets: shorter than any absence that counts by itself."""


async def other_latches(folder: Path, disk: Disk, bank: PileBank) -> None:
    """Let an order run, and another outlet trip and latch; then the box loses its power."""
    bank.amps[OTHER_UNIT, OTHER_POSITION] = 3.0
    async with edge_side(folder / "s", disk) as edge, field_side(folder / "s", bank, Memory(folder / "m1")):
        await begin(edge, bank)
        await edge.start(OTHER, "o-2")
        await asyncio.sleep(7.0)
        bank.amps[OTHER_UNIT, OTHER_POSITION] = 16.0
        await asyncio.sleep(12.0)


def test_a_latch_that_only_edge_remembers_holds(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        await other_latches(tmp_path, disk, bank)
        bank.amps[OTHER_UNIT, OTHER_POSITION] = 0.0
        async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m2")):
            await asyncio.sleep(ALIVE_S)
        async with edge_side(tmp_path / "s", disk) as edge, field_side(tmp_path / "s", bank, Memory(tmp_path / "m2")):
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            await edge.start(OTHER, "o-3")
            await asyncio.sleep(1.0)
            assert disk.outcomes["start-o-3"].state == "refused"
            assert "latched" in disk.outcomes["start-o-3"].reason

    run_virtual(story())


def test_what_field_latched_before_it_met_edge_takes_no_latch_from_edge_s_disk(tmp_path: Path) -> None:
    """Two power cuts. Between them field trips another outlet alone, and only then edge comes and adds its copy."""

    async def story() -> None:
        disk, bank = Disk(), PileBank()
        await other_latches(tmp_path, disk, bank)
        bank.amps[OTHER_UNIT, OTHER_POSITION], bank.amps[UNIT, POSITION] = 0.0, 16.0
        async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m2")) as shed:
            await asyncio.sleep(ALIVE_S)
            assert shed.told("trip", stage="tripped")
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                assert latch_of(edge.book, OTHER)
                assert latch_of(edge.book, OUTLET)
                reset = {"by": "a person", "reason": "charger replaced"}
                bank.amps[UNIT, POSITION] = 0.0
                await asyncio.sleep(SETTLED_S)
                await edge.ask("r-1", CommandKind.RESET, OUTLET, ttl_s=20.0, **reset)
                await asyncio.sleep(1.0)
                assert disk.outcomes["r-1"].state == "done"
        async with edge_side(tmp_path / "s", disk) as edge, field_side(tmp_path / "s", bank, Memory(tmp_path / "m3")):
            await edge.ready()
            assert latch_of(edge.book, OTHER), "only a person resets it"
            assert not latch_of(edge.book, OUTLET), "a person has"

    run_virtual(story())


def test_what_another_memory_watched_is_billed_to_nobody_though_edge_died_while_it_met_it(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with edge_side(tmp_path / "s", disk) as edge, field_side(tmp_path / "s", bank, Memory(tmp_path / "m1")):
            await begin(edge, bank)
            await charged(bank, 5)
        bank.coils[UNIT, POSITION], bank.amps[UNIT, POSITION] = 0, 0.0
        async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m2")) as shed:
            disk.dies_at, disk.dies_after = disk.commits + 1, False
            async with edge_side(tmp_path / "s", disk):
                await asyncio.wait_for(disk.died.wait(), 5.0)
            disk.dies_at = 0
            assert shed.house.field.had_memory, "edge's copy has come"
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                assert [body["reason"] for body in bodies(edge, "interrupted")] == ["device-lost"]

    run_virtual(story())


@pytest.mark.parametrize("tells", [False, True])
def test_what_nobody_watched_is_billed_to_nobody(tmp_path: Path, *, tells: bool) -> None:
    """Each absence is short, and each field process knows the one before it: only the memory itself is another one."""

    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with edge_side(tmp_path / "s", disk) as edge, field_side(tmp_path / "s", bank, Memory(tmp_path / "m1")):
            await begin(edge, bank)
            await charged(bank, 5)
        bank.coils[UNIT, POSITION], bank.amps[UNIT, POSITION] = 0, 0.0  # with the power
        bank.coils[OTHER_UNIT, OTHER_POSITION] = int(tells)  # something to tell of
        for _ in range(2):
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m2")):
                await asyncio.sleep(ALIVE_S)
        async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m2")), edge_side(tmp_path / "s", disk) as edge:
            await edge.ready()
            assert [body["reason"] for body in bodies(edge, "interrupted")] == ["device-lost"]
            await asyncio.sleep(2.0)
            await charged(bank, 8)
            assert bank.coils[UNIT, POSITION] == 1, "it goes on"
            await edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="o-1")
            await asyncio.sleep(45.0)
            (settled, *_) = bodies(edge, "settled")
            assert settled["wh"] == bank.watt_hours[UNIT, POSITION] - 70_000
            assert settled["s"] <= 5 + 2 + 8 + 1

    run_virtual(story())
