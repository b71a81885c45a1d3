"""kill -9 of the real processes on a simulated line with a real broker: who dies, and what must go on all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.endtoend.watcher import until
from tests.faults.cutoffs import Cutoffs
from tests.faults.gateway_under_test import gateway
from tests.faults.kill_processes import kill_at_random
from tests.faults.stall import stalls_witnessed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend

SOON_S = 1.0
"""Whether a cutoff kept its bound is for `./run bench cutoff` and for the campaign of kills, on a machine of their own."""


@pytest.mark.lasting
async def test_without_edge_protection_cuts_off_and_grants_end_and_nothing_is_lost(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    async with stalls_witnessed() as stalls, gateway(tmp_path, real_program("mosquitto")) as shed:
        await shed.start("field", "edge")
        await shed.online()
        await shed.charging(1, 0, "order-a", 3600)
        await shed.charging(2, 7, "order-b", 6)
        await shed.kill("edge")
        cutoffs = Cutoffs(shed, stalls)
        step = cutoffs.step()
        assert step is not None
        cut = await cutoffs.cut_off(step)
        assert cut.took_s <= SOON_S + cut.excused_s
        await shed.until_off(2, 7, step.at_s, within_s=12)  # its 6 s of charging, and as much of waiting for a plug
        await shed.start("edge")
        await until(lambda: len(shed.ended()) == 2)
        assert shed.ended() == {"pile-01/outlet-01": "overcurrent", "pile-02/outlet-08": "max-time"}
        await until(lambda: any(e["body"]["stage"] == "recorded" for e in shed.watcher.of("event/trip")))
        await until(lambda: shed.watcher.of("state/pile-01")[-1]["outlets"]["outlet-01"]["state"] == "latched")
        await shed.settle()
        assert shed.unexplained(slack_s=0.5) == []


@pytest.mark.lasting
async def test_an_outlet_left_on_is_adopted_where_its_grant_is_known_and_opened_where_it_is_not(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    async with gateway(tmp_path, real_program("mosquitto"), orphan_after_s=4.0) as shed:
        await shed.start("field", "edge")
        await shed.online()
        await shed.charging(1, 0, "order-a", 3600)
        before = len(shed.switched())
        await shed.kill("field")  # its memory stays
        await shed.start("field")
        await asyncio.sleep(2.0)
        await shed.kill("field")
        shed.forget()  # but edge knows the order
        await shed.start("field")
        await asyncio.sleep(6.0)
        assert shed.switched()[before:] == []
        assert shed.is_on(1, 0)
        await shed.kill("field", "edge")
        shed.forget()
        await shed.start("field")  # and now nobody does
        await until(lambda: not shed.is_on(1, 0), within_s=15)


@pytest.mark.lasting
async def test_kills_at_random_moments_lose_nothing_and_charge_dispense_and_credit_nothing_twice(
    real_program: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    report = await kill_at_random(tmp_path, real_program("mosquitto"), kills=3, seed=1, calm_s=(0.0, 1.0))
    assert [*report.log_problems, *report.charges.problems, *report.trades.problems] == []
    assert not [problem for problem in report.cutoffs.problems if "not cut off" in problem]
    assert report.charges.settled > 0
    ended = {end.partition(" ")[0] for end in report.trades.ends if not end.endswith("refused")}
    assert {"purchase", "deposit"} <= ended
    assert report.trades.unlocks > 0
