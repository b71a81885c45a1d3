"""A broker that acknowledges when the test says so, and how to run a shell of the uplink against it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.testing.clock import run_virtual
from gateway.uplink.topic import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

TOPICS = Topics("gw/shed/box/")
SESSION = "session-0001"


@dataclass
class Broker:
    """Acknowledges when the test says so."""

    held: list[tuple[str, bytes, asyncio.Future[None]]] = field(default_factory=list)
    most: int = 0
    at_once: bool = False

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        assert retain in (False, True)
        puback: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.at_once:
            puback.set_result(None)
        self.held.append((topic, payload, puback))
        self.most = max(self.most, sum(not done.done() for _, _, done in self.held))
        await puback

    def acknowledge(self, place: int) -> None:
        self.held[place][2].set_result(None)

    def topics(self) -> list[str]:
        return [topic.removeprefix(TOPICS.prefix) for topic, _, _ in self.held]


def during(work: Coroutine[Any, Any, None], then: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        task = asyncio.create_task(work)
        try:
            await then()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    run_virtual(main())


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)
