"""A real broker, an uplink with short waits, and what was logged against what arrived."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from gateway.model.layout import describe
from gateway.model.site import MqttUplink, Tls
from gateway.uplink.mqtt import MqttConsumer
from gateway.uplink.settings import Identity, MqttPace
from tests.endtoend.mosquitto import Mosquitto
from tests.endtoend.watcher import PREFIX, Watcher
from tests.unit.uplink.memory import MemoryDesk, MemorySource, StillBoard, pile_layout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gateway.uplink.downlink import Desk
    from gateway.uplink.source import Source

FAST: dict[str, Any] = {
    "retry_first_s": 0.05,
    "retry_most_s": 0.2,
    "ack_timeout_s": 2.0,
    "echo_s": 0.2,
    "echo_limit_s": 1.0,
    "connect_timeout_s": 1.0,
}
_nonces = (f"session-{number:04d}" for number in itertools.count(1))


@asynccontextmanager
async def broker(
    find: Callable[[str], str], folder: Path, extra: str = "allow_anonymous true\n"
) -> AsyncIterator[Mosquitto]:
    mosquitto = Mosquitto(find("mosquitto"), folder, extra)
    await mosquitto.start()
    try:
        yield mosquitto
    finally:
        await mosquitto.kill()


@asynccontextmanager
async def uplink(
    port: int,
    source: Source,
    desk: Desk | None = None,
    *,
    user: str = "",
    password_file: str = "",
    tls: Tls | None = None,
    **pace: Any,
) -> AsyncIterator[MqttConsumer]:
    made = MqttConsumer(
        target=MqttUplink(host="127.0.0.1", port=port, prefix=PREFIX, user=user, password_file=password_file, tls=tls),
        pace=MqttPace(**{**FAST, **pace}),
        identity=Identity(site="shed", gateway="box"),
        source=source,
        board=StillBoard(),
        desk=desk or MemoryDesk(),
        nonce=lambda: next(_nonces),
        chance=lambda: 0.5,
        wall_ms=lambda: 1_763_800_000_000,
    )
    task = asyncio.create_task(made.run())
    try:
        yield made
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def a_source(piles: int = 3) -> MemorySource:
    return MemorySource(layouts={n: describe(pile_layout(f"pile-{n:02d}")) for n in range(1, piles + 1)})


Record = tuple[str, str, int]


def upto(events: int, readings: int) -> set[Record]:
    numbered = (("event", events), ("reading", readings))
    return {(stream, "1-aa", seq) for stream, last in numbered for seq in range(1, last + 1)}


def logged(source: MemorySource) -> set[Record]:
    return upto(source.newest_event(), source.newest_reading())


def acknowledged(source: MemorySource) -> set[Record]:
    return upto(source.offsets["event"], source.offsets["reading"])


def received(watcher: Watcher) -> set[Record]:
    return {(stream, boot, seq) for stream in ("event", "reading") for boot, seq in watcher.numbers(stream)}


def nothing_is_missing(watcher: Watcher, source: MemorySource) -> bool:
    return received(watcher) == logged(source)
