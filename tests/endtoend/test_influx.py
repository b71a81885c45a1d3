"""The InfluxDB uplink against real servers, in both dialects."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from gateway.model.layout import describe
from gateway.model.scan import Quality
from gateway.model.site import InfluxDialect, InfluxUplink
from gateway.uplink.influx import InfluxConsumer
from gateway.uplink.settings import Identity, InfluxPace
from tests.endtoend.database import Database, Influx, Victoria
from tests.endtoend.watcher import until
from tests.unit.uplink.memory import ABatch, AScan, MemorySource, pile_layout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend

SERVERS: dict[str, tuple[type[Database], str, str]] = {
    "influxd-v1": (Influx, "influxd", "v1"),
    "victoria-metrics-v1": (Victoria, "victoria-metrics", "v1"),
    "victoria-metrics-v2": (Victoria, "victoria-metrics", "v2"),
}


@asynccontextmanager
async def uplink(url: str, source: MemorySource, dialect: str) -> AsyncIterator[InfluxConsumer]:
    where = {"database": "gw"} if dialect == "v1" else {"bucket": "gw", "org": "-"}
    made = InfluxConsumer(
        target=InfluxUplink(url=url, dialect=InfluxDialect(dialect), **where),
        pace=InfluxPace(retry_first_s=0.05, retry_most_s=0.2, timeout_s=5.0),
        identity=Identity(site="shed", gateway="box"),
        source=source,
        chance=lambda: 0.5,
    )
    task = asyncio.create_task(made.run())
    try:
        yield made
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def a_source() -> MemorySource:
    return MemorySource(layouts={1: describe(pile_layout()), 2: describe(pile_layout("pile-02"))})


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[Database]:
    await database.start()
    try:
        yield database
    finally:
        await database.kill()


@pytest.mark.parametrize("name", SERVERS)
async def test_every_value_and_event_is_there(name: str, real_program: Callable[[str], str], tmp_path: Path) -> None:
    kind, program, dialect = SERVERS[name]
    source = a_source()
    source.add_scans(600, (1, 2))
    source.add_event(body=b'{"target":"pile-01/outlet-03","body":{"why":"a \\"quoted\\" reason, with = and \\\\"}}')
    async with (
        running(kind(real_program(program), tmp_path)) as database,
        uplink(database.url, source, dialect) as made,
    ):
        await until(lambda: source.is_drained)
        assert await asyncio.to_thread(database.count, "pile", "current") == 600 * 12
        assert await asyncio.to_thread(database.count, "event", "seq") == 1
        assert (made.standing.refused_records, made.standing.state) == (0, "online")


async def test_a_killed_database_costs_nothing_that_it_had_not_confirmed(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    database = Influx(real_program("influxd"), tmp_path)
    async with uplink(database.url, source, "v1") as made:
        source.add_scans(300, (1, 2))
        await until(lambda: "cannot be reached" in made.standing.reason)
        assert "\n" not in made.standing.reason
        assert source.offsets["reading"] == 0
        async with running(database):
            await until(lambda: source.is_drained)
            source.add_scans(5000, (1, 2))
            await database.kill()
            await until(lambda: made.standing.state == "waiting")
            await database.start()
            await until(lambda: source.is_drained)
            assert await asyncio.to_thread(database.count, "pile", "current") == 5300 * 12


async def test_one_refused_record_does_not_hold_up_the_others(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    source.add_scans(100, (1, 2))
    source.reading_records.append(ABatch(101, (AScan(1, 200.0, b"", Quality.SILENT),)))
    source.add_scans(100, (1, 2))
    async with running(Influx(real_program("influxd"), tmp_path)) as database:
        spoilt = b'scan,device=pile-09 quality="text" 1763800000000000000'
        await asyncio.to_thread(database.get, "/write", spoilt, db="gw")
        async with uplink(database.url, source, "v1") as made:
            await until(lambda: source.is_drained)
        assert made.standing.refused_records == 1
        assert "field type conflict" in made.standing.refusal
        assert await asyncio.to_thread(database.count, "pile", "current") == 200 * 12


async def test_a_scan_without_data_is_seen_as_such(real_program: Callable[[str], str], tmp_path: Path) -> None:
    source = a_source()
    source.reading_records.append(ABatch(1, (AScan(1, 100.0, b"", Quality.SILENT),)))
    async with running(Influx(real_program("influxd"), tmp_path)) as database:
        async with uplink(database.url, source, "v1"):
            await until(lambda: source.is_drained)
        assert await asyncio.to_thread(database.count, "scan", "quality") == 1
        assert await asyncio.to_thread(database.count, "pile", "current") == 0
