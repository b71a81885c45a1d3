"""The MQTT uplink against a real Mosquitto: what is logged arrives, whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.uplink.message import Telemetry
from tests.endtoend.mqtt_uplink import (
    Record,
    a_source,
    acknowledged,
    broker,
    logged,
    nothing_is_missing,
    received,
    uplink,
)
from tests.endtoend.proxy import Proxy
from tests.endtoend.watcher import until, watching

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend


async def test_all_that_is_logged_arrives_once_and_in_a_form_that_the_contract_allows(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    source.add_scans(700, (1, 2, 3))
    source.add_event()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, source):
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        assert len(watcher.numbers("reading")) == 700
        first_event = next(i for i, (topic, _, _) in enumerate(watcher.seen) if topic.startswith("event/"))
        first_reading = next(i for i, (topic, _, _) in enumerate(watcher.seen) if topic.startswith("telemetry/"))
        assert first_event < first_reading
        for payload in watcher.of("telemetry/"):
            Telemetry.model_validate(payload)


async def test_nothing_is_lost_when_the_broker_is_killed_twice_in_the_middle(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    lost_by_broker: set[Record] = set()  # acknowledged and not yet handed on when it died: its own to keep
    async with (
        broker(real_program, tmp_path) as mosquitto,
        watching(mosquitto.port) as watcher,
        uplink(mosquitto.port, source, in_flight=4) as made,
    ):
        for _ in range(2):
            source.add_scans(3000, (1, 2, 3))
            for _ in range(20):
                source.add_event()
            before = source.offsets["reading"]
            await until(lambda before=before: source.offsets["reading"] > before + 200)  # type: ignore[misc]
            await mosquitto.kill()
            await until(lambda: watcher.client is None)
            assert source.offsets["reading"] < source.newest_reading()
            lost_by_broker |= acknowledged(source) - received(watcher)
            source.add_event()
            source.add_scans(100, (1, 2, 3))
            await until(lambda: made.standing.state == "waiting" and "cannot be reached" in made.standing.reason)
            await mosquitto.start()
        await until(lambda: source.is_drained and received(watcher) >= logged(source) - lost_by_broker)


async def test_nothing_is_lost_when_the_line_is_cut_at_any_byte(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        line = Proxy(mosquitto.port)
        await line.start()
        async with uplink(line.port, source, in_flight=8) as made:
            for cut in (1, 2, 13, 14, 40, 97, 300, 1001, 5003, 20_011, 60_013):
                source.add_scans(150, (1, 2, 3))
                source.add_event()
                failures = made.standing.failures
                line.passed_up, line.cut_after = 0, cut
                line.reset() if cut < 1000 else None
                await until(lambda failures=failures: made.standing.failures > failures)  # type: ignore[misc]
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        await line.stop()


async def test_a_line_that_swallows_everything_is_noticed_and_replaced(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        line = Proxy(mosquitto.port)
        await line.start()
        async with uplink(line.port, source) as made:
            await until(lambda: made.standing.state == "online")
            line.black_hole = True
            await until(lambda: "echo" in made.standing.reason)
            line.reset()
            await until(lambda: "does not answer" in made.standing.reason)
            source.add_scans(50)
            line.black_hole = False
            line.reset()
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        await line.stop()


async def test_a_slow_line_carries_everything(real_program: Callable[[str], str], tmp_path: Path) -> None:
    source = a_source()
    source.add_scans(60, (1, 2, 3))
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        line = Proxy(mosquitto.port, piece=7)
        await line.start()
        async with uplink(line.port, source):
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        await line.stop()


async def test_a_restarted_edge_goes_on_where_the_broker_had_acknowledged(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    source.add_scans(2000, (1, 2, 3))
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, source, in_flight=2):
            await until(lambda: source.offsets["reading"] > 300)
        reached = source.offsets["reading"]
        assert reached < 2000
        async with uplink(mosquitto.port, source):
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        twice = len(watcher.numbers("reading")) - 2000
        assert twice <= 1024  # at most what one slice spans
