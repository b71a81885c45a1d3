"""Field and edge with the socket between them, in virtual time: deaths, absences, and what must hold over them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from typing import TYPE_CHECKING

import pytest

from gateway.edge.view import view
from gateway.field.found import ORPHAN_AFTER_S
from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from gateway.wire.frames import PROTOCOL, Kind, Splitter, pack
from gateway.wire.messages import Hello, encode
from tests.depth import sample
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.house import PileBank, Running, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

OUTLET, UNIT, POSITION = "pile-02/outlet-05", 2, 4
OTHER, OTHER_UNIT, OTHER_POSITION = "pile-03/outlet-08", 3, 7
SETTLED_S = 12.0
_boots = (f"boot{number}" for number in itertools.count(1))


def now_s() -> float:
    return asyncio.get_running_loop().time()


def play(story: Callable[[], Coroutine[None, None, None]]) -> None:
    run_virtual(story())


@contextlib.asynccontextmanager
async def field_side(
    socket: Path, bank: PileBank | None = None, memory: Memory | None = None
) -> AsyncIterator[Running]:
    """Run field with its door; leaving the block is a death."""
    async with running(bank, memory, next(_boots)) as shed:
        await shed.house.door.open(socket)
        try:
            yield shed
        finally:
            shed.house.door.close()
            await asyncio.sleep(0)


async def charging(shed: Running, edge: EdgeSide, order_id: str = "o-1", **limits: int) -> None:
    shed.bank.amps[UNIT, POSITION] = 3.0
    await edge.ready()
    await asyncio.sleep(SETTLED_S)
    assert (await edge.start(OUTLET, order_id, **limits)).state == "accepted"
    await asyncio.sleep(2.0)
    assert edge.disk.outcomes[f"start-{order_id}"].state == "done"
    assert shed.bank.coils[UNIT, POSITION] == 1


async def time_passes(bank: PileBank, seconds: float) -> None:
    """Let time pass while currents move a little, as living ones do."""
    end_s = now_s() + seconds
    while now_s() < end_s:
        await asyncio.sleep(min(4.0, end_s - now_s()))
        for place, amps in bank.amps.items():
            if 0 < amps < 10:
                bank.amps[place] = 3.0 if amps != 3.0 else 3.01


def sequences(disk: Disk, boot: str) -> list[int]:
    """Return the numbers of field's own events as they stand on edge's disk."""
    return [int(entry.id.rpartition("-")[2]) for entry in disk.entries if entry.id.startswith(f"{boot}-")]


def test_an_order_runs_from_its_start_to_its_end_and_everything_is_on_the_disk(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await charging(shed, edge, max_s=20)
            seen = view(edge.book, "pile-02", now_s()).outlets["outlet-05"]
            assert (seen.state, seen.order_id) == ("on", "o-1")
            await asyncio.sleep(30.0)
            assert shed.bank.coils[UNIT, POSITION] == 0
            stages = [e.body["stage"] for e in edge.told("order")]
            assert stages[:4] == ["accepted", "waiting-plug", "charging", "ended"]
            assert edge.told("order", stage="ended")[0].body["reason"] == "max-time"
            assert not any(name.startswith(("order/", "wish/")) for name in disk.state)
            seen = view(edge.book, "pile-02", now_s()).outlets["outlet-05"]
            assert (seen.state, seen.order_id) == ("off", "")
            again = await edge.start(OUTLET, "o-1", max_s=20)  # the same command
            assert again.state == "done"
            await asyncio.sleep(2.0)
            assert shed.bank.coils[UNIT, POSITION] == 0

    play(story)


def test_nothing_is_switched_on_before_its_order_is_on_the_disk(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await edge.ready()
            await asyncio.sleep(SETTLED_S)
            disk.full = True
            with pytest.raises(Exception, match="disk full"):
                await edge.start(OUTLET, "o-1")
            off = asyncio.create_task(edge.ask("off-1", CommandKind.SAFETY_OFF, "pile-03"))
            await asyncio.sleep(3.0)
            assert shed.bank.coils[UNIT, POSITION] == 0
            assert any(write[1] == 3 and write[2] == 15 for write in shed.bank.writes)  # what opens needs no disk
            await asyncio.gather(off, return_exceptions=True)
            disk.full = False
            assert (await edge.start(OUTLET, "o-2")).state == "accepted"
            await asyncio.sleep(3.0)
            assert shed.bank.coils[UNIT, POSITION] == 1

    play(story)


def test_protection_and_limits_go_on_without_edge_and_edge_learns_everything_once(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed:
            async with edge_side(tmp_path / "s", disk) as edge:
                await charging(shed, edge)
                assert (await edge.start(OTHER, "o-2", max_s=20)).state == "accepted"
                shed.bank.amps[OTHER_UNIT, OTHER_POSITION] = 2.0
                await asyncio.sleep(2.0)
                assert shed.bank.coils[OTHER_UNIT, OTHER_POSITION] == 1
            stepped_s = now_s()
            shed.bank.amps[UNIT, POSITION] = 16.0
            await asyncio.sleep(40.0)
            (off_s, is_on), *_ = [entry for entry in shed.bank.switched(UNIT, POSITION) if entry[0] > stepped_s]
            assert not is_on
            assert (off_s - stepped_s) * 1000 <= shed.bound_ms
            assert shed.bank.coils[OTHER_UNIT, OTHER_POSITION] == 0
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                await asyncio.sleep(1.0)
                assert len(edge.told("trip", stage="tripped")) == 1
                reasons = {e.target: e.body["reason"] for e in edge.told("order", stage="ended")}
                assert reasons == {OUTLET: "overcurrent", OTHER: "max-time"}
                assert edge.book.held == {}
                assert view(edge.book, "pile-02", now_s()).outlets["outlet-05"].state == "latched"
                assert shed.house.field.outbox.unacknowledged == ()
            numbers = sequences(disk, shed.house.field.boot)
            assert numbers == list(range(1, len(numbers) + 1))

    play(story)


def test_a_start_without_field_is_refused_and_what_opens_waits_for_it(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank, memory = Disk(), PileBank(), Memory(tmp_path / "m")
        async with field_side(tmp_path / "s", bank, memory) as shed, edge_side(tmp_path / "s", disk) as edge:
            await charging(shed, edge)
        async with edge_side(tmp_path / "s", disk) as edge:
            refused = await edge.start(OTHER, "o-2")
            assert (refused.state, refused.reason) == ("refused", "field-away")
            assert disk.outcomes["start-o-2"] == refused
            assert (await edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="o-1")).state == "accepted"
        async with field_side(tmp_path / "s", bank, memory) as shed, edge_side(tmp_path / "s", disk) as edge:
            await edge.ready()
            await asyncio.sleep(2.0)
            assert bank.coils[UNIT, POSITION] == 0
            assert disk.outcomes["stop-1"].state == "done"
            assert edge.book.held == {}

    play(story)


def test_a_field_that_kept_its_memory_goes_on_and_switches_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with edge_side(tmp_path / "s", disk) as edge:
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m")) as shed:
                await charging(shed, edge, max_s=200)
            writes = len(bank.writes)
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m")) as shed:
                await edge.ready()
                await time_passes(bank, ORPHAN_AFTER_S + 20.0)
                switched = [write for write in bank.writes[writes:] if write[2] in (5, 15)]
                assert switched == []
                assert shed.told("alarm", alarm="on-without-grant") == []
                await time_passes(bank, 135.0)  # the time is counted from when something was seen to charge
                assert bank.coils[UNIT, POSITION] == 0
                assert [e.body["reason"] for e in edge.told("order", stage="ended")] == ["max-time"]

    play(story)


def test_a_field_that_lost_its_memory_gets_latches_and_orders_back_from_edge(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        bank.amps[OTHER_UNIT, OTHER_POSITION] = 3.0
        async with edge_side(tmp_path / "s", disk) as edge:
            async with field_side(tmp_path / "s", bank) as shed:
                await charging(shed, edge, max_wh=100)
                await edge.start(OTHER, "o-2")
                await asyncio.sleep(7.0)
                bank.watt_hours[UNIT, POSITION] += 60
                bank.amps[OTHER_UNIT, OTHER_POSITION] = 16.0
                await asyncio.sleep(12.0)
            bank.amps[OTHER_UNIT, OTHER_POSITION] = 0.0
            async with field_side(tmp_path / "s", bank) as shed:
                await edge.ready()
                await time_passes(bank, ORPHAN_AFTER_S + 20.0)
                assert bank.coils[UNIT, POSITION] == 1
                await edge.start(OTHER, "o-3")
                await asyncio.sleep(1.0)
                assert disk.outcomes["start-o-3"].state == "refused"
                assert "latched" in disk.outcomes["start-o-3"].reason
                bank.watt_hours[UNIT, POSITION] += 45  # 105 in all
                await asyncio.sleep(12.0)
                assert bank.coils[UNIT, POSITION] == 0
                assert [e.body["reason"] for e in edge.told("order", stage="ended", order_id="o-1")] == ["set-limit"]

    play(story)


def test_an_explanation_at_the_last_moment_keeps_an_outlet_on(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with field_side(tmp_path / "s", bank) as shed, edge_side(tmp_path / "s", disk) as edge:
            await charging(shed, edge)
        async with field_side(tmp_path / "s", bank) as shed:
            while not shed.told("alarm", alarm="on-without-grant", active=True):  # noqa: ASYNC110 - told by a property
                await asyncio.sleep(0.05)
            await time_passes(bank, ORPHAN_AFTER_S - 0.5)
            async with edge_side(tmp_path / "s", disk) as edge:
                await edge.ready()
                await time_passes(bank, 20.0)
                assert bank.coils[UNIT, POSITION] == 1
                assert edge.told("alarm", alarm="on-without-grant", active=False)

    play(story)


def test_a_reset_by_a_person_is_recorded_and_forgotten_nowhere(tmp_path: Path) -> None:
    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with edge_side(tmp_path / "s", disk) as edge:
            async with field_side(tmp_path / "s", bank) as shed:
                await charging(shed, edge)
                bank.amps[UNIT, POSITION] = 16.0
                await asyncio.sleep(8.0)
                bank.amps[UNIT, POSITION] = 0.0
                await edge.ask("r-1", CommandKind.RESET, OUTLET, ttl_s=20.0, by="a person", reason="charger replaced")
                await asyncio.sleep(1.0)
                assert disk.outcomes["r-1"].state == "done"
                (reset,) = edge.told("trip", stage="reset")
                assert (reset.target, reset.body["by"], reset.body["reason"]) == (
                    OUTLET,
                    "a person",
                    "charger replaced",
                )
            async with field_side(tmp_path / "s", bank) as shed:
                await edge.ready()
                await asyncio.sleep(SETTLED_S)
                await edge.start(OUTLET, "o-2")
                await asyncio.sleep(2.0)
                assert disk.outcomes["start-o-2"].state == "done"

    play(story)


def test_an_order_that_field_drops_is_ended_where_the_device_has_opened(tmp_path: Path) -> None:
    async def story() -> None:
        disk = Disk()
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", disk) as edge:
            await charging(shed, edge)
            await asyncio.sleep(10.0)
            shed.bank.coils[UNIT, POSITION] = 0  # a hand at the pile, or its own watchdog
            await asyncio.sleep(12.0)
            assert [e.body["reason"] for e in edge.told("device", grant="ended")] == ["opened-by-device"]
            assert [e.body["reason"] for e in edge.told("order", stage="ended")] == ["device-stopped"]
            assert edge.book.held == {}

    play(story)


def test_a_newer_edge_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    async def greet(shed: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        hello = Hello(protocol=PROTOCOL, config_hash=shed.house.field.config_hash, boot="edge")
        writer.write(pack(Kind.HELLO, encode(hello)))
        return reader, writer

    async def told(reader: asyncio.StreamReader) -> list[Kind]:
        return [kind for kind, _ in Splitter().feed(await reader.read(1 << 20))]

    async def story() -> None:
        async with field_side(tmp_path / "s") as shed:
            older, older_writer = await greet(shed)
            await asyncio.sleep(0.5)
            newer, newer_writer = await greet(shed)
            await asyncio.sleep(0.5)
            assert (await told(newer))[:2] == [Kind.HELLO, Kind.SNAPSHOT]
            while await older.read(1 << 20):
                pass  # the end of the older one's stream
            await asyncio.sleep(0.5)
            assert Kind.READINGS in await told(newer)
            for writer in (older_writer, newer_writer):
                writer.transport.abort()
            await asyncio.sleep(0.1)
            last, last_writer = await greet(shed)
            await asyncio.sleep(0.5)
            assert (await told(last))[:2] == [Kind.HELLO, Kind.SNAPSHOT]
            last_writer.transport.abort()

    play(story)


def test_the_devices_own_watchdog_is_armed_and_told_when_it_cannot_be(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed:
            await asyncio.sleep(2.5)
            armed = {unit for _, unit, function, address, _ in shed.bank.writes if function == 6 and address == 300}
            assert armed == {1, 2, 3, 4}
            await asyncio.sleep(60.0)
            assert shed.told("alarm", alarm="lease-not-armed") == []
            shed.bank.lease_s = 0
            await asyncio.sleep(65.0)
            raised = shed.told("alarm", alarm="lease-not-armed", active=True)
            assert {event["target"] for event in raised} == {"pile-01", "pile-02", "pile-03", "pile-04"}

    play(story)


@pytest.mark.parametrize("seed", range(sample(2, deep=60)))
def test_deaths_at_any_moment_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    async def story() -> None:
        chance = random.Random(seed)  # noqa: S311 - moments, not secrets
        disk, bank = Disk(), PileBank()
        bank.amps.update({(unit, outlet): 2.0 for unit in range(1, 5) for outlet in range(12)})
        boots = []
        for _ in range(4):
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m")) as shed:
                boots.append(shed.house.field.boot)
                for _ in range(3):
                    async with edge_side(tmp_path / "s", disk) as edge:
                        await asyncio.sleep(chance.random() * 20)
                        outlet = f"pile-{chance.randint(1, 4):02d}/outlet-{chance.randint(1, 12):02d}"
                        start = asyncio.create_task(
                            edge.start(outlet, f"o{len(disk.entries)}", max_s=chance.randint(1, 60))
                        )
                        await asyncio.sleep(chance.random() * chance.choice((0.02, 3.0)))
                        if chance.random() < 0.3:
                            bank.amps[chance.randint(1, 4), chance.randrange(12)] = 16.0
                        await asyncio.sleep(chance.random())
                        start.cancel()
                    await asyncio.sleep(chance.random() * 5)
        async with (
            field_side(tmp_path / "s", bank, Memory(tmp_path / "m")) as shed,
            edge_side(tmp_path / "s", disk) as edge,
        ):
            await edge.ready()
            await time_passes(bank, ORPHAN_AFTER_S + 90.0)
            bank.amps.clear()  # every plug is pulled
            await asyncio.sleep(60.0)
            assert shed.house.field.outbox.unacknowledged == ()
            assert edge.book.held == {}
            assert edge.book.wishes == {}
        for boot in boots:
            numbers = sequences(disk, boot)
            assert numbers == list(range(1, len(numbers) + 1))
        assert not any(bank.coils.values())
        taken = [(scan.layout, scan.taken_s) for scan in disk.scans]
        assert len(taken) > 1000
        told = [e for e in disk.entries if e.kind == "order"]
        accepted = [e.body["order_id"] for e in told if e.body["stage"] == "accepted"]
        settled = {(e.body["order_id"], e.body["digest"]) for e in told if e.body["stage"] == "settled"}
        assert len(accepted) == len(set(accepted)) > 0
        assert sorted(str(order_id) for order_id, _ in settled) == sorted(
            map(str, accepted)
        )  # each once, whatever died when
        starts = {e.target for e in told if e.body["stage"] == "accepted"}
        for _, unit, function, address, frame in bank.writes:
            if function == 5 and frame[4] == 0xFF:
                assert f"pile-{unit:02d}/outlet-{address + 1:02d}" in starts

    play(story)
