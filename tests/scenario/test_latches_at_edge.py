"""What has latched is known to edge at once, trip or none: a start is refused, not accepted and taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import Disk, edge_side
from tests.scenario.test_charging import bodies, charge
from tests.scenario.test_two_processes import OUTLET, POSITION, UNIT, field_side, time_passes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_start_at_a_welded_outlet_is_refused_at_once_and_again_by_an_edge_that_comes_later(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed:
            async with edge_side(tmp_path / "s", disk) as edge:
                await charge(edge, shed.bank)
                await time_passes(shed.bank, 20)
                shed.bank.welded.add((UNIT, POSITION))
                assert (await edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="o-1")).state == "accepted"
                await time_passes(shed.bank, 30)
                assert [entry.body["active"] for entry in edge.told("alarm", alarm="weld")] == [True]
                refused = await edge.start(OUTLET, "o-2")
                assert (refused.state, refused.reason) == ("refused", "latched until reset: weld")
                assert bodies(edge, "accepted", "o-2") == []
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                assert (await edge.start(OUTLET, "o-3")).reason == "latched until reset: weld"
                shed.bank.welded.clear()
                await time_passes(shed.bank, 12)
                reset = await edge.ask("reset-1", CommandKind.RESET, OUTLET, by="wang", reason="relay replaced")
                assert reset.state == "accepted"
                await asyncio.sleep(2.0)
                assert (await edge.start(OUTLET, "o-4")).state == "accepted"

    run_virtual(story())
