"""The real log as a consumer's source: what the application does between the two packages, which do not know each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.store.record import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.store.log import Log
    from gateway.uplink.source import StreamName

LOOK_S = 0.1


class LogSource:
    """`told_event` is called by whoever appends events, with the number that the log gave."""

    def __init__(self, log: Log, consumer: str, newest_event: int) -> None:
        self._log = log
        self._consumer = consumer
        self._newest_event = newest_event
        self._news = asyncio.Event()

    def told_event(self, seq: int) -> None:
        self._newest_event = seq
        self._news.set()

    def newest_event(self) -> int:
        return self._newest_event

    async def events(self, limit: int, after: int) -> Sequence[Any]:
        return await self._log.read(self._consumer, Stream.EVENT, limit, after)

    async def readings(self, limit: int, after: int) -> Sequence[Any]:
        return await self._log.read(self._consumer, Stream.READING, limit, after)

    async def replay(self, boot: str, stream: StreamName, first: int, last: int, limit: int) -> Sequence[Any]:
        found = []
        async for record in self._log.replay(boot, Stream(stream), first, last):
            found.append(record)
            if len(found) == limit:
                break
        return found

    async def layout(self, layout_id: int) -> bytes:
        return (await self._log.layout(layout_id))[2]

    async def acknowledge(self, stream: StreamName, seq: int) -> None:
        await self._log.ack(self._consumer, Stream(stream), seq)

    async def wait(self, timeout_s: float) -> None:
        """Readings are committed in the log's thread, which tells nobody: look again soon."""
        try:
            async with asyncio.timeout(min(timeout_s, LOOK_S)):
                await self._news.wait()
                self._news.clear()
        except TimeoutError:
            pass
