"""Orders, writes and memories that make no sense, or cannot be kept: none stops protection or a start."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

import pytest

from gateway.field.memory import Memory
from gateway.model.command import Grant
from gateway.model.wiring import Table, Write
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from tests.scenario.attack import OVERLOAD_A, cut_after_ms
from tests.scenario.house import SITE, PileBank, Running, running
from tests.scenario.test_house import OUTLET, POSITION, SETTLED_S, UNIT, charge, charging, now_s, outcome, play

if TYPE_CHECKING:
    from pathlib import Path


def test_an_older_version_of_a_grant_raises_no_limit() -> None:
    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        arbiter = shed.house.field.arbiter
        shed.bank.amps[UNIT, POSITION] = 3.0
        until_s = now_s() + 600
        arbiter.grant(Grant(outlet=OUTLET, order_id="o", until_s=until_s, max_w=1000, version=2), "g2")
        arbiter.grant(Grant(outlet=OUTLET, order_id="o", until_s=until_s, max_w=0, version=1), "g1")
        await asyncio.sleep(2.0)
        assert shed.house.loops[0].relay._piles[UNIT - 1].circuits[POSITION].power_limit.pickup <= 1000

    play(story)


def test_a_grant_that_never_ends_or_is_no_grant_is_refused() -> None:
    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        malformed: list[dict[str, Any]] = [
            {"until_s": math.nan},
            {"until_s": math.inf},
            {"max_wh": "100"},
            {"max_w": None},
            {"version": [1]},
            {"outlet": [OUTLET]},
        ]
        for number, wrong in enumerate(malformed):
            values: dict[str, Any] = {"outlet": OUTLET, "order_id": "o", "until_s": now_s() + 60} | wrong
            shed.house.field.arbiter.grant(Grant(**values), f"g{number}")
            assert outcome(shed, f"g{number}") == [("refused", "malformed")]
        await asyncio.sleep(2.0)
        assert shed.bank.coils[UNIT, POSITION] == 0

    play(story)


def test_a_write_that_the_protocol_cannot_say_stops_nothing() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        shed.house.buses[0].off(0, Write(Table.INPUT, 0, (0,)), 10_000)
        shed.house.buses[0].command(0, Write(Table.HOLDING, 0, (70_000,)), 10_001)
        await asyncio.sleep(5.0)
        stepped_s = now_s()
        shed.bank.amps[UNIT, POSITION] = OVERLOAD_A
        await asyncio.sleep(2.0)
        assert cut_after_ms(shed, (UNIT, POSITION), stepped_s) <= shed.bound_ms

    play(story)


def test_what_ends_the_process_leaves_a_successor_that_protects_and_remembers(tmp_path: Path) -> None:
    bank = PileBank()

    async def first(shed: Running) -> None:
        await charging(shed)
        charge(shed, "pile-03/outlet-01")
        await asyncio.sleep(2.0)
        bank.amps[UNIT, POSITION] = OVERLOAD_A
        await asyncio.sleep(5.0)
        bank.coils[1, 1], bank.amps[1, 1] = 1, OVERLOAD_A
        shed.house.loops[0]._listeners = None  # type: ignore[assignment] # the next thing to be told is a bug
        await asyncio.sleep(2.0)

    async def dies() -> None:
        with pytest.raises(ExceptionGroup):
            async with running(bank, Memory(tmp_path)) as shed:
                await first(shed)

    async def second(shed: Running) -> None:
        started_s = now_s()
        await asyncio.sleep(SETTLED_S)
        assert cut_after_ms(shed, (1, 1), started_s) <= shed.bound_ms
        assert shed.house.field.arbiter.explains("pile-03/outlet-01")
        charge(shed)
        assert outcome(shed, f"start-{OUTLET}")[-1][0] == "refused"

    run_virtual(dies())
    bank.coils[1, 1] = 1
    play(second, bank, Memory(tmp_path))


def test_a_memory_that_cannot_be_written_delays_no_cutoff(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    memory = Memory(folder)

    async def story(shed: Running) -> None:
        await charging(shed)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder.write_text("not a folder")
        stepped_s = now_s()
        shed.bank.amps[UNIT, POSITION] = OVERLOAD_A
        await asyncio.sleep(3.0)
        assert cut_after_ms(shed, (UNIT, POSITION), stepped_s) <= shed.bound_ms
        assert shed.told("alarm", alarm="memory", active=True)

    play(story, None, memory)


def test_grants_that_make_no_sense_in_memory_stop_no_start(tmp_path: Path) -> None:
    running_grant = {"started_s": 0, "wh": 0, "register_wh": None, "closed_s": 0}
    wrong: list[dict[str, Any]] = [
        {"outlet": [OUTLET], "order_id": "o", "until_s": 5000.0},
        {"outlet": OUTLET, "order_id": "o", "until_s": "soon"},
        {"outlet": OUTLET, "order_id": "o", "until_s": 5000.0, "max_wh": "100"},
    ]
    memory = Memory(tmp_path)
    memory.keep_grants(load_site(SITE).digest, [running_grant | {"grant": grant} for grant in wrong])

    async def story(shed: Running) -> None:
        await charging(shed)

    play(story, None, memory)
