"""The fleet console's line to the broker: listens to every gateway, sends commands, hears what became of them.

It keeps a session at the broker, which holds back what is sent while the console is away.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gateway.uplink.backoff import Backoff
from gateway.uplink.connection import ConnectionEnded, connected
from gateway.uplink.settings import MqttPace
from gateway.uplink.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.fleet.estate import Estate, Heard
    from gateway.model.site import MqttUplink
    from gateway.uplink.connection import Connection
    from gateway.uplink.message import OutcomeMessage

INCOMING_MOST = 200_000
"""What is kept of thousands of devices comes all at once."""

SHORTLY = frozenset({"accepted"})
"""States of an outcome after which another one comes."""


class Listener:
    """`heard` is called with all that a message brought; `now_s` is monotonic, `chance` uniform in 0..1."""

    def __init__(
        self,
        target: MqttUplink,
        estate: Estate,
        *,
        identifier: str,
        heard: Callable[[Heard, bytes], None],
        now_s: Callable[[], float],
        chance: Callable[[], float],
        pace: MqttPace | None = None,
    ) -> None:
        self._target = target
        self._estate = estate
        self._identifier = identifier
        self._heard = heard
        self._now_s = now_s
        self._chance = chance
        self._pace = pace or MqttPace(incoming_most=INCOMING_MOST)
        self._connection: Connection | None = None
        self._waiting: dict[str, asyncio.Queue[OutcomeMessage]] = {}
        self.standing = Standing(where=f"{target.host}:{target.port}")
        self._show()

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is a wait."""
        backoff = Backoff(first_s=self._pace.retry_first_s, most_s=self._pace.retry_most_s)
        while True:
            self._change("connecting")
            try:
                await self._connect()
            except ConnectionEnded as end:
                online_s = self._now_s() - self.standing.since_s if self.standing.state == "online" else 0.0
                self._change("waiting", str(end))
            self._connection = None
            await asyncio.sleep(backoff.next_s(self._chance(), online_s))

    async def _connect(self) -> None:
        async with connected(self._target, self._pace, identifier=self._identifier) as connection:
            try:
                await self._listen(connection)
            except asyncio.CancelledError:
                with suppress(ConnectionEnded):
                    await connection.leave()
                raise

    async def _listen(self, connection: Connection) -> None:
        await connection.subscribe(self._estate.filters())
        self._connection = connection
        self._change("online")
        async for topic, payload, retained in connection.messages():
            heard = self._estate.take(topic, payload, self._now_s(), retained=retained)
            self.standing.messages += 1
            if heard.outcome is not None and heard.outcome.id in self._waiting:
                self._waiting[heard.outcome.id].put_nowait(heard.outcome)
            self._heard(heard, payload)

    def _change(self, state: Any, reason: str = "") -> None:
        self.standing.change(state, self._now_s(), reason)
        self._show()

    def _show(self) -> None:
        standing = self.standing
        self._estate.put("f/broker", {"state": standing.state, "where": standing.where, "reason": standing.reason})

    # ------------------------------------------------------------------ commands

    async def wish(
        self, gateway: str, authority: str, wish: Mapping[str, Any], *, within_s: float, final: bool = True
    ) -> OutcomeMessage | None:
        """Send a command to a gateway and return what became of it; None where it does not say within that time.

        `wish` has its `id`, `kind`, `target` and `args`. `final`: wait for more than `accepted`. Raises
        `ConnectionEnded` where it cannot be sent.
        """
        if self._connection is None:
            raise ConnectionEnded(self.standing.reason or "the broker is not there")
        shed, session = self._estate.sheds.get(gateway), ""
        if shed is not None:
            session = shed.session
        name, topic = str(wish["id"]), f"{self._target.prefix}{gateway}/command/{authority}"
        answers = self._waiting.setdefault(name, asyncio.Queue())
        try:
            payload = {"v": 1, "session": session, **wish}
            await self._connection.publish(topic, json.dumps(payload).encode())
            async with asyncio.timeout(within_s):
                while True:
                    answer = await answers.get()
                    if not final or answer.state not in SHORTLY:
                        return answer
        except TimeoutError:
            return None
        finally:
            del self._waiting[name]
