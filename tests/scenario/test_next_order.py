"""One order after another at an outlet: what the first drew last is on no later one's bill."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.house import PileBank, shipped_shed
from tests.scenario.test_charging import settlements
from tests.scenario.test_edge_away import MONEY, charged
from tests.scenario.test_two_processes import OUTLET, POSITION, SETTLED_S, UNIT, field_side

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.site import Site


def hasty_site() -> Site:
    """Return a site where an end does not wait for the next reading of the register."""
    site = shipped_shed()
    devices = tuple(replace(device, charging={**device.charging, "final_s": 0}) for device in site.devices)
    return replace(site, devices=devices)


async def billed_wh(edge: EdgeSide, order_id: str) -> int:
    """Stop an order; return the energy of its settlement, which comes before the next reading."""
    await edge.ask(f"stop-{order_id}", CommandKind.STOP, OUTLET, order_id=order_id)
    async with asyncio.timeout(3.0):
        while order_id not in settlements(edge.disk):  # noqa: ASYNC110 - a disk tells nobody
            await asyncio.sleep(0.1)
    return int(str(settlements(edge.disk)[order_id][0].body["wh"]))


@pytest.mark.parametrize("acknowledged", [False, True])
def test_what_an_order_drew_after_its_last_reading_is_not_the_next_ones(tmp_path: Path, *, acknowledged: bool) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        bank.watt_hours[UNIT, POSITION] = 70_000
        async with field_side(tmp_path / "s", bank), edge_side(tmp_path / "s", disk, hasty_site()) as edge:
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            assert (await edge.start(OUTLET, "o-1", **MONEY)).state == "accepted"
            await charged(bank, 30)
            first_wh = await billed_wh(edge, "o-1")
            if acknowledged:
                digest = settlements(disk)["o-1"][0].body["digest"]
                await edge.ask("ack-1", CommandKind.SETTLED_ACK, "*", order_id="o-1", digest=digest)
            before_wh = bank.watt_hours[UNIT, POSITION]
            assert (await edge.start(OUTLET, "o-2", **MONEY)).state == "accepted"
            await charged(bank, 30)
            second_wh = await billed_wh(edge, "o-2")
            assert 20 <= first_wh < before_wh - 70_000, "its last Wh is on nobody's bill"
            assert 20 <= second_wh <= bank.watt_hours[UNIT, POSITION] - before_wh

    run_virtual(story())
