"""Tariffs that are pushed, quotes, and free charging by plugging in: field and edge in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.authority_side import authority_side
from tests.scenario.edge_side import Disk
from tests.scenario.house import shipped_shed
from tests.scenario.test_two_processes import OUTLET, POSITION, SETTLED_S, UNIT, field_side, time_passes

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.site import Site
    from tests.scenario.authority_side import AuthoritySide

FREE = {"most_s": 120, "most_wh": 300, "most_w": 1000}


def site_of(**charging: object) -> Site:
    """Return the shipped shed with a tariff of its own and other settings of charges; its digest is what field has."""
    site = shipped_shed()
    said = {"tariff": "shed", "most_mil": 5000, **charging}
    devices = tuple(replace(device, charging={**device.charging, **said}) for device in site.devices)
    return replace(site, devices=devices, tariffs=(tariff(1, 600),))


def tariff(version: int, price_mil: int) -> dict[str, Any]:
    return {"id": "shed", "version": version, "service": [{"by": "energy", "price_mil_per_kwh": price_mil}]}


def told(disk: Disk, stage: str) -> list[Any]:
    return [entry.body for entry in disk.entries if entry.kind == "order" and entry.body.get("stage") == stage]


async def start(edge: AuthoritySide, order_id: str, **more: Any) -> str:
    outcome = await edge.ask(CommandKind.START, OUTLET, order_id=order_id, max_s=3600, **more)
    return outcome.reason or outcome.state


async def settle(edge: AuthoritySide, order_id: str) -> Any:
    await edge.ask(CommandKind.STOP, OUTLET, order_id=order_id)
    await asyncio.sleep(60)
    return next(body for body in told(edge.disk, "settled") if body["order_id"] == order_id)


def test_a_pushed_tariff_holds_for_the_next_order_and_not_for_the_one_that_runs(tmp_path: Path) -> None:
    async def story() -> None:
        site, disk = site_of(), Disk()
        async with field_side(tmp_path / "s") as shed, authority_side(tmp_path / "s", disk, site) as edge:
            bank = shed.bank
            bank.amps[UNIT, POSITION] = 3.0
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            assert await start(edge, "o-1") == "accepted"
            await time_passes(bank, 20)
            assert (await edge.ask(CommandKind.TARIFFS, tariffs=[tariff(2, 2000)])).reason == "taken"
            bank.watt_hours[UNIT, POSITION] += 20
            await time_passes(bank, 40)
            first = await settle(edge, "o-1")
            assert (first["receipt"]["tariff_version"], first["amount_mil"]) == (1, 10)
            assert await start(edge, "o-2", tariff=("shed", 1)) == "accepted", "the site file still has it"
            await time_passes(bank, 20)
            await settle(edge, "o-2")
            assert await start(edge, "o-3") == "accepted"
            await time_passes(bank, 20)
            bank.watt_hours[UNIT, POSITION] += 20
            await time_passes(bank, 40)
            third = await settle(edge, "o-3")
            assert (third["receipt"]["tariff_version"], third["amount_mil"]) == (2, 40)
            assert await start(edge, "o-4", tariff=("shed", 3)) == "unknown-tariff"

    run_virtual(story())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", [1, 2])
def test_edge_may_die_while_it_takes_a_tariff_and_has_it_whole_or_not(
    tmp_path: Path, commit: int, *, after: bool
) -> None:
    async def story() -> None:
        site, disk = site_of(), Disk()
        async with field_side(tmp_path / "s"):
            async with authority_side(tmp_path / "s", disk, site) as edge:
                await edge.ready()
                await asyncio.sleep(SETTLED_S)
                disk.dies_at, disk.dies_after = disk.commits + commit, after
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(5):
                        await edge.ask(CommandKind.TARIFFS, name="push", tariffs=[tariff(2, 2000)])
            is_there = "pushed/tariffs/shed" in disk.state
            assert is_there == (after or commit > 1) == ("push" in disk.outcomes)
            disk.dies_at = 0
            async with authority_side(tmp_path / "s", disk, site) as edge:
                await edge.ready()
                outcome = await edge.ask(CommandKind.TARIFFS, name="push", tariffs=[tariff(2, 2000)])
                assert (outcome.state, outcome.reason) == ("done", "taken")
                quote = await edge.ask(CommandKind.QUOTE, OUTLET, wh=1000)
                assert quote.body["tariff"]["version"] == 2  # type: ignore[index]

    run_virtual(story())


def test_a_quote_says_what_money_buys_and_what_a_charge_costs_and_begins_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        site, disk = site_of(most_w=1000, longest_s=36_000), Disk()
        async with field_side(tmp_path / "s"), authority_side(tmp_path / "s", disk, site) as edge:
            await edge.ready()
            before = len(disk.entries)
            quote = await edge.ask(CommandKind.QUOTE, OUTLET, amount_mil=300, wh=1000, power_w=250)
            assert quote.state == "done"
            body: Any = quote.body
            assert body["tariff"]["id"] == "shed"
            assert body["energy"] == {"wh": 1000, "takes_s": 14_400, "costs_mil": 600, "at_most_mil": 600}
            assert (body["money"]["buys_wh"], body["money"]["costs_mil"]) == (508, 300)
            assert body["money"]["at_least_wh"] == 508
            for target, args, reason in (
                ("pile-09/outlet-01", {"wh": 1}, "unknown-outlet"),
                (OUTLET, {}, "malformed"),
                (OUTLET, {"wh": 1, "tariff": ("other", 1)}, "unknown-tariff"),
            ):
                refused = await edge.ask(CommandKind.QUOTE, target, **args)
                assert (refused.state, refused.reason) == ("refused", reason)
            assert len(disk.entries) == before

    run_virtual(story())


def test_plugging_in_starts_a_free_charge_once_and_its_receipt_is_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        site, disk = site_of(free=FREE), Disk()
        async with field_side(tmp_path / "s") as shed, authority_side(tmp_path / "s", disk, site) as edge:
            bank = shed.bank
            bank.amps[UNIT, POSITION + 1] = 3.0  # was in when edge began
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            bank.amps[UNIT, POSITION] = 3.0
            await time_passes(bank, 20)
            assert bank.coils[UNIT, POSITION] == 1
            assert bank.coils[UNIT, POSITION + 1] == 0
            (accepted,) = told(disk, "accepted")
            assert (accepted["authority"], accepted["ceiling_mil"], accepted["user_ref"]) == ("free", 0, "")
            assert accepted["order_id"].startswith("local-")
            bank.watt_hours[UNIT, POSITION] += 4
            await time_passes(bank, 150)
            assert bank.coils[UNIT, POSITION] == 0
            (ended,) = told(disk, "ended")
            assert (ended["reason"], ended["wh"]) == ("max-time", 4)
            assert len(told(disk, "accepted")) == 1, "the plug has stayed in"
            bank.amps[UNIT, POSITION] = 0.0
            await time_passes(bank, 60)
            (settled,) = told(disk, "settled")
            assert (settled["amount_mil"], settled["receipt"]["due_mil"]) == (0, 0)
            bank.amps[UNIT, POSITION] = 3.0
            await time_passes(bank, 60)
            assert len(told(disk, "accepted")) == 2

    run_virtual(story())


def test_no_free_charge_begins_beside_a_paid_one_or_where_the_site_has_none(tmp_path: Path) -> None:
    async def story() -> None:
        for number, site in enumerate((site_of(), site_of(free=FREE))):
            disk, path = Disk(), tmp_path / f"s{number}"
            async with field_side(path) as shed, authority_side(path, disk, site) as edge:
                await edge.ready()
                await asyncio.sleep(SETTLED_S)
                if number:
                    assert await start(edge, "o-1") == "accepted"
                shed.bank.amps[UNIT, POSITION] = 3.0
                await time_passes(shed.bank, 30)
                assert [body["order_id"] for body in told(disk, "accepted")] == ["o-1"] * number
                assert [entry for entry in disk.entries if entry.body.get("report") == "plugged-in"] == []

    run_virtual(story())


def test_a_free_charge_that_cannot_begin_is_told_and_not_begun_later(tmp_path: Path) -> None:
    async def story() -> None:
        site, disk = site_of(free=FREE), Disk()
        async with field_side(tmp_path / "s") as shed, authority_side(tmp_path / "s", disk, site) as edge:
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            edge.book.protection = {"line-1": {"piles": {"pile-02": {"latched": ["smoke"]}}}}
            shed.bank.amps[UNIT, POSITION] = 3.0
            await time_passes(shed.bank, 20)
            (refused,) = [entry.body for entry in disk.entries if entry.body.get("report") == "plugged-in"]
            assert refused["result"] == "latched until reset: smoke"
            edge.book.protection = {}
            await time_passes(shed.bank, 60)
            assert told(disk, "accepted") == []
            assert shed.bank.coils[UNIT, POSITION] == 0

    run_virtual(story())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", [1, 2, 3])
def test_edge_may_die_while_a_free_charge_begins(tmp_path: Path, commit: int, *, after: bool) -> None:
    async def story() -> None:
        site, disk = site_of(free=FREE), Disk()
        async with field_side(tmp_path / "s") as shed:
            async with authority_side(tmp_path / "s", disk, site) as edge:
                await edge.ready()
                await asyncio.sleep(SETTLED_S)
                disk.dies_at, disk.dies_after = disk.commits + commit, after
                shed.bank.amps[UNIT, POSITION] = 3.0
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(30):
                        await disk.died.wait()
            disk.dies_at = 0
            begun = len(told(disk, "accepted"))
            async with authority_side(tmp_path / "s", disk, site) as edge:
                await edge.ready()
                await time_passes(shed.bank, 60)
                assert len(told(disk, "accepted")) == begun <= 1
                assert shed.bank.coils[UNIT, POSITION] == begun
                await time_passes(shed.bank, 120)
                assert shed.bank.coils[UNIT, POSITION] == 0
                shed.bank.amps[UNIT, POSITION] = 0.0
                await time_passes(shed.bank, 30)
                assert len({body["digest"] for body in told(disk, "settled")}) == begun

    run_virtual(story())
