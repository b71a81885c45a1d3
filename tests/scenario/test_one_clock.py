"""Field and edge share the machine's clock, however long a message between them is on its way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.scenario.edge_side import Disk, edge_side
from tests.scenario.test_two_processes import POSITION, SETTLED_S, UNIT, charging, field_side, now_s, play

if TYPE_CHECKING:
    from pathlib import Path


def test_what_field_tells_is_dated_right_however_long_edge_took_to_greet_it(tmp_path: Path) -> None:
    """A disk that is busy holds the layouts up; both clocks are the machine's own all the same."""

    async def story() -> None:
        disk = Disk(declare_s=9.0)
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await charging(shed, edge)
            assert now_s() > 1_000.0 + 5.0 + SETTLED_S, "so long the greeting took"
            until_s = next(iter(edge.book.held.values())).until.mono_s
            (granted,) = shed.house.field.arbiter.grants
            assert granted.grant.until_s == pytest.approx(until_s)
            shed.bank.amps[UNIT, POSITION] = 16.0
            stepped_s = now_s()
            await asyncio.sleep(2.0)
            (tripped,) = edge.told("trip", stage="tripped")
            assert stepped_s <= tripped.at.mono_s <= stepped_s + 1.0

    play(story)


def test_a_field_with_another_clock_is_not_believed(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed:
            shed.house.door._now = lambda: now_s() + 60.0
            async with edge_side(tmp_path / "s", Disk()) as edge:
                await asyncio.sleep(5.0)
                assert not edge.link.is_ready
                assert "another clock" in edge.link.standing

    play(story)
