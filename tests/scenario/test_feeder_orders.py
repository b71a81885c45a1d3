"""Orders behind a metered feed that is cut off: how they end, with edge there or away, and that they end once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.edge.view import view
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.feeder_shed import NORMAL_A, OUTLET, OVER_A, Shed
from tests.scenario.test_charging import MONEY

if TYPE_CHECKING:
    from pathlib import Path

SETTLED_S = 12.0


async def charge(shed: Shed, edge: EdgeSide) -> None:
    shed.bank.amps[1, 0] = 3.0
    await edge.ready()
    await asyncio.sleep(SETTLED_S)
    assert (await edge.start(OUTLET, "o-1", **MONEY)).state == "accepted"
    await asyncio.sleep(5.0)
    assert shed.bank.coils[1, 0] == 1


def ends(edge: EdgeSide) -> list[tuple[object, object, object]]:
    found = [entry.body for entry in edge.told("order", stage="ended", order_id="o-1")]
    return [(body["reason"], body["fault_side"], body["detail"]) for body in found]


@pytest.mark.parametrize("is_away", [False, True], ids=["edge-there", "edge-away"])
def test_an_order_behind_a_feed_that_trips_ends_once_for_an_overcurrent_of_the_facility(
    tmp_path: Path, *, is_away: bool
) -> None:
    async def story() -> None:
        disk, shed = Disk(), Shed()
        async with shed.living(), shed.opens_door(tmp_path / "s"):
            async with edge_side(tmp_path / "s", disk, shed.site) as edge:
                await charge(shed, edge)
                if not is_away:
                    await shed.steps_to(OVER_A)
                    await asyncio.sleep(10.0)
            if is_away:
                await shed.steps_to(OVER_A)
                await asyncio.sleep(60.0)
            assert shed.is_cut_off(), "edge has no part in it"
            assert shed.bank.coils[1, 0] == 0
            async with edge_side(tmp_path / "s", disk, shed.site) as edge:
                await edge.ready()
                shed.bank.amps[1, 0] = 0.0
                await asyncio.sleep(60.0)
                assert ends(edge) == [("overcurrent", "facility", "definite-time")]
                assert edge.told("order", stage="settled", order_id="o-1")
                seen = view(edge.book, "feeder", asyncio.get_running_loop().time()).outlets["outlet-01"]
                assert (seen.state, seen.latch) == ("latched", "definite-time")
                await shed.steps_to(NORMAL_A)
                refused = await edge.start(OUTLET, "o-2", **MONEY)
                assert (refused.state, refused.reason) == ("refused", "feeder-latched"), "known before anything begins"
                await asyncio.sleep(10.0)
                assert edge.told("order", order_id="o-2") == []
                assert shed.bank.coils[1, 0] == 0

    run_virtual(story())
