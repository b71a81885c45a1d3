"""The durable log and the uplink together, over a restart of both, to a real Mosquitto."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gateway.model.layout import describe
from gateway.model.scan import Scan
from gateway.store.log import Log
from gateway.store.record import ClockQuality, NewEvent, Stamp
from tests.endtoend.log_source import LogSource
from tests.endtoend.mqtt_uplink import broker, uplink
from tests.endtoend.watcher import Watcher, until, watching
from tests.unit.store.making import append_event
from tests.unit.uplink.memory import pile_layout, pile_raw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend

CONSUMER = "mqtt"


def now() -> Stamp:
    return Stamp(ts_ms=int(time.time() * 1000), clock=ClockQuality.SYNCED, mono_s=time.monotonic())


def an_event(number: int) -> NewEvent:
    return NewEvent(
        id=f"e-{number}", kind="trip", at=now(), body=b'{"target":"pile-01/outlet-01","body":{"element":"50"}}'
    )


async def one_boot(path: Path, port: int, watcher: Watcher, *, wait: bool) -> str:
    """Log 500 scans and 5 events; with `wait`, until everything that was ever logged is here."""
    log = await Log.open(path, clock=now, readings_commit_s=0.2)
    try:
        await log.add_consumer(CONSUMER)
        await log.declare_layouts([("pile-01", 0, describe(pile_layout()))])
        source = LogSource(log, CONSUMER, (await log.standing()).last_event_seq)
        async with uplink(port, source):
            log.offer_scans([Scan("pile-01", 0, time.monotonic(), pile_raw(n)) for n in range(500)])
            for number in range(5):
                source.told_event(await append_event(log, an_event(number)))
            if wait:
                standing = await log.standing()
                await until(lambda: len(set(watcher.numbers("event"))) == standing.last_event_seq)
                await until(lambda: len(set(watcher.numbers("reading"))) == 1000)
        return log.boot
    finally:
        await log.close()


async def test_what_one_boot_logged_and_could_not_send_the_next_one_sends(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        first = await one_boot(tmp_path / "log.db", mosquitto.port, watcher, wait=False)
        second = await one_boot(tmp_path / "log.db", mosquitto.port, watcher, wait=True)
        assert set(watcher.numbers("event")) == {(first, n) for n in range(1, 6)} | {(second, n) for n in range(6, 11)}
        expected = {(first, n) for n in range(1, 501)} | {(second, n) for n in range(501, 1001)}
        assert set(watcher.numbers("reading")) == expected
