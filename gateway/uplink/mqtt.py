"""The MQTT uplink: connects, stays, and connects again. What it sends and takes is in the files beside it."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.uplink.backoff import Backoff
from gateway.uplink.connection import ConnectionEnded, connected
from gateway.uplink.delivery import Delivery
from gateway.uplink.downlink import Downlink
from gateway.uplink.presence import Presence
from gateway.uplink.settings import MqttPace
from gateway.uplink.standing import Standing
from gateway.uplink.topic import Topics

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.site import MqttUplink
    from gateway.uplink.connection import Connection
    from gateway.uplink.downlink import Desk
    from gateway.uplink.presence import Board
    from gateway.uplink.replay import Replay
    from gateway.uplink.settings import Identity
    from gateway.uplink.source import Source

_FAREWELL_S = 2.0


class MqttConsumer:
    """`nonce` gives a new session's name, `chance` a number in 0..1, `wall_ms` the wall clock.

    `standing` is for others to read.
    """

    def __init__(
        self,
        *,
        target: MqttUplink,
        pace: MqttPace | None = None,
        identity: Identity,
        source: Source,
        board: Board,
        desk: Desk,
        nonce: Callable[[], str],
        chance: Callable[[], float],
        wall_ms: Callable[[], int],
    ) -> None:
        self._target = target
        self._pace = pace or MqttPace()
        self._identifier = f"{identity.site}-{identity.gateway}"
        self._topics = Topics(target.prefix)
        self._source = source
        self._board = board
        self._desk = desk
        self._nonce = nonce
        self._chance = chance
        self._wall_ms = wall_ms
        self._replays: deque[Replay] = deque()
        self.standing = Standing(where=f"mqtt {target.host}:{target.port}")

    async def run(self) -> None:
        """Deliver until cancelled; a lost connection is a wait, never an error."""
        loop = asyncio.get_running_loop()
        backoff = Backoff(first_s=self._pace.retry_first_s, most_s=self._pace.retry_most_s)
        try:
            while True:
                self.standing.change("connecting", loop.time())
                try:
                    await self._connect()
                except ConnectionEnded as end:
                    _heed_cancellation()
                    online_s = loop.time() - self.standing.since_s if self.standing.state == "online" else 0.0
                    self.standing.failures += 1
                    self.standing.change("waiting", loop.time(), end)
                self.standing.retry_in_s = backoff.next_s(self._chance(), online_s)
                await asyncio.sleep(self.standing.retry_in_s)
        finally:
            self.standing.change("stopped", loop.time())

    async def _connect(self) -> None:
        session = self._nonce()
        presence = Presence(
            pace=self._pace, topics=self._topics, board=self._board, session=session, wall_ms=self._wall_ms
        )
        async with connected(
            self._target, self._pace, identifier=self._identifier, will_topic=self._topics.status, will=presence.will()
        ) as connection:
            try:
                await self._live(connection, presence, session)
            except asyncio.CancelledError:
                with suppress(ConnectionEnded, TimeoutError):
                    async with asyncio.timeout(_FAREWELL_S):
                        await connection.publish(self._topics.status, presence.status(online=False), retain=True)
                        await connection.leave()
                raise

    async def _live(self, connection: Connection, presence: Presence, session: str) -> None:
        """Everything that runs while the connection stands; the first thing that ends ends them all."""
        downlink = Downlink(
            topics=self._topics,
            desk=self._desk,
            replays=self._replays,
            publish=connection.publish,
            session=session,
            standing=self.standing,
        )
        delivery = Delivery(
            source=self._source,
            topics=self._topics,
            publish=connection.publish,
            in_flight=self._pace.in_flight,
            replays=self._replays,
            standing=self.standing,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(connection, presence, downlink))
                await connection.subscribe({**dict.fromkeys(self._topics.commands, 1), self._topics.echo: 0})
                await presence.be_born(connection.publish)
                self.standing.connections += 1
                self.standing.change("online", asyncio.get_running_loop().time())
                tasks.create_task(presence.run(connection.publish))
                tasks.create_task(presence.call(connection.publish_lightly))
                tasks.create_task(downlink.run())
                await delivery.run()  # in the body: a group whose body has ended keeps a count of cancellations wrong
        except ExceptionGroup as group:
            raise _first(group) from group

    async def _listen(self, connection: Connection, presence: Presence, downlink: Downlink) -> None:
        async for topic, payload, retained in connection.messages():
            if topic == self._topics.echo:
                presence.heard(payload)
            else:
                downlink.offer(topic, payload, retained=retained)


def _heed_cancellation() -> None:
    """Go on with a cancellation that a task group has dropped because one of its tasks failed at the same moment."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Return the end of the connection, where that is all that happened; any other error is ours and must be seen."""
    leaves: list[Exception] = []
    waiting: list[Exception] = [group]
    while waiting:
        error = waiting.pop()
        if isinstance(error, ExceptionGroup):
            waiting += error.exceptions
        else:
            leaves.append(error)
    return next((leaf for leaf in leaves if not isinstance(leaf, ConnectionEnded)), leaves[0])
