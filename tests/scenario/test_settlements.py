"""What a pile settles by itself reaches its order once, and is answered once it is stored, whoever dies when."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.depth import sample
from tests.scenario.dny_shed import OUTLET, PORT, SITE, Shed, site_of
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.test_charging import MONEY, bodies, settlements

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BY_PILE = SITE.replace(f"unit: {0x07_00_04_D2}}}", f"unit: {0x07_00_04_D2}, charging: {{settler: pile}}}}")
assert BY_PILE != SITE
FULL = 1


@contextlib.asynccontextmanager
async def shed_with_door(folder: Path, shed: Shed, boot: str = "one") -> AsyncIterator[None]:
    async with shed.living(boot):
        assert shed.house is not None
        await shed.house.door.open(folder / "s")
        try:
            yield
        finally:
            shed.house.door.close()
            await asyncio.sleep(0)


async def found(shed: Shed) -> None:
    for pile in shed.piles:
        pile.power_up()
    await asyncio.sleep(200.0)


async def charge(edge: EdgeSide, shed: Shed, order_id: str = "o-1", power_w: float = 300.0) -> str:
    """Start a charge; return the number that the pile has it under."""
    await edge.ready()
    port = shed.piles[0].ports[PORT]
    port.plugged_w, port.is_plugged = power_w, True
    outcome = await edge.start(OUTLET, order_id, **MONEY)
    assert outcome.state == "accepted", outcome
    await asyncio.sleep(10.0)
    assert port.order
    return str(port.order.rstrip(b"\x00").decode())


def is_full(shed: Shed) -> float:
    """Let the pile end and settle its charge; return its total."""
    pile = shed.piles[0]
    wh = 10 * round(pile.ports[PORT].wh / 10)
    pile._settle(PORT, pile.ports[PORT], FULL)
    return float(wh)


def settle_again(shed: Shed, number: str, wh: float, seconds: int = 77) -> None:
    """Let the pile settle a run of this number, whatever was before."""
    pile = shed.piles[0]
    port = pile.ports[PORT]
    port.order, port.wh, port.seconds = number.encode().ljust(16, b"\x00"), wh, seconds
    pile._settle(PORT, port, FULL)


def told(disk: Disk, stage: str) -> list[Any]:
    return [entry.body for entry in disk.entries if entry.kind == "order" and entry.body.get("stage") == stage]


def alarms(disk: Disk, alarm: str) -> list[Any]:
    found = [entry.body for entry in disk.entries if entry.kind == "alarm" and entry.body.get("alarm") == alarm]
    return [body["active"] for body in found]


@pytest.mark.parametrize("by_pile", [False, True])
def test_the_pile_ends_a_charge_and_settles_it(tmp_path: Path, *, by_pile: bool) -> None:
    async def story() -> None:
        disk, shed = Disk(), Shed(site=BY_PILE if by_pile else SITE)
        async with shed_with_door(tmp_path, shed), edge_side(tmp_path / "s", disk, site_of(shed.site)) as edge:
            await found(shed)
            number = await charge(edge, shed)
            await asyncio.sleep(620.0)
            pile_wh = is_full(shed)
            await asyncio.sleep(60.0)
            assert shed.piles[0].settlements == {}, "answered"
            (settled,) = bodies(edge, "settled")[:1]
            (own,) = bodies(edge, "device-settlement")
            assert (settled["reason"], settled["settled_by"]) == ("full", "pile" if by_pile else "gateway")
            assert (own["device_order_no"], own["device_wh"], own["run"]) == (number, pile_wh, 1)
            assert settled["device_wh"] == pile_wh
            assert abs(settled["wh"] - pile_wh) <= (0 if by_pile else 300 / 12 + 10), "it tells its energy every 5 min"
            assert pile_wh >= 50

    run_virtual(story())


EVERY_DEATH = [(n, after, by_pile) for n in range(1, 7) for after in (False, True) for by_pile in (False, True)]
SOME = [(n, after, after == n % 2) for n in range(1, 5) for after in (False, True)]
DEATHS = sample(SOME, deep=EVERY_DEATH)
"""Of edge, before or after its nth commit, by whoever settles; in turn where it is sampled."""


@pytest.mark.parametrize(("nth", "dies_after", "by_pile"), DEATHS)
def test_a_settlement_is_answered_only_when_it_is_stored_and_counts_once_whenever_edge_dies(
    tmp_path: Path, nth: int, *, dies_after: bool, by_pile: bool
) -> None:
    async def story() -> None:
        disk, shed = Disk(), Shed(site=BY_PILE if by_pile else SITE)
        site = site_of(shed.site)
        async with shed_with_door(tmp_path, shed):
            async with edge_side(tmp_path / "s", disk, site) as edge:
                await found(shed)
                await charge(edge, shed)
                await asyncio.sleep(135.0)  # nothing else is stored for a while
                disk.dies_at, disk.dies_after = disk.commits + nth, dies_after
                pile_wh = is_full(shed)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(disk.died.wait(), 60.0)
                is_stored = any(entry.body.get("report") == "settlement" for entry in disk.entries)
                assert is_stored or shed.piles[0].settlements != {}, "not stored, so not answered"
            disk.dies_at = 0
            await asyncio.sleep(20.0)
            assert is_stored or shed.piles[0].settlements != {}
            async with edge_side(tmp_path / "s", disk, site) as edge:
                await edge.ready()
                await asyncio.sleep(20.0)
                shed.piles[0].say_settlements_again()  # as it does every half an hour
                await asyncio.sleep(60.0)
                assert shed.piles[0].settlements == {}
                assert len(told(disk, "device-settlement")) == 1
                assert len({str(entry.body["digest"]) for entry in settlements(disk)["o-1"]}) == 1
                body = settlements(disk)["o-1"][0].body
                assert (body["reason"], body["device_wh"]) == ("full", pile_wh)
                assert body["settled_by"] == ("pile" if by_pile else "gateway")
                assert len(told(disk, "ended")) == 1
                assert alarms(disk, "settlement-corrected") == []

    run_virtual(story())


def test_a_settlement_that_no_order_explains_is_a_loss_with_a_record_and_nobody_s_bill(tmp_path: Path) -> None:
    async def story() -> None:
        disk, shed = Disk(), Shed()
        async with shed_with_door(tmp_path, shed), edge_side(tmp_path / "s", disk, site_of()) as edge:
            await found(shed)
            await edge.ready()
            for number in ("stranger", "stranger", ""):
                settle_again(shed, number, 480.0)
                await asyncio.sleep(30.0)
            orphans = told(disk, "orphan-settled")
            assert [(body["device_order_no"], body["wh"], body["outlet"]) for body in orphans] == [
                ("stranger", 480.0, OUTLET),
                ("0" * 32, 480.0, OUTLET),
            ]
            assert len({body["order_id"] for body in orphans}) == 2
            assert alarms(disk, "energy-without-order") == [True, False] * 2
            assert shed.piles[0].settlements == {}
            assert told(disk, "settled") == []

    run_virtual(story())


def test_a_settlement_after_the_order_was_closed_is_still_its_order_s_and_a_correction_raises_an_alarm(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        disk, shed = Disk(), Shed()
        async with shed_with_door(tmp_path, shed):
            async with edge_side(tmp_path / "s", disk, site_of()) as edge:
                await found(shed)
                number = await charge(edge, shed)
                await asyncio.sleep(600.0)
                shed.piles[0].silent = True
                await edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="o-1")
                await asyncio.sleep(2000.0)
                (settled,) = bodies(edge, "settled")[:1]
                ack = {"order_id": "o-1", "digest": settled["digest"]}
                assert (await edge.ask("ack-1", CommandKind.SETTLED_ACK, "*", **ack)).state == "done"
                assert edge.desk.orders() == {}
                shed.piles[0].silent = False
                shed.piles[0].ports[PORT].end()
                settle_again(shed, number, 50.0)
                await asyncio.sleep(900.0)
                (late,) = told(disk, "device-settlement")
                assert (late["order_id"], late["device_wh"]) == ("o-1", 50.0)
                settle_again(shed, number, 90.0)
                await asyncio.sleep(60.0)
            async with edge_side(tmp_path / "s", disk, site_of()) as edge:
                await edge.ready()
                for wh in (50.0, 90.0):
                    settle_again(shed, number, wh)
                    await asyncio.sleep(60.0)
                (corrected,) = told(disk, "settlement-corrected")
                assert (corrected["order_id"], corrected["device_wh"]) == ("o-1", 90.0)
                assert len(told(disk, "device-settlement")) == 1
                assert alarms(disk, "settlement-corrected") == [True, False]
                assert told(disk, "orphan-settled") == []
                assert shed.piles[0].settlements == {}

    run_virtual(story())


def test_a_field_that_has_forgotten_what_it_answered_brings_it_again_and_it_is_known(tmp_path: Path) -> None:
    async def story() -> None:
        disk, shed = Disk(), Shed()
        async with edge_side(tmp_path / "s", disk, site_of()) as edge:
            async with shed_with_door(tmp_path, shed):
                await found(shed)
                number = await charge(edge, shed)
                await asyncio.sleep(600.0)
                seconds = shed.piles[0].ports[PORT].seconds
                pile_wh = is_full(shed)
                await asyncio.sleep(60.0)
            async with shed_with_door(tmp_path, shed, boot="two"):
                await found(shed)
                shed.piles[0].ports[PORT].peak_w = 300.0
                settle_again(shed, number, pile_wh, seconds)
                await asyncio.sleep(60.0)
                reports = [entry for entry in disk.entries if entry.body.get("report") == "settlement"]
                assert len(reports) == 2, "field could not know it"
                assert len({str(entry.body["digest"]) for entry in reports}) == 1
                assert len(told(disk, "device-settlement")) == 1
                assert alarms(disk, "settlement-corrected") == []
                assert shed.piles[0].settlements == {}

    run_virtual(story())
