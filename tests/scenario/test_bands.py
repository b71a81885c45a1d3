"""Time of use through the desk: the register read at a band's edge, and a clock that nobody knows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.orders.tariff.form import read_tariff
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import Disk, edge_side
from tests.scenario.house import PileBank
from tests.scenario.test_charging import bodies
from tests.scenario.test_two_processes import OUTLET, POSITION, SETTLED_S, UNIT, field_side, now_s, time_passes

if TYPE_CHECKING:
    from pathlib import Path

PEAK_MIL, VALLEY_MIL = 1200, 300
SLOTS = ("peak",) * 34 + ("valley",) * 14
BANDS = read_tariff(
    {
        "id": "bands",
        "version": 1,
        "electricity": [{"by": "band", "prices_mil_per_kwh": {"peak": PEAK_MIL, "valley": VALLEY_MIL}}],
        "slots": list(SLOTS),
    }
)
FIVE_PM_S = 1150.0
"""When valley begins, 17:00 in UTC+8, on the clock of the test."""

WALL_MS = 1_763_802_000_000 - round(1000 * FIVE_PM_S)

BEFORE_S = 100.0


async def charge(folder: Path, disk: Disk, bank: PileBank, *, away: bool) -> tuple[Any, int]:
    """Charge across the edge at 1 Wh a second, then at a third of that; return settlement and register at the edge."""
    at_edge_wh = 0
    async with field_side(folder / "s", bank):
        async with edge_side(folder / "s", disk) as edge:
            await edge.ready()
            while now_s() < FIVE_PM_S - BEFORE_S:
                bank.watt_hours[UNIT, 0] += 1  # a pile that lives
                await asyncio.sleep(10.0)
            assert (await edge.start(OUTLET, "o-1", tariff=BANDS, amount_mil=50_000)).state == "accepted"
            await asyncio.sleep(SETTLED_S)
            bank.amps[UNIT, POSITION] = 3.0
            if not away:
                at_edge_wh = await _across(bank)
        if away:
            at_edge_wh = await _across(bank)
        async with edge_side(folder / "s", disk) as edge:
            await edge.ready()
            bank.amps[UNIT, POSITION] = 0.0
            for _ in range(14):
                bank.watt_hours[UNIT, 0] += 1  # a pile that lives
                await asyncio.sleep(10.0)
            return bodies(edge, "settled")[0], at_edge_wh


async def _across(bank: PileBank) -> int:
    at_edge_wh = 0
    for second in range(180):
        bank.watt_hours[UNIT, POSITION] += now_s() < FIVE_PM_S or not second % 3
        if now_s() < FIVE_PM_S:
            at_edge_wh = bank.watt_hours[UNIT, POSITION]
        await time_passes(bank, 1.0)
    return at_edge_wh


def energies(body: Any) -> dict[str, int]:
    return {line["of"]: line["quantity"] // 1000 for line in body["receipt"]["lines"] if line["unit"] == "mwh"}


def test_energy_is_split_by_the_register_read_at_the_edge(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(wall_ms=WALL_MS), PileBank()
        body, at_edge_wh = await charge(tmp_path, disk, bank, away=False)
        assert energies(body)["peak"] == pytest.approx(at_edge_wh, abs=7), "what one period of reading can hide"
        assert sum(energies(body).values()) == pytest.approx(bank.watt_hours[UNIT, POSITION], abs=1)
        assert body["receipt"]["flags"] == []

    run_virtual(story())


def test_an_edge_that_passed_while_edge_was_dead_is_shared_out_by_time_and_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(wall_ms=WALL_MS), PileBank()
        body, _ = await charge(tmp_path, disk, bank, away=True)
        assert sum(energies(body).values()) == pytest.approx(bank.watt_hours[UNIT, POSITION], abs=1)
        assert body["receipt"]["flags"] == ["edge-estimated"]

    run_virtual(story())


def test_without_a_clock_everything_is_billed_as_the_cheapest_band_and_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(wall_ms=WALL_MS, clock=0), PileBank()
        body, _ = await charge(tmp_path, disk, bank, away=False)
        (line,) = [line for line in body["receipt"]["lines"] if line["unit"] == "mwh"]
        assert (line["what"], line["of"], line["price_mil"]) == ("band-unknown", "valley", VALLEY_MIL)
        assert line["quantity"] // 1000 == bank.watt_hours[UNIT, POSITION]
        assert body["receipt"]["flags"] == ["clock-unknown"]
        assert body["clock"] == 0

    run_virtual(story())


def test_a_clock_that_is_set_in_the_middle_counts_from_then_on(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(wall_ms=WALL_MS, clock=0), PileBank()

        async def set_clock() -> None:
            await asyncio.sleep(FIVE_PM_S + 30.0 - now_s())
            disk.clock = 2

        setting = asyncio.create_task(set_clock())
        body, at_edge_wh = await charge(tmp_path, disk, bank, away=False)
        await setting
        unknown, known = (
            [line["quantity"] for line in body["receipt"]["lines"] if line["what"] == what]
            for what in ("band-unknown", "band")
        )
        assert sum(unknown) + sum(known) == 1000 * bank.watt_hours[UNIT, POSITION]
        assert at_edge_wh * 1000 <= sum(unknown) < sum(unknown) + sum(known)
        assert body["receipt"]["flags"] == ["clock-unknown"]

    run_virtual(story())
