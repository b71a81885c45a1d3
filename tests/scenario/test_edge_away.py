"""Charges that ran while edge was dead, over both real processes: the bill is what the register says, and no more time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.orders.tariff.form import read_tariff
from gateway.testing.clock import run_virtual
from tests.depth import sample
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.house import PileBank
from tests.scenario.test_charging import bodies, settlements
from tests.scenario.test_two_processes import OUTLET, POSITION, SETTLED_S, UNIT, field_side, time_passes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENERGY_AND_TIME = read_tariff(
    {
        "id": "t-2",
        "version": 1,
        "electricity": [{"by": "energy", "price_mil_per_kwh": 1000}],
        "service": [{"by": "time", "price_mil_per_h": 3600}],
    }
)
MONEY: dict[str, Any] = {"tariff": ENERGY_AND_TIME, "amount_mil": 50_000}
SHORT_S, LONG_S = sample((105, 120), deep=(900, 3000))
"""How long a charge may last, and how long nothing happens after it."""

PERIOD_S = 10.0
"""Of the readings of this pile's registers."""


async def begin(edge: EdgeSide, bank: PileBank, **limits: int) -> None:
    bank.watt_hours[UNIT, POSITION] = 70_000
    await edge.ready()
    await asyncio.sleep(SETTLED_S)
    outcome = await edge.start(OUTLET, "o-1", **MONEY, **limits)
    assert outcome.state == "accepted", outcome


async def charged(bank: PileBank, wh: int) -> None:
    """Let an outlet charge so many Wh at 3.6 kW, one each second."""
    bank.amps[UNIT, POSITION] = 3.0
    for _ in range(wh):
        bank.watt_hours[UNIT, POSITION] += bank.coils[UNIT, POSITION]
        await time_passes(bank, 1.0)


async def come_back(folder: Path, disk: Disk, bank: PileBank) -> Any:
    async with edge_side(folder / "s", disk) as edge:
        await edge.ready()
        bank.amps[UNIT, POSITION] = 0.0
        await asyncio.sleep(90.0)
        (entry, *_) = settlements(disk)["o-1"]
        assert len({str(each.body["digest"]) for each in settlements(disk)["o-1"]}) == 1
        return entry.body


def lines(body: Any) -> dict[str, int]:
    return {line["what"]: line["quantity"] for line in body["receipt"]["lines"] if line["quantity"]}


def test_a_charge_that_ran_wholly_while_edge_was_dead_is_billed_by_its_register(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank):
            async with edge_side(tmp_path / "s", disk) as edge:
                await begin(edge, bank, max_s=SHORT_S)
                await asyncio.sleep(0.05)  # the grant is out, its ON perhaps not yet
            await charged(bank, 2 * SHORT_S + 60)  # its time, and what a start may take
            assert bank.coils[UNIT, POSITION] == 0, "field has ended it by its time"
            drawn_wh = bank.watt_hours[UNIT, POSITION] - 70_000
            assert drawn_wh > SHORT_S - 100
            bank.amps[UNIT, POSITION] = 0.0
            await asyncio.sleep(LONG_S)
            body = await come_back(tmp_path, disk, bank)
            assert body["wh"] == drawn_wh
            assert (body["reason"], body["gaps"], body["receipt"]["flags"]) == ("max-time", 0, [])
            charged_s = lines(body)["time"] / 1000
            assert drawn_wh - 2 * PERIOD_S <= charged_s <= drawn_wh + PERIOD_S

    run_virtual(story())


@pytest.mark.parametrize("died_after_s", [0.05, 1.5, 30.0])
def test_a_charge_that_edge_left_at_any_stage_costs_the_same(tmp_path: Path, died_after_s: float) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank):
            async with edge_side(tmp_path / "s", disk) as edge:
                await begin(edge, bank, max_wh=SHORT_S // 3)
                charging = asyncio.create_task(charged(bank, SHORT_S // 3 + 60))
                await asyncio.sleep(died_after_s)
            await charging
            drawn_wh = bank.watt_hours[UNIT, POSITION] - 70_000
            assert SHORT_S // 3 <= drawn_wh < SHORT_S // 3 + 20
            bank.amps[UNIT, POSITION] = 0.0
            await asyncio.sleep(LONG_S / 3)
            body = await come_back(tmp_path, disk, bank)
            assert (body["wh"], body["reason"], body["gaps"]) == (drawn_wh, "set-limit", 0)
            assert drawn_wh - 2 * PERIOD_S <= lines(body)["time"] / 1000 <= drawn_wh + PERIOD_S

    run_virtual(story())


def test_a_charge_that_goes_on_while_edge_is_dead_goes_on_when_it_is_back(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank):
            async with edge_side(tmp_path / "s", disk) as edge:
                await begin(edge, bank)
                await charged(bank, 60)
            await charged(bank, SHORT_S)
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                await charged(bank, 60)
                assert bodies(edge, "interrupted") == []
            drawn_wh = bank.watt_hours[UNIT, POSITION] - 70_000
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                bank.amps[UNIT, POSITION] = 0.0
                for _ in range(20):
                    bank.watt_hours[UNIT, 0] += 1  # a pile that lives
                    await asyncio.sleep(10.0)
                (settled,) = bodies(edge, "settled")[:1]
                assert (settled["wh"], settled["reason"]) == (drawn_wh, "unplugged")
                assert SHORT_S + 100 <= lines(settled)["time"] / 1000 <= SHORT_S + 160

    run_virtual(story())


def test_what_nobody_plugged_in_while_edge_was_dead_costs_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank):
            async with edge_side(tmp_path / "s", disk) as edge:
                await begin(edge, bank, max_s=SHORT_S)
                await asyncio.sleep(0.05)
            for _ in range(SHORT_S // 5 + 6):
                bank.watt_hours[UNIT, 0] += 1  # a pile that lives
                await asyncio.sleep(10.0)
            body = await come_back(tmp_path, disk, bank)
            assert (body["wh"], body["amount_mil"], body["s"]) == (0, 0, 0)

    run_virtual(story())


async def _power_cut(folder: Path, disk: Disk, bank: PileBank, *, memory: Callable[[], Memory | None]) -> Any:
    """Both processes die while an outlet charges; the pile's own watchdog opens it after 20 s of silence."""
    async with field_side(folder / "s", bank, memory()), edge_side(folder / "s", disk) as edge:
        await begin(edge, bank)
        await charged(bank, 100)
    await charged(bank, 20)
    bank.coils[UNIT, POSITION] = 0
    bank.amps[UNIT, POSITION] = 0.0
    await asyncio.sleep(1200.0)
    async with field_side(folder / "s", bank, memory()), edge_side(folder / "s", disk) as edge:
        await edge.ready()
        for _ in range(20):  # the gateway resumes: nobody is there any more
            bank.watt_hours[UNIT, 0] += 1
            await asyncio.sleep(10.0)
        return bodies(edge, "settled")[0]


@pytest.mark.parametrize("remembers", [False, True])
def test_a_charge_that_both_left_is_billed_by_its_register_with_the_gap_marked(
    tmp_path: Path, *, remembers: bool
) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        memory: Callable[[], Memory | None] = (lambda: Memory(tmp_path / "m")) if remembers else (lambda: None)
        body = await _power_cut(tmp_path, disk, bank, memory=memory)
        drawn_wh = bank.watt_hours[UNIT, POSITION] - 70_000
        assert body["wh"] == drawn_wh
        assert lines(body)["time"] / 1000 <= 125, "nobody pays for the time that nobody saw"
        assert body["gaps"] >= 1
        assert body["receipt"]["flags"] == ["register-gap"]

    run_virtual(story())


def test_edge_that_waits_for_field_bills_no_time_meanwhile(tmp_path: Path) -> None:
    """Edge comes back before field does: what it does not see costs nothing until it is seen to have run."""

    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m")), edge_side(tmp_path / "s", disk) as edge:
            await begin(edge, bank)
            await charged(bank, 60)
        bank.amps[UNIT, POSITION] = 0.0
        bank.coils[UNIT, POSITION] = 0
        await asyncio.sleep(600.0)
        async with edge_side(tmp_path / "s", disk) as edge:
            await asyncio.sleep(300.0)
            assert bodies(edge, "interrupted")[0]["s"] <= 65
            assert bodies(edge, "ended") == []
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m")):
                await edge.ready()
                for _ in range(20):
                    bank.watt_hours[UNIT, 0] += 1
                    await asyncio.sleep(10.0)
                (settled,) = bodies(edge, "settled")[:1]
                assert settled["wh"] == bank.watt_hours[UNIT, POSITION] - 70_000 > 55
                assert lines(settled)["time"] / 1000 <= 65

    run_virtual(story())


@pytest.mark.parametrize("away_s", [3.0, 8.0])
def test_what_a_field_that_died_with_its_memory_cannot_have_seen_is_billed_to_nobody(
    tmp_path: Path, away_s: float
) -> None:
    """So short an absence interrupts no charge of a field that remembers; this one knows nothing of the OFF in it."""

    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with edge_side(tmp_path / "s", disk) as edge:
            async with field_side(tmp_path / "s", bank):
                await begin(edge, bank)
                await charged(bank, 60)
            bank.coils[UNIT, POSITION] = 0
            bank.amps[UNIT, POSITION] = 0.0
            await asyncio.sleep(away_s)
            async with field_side(tmp_path / "s", bank):
                await edge.ready()
                (interrupted,) = bodies(edge, "interrupted")
                assert interrupted["reason"] == "device-lost"
                await edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="o-1")
                await asyncio.sleep(45.0)
                (settled,) = bodies(edge, "settled")[:1]
                assert settled["wh"] == bank.watt_hours[UNIT, POSITION] - 70_000
                assert 60 - 2 * PERIOD_S <= settled["s"] <= 61

    run_virtual(story())


EVERY_DEATH = [(nth, dies_after) for nth in range(1, 6) for dies_after in (False, True)]
DEATHS = sample(EVERY_DEATH[:6], deep=EVERY_DEATH)


@pytest.mark.parametrize(("nth", "dies_after"), DEATHS)
def test_edge_dies_again_at_any_commit_of_what_it_catches_up_with(
    tmp_path: Path, nth: int, *, dies_after: bool
) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank):
            async with edge_side(tmp_path / "s", disk) as edge:
                await begin(edge, bank, max_wh=100)
                await asyncio.sleep(0.05)
            await charged(bank, 150)
            drawn_wh = bank.watt_hours[UNIT, POSITION] - 70_000
            bank.amps[UNIT, POSITION] = 0.0
            disk.dies_at, disk.dies_after = disk.commits + nth, dies_after

            async with edge_side(tmp_path / "s", disk):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(disk.died.wait(), 60.0)
            disk.dies_at = 0
            body = await come_back(tmp_path, disk, bank)
            assert (body["wh"], body["reason"]) == (drawn_wh, "set-limit")
            ended = [entry for entry in disk.entries if entry.body.get("stage") == "ended"]
            assert len(ended) == 1

    run_virtual(story())


@pytest.mark.parametrize("bit", [8, 12, 20])
def test_one_wild_reading_neither_ends_a_charge_nor_changes_its_bill(tmp_path: Path, bit: int) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await begin(edge, shed.bank, max_wh=120)
            await charged(shed.bank, 60)
            for _ in range(2):
                shed.bank.watt_hours[UNIT, POSITION] ^= 1 << bit
                await asyncio.sleep(PERIOD_S + 0.5)
            assert shed.bank.coils[UNIT, POSITION] == 1
            await charged(shed.bank, 120)
            drawn_wh = shed.bank.watt_hours[UNIT, POSITION] - 70_000
            shed.bank.amps[UNIT, POSITION] = 0.0
            await asyncio.sleep(60.0)
            (settled,) = bodies(edge, "settled")[:1]
            assert (settled["wh"], settled["gaps"], settled["reason"]) == (drawn_wh, 0, "set-limit")
            assert 120 <= drawn_wh <= 135

    run_virtual(story())
