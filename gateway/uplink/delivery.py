"""Sends the log over one connection: events first, so many in flight, the offset behind the lowest of them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from gateway.uplink.answer import answer
from gateway.uplink.feed import Feed, last_seq
from gateway.uplink.outgoing import of_events, of_readings, of_replay, route
from gateway.uplink.replay import Resending
from gateway.uplink.source import EVENT, READING
from gateway.uplink.window import Window

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Sequence

    from gateway.uplink.answer import Publish
    from gateway.uplink.outgoing import Outgoing, Routed
    from gateway.uplink.replay import Replay
    from gateway.uplink.source import Record, Source, StreamName
    from gateway.uplink.standing import Standing
    from gateway.uplink.topic import Topics

IDLE_S = 1.0


class Delivery:
    """One connection's sending; a new one begins at the acknowledged offsets. `replays` outlives connections."""

    def __init__(
        self,
        *,
        source: Source,
        topics: Topics,
        publish: Publish,
        in_flight: int,
        replays: deque[Replay],
        standing: Standing,
    ) -> None:
        self._source = source
        self._topics = topics
        self._publish = publish
        self._slots = asyncio.Semaphore(in_flight)
        self._replays = replays
        self._standing = standing
        self._feed: Feed[Routed] = Feed(source, partial(route, topics=topics))
        self._windows = {EVENT: Window(0), READING: Window(0)}
        self._moved = asyncio.Event()
        self._resending: Resending | None = None

    async def run(self) -> None:
        """Send until something raises or this is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            while True:
                sent = await self._send_events(tasks)
                sent += await self._send_readings(tasks)
                sent += await self._send_replay(tasks)
                if not sent:
                    await self._source.wait(IDLE_S)

    async def _send_events(self, tasks: asyncio.TaskGroup) -> int:
        count = 0
        while self._feed.has_events:
            records = await self._feed.events()
            if not records:
                break
            messages = of_events(records, self._topics)
            self._announce(EVENT, messages, records[-1])
            for message in messages:
                await self._start(tasks, message, EVENT)
            count += len(messages)
        return count

    async def _send_readings(self, tasks: asyncio.TaskGroup) -> int:
        records = await self._feed.readings()
        if not records:
            return 0
        messages = of_readings(records, await self._feed.layouts(records), self._topics)
        self._announce(READING, messages, records[-1])
        for message in messages:
            if self._feed.has_events:
                await self._send_events(tasks)
            await self._start(tasks, message, READING)
        return len(messages)

    async def _send_replay(self, tasks: asyncio.TaskGroup) -> int:
        """One slice of the first range that waits, so that live records are never far behind it."""
        if not self._replays:
            return 0
        wanted = self._replays[0]
        if wanted.is_over:
            await self._end_replay(wanted)
            return 1
        if self._resending is None or self._resending.replay is not wanted:
            self._resending = Resending(wanted)
        again = self._resending
        if again.is_read:  # the rest is on its way
            return 0
        records = await self._feed.again(wanted.boot, wanted.stream, again.next, wanted.last)
        messages = of_replay(records, await self._feed.layouts(records), self._topics)
        part = again.take(records, messages)
        for message in messages:
            await self._start(tasks, message, None, partial(again.acknowledged, part))
        return 1

    async def _end_replay(self, replay: Replay) -> None:
        """Tell what became of it; only then is it forgotten."""
        if replay.id:
            await answer(self._publish, self._topics, replay.outcome(), replay.reply_to)
        self._replays.popleft()

    def _announce(self, stream: StreamName, messages: Sequence[Outgoing], last: Record) -> None:
        self._windows[stream].announce([message.lowest for message in messages], last_seq(last))

    async def _start(
        self,
        tasks: asyncio.TaskGroup,
        message: Outgoing,
        stream: StreamName | None,
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        await self._slots.acquire()
        tasks.create_task(self._deliver(message, stream, arrived))

    async def _deliver(self, message: Outgoing, stream: StreamName | None, arrived: Callable[[], None]) -> None:
        payload = message.payload()
        for topic in message.topics:
            await self._publish(topic, payload)
            self._standing.messages += 1
        self._slots.release()
        arrived()
        if stream is not None:
            self._standing.records += message.records
            if self._windows[stream].acknowledge(message.lowest):
                self._moved.set()

    async def _follow(self) -> None:
        """Carry the offsets to the log, as many acknowledgements at a time as have come meanwhile."""
        told = dict.fromkeys(self._windows, 0)
        while True:
            await self._moved.wait()
            self._moved.clear()
            for stream, window in self._windows.items():
                if window.offset > told[stream]:
                    told[stream] = window.offset
                    await self._source.acknowledge(stream, window.offset)
