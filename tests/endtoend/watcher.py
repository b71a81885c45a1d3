"""A receiver: everything that a broker hands out under the gateway's prefix, as somebody else's back end would see it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PREFIX = "gw/shed/box/"


class Watcher:
    """`seen` holds (topic below the prefix, payload, retained) in order of arrival."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any], bool]] = []
        self.client: aiomqtt.Client | None = None

    def of(self, head: str) -> list[dict[str, Any]]:
        return [payload for topic, payload, _ in self.seen if topic.startswith(head)]

    def numbers(self, stream: str) -> list[tuple[str, int]]:
        """Every (boot, seq) in order of arrival, duplicates included."""
        if stream == "event":
            return [(p["boot"], p["event_seq"]) for p in self.of("event/") if p["kind"] != "dropped"]
        return [(p["boot"], seq) for p in self.of("telemetry/") for seq in p["seq"]]

    async def send(self, topic: str, payload: bytes | dict[str, Any], *, retain: bool = False) -> None:
        assert self.client is not None
        text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        await self.client.publish(PREFIX + topic, text, qos=1, retain=retain)

    async def session(self) -> str:
        await until(lambda: any(s["state"] == "online" for s in self.of("status")))
        return str(self.of("status")[-1]["session"])

    async def watch(self, port: int, *, username: str | None = None, password: str | None = None) -> None:
        """Watch for ever, over any number of the broker's deaths; the session is kept at the broker."""
        while True:
            try:
                client = aiomqtt.Client(
                    "127.0.0.1", port, identifier="watcher", clean_session=False, username=username, password=password
                )
                async with client:
                    await client.subscribe(f"{PREFIX}#", qos=1)
                    self.client = client
                    async for message in client.messages:
                        below = message.topic.value.removeprefix(PREFIX)
                        if not below.startswith(("echo", "command")):
                            self.seen.append((below, json.loads(bytes(message.payload)), message.retain))
            except aiomqtt.MqttError:
                self.client = None
                await asyncio.sleep(0.05)


@asynccontextmanager
async def watching(port: int, **login: str) -> AsyncIterator[Watcher]:
    watcher = Watcher()
    task = asyncio.create_task(watcher.watch(port, **login))
    await until(lambda: watcher.client is not None)
    try:
        yield watcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait for something that other processes bring about; the limit is for what never comes."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.01)
