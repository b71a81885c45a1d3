"""The demo's back end: it sends commands over MQTT, waits for what becomes of them, and acknowledges settlements."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.app.broker import HOST
from gateway.model.site import MqttUplink
from gateway.uplink.connection import connected
from gateway.uplink.settings import MqttPace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.app.broker import Broker
    from gateway.app.demo_picture import Picture
    from gateway.uplink.connection import Connection

LOOK_S = 0.1
AGAIN_S = 0.5
ANSWER_S = 10.0
ATTEMPTS = 20
TTL_S = 20
PASSING = frozenset({"field-away", "stale-session", "door-open", "not-running", "no-answer"})
"""Refusals that are over soon: the gateway has only just come up, a door is about to shut, an order about to begin."""


class Cloud:
    """A connection of the back end. What it hears, the picture has already."""

    def __init__(self, connection: Connection, picture: Picture, prefix: str) -> None:
        self._connection = connection
        self._picture = picture
        self._topic = f"{prefix}command/order"
        self._sent = 0

    async def send(self, kind: str, target: str, args: dict[str, object]) -> str:
        """Send a command and return its id; what becomes of it is in the picture."""
        self._sent += 1
        command = f"demo-{kind}-{self._sent}"
        said = {"v": 1, "id": command, "kind": kind, "target": target, "args": args}
        if kind != "settled-ack":
            said |= {"session": self._picture.session, "ttl_s": TTL_S}
        await self._connection.publish(self._topic, json.dumps(said).encode())
        return command

    async def ask(self, kind: str, target: str, args: dict[str, object]) -> str:
        """Send a command until it is taken or refused for good; return the reason of a refusal, empty if taken."""
        reason = ""
        for _ in range(ATTEMPTS):
            reason = await self._ask_once(kind, target, args)
            if reason not in PASSING:
                break
            await asyncio.sleep(AGAIN_S)
        return reason

    async def _ask_once(self, kind: str, target: str, args: dict[str, object]) -> str:
        command, outcomes = await self.send(kind, target, args), self._picture.outcomes
        if not await self.until(lambda: command in outcomes, ANSWER_S):
            return "no-answer"
        answer = outcomes[command]
        return "" if answer["state"] in ("accepted", "done") else str(answer["reason"])

    async def until(self, holds: Callable[[], bool], within_s: float) -> bool:
        """Wait until something is seen in the picture; return whether it was."""
        end_s = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > end_s:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    async def acknowledge(self) -> None:
        """Be the back end that has every settlement on its disk, for as long as the demo lasts."""
        waiting = self._picture.unacknowledged
        while True:
            while waiting:
                order_id = next(iter(waiting))
                await self.send("settled-ack", "*", {"order_id": order_id, "digest": waiting.pop(order_id)})
            await asyncio.sleep(2 * LOOK_S)


@asynccontextmanager
async def cloud_of(broker: Broker, picture: Picture, prefix: str) -> AsyncIterator[Cloud]:
    """Connect the back end to the demo's broker."""
    target = MqttUplink(
        host=HOST, port=broker.port, prefix=prefix, user=broker.user, password_file=str(broker.password_file)
    )
    async with connected(target, MqttPace(), identifier="demo-cloud", will_topic="demo/cloud", will=b"") as connection:
        yield Cloud(connection, picture, prefix)
