"""Charge orders over both processes, in virtual time: what is told, what is paid, and what deaths change of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.orders.tariff.form import read_tariff
from gateway.testing.clock import run_virtual
from tests.depth import sample
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.house import PileBank
from tests.scenario.test_two_processes import OTHER, OUTLET, POSITION, SETTLED_S, UNIT, field_side, time_passes

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.edge.journal import Entry

PRICED = read_tariff(
    {
        "id": "t-1",
        "version": 3,
        "electricity": [{"by": "energy", "price_mil_per_kwh": 600}],
        "service": [{"by": "time", "price_mil_per_h": 720}],
    }
)
MONEY: dict[str, Any] = {"tariff": PRICED, "amount_mil": 5000, "user_ref": "u-7"}


def bodies(edge: EdgeSide, stage: str, order_id: str = "o-1") -> list[Any]:
    return [entry.body for entry in edge.told("order", stage=stage, order_id=order_id)]


async def charge(edge: EdgeSide, bank: PileBank, order_id: str = "o-1", **more: Any) -> None:
    bank.amps[UNIT, POSITION] = 3.0
    await edge.ready()
    await asyncio.sleep(SETTLED_S)
    outcome = await edge.start(OUTLET, order_id, **{**MONEY, **more})
    assert outcome.state == "accepted", outcome


async def draw(bank: PileBank, wh: int, over_s: float = 12.0) -> None:
    """Let so much be drawn, two Wh at a time: more than an outlet can deliver is not believed."""
    begun_s = asyncio.get_running_loop().time()
    for place in range(0, wh, 2):
        bank.watt_hours[UNIT, POSITION] += min(2, wh - place)
        await time_passes(bank, 1.5)
    passed_s = asyncio.get_running_loop().time() - begun_s
    await time_passes(bank, max(1.0, over_s - passed_s))


async def unplug(bank: PileBank) -> None:
    bank.amps[UNIT, POSITION] = 0.0
    for _ in range(11):
        bank.watt_hours[UNIT, 0] += 1  # a pile that lives
        await asyncio.sleep(10.0)


def test_a_charge_is_settled_once_told_again_and_closed_by_its_acknowledgement(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await charge(edge, shed.bank, max_wh=100)
            await draw(shed.bank, 0)
            await draw(shed.bank, 60)
            await draw(shed.bank, 45)
            await asyncio.sleep(30.0)  # the plug stays in for a while
            shed.bank.amps[UNIT, POSITION] = 0.0
            await asyncio.sleep(30.0)
            assert shed.bank.coils[UNIT, POSITION] == 0
            stages = [entry.body["stage"] for entry in edge.told("order", order_id="o-1")]
            assert stages == ["accepted", "waiting-plug", "charging", "progress", "ended", "occupied", "settled"]
            (ended,), (settled,) = bodies(edge, "ended"), bodies(edge, "settled")
            assert (ended["reason"], ended["fault_side"], ended["user_ref"]) == ("set-limit", "user", "u-7")
            receipt = settled["receipt"]
            assert settled["wh"] == 105
            assert settled["amount_mil"] == receipt["total_mil"] == sum(line["amount_mil"] for line in receipt["lines"])
            assert receipt["electricity_mil"] == 60  # 105 Wh at 0.6 yuan, to the fen
            assert (receipt["tariff_id"], receipt["tariff_version"], receipt["prepaid_mil"]) == ("t-1", 3, 5000)
            await asyncio.sleep(100.0)
            again = bodies(edge, "settled")
            assert len(again) == 2
            assert again[0] == again[1]
            ack = {"order_id": "o-1", "digest": settled["digest"]}
            wrong = await edge.ask("ack-1", CommandKind.SETTLED_ACK, "*", **{**ack, "digest": "another"})
            assert (wrong.state, wrong.reason) == ("refused", "digest-mismatch")
            assert (await edge.ask("ack-2", CommandKind.SETTLED_ACK, "*", **ack)).state == "done"
            await asyncio.sleep(400.0)
            assert len(bodies(edge, "settled")) == 2
            assert not any(name.startswith(("charge/", "order/", "wish/")) for name in disk.state)
            assert (await edge.ask("ack-3", CommandKind.SETTLED_ACK, "*", **ack)).state == "done"
            later = await edge.ask("late", CommandKind.START, OUTLET, ttl_s=9.0, order_id="o-1", max_s=60)
            assert (later.state, later.reason) == ("refused", "already-settled")
            assert shed.bank.coils[UNIT, POSITION] == 0

    run_virtual(story())


def test_a_start_without_authority_is_no_order(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            for order_id, wanted, more in (
                ("a", "no-ceiling", {"tariff": PRICED}),
                ("b", "amount-too-small", {"tariff": PRICED, "amount_mil": 5}),
                ("c", "unknown-tariff", {"tariff": ("t-9", 1)}),
                ("d", "expired", {"valid_until": 1}),
            ):
                refused = await edge.start(OUTLET, order_id, **more)
                assert (refused.state, refused.reason) == ("refused", wanted)
            unknown = await edge.start("pile-09/outlet-01", "e")
            assert unknown.reason == "unknown-outlet"
            assert edge.told("order") == []
            assert not any(bits for place, bits in shed.bank.coils.items() if place == (UNIT, POSITION))

    run_virtual(story())


def test_a_start_that_field_refuses_is_settled_at_nothing_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            shed.house.field.arbiter._events_full = lambda: True
            assert (await edge.start(OUTLET, "o-1", **MONEY)).state == "accepted"
            await asyncio.sleep(2.0)
            assert disk.outcomes["start-o-1"].reason == "event-ring-full"
            (settled,) = bodies(edge, "settled")
            assert (settled["amount_mil"], settled["reason"], settled["detail"]) == (
                0,
                "start-refused",
                "event-ring-full",
            )
            assert settled["receipt"]["refund_mil"] == 5000
            assert edge.book.held == {}

    run_virtual(story())


def test_a_trip_settles_its_order_for_the_reason_of_its_element(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await charge(edge, shed.bank)
            await draw(shed.bank, 0)
            await draw(shed.bank, 30)
            shed.bank.amps[UNIT, POSITION] = 16.0
            await asyncio.sleep(45.0)
            (ended,), (settled,) = bodies(edge, "ended"), bodies(edge, "settled")
            assert (ended["reason"], ended["fault_side"], ended["detail"]) == ("overcurrent", "safety", "definite-time")
            assert settled["wh"] == 30
            refused = await edge.start(OUTLET, "o-2")
            assert (refused.state, refused.reason[:7]) == ("refused", "latched")
            assert (await edge.start(OTHER, "o-3")).state == "accepted"

    run_virtual(story())


def test_a_stop_ends_its_own_order_only(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await charge(edge, shed.bank)
            await draw(shed.bank, 20)
            await edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="another")
            await asyncio.sleep(3.0)
            assert disk.outcomes["stop-1"].reason == "order-mismatch"
            assert shed.bank.coils[UNIT, POSITION] == 1
            await edge.ask("stop-2", CommandKind.STOP, OUTLET, order_id="o-1")
            await asyncio.sleep(40.0)
            assert disk.outcomes["stop-2"].state == "done"
            assert bodies(edge, "ended")[0]["reason"] == "platform"
            assert len(bodies(edge, "settled")) == 1

    run_virtual(story())


def test_a_field_that_is_away_interrupts_a_charge_which_then_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with edge_side(tmp_path / "s", disk) as edge:
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m")):
                await charge(edge, bank)
                await draw(bank, 20)
            await time_passes(bank, 25.0)
            bank.watt_hours[UNIT, POSITION] += 10
            assert bodies(edge, "interrupted")[0]["reason"] == "device-lost"
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m")):
                await edge.ready()
                await time_passes(bank, 15.0)
                assert len(bodies(edge, "resumed")) == 1
                assert bank.coils[UNIT, POSITION] == 1
                await draw(bank, 5)
                await unplug(bank)
                await asyncio.sleep(40.0)
                (settled,) = bodies(edge, "settled")[:1]
                assert bodies(edge, "ended")[0]["reason"] == "unplugged"
                assert 5 <= settled["wh"] + settled["loss_wh"] <= 35

    run_virtual(story())


def test_an_outlet_that_is_on_without_an_order_is_told_counted_and_opened(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank), edge_side(tmp_path / "s", disk) as edge:
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            bank.coils[UNIT, POSITION] = 1  # a hand at the pile; nothing draws yet, so protection has nothing to say
            await asyncio.sleep(35.0)
            assert bank.coils[UNIT, POSITION] == 0
            stages = [entry.body["stage"] for entry in edge.told("order")]
            assert stages == ["orphan-seen", "orphan-opened", "orphan-ended"]
            alarms = [entry.body["active"] for entry in edge.told("alarm", alarm="energy-without-order")]
            assert alarms == [True, False]
            assert not any(name.startswith("orphan/") for name in disk.state)

    run_virtual(story())


def settlements(disk: Disk) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in disk.entries:
        if entry.kind == "order" and entry.body.get("stage") == "settled":
            found.setdefault(str(entry.body["order_id"]), []).append(entry)
    return found


EVERY_DEATH = [(nth, dies_after) for nth in range(1, 13) for dies_after in (False, True)]
DEATHS = sample([(nth, dies_after) for nth, dies_after in EVERY_DEATH if dies_after == nth % 2], deep=EVERY_DEATH)
"""Of edge, before or after its nth commit; in turn where it is sampled."""


@pytest.mark.parametrize(("nth", "dies_after"), DEATHS)
def test_a_death_of_edge_at_any_commit_changes_no_settlement(tmp_path: Path, nth: int, *, dies_after: bool) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank) as shed:
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                await asyncio.sleep(SETTLED_S)
                bank.amps[UNIT, POSITION] = 3.0
                disk.dies_at, disk.dies_after = disk.commits + nth, dies_after
                life = asyncio.create_task(_life(edge, bank))
                await asyncio.wait({life, asyncio.create_task(disk.died.wait())}, return_when="FIRST_COMPLETED")
                life.cancel()
                await asyncio.gather(life, return_exceptions=True)
            await asyncio.sleep(1.0)
            disk.dies_at = 0
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                repeated = await edge.start(OUTLET, "o-1", **MONEY, max_wh=50)
                assert repeated.state in ("accepted", "done"), repeated
                for wh in (0, 20, 20, 20):
                    await draw(bank, wh)
                bank.amps[UNIT, POSITION] = 0.0
                await asyncio.sleep(75.0)  # told again once
                digests = {str(entry.body["digest"]) for entry in settlements(disk)["o-1"]}
                assert len(digests) == 1
                ended_ms = [entry.at.ts_ms for entry in edge.told("order", stage="ended", order_id="o-1")]
                assert len(ended_ms) == 1
                settled = settlements(disk)["o-1"][0].body
                assert 50 <= settled["wh"] <= 80, settled  # type: ignore[operator]  # a number
                ons = [on for on in shed.bank.switched(UNIT, POSITION) if on[1]]
                assert len(ons) == 1
                assert shed.bank.coils[UNIT, POSITION] == 0
                assert len(bodies(edge, "accepted")) == 1

    run_virtual(story())


async def _life(edge: EdgeSide, bank: PileBank) -> None:
    await edge.start(OUTLET, "o-1", **MONEY, max_wh=50)
    for wh in (0, 20, 20, 20):
        await draw(bank, wh)
    await asyncio.sleep(60.0)
