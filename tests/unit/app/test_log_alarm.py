"""A log that was damaged is an alarm that people have to acknowledge, over any death, and only one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.app.edge_house import EdgeHouse
from gateway.app.log_alarm import tell_damage
from gateway.app.logbook import stamp
from gateway.store.log import Log
from tests.scenario.trading_side import SITE

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 20.0


async def standing(file: Path, *, is_told: bool) -> list[tuple[str, str, str]]:
    """Run an edge that tells of damage or dies before; return the alarms that stand after it."""
    log = await Log.open(file, clock=stamp)
    try:
        house = await EdgeHouse.build(SITE, log, file.parent / "socket", file.parent)
        for _ in range(2 if is_told else 0):
            await tell_damage(log, house.alarms.desk)
        alarms = [each.incident for each in house.alarms.desk.alarms.standing()]
        return [(each.word, each.stage.value, each.detail) for each in alarms]
    finally:
        await log.close()


async def test_a_damaged_log_is_an_alarm_once(tmp_path: Path) -> None:
    file = tmp_path / "log"
    assert await standing(file, is_told=True) == []
    file.write_bytes(b"this is no database" * 1000)
    assert await standing(file, is_told=False) == []
    ((word, stage, detail),) = await standing(file, is_told=True)
    assert (word, stage) == ("log-damaged", "returned")
    assert "log.damaged" in detail
    assert len(await standing(file, is_told=True)) == 1


async def test_an_edge_that_runs_looks_for_damage_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"this is no database" * 1000)
    log = await Log.open(file, clock=stamp)
    try:
        house = await EdgeHouse.build(SITE, log, tmp_path / "socket", tmp_path)
        running = asyncio.create_task(house.run())
        async with asyncio.timeout(PATIENCE_S):
            while not list(house.alarms.desk.alarms.standing()):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    finally:
        await log.close()
