"""Edge with a log that knows nothing, beside a field that has been running for long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from unittest.mock import MagicMock

import pytest

from gateway.edge.view import view
from gateway.model.command import CommandKind
from gateway.model.errors import GatewayError
from tests.scenario.edge_side import Disk, edge_side
from tests.scenario.test_two_processes import OUTLET, POSITION, UNIT, charging, field_side, now_s, play

if TYPE_CHECKING:
    from pathlib import Path


def test_an_edge_whose_log_is_new_is_ready_at_once_and_learns_what_runs(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed:
            async with edge_side(tmp_path / "s", Disk()) as edge:
                await charging(shed, edge)
                await asyncio.sleep(10.0)
                assert shed.house.field.outbox.unacknowledged == ()
            async with edge_side(tmp_path / "s", Disk()) as edge:
                await asyncio.sleep(1.0)
                assert edge.link.is_ready
                assert view(edge.book, "pile-02", now_s()).outlets["outlet-05"].state == "on"
                assert [e.target for e in edge.told("order", stage="found")] == [OUTLET]

    play(story)


def test_a_log_that_refuses_makes_no_storm_and_keeps_no_safety_off_from_field(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed:
            async with edge_side(tmp_path / "s", Disk()) as edge:
                await charging(shed, edge)
                await asyncio.sleep(10.0)
            disk, greetings = Disk(full=True), MagicMock(wraps=shed.house.door.hello)
            shed.house.door.hello = greetings  # type: ignore[method-assign]
            async with edge_side(tmp_path / "s", disk) as edge:
                await asyncio.sleep(20.0)
                assert edge.link.is_ready
                assert greetings.call_count <= 3
                with pytest.raises(GatewayError):  # it cannot be recorded, and is done all the same
                    await edge.ask("off-1", CommandKind.SAFETY_OFF, OUTLET)
                await asyncio.sleep(2.0)
                assert shed.bank.coils[UNIT, POSITION] == 0
                disk.full = False
                await asyncio.sleep(5.0)
                assert edge.told("outcome", state="done")
                assert (edge.link.standing, edge.link.log_standing) == ("", "")

    play(story)
